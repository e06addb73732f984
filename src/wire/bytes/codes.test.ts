import { expect, test } from "vitest"
import { Codes, wordsInOrder } from "./codes.ts"

test("words have codes and codes have words, but for those that are not known", () => {
  const codes = new Codes<"a" | "b">({ a: 1, b: 7 })
  expect([codes.codeOf("a"), codes.codeOf("b")]).toEqual([1, 7])
  expect([0, 1, 2, 7, 255].map((code) => codes.wordOf(code))).toEqual([undefined, "a", undefined, "b", undefined])
})

test("a code for two words is a mistake", () => {
  expect(() => new Codes({ a: 1, b: 1 })).toThrow("code 1 stands for a and for b")
})

test("a list of words has each at its code, and no gap", () => {
  expect(wordsInOrder<"a" | "b">({ b: 1, a: 0 })).toEqual(["a", "b"])
  expect(() => wordsInOrder({ a: 0, b: 2 })).toThrow("no word has the code 1")
  // @ts-expect-error A word without a code does not compile.
  expect(wordsInOrder<"a" | "b">({ a: 0 })).toEqual(["a"])
})
