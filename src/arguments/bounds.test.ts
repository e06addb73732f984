// Each bound of this folder: at it, and one step outside.

import { expect, test } from "vitest"
import { membershipChanges } from "./membership.ts"
import { explainMisfit } from "./misfit.ts"
import { type Reader, record, text } from "./readers.ts"
import { show } from "./show.ts"
import { timeoutMs } from "./time.ts"

const refusal = (reader: Reader<unknown>, value: unknown): string | null => explainMisfit(() => reader(value, "given"))

test("memberTextMax: a name may have so many characters, and not one more", () => {
  const named = (length: number): unknown => [
    { kind: "addVoter", member: { id: 4, name: "n".repeat(length), peerAddress: "h:1", clientAddress: "" } },
  ]
  expect(refusal(membershipChanges, named(1024))).toBe(null)
  expect(refusal(membershipChanges, named(1025))).toBe("given[0].member.name: found 1025 characters, expected at most 1024")
})

test("membershipChangesMax: a change may have so many steps, and not one more", () => {
  const steps = (count: number): unknown => Array.from({ length: count }, (_, position) => ({ kind: "remove", id: position + 1 }))
  expect(refusal(membershipChanges, steps(256))).toBe(null)
  expect(refusal(membershipChanges, steps(257))).toBe("given: found 257 items, expected at most 256")
  expect(refusal(membershipChanges, [])).toBe("given: found an empty list, expected one step or more")
})

test("timerMsMax: the longest time that a timer can hold, and one that it would take for none", () => {
  expect(refusal(timeoutMs, 2 ** 31 - 1)).toBe(null)
  expect(refusal(timeoutMs, 2 ** 31)).toBe("given: found 2147483648, expected a number from 0 to 2147483647")
})

test("charactersMax: a text that is longer is cut, and its length told", () => {
  expect(show("x".repeat(60))).toBe(`"${"x".repeat(60)}"`)
  expect(show("x".repeat(61))).toBe(`"${"x".repeat(60)}…" (61 characters)`)
})

test("namesMax: of more properties the first are named", () => {
  expect(show({ a: 1, b: 2, c: 3 })).toBe("an object with a, b, c")
  expect(show({ a: 1, b: 2, c: 3, d: 4 })).toBe("an object with a, b, c, …")
})

test("nameCharactersMax: of a longer name the beginning is looked at and shown", () => {
  const one = record<{ readonly name: string }>({ name: text })
  expect(refusal(one, { name: "n", ["x".repeat(64)]: 1 })).toBe(`given.${"x".repeat(64)}: is no name that is known here; known are name`)
  expect(refusal(one, { name: "n", ["x".repeat(65)]: 1 })).toBe(`given.${"x".repeat(64)}…: is no name that is known here; known are name`)
})

test("a new member has to be reachable at its ports; of one that is known, port 0 says that nobody knows it yet", () => {
  const asked = (kind: string, clientAddress: string): unknown => [
    { kind, member: { id: 4, name: "n4", peerAddress: "h:1", clientAddress } },
  ]
  expect(refusal(membershipChanges, asked("update", "h:0"))).toBe(null)
  expect(refusal(membershipChanges, asked("addVoter", "h:0"))).toMatch(/clientAddress: found "h:0", expected host:port with a port from 1/)
  expect(refusal(membershipChanges, asked("update", "h"))).toMatch(/clientAddress: found "h", expected host:port/)
})
