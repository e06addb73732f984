import { expect, test } from "vitest"
import { Codes } from "./codes.ts"

test("words have codes and codes have words, but for those that are not known", () => {
  const codes = new Codes<"a" | "b">({ a: 1, b: 7 })
  expect([codes.codeOf("a"), codes.codeOf("b")]).toEqual([1, 7])
  expect([0, 1, 2, 7, 255].map((code) => codes.wordOf(code))).toEqual([undefined, "a", undefined, "b", undefined])
})

test("a code for two words is a mistake", () => {
  expect(() => new Codes({ a: 1, b: 1 })).toThrow("code 1 stands for a and for b")
})
