import fc from "fast-check"
import { expect, test } from "vitest"
import { keyBytes, keyText } from "./key-text.ts"

test.each([0, 1, 64, 65, 4096, 4097, 20_000])("a key of %i bytes comes back as it was", (length) => {
  const bytes = new Uint8Array(length).map((_, i) => i * 7)
  expect(keyText(bytes).length).toBe(length)
  expect(keyBytes(keyText(bytes))).toEqual(bytes)
})

test("only the part asked for is taken", () => {
  expect(keyText(Uint8Array.of(65, 66, 67, 68), 1, 3)).toBe("BC")
})

test("texts are ordered as their bytes are", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 5 }), fc.uint8Array({ maxLength: 5 }), (a, b) => {
      const at = [...a].findIndex((byte, i) => byte !== b[i])
      const isBefore = at === -1 ? a.length < b.length : at < b.length && a[at]! < b[at]!
      expect(keyText(a) < keyText(b)).toBe(isBefore)
    }),
  )
})
