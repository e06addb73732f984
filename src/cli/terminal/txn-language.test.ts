import { describe, expect, test } from "vitest"
import { parseTxn } from "../commands/txn.ts"
import { CliError } from "./cli-error.ts"
import { parseAction, parseCondition } from "./txn-language.ts"

describe("comparisons", () => {
  test.each<[string, object]>([
    ["version(lock) = 0", { keys: "lock", version: 0, is: "equal" }],
    ["mod(a)==12", { keys: "a", modRevision: 12, is: "equal" }],
    [' create("a (b)") != 3 ', { keys: "a (b)", createRevision: 3, is: "notEqual" }],
    ["value(a) = text", { keys: "a", value: "text", is: "equal" }],
    ['value(a) > "two words"', { keys: "a", value: "two words", is: "greater" }],
    ['value(a) < "a \\"quote\\" \\u00e9"', { keys: "a", value: 'a "quote" é', is: "less" }],
  ])("%s", (text, expected) => expect(parseCondition(text)).toEqual(expected))

  test.each([
    "",
    "lock = 0",
    "version(lock)",
    "version(lock) ~ 0",
    "version(lock) = many",
    "version(lock) = -1",
    "mod(a) = 1 2",
    "size(a) = 1",
    'value(a) = "open',
    "version() = 0",
  ])("%j is refused as a mistake of --if", (text) => {
    expect(() => parseCondition(text)).toThrow(CliError)
    expect(() => parseCondition(text)).toThrow(/^--if: found .*expected/)
  })
})

describe("operations", () => {
  test.each<[string, object]>([
    ["put a b", { kind: "put", key: "a", value: "b" }],
    ['put "a key" "a value"', { kind: "put", key: "a key", value: "a value" }],
    ['put a ""', { kind: "put", key: "a", value: "" }],
    ["get a", { kind: "range", keys: "a" }],
    ["get-prefix a", { kind: "range", keys: { prefix: "a" } }],
    ["delete a", { kind: "delete", keys: "a" }],
    ["delete-prefix a/", { kind: "delete", keys: { prefix: "a/" } }],
  ])("%s", (text, expected) => expect(parseAction("--then", text)).toEqual(expected))

  test.each(["", "put", "put a", "put a b c", "get", "get a b", "set a b", 'put a "b'])("%j is refused as a mistake of --else", (text) => {
    expect(() => parseAction("--else", text)).toThrow(/^--else: found .*expected/)
  })
})

test("a transaction without an operation is refused", () => {
  // oxlint-disable-next-line unicorn/no-thenable -- the flag is called --then; nothing is awaited.
  expect(() => parseTxn({ if: ["version(a) = 0"], then: [], else: [] })).toThrow("nothing to do")
})
