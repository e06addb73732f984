import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { crc32 } from "../bytes/checksum.ts"
import { WireError } from "../bytes/wire-error.ts"
import {
  answerHello,
  decodeHello,
  decodeHelloAnswer,
  encodeHello,
  encodeHelloAnswer,
  handshakeLength,
  handshakePrefixBytes,
  type Hello,
  type HelloAnswer,
  type HelloContext,
  type Introduction,
  type RefusalCode,
} from "./handshake.ts"

const self: Introduction = {
  incarnation: "00000000000000b2",
  life: 7,
  nonce: 0xfeed_beef,
  previousNonces: [12, 11, 4_000_000_000],
  genesis: "0011223344556677",
  term: 3,
  lastIndex: 2 ** 40,
  isPartial: false,
  isCondemned: true,
}

const hello: Hello = {
  versionMin: 1,
  versionMax: 3,
  clusterId: "0123456789abcdef",
  groupId: 0,
  from: 2,
  to: 1,
  self,
  purpose: "messages",
  peerAddress: "10.0.0.2:2380",
}

const context: HelloContext = {
  versionMin: 2,
  versionMax: 5,
  clusterId: hello.clusterId,
  groupId: 0,
  nodeId: 1,
  self: { ...self, incarnation: "00000000000000a1", genesis: null, isPartial: true, isCondemned: false },
  judge: () => null,
}

const answers: HelloAnswer[] = [
  { kind: "welcome", version: 3, nodeId: 1, self: context.self },
  { kind: "refused", code: "removed", message: "server 2 was removed – gone" },
]

describe("the handshake's bytes", () => {
  it("come back as they were", () => {
    for (const purpose of ["messages", "snapshot"] as const)
      expect(decodeHello(encodeHello({ ...hello, purpose }))).toEqual({ ...hello, purpose })
    for (const answer of answers) expect(decodeHelloAnswer(encodeHelloAnswer(answer))).toEqual(answer)
  })

  it("may hold fields that only a later version knows", () => {
    const longer = Uint8Array.of(...encodeHello(hello).slice(0, -4), 1, 2, 3, 0, 0, 0, 0)
    const view = new DataView(longer.buffer)
    view.setUint16(4, longer.length, true)
    view.setUint32(longer.length - 4, crc32(longer.subarray(0, -4)), true)
    expect(decodeHello(longer)).toEqual(hello)
  })

  it("of an earlier version end before the life", () => {
    const bytes = encodeHello(hello)
    const restBytes = 8 + 4 + 4 + 8 + 8 + 8 + 1 + 1 + 2 * 4
    const shorter = Uint8Array.of(...bytes.slice(0, -4 - restBytes), 0, 0, 0, 0)
    const view = new DataView(shorter.buffer)
    view.setUint16(4, shorter.length, true)
    view.setUint32(shorter.length - 4, crc32(shorter.subarray(0, -4)), true)
    const read = decodeHello(shorter)
    expect(read.self).toMatchObject({ incarnation: self.incarnation, life: 0, genesis: null, isCondemned: false })
    expect(read.peerAddress).toBe(hello.peerAddress)
  })

  it("begin with OARP and say how long they are", () => {
    const bytes = encodeHello(hello)
    expect(String.fromCharCode(...bytes.subarray(0, 4))).toBe("OARP")
    expect(handshakeLength(bytes.subarray(0, handshakePrefixBytes))).toBe(bytes.length)
    expect(handshakeLength(bytes.subarray(0, handshakePrefixBytes - 1))).toBeNull()
    expect(() => handshakeLength(Uint8Array.of(0x47))).toThrow("does not begin with OARP")
    expect(() => handshakeLength(Uint8Array.of(0x4f, 0x41, 0x52, 0x50, 0xff, 0xff))).toThrow("a greeting of 65535 bytes")
  })

  it("handshakeBytesMax: a greeting may have as many bytes, and not one more", () => {
    const lengthOf = (length: number) => handshakeLength(Uint8Array.of(0x4f, 0x41, 0x52, 0x50, length & 0xff, length >> 8))
    expect([lengthOf(2047), lengthOf(2048)]).toEqual([2047, 2048])
    expect(() => lengthOf(2049)).toThrow("a greeting of 2049 bytes; it takes 10 to 2048")
  })

  it("are refused in words at every cut and with any one bit flipped", () => {
    const cases = [
      { bytes: encodeHello(hello), decode: decodeHello },
      ...answers.map((answer) => ({ bytes: encodeHelloAnswer(answer), decode: decodeHelloAnswer })),
    ]
    for (const { bytes, decode } of cases) {
      for (let length = 0; length < bytes.length; length++) expect(() => decode(bytes.slice(0, length))).toThrow(WireError)
      for (let bit = 0; bit < bytes.length * 8; bit++) {
        const copy = bytes.slice()
        copy[bit >> 3] = copy[bit >> 3]! ^ (1 << (bit & 7))
        expect(() => decode(copy)).toThrow(WireError)
      }
    }
  })

  it("throw nothing but WireErrors for any bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), fc.boolean(), (bytes, asHello) => {
        if (asHello) bytes.set([0x4f, 0x41, 0x52, 0x50].slice(0, bytes.length))
        expect(() => decodeHello(bytes)).toThrow(WireError)
        expect(() => decodeHelloAnswer(bytes)).toThrow(WireError)
      }),
    )
  })
})

describe("the answer to a hello", () => {
  it("is a welcome with the highest version that both speak", () => {
    expect(answerHello(hello, context)).toEqual({ kind: "welcome", version: 3, nodeId: 1, self: context.self })
    expect(answerHello({ ...hello, versionMax: 9 }, context)).toMatchObject({ version: 5 })
    expect(answerHello({ ...hello, versionMin: 5, versionMax: 9 }, context)).toMatchObject({ version: 5 })
  })

  it.each([
    ["noCommonVersion", { ...hello, versionMin: 6, versionMax: 9 }, context],
    ["noCommonVersion", { ...hello, versionMin: 1, versionMax: 1 }, context],
    ["wrongCluster", { ...hello, clusterId: "ffffffffffffffff" }, context],
    ["wrongGroup", { ...hello, groupId: 1 }, context],
    ["wrongNode", { ...hello, to: 3 }, context],
    ["wrongNode", { ...hello, from: 1 }, context],
    ["removed", hello, { ...context, judge: () => ({ code: "removed", message: "server 2 was removed from this cluster" }) }],
  ] as readonly (readonly [RefusalCode, Hello, HelloContext])[])("is the refusal %s, in words", (code, caller, called) => {
    const answer = answerHello(caller, called)
    expect(answer).toMatchObject({ kind: "refused", code })
    expect(answer.kind === "refused" && answer.message.length).toBeGreaterThan(20)
  })
})
