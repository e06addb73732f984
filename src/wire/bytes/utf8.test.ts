import fc from "fast-check"
import { expect, test } from "vitest"
import { decodeUtf8, encodeUtf8Into, utf8Length } from "./utf8.ts"

function encode(text: string): Uint8Array {
  const bytes = new Uint8Array(utf8Length(text))
  expect(encodeUtf8Into(text, bytes, 0)).toBe(bytes.length)
  return bytes
}

test("encodes as TextEncoder does, lone surrogates included", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 50 }), (text) => {
      expect(encode(text)).toEqual(new TextEncoder().encode(text))
    }),
  )
  for (const text of ["\ud800", "a\udc00b", "\udbff\udbff", "\u{10ffff}", "\u0080\u07ff\u0800\uffff"]) {
    expect(encode(text)).toEqual(new TextEncoder().encode(text))
  }
})

test("decodes what TextDecoder decodes and refuses what it refuses", () => {
  const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })
  const reference = (bytes: Uint8Array): string | null => {
    try {
      return strict.decode(bytes)
    } catch {
      return null
    }
  }
  const interesting = fc.array(
    fc.constantFrom(0x00, 0x41, 0x7f, 0x80, 0xbf, 0xc0, 0xc1, 0xc2, 0xdf, 0xe0, 0x9f, 0xa0, 0xed, 0xef, 0xf0, 0x8f, 0x90, 0xf4, 0xf5, 0xff),
    {
      maxLength: 6,
    },
  )
  fc.assert(
    fc.property(
      fc.oneof(
        fc.uint8Array({ maxLength: 12 }),
        interesting.map((list) => Uint8Array.from(list)),
      ),
      (bytes) => {
        expect(decodeUtf8(bytes)).toBe(reference(bytes))
      },
    ),
    { numRuns: 5000 },
  )
})

test("decodes texts longer than one block", () => {
  const text = "aé€😀".repeat(5000)
  expect(decodeUtf8(new TextEncoder().encode(text))).toBe(text)
})
