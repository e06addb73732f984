import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { bytes, response } from "../../../test/kv/arbitraries.ts"
import { WireError } from "../client/index.ts"
import { decodeKvResponse, encodeKvResponse, refusalReasons, refusalTexts, refuse, type ResponseByKind } from "./index.ts"

const kinds = ["get", "put", "deleteRange", "compact", "range", "txn"] as const satisfies readonly (keyof ResponseByKind)[]

describe("the bytes that are fixed for other languages", () => {
  test("a put's answer", () => {
    expect(encodeKvResponse({ kind: "put", revision: 0x0102, prevKv: null })).toEqual(Uint8Array.of(0, 2, 1, 0, 0, 0, 0, 0, 0, 0))
  })

  test("a value, and that there is none", () => {
    expect(encodeKvResponse({ kind: "get", value: bytes("v") })).toEqual(Uint8Array.of(0, 0x76))
    expect(encodeKvResponse({ kind: "get", value: bytes("") })).toEqual(Uint8Array.of(0))
    expect(encodeKvResponse({ kind: "get", value: null })).toEqual(Uint8Array.of(4))
  })

  test("a refusal has its code and etcd's text", () => {
    expect([...encodeKvResponse(refuse("emptyKey"))]).toEqual([6, 3, 19, 0, ...bytes("key is not provided")])
  })
})

test("every reason has a text and a code", () => {
  expect([...refusalReasons].toSorted()).toEqual(Object.keys(refusalTexts).toSorted())
})

describe("bad bytes are refused in words", () => {
  test.each([
    ["nothing", "put", [], "the status needs 1 bytes"],
    ["a status that is no answer of the store's", "put", [2], "status 2 does not answer put"],
    ["not found, for anything but a get", "range", [4], "status 4 does not answer range"],
    ["an unknown refusal", "put", [6, 200, 1, 0, 65], 'refusal 200 ("A") is not known here'],
    ["a flag of 2", "put", [0, 1, 0, 0, 0, 0, 0, 0, 0, 2], "it must be 0 or 1"],
    ["surplus", "compact", [0, 1, 0, 0, 0, 0, 0, 0, 0, 0], "the answer to compact has 1 bytes too many"],
    [
      "an operation without responses",
      "txn",
      [0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 1, 0, 5],
      "operation 5 has no place among a transaction's responses",
    ],
  ] as const)("%s", (_what, kind, encoded, message) => {
    expect(() => decodeKvResponse(kind, Uint8Array.from(encoded))).toThrow(message)
  })
})

describe("properties", () => {
  test("responses come back as they were", () => {
    fc.assert(
      fc.property(response, (sent) => {
        const kind = sent.kind === "refused" ? "put" : sent.kind
        expect(decodeKvResponse(kind, encodeKvResponse(sent))).toEqual(sent)
      }),
    )
  })

  test("a response cut anywhere is refused", () => {
    fc.assert(
      fc.property(response, (sent) => {
        const kind = sent.kind === "refused" ? "put" : sent.kind
        const encoded = encodeKvResponse(sent)
        for (let length = 0; length < encoded.length; length++)
          expect(() => decodeKvResponse(kind, encoded.subarray(0, length))).toThrow(WireError)
      }),
      { numRuns: 50 },
    )
  })

  test("random bytes give a response or WireError, nothing else", () => {
    const garbage = fc.uint8Array({ maxLength: 60 }).map((rest) => Uint8Array.from([rest.length % 2 === 0 ? 0 : 6, ...rest]))
    fc.assert(
      fc.property(garbage, fc.constantFrom(...kinds), (encoded, kind) => {
        try {
          decodeKvResponse(kind, encoded)
        } catch (error) {
          expect(error).toBeInstanceOf(WireError)
        }
      }),
      { numRuns: 500 },
    )
  })
})
