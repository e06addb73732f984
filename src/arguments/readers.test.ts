import { runInNewContext } from "node:vm"
import { describe, expect, test } from "vitest"
import { hostileValues } from "../../test/arguments/hostile-values.ts"
import { bytes, isBytes, keyOrValue } from "./bytes.ts"
import { hostPort } from "./host-port.ts"
import { entered, Misfit } from "./misfit.ts"
import { flag, integer, list, method, nullable, number, oneOf, optional, options, type Reader, record, text, variants } from "./readers.ts"
import { show } from "./show.ts"

function refusal(reader: Reader<unknown>, value: unknown): string {
  try {
    reader(value, "given")
  } catch (error) {
    if (error instanceof Misfit) return error.message
    throw error
  }
  return "taken"
}

interface Settings {
  readonly timeoutMs?: number
  readonly name: string
}

const settings = record<Settings>({ timeoutMs: optional(number(0)), name: text }, [["label", "name"]])

describe("an object", () => {
  test("is read once, into one of our own", () => {
    let asked = 0
    const given = {
      name: "n",
      get timeoutMs() {
        asked += 1
        return asked
      },
    }
    expect(settings(given, "")).toEqual({ name: "n", timeoutMs: 1 })
    expect(asked).toBe(1)
  })

  test("may be an instance of a class, or have no prototype, or inherit", () => {
    class Own {
      name = "own"
    }
    expect(settings(new Own(), "")).toEqual({ name: "own" })
    expect(settings(Object.assign(Object.create(null) as object, { name: "bare" }), "")).toEqual({ name: "bare" })
    expect(settings(Object.create({ name: "above" }), "")).toEqual({ name: "above" })
  })

  test.each<[unknown, string]>([
    [{ name: "n", timeoutms: 5 }, "given.timeoutms: is no name that is known here; did you mean timeoutMs? Known are timeoutMs, name"],
    [{ name: "n", label: "m" }, "given.label: is no name that is known here; did you mean name? Known are timeoutMs, name"],
    [{ name: "n", colour: 5 }, "given.colour: is no name that is known here; known are timeoutMs, name"],
    [{}, "given.name: is missing"],
    [{ name: undefined }, "given.name: is missing"],
    [{ name: 7 }, "given.name: found 7, expected a text"],
    [[], "given: found an empty list, expected an object"],
    [new Map(), "given: found a Map, expected an object"],
    [Promise.resolve(1), "given: found a Promise (await it first), expected an object"],
    [null, "given: found null, expected an object"],
    [
      {
        get name() {
          throw new Error("not now")
        },
      },
      "given.name: could not be read: not now",
    ],
  ])("that is something else is refused with its place (%#)", (value, words) => expect(refusal(settings, value)).toBe(words))

  test("of options may be left out, and so may each of them, also as undefined", () => {
    const read = options<Required<Settings>>({ timeoutMs: number(0), name: text })
    expect([undefined, {}, { timeoutMs: undefined }, { name: "n" }].map((value) => read(value, ""))).toEqual([{}, {}, {}, { name: "n" }])
    expect(refusal(read, null)).toBe("given: found null, expected an object")
  })
})

test.each<[Reader<unknown>, unknown, string]>([
  [integer(1, 3), 0, "given: found 0, expected an integer from 1 to 3"],
  [integer(1), 1.5, "given: found 1.5, expected an integer from 1"],
  [integer(1), 2 ** 53, "given: found 9007199254740992, expected an integer from 1"],
  [integer(1), 1n, "given: found 1n, expected an integer from 1"],
  [integer(1), "1", 'given: found "1", expected an integer from 1'],
  [number(0), Number.NaN, "given: found NaN, expected a number from 0"],
  [number(0), Number.POSITIVE_INFINITY, "given: found Infinity, expected a number from 0"],
  [flag, 1, "given: found 1, expected true or false"],
  [oneOf("a", "b"), "c", 'given: found "c", expected "a" or "b"'],
  [list(text), "ab", 'given: found "ab", expected a list'],
  [list(text), ["a", 2], "given[1]: found 2, expected a text"],
  [list(text), Array.from({ length: 1 }), "given[0]: found undefined, expected a text"],
  [list(text, 1), ["a", "b"], "given: found 2 items, expected at most 1"],
  [nullable(text), undefined, "given: found undefined, expected a text"],
  [method("a function (level)"), {}, "given: found an object without properties, expected a function (level)"],
  [variants<{ kind: "one"; size: number }>({ one: { size: number(0) } }), { kind: "two" }, 'given.kind: found "two", expected one of one'],
  [variants<{ kind: "one"; size: number }>({ one: { size: number(0) } }), { kind: "one" }, "given.size: is missing"],
  [hostPort(0), "h", 'given: found "h", expected host:port, such as 10.0.0.1:2380'],
  [hostPort(1), "h:0", 'given: found "h:0", expected host:port with a port from 1 to 65535, such as 10.0.0.1:2380'],
  [bytes, "ADD 2", 'given: found "ADD 2", expected a Uint8Array, such as Buffer.from("text")'],
  [
    bytes,
    new ArrayBuffer(2),
    'given: found an ArrayBuffer (its bytes are: new Uint8Array(buffer)), expected a Uint8Array, such as Buffer.from("text")',
  ],
  [
    keyOrValue,
    "a\udc00",
    /* a text with half a pair */ 'given: found "a\\udc00", which holds half of a surrogate pair and so has no UTF-8; expected a text, or bytes',
  ],
])("%#: what does not fit is told with what was found and what was expected", (reader, value, words) => {
  expect(refusal(reader, value)).toBe(words)
})

test("the wrong kind of thing is a TypeError, one out of range a RangeError, and the function stands in front", () => {
  expect(() => entered("open", () => integer(1)("x", "id"))).toThrow(new TypeError('open: id: found "x", expected an integer from 1'))
  expect(() => entered("open", () => integer(1)(0, "id"))).toThrow(new RangeError("open: id: found 0, expected an integer from 1"))
})

test("bytes are whatever the engine knows as Uint8Array: subclasses and those of another realm, and nothing that only looks so", () => {
  class Own extends Uint8Array {}
  const foreign = runInNewContext("new Uint8Array([1, 2, 3]).subarray(1)") as Uint8Array
  for (const value of [new Uint8Array(2), Buffer.from("ab"), new Own(2)]) expect(bytes(value, "")).toBe(value)
  expect(foreign instanceof Uint8Array).toBe(false)
  expect(bytes(foreign, "")).toEqual(Uint8Array.of(2, 3))
  expect(hostileValues.filter(({ value }) => isBytes(value))).toEqual([])
})

test("every value can be shown, in a few words and without running anything of its own", () => {
  for (const { name, value } of hostileValues) expect(show(value).length, name).toBeLessThan(100)
  expect(show("x".repeat(100))).toBe(`"${"x".repeat(60)}…" (100 characters)`)
  expect(show({ a: 1, b: 2, c: 3, d: 4 })).toBe("an object with a, b, c, …")
})
