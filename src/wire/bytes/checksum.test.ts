import { crc32 as zlibCrc32 } from "node:zlib"
import fc from "fast-check"
import { afterEach, describe, expect, it } from "vitest"
import { crc32, crc32Between, installCrc32, tableCrc32 } from "./checksum.ts"

describe("CRC-32", () => {
  afterEach(() => installCrc32(tableCrc32))

  it("equals zlib's, over any bytes, at once or continued", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(200), (bytes, at) => {
        const whole = zlibCrc32(bytes)
        expect(tableCrc32(bytes)).toBe(whole)
        expect(tableCrc32(bytes.subarray(at), tableCrc32(bytes.subarray(0, at)))).toBe(whole)
        if (bytes.length > 0) expect(tableCrc32(bytes, 0xdeadbeef)).toBe(zlibCrc32(bytes, 0xdeadbeef))
      }),
    )
  })

  it("goes on unchanged over no bytes, whatever is installed", () => {
    for (const implementation of [tableCrc32, zlibCrc32]) {
      installCrc32(implementation)
      expect(crc32(new Uint8Array(0), 0xdeadbeef)).toBe(0xdeadbeef)
    }
  })

  it("is used through what a shell installs, with equal results", () => {
    const bytes = new Uint8Array(1000).fill(250)
    const before = crc32(bytes)
    let calls = 0
    installCrc32((data, seed) => {
      calls += 1
      return zlibCrc32(data, seed)
    })
    calls = 0
    expect(crc32(bytes)).toBe(before)
    expect(calls).toBe(1)
    expect(crc32Between(bytes, 10, 1000)).toBe(crc32(bytes.subarray(10)))
    expect(calls).toBe(3)
  })

  it("nativeBytesMin: native code is called for as many bytes, and not for fewer", () => {
    const lengths: number[] = []
    installCrc32((data, seed) => {
      lengths.push(data.length)
      return zlibCrc32(data, seed)
    })
    lengths.length = 0
    const bytes = new Uint8Array(200)
    for (const length of [127, 128, 129]) {
      crc32(bytes.subarray(0, length))
      crc32Between(bytes, 10, 10 + length)
    }
    expect(lengths).toEqual([128, 128, 129, 129])
  })

  it("of a part is that of a view of it, short or long", () => {
    const bytes = Uint8Array.from({ length: 300 }, (_, i) => i * 7)
    for (const implementation of [tableCrc32, zlibCrc32]) {
      installCrc32(implementation)
      for (const end of [13, 14, 140, 141, 142, 300]) expect(crc32Between(bytes, 13, end)).toBe(zlibCrc32(bytes.subarray(13, end)))
    }
  })

  it("refuses a replacement that is another checksum", () => {
    expect(() => installCrc32(() => 0)).toThrow(/not CRC-32/)
    expect(() => installCrc32((data) => tableCrc32(data))).toThrow(/not CRC-32/)
    expect(crc32(Uint8Array.of(0x61))).toBe(0xe8b7be43)
  })
})
