import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { anything, bytes, command, query, txn } from "../../../test/kv/arbitraries.ts"
import { WireError } from "../client/index.ts"
import {
  canWrite,
  decodeKvCommand,
  decodeKvQuery,
  encodeKvCommand,
  encodeKvQuery,
  encodePut,
  prefixEnd,
  putRequest,
  rangeRequest,
  type TxnRequest,
  txnDepthMax,
} from "./index.ts"

const emptyTxn: TxnRequest = { kind: "txn", compare: [], success: [], failure: [] }

function nested(depth: number): TxnRequest {
  return depth === 1 ? emptyTxn : { ...emptyTxn, success: [nested(depth - 1)] }
}

describe("the bytes that are fixed for other languages", () => {
  test("a put", () => {
    const expected = Uint8Array.of(1, 2, 0, 0x6b, 0x31, 0x76, 0x61, 0x6c)
    expect(encodePut(bytes("k1"), bytes("val"))).toEqual(expected)
    expect(encodeKvCommand(putRequest(bytes("k1"), bytes("val")))).toEqual(expected)
    expect(decodeKvCommand(expected)).toEqual(putRequest(bytes("k1"), bytes("val")))
  })

  test("a put of an empty value to an empty key", () => {
    expect(decodeKvCommand(Uint8Array.of(1, 0, 0))).toEqual(putRequest(bytes(""), bytes("")))
  })

  test("a get", () => {
    expect(encodeKvQuery({ kind: "get", key: bytes("k1") })).toEqual(Uint8Array.of(2, 2, 0, 0x6b, 0x31))
  })

  test("a compaction, with its revision in two's complement", () => {
    expect(encodeKvCommand({ kind: "compact", revision: -2, physical: true })).toEqual(
      Uint8Array.of(5, 254, 255, 255, 255, 255, 255, 255, 255, 1),
    )
  })

  test("a put with options", () => {
    const put = putRequest(bytes("k"), bytes("v"), { lease: -2n, ignoreLease: true })
    const expected = [6, 1, 0, 0, 0, 0x6b, 1, 0, 0, 0, 0x76, 254, 255, 255, 255, 255, 255, 255, 255, 4]
    expect([...encodeKvCommand(put)]).toEqual(expected)
  })
})

describe("shortKeyBytesMax: keys at the edge of a put's 16-bit length", () => {
  test.each([
    [0xfffe, 1],
    [0xffff, 1],
    [0x10000, 6],
  ])("a key of %i bytes goes as operation %i", (length, operation) => {
    const put = putRequest(new Uint8Array(length).fill(7), bytes("v"))
    const encoded = encodeKvCommand(put)
    expect(encoded[0]).toBe(operation)
    expect(decodeKvCommand(encoded)).toEqual(put)
  })

  test("a get has no longer form: such a key is the caller's mistake", () => {
    expect(() => encodeKvQuery({ kind: "get", key: new Uint8Array(0x10000) })).toThrow(RangeError)
  })
})

describe("txnListMax: the length of a transaction's lists", () => {
  const withOperations = (count: number): TxnRequest => ({
    ...emptyTxn,
    success: Array<TxnRequest["success"][number]>(count).fill(putRequest(bytes("k"), bytes(""))),
  })

  test("as many as a list's count has room for come back, one more is refused", () => {
    for (const count of [0xfffe, 0xffff]) {
      const decoded = decodeKvCommand(encodeKvCommand(withOperations(count)))
      expect(decoded.kind === "txn" && decoded.success.length).toBe(count)
    }
    expect(() => encodeKvCommand(withOperations(0x10000))).toThrow("65536 comparisons or operations in a transaction; 65535 is the most")
  })
})

describe("txnDepthMax: depth of transactions", () => {
  test("as deep as allowed comes back as it was", () => {
    const deepest = nested(txnDepthMax)
    expect(decodeKvCommand(encodeKvCommand(deepest))).toEqual(deepest)
  })

  test("one deeper is refused on both sides", () => {
    expect(() => encodeKvCommand(nested(txnDepthMax + 1))).toThrow("a transaction inside 128 others")
    const inner = encodeKvCommand(nested(txnDepthMax))
    const wrapped = Uint8Array.from([4, 0, 0, 1, 0, ...inner, 0, 0])
    expect(() => decodeKvCommand(wrapped)).toThrow("a transaction inside 128 others")
  })
})

describe("bad bytes are refused in words", () => {
  test.each([
    ["nothing", [], "the operation needs 1 bytes, but only 0 are left"],
    ["an unknown operation", [9, 1, 2], "operation 9 is no command of the key-value store"],
    ["a query", [2, 1, 0, 65], "operation 2 is no command of the key-value store"],
    ["a key beyond the end", [1, 3, 0, 65, 66], "the key needs 3 bytes, but only 2 are left"],
    ["surplus", [5, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0], "compact has 1 bytes too many"],
    ["an unknown flag", [5, 1, 0, 0, 0, 0, 0, 0, 0, 2], "compact's flags has bits set that mean nothing here"],
    ["a number of 2^53", [5, 0, 0, 0, 0, 0, 0, 0x20, 0, 0], "the revision is 2^53 or more, of either sign"],
    ["an operation that does not belong in a transaction", [4, 0, 0, 1, 0, 5], "operation 5 does not belong in a transaction"],
    [
      "an unknown target",
      [4, 1, 0, 1, 0, 0, 0, 65, 0, 0, 0, 0, 9],
      "a comparison's target is 9, which means none of version, create, mod, value, lease",
    ],
  ])("%s", (_what, encoded, message) => {
    expect(() => decodeKvCommand(Uint8Array.from(encoded))).toThrow(new WireError(message))
  })
})

describe("properties", () => {
  test("commands come back as they were", () => {
    fc.assert(
      fc.property(command(anything), (sent) => {
        expect(decodeKvCommand(encodeKvCommand(sent))).toEqual(sent)
      }),
    )
  })

  test("queries come back as they were", () => {
    fc.assert(
      fc.property(query(anything), (sent) => {
        expect(decodeKvQuery(encodeKvQuery(sent))).toEqual(sent)
      }),
    )
  })

  test("a command cut anywhere is refused, but for a plain put, whose value may end anywhere", () => {
    fc.assert(
      fc.property(command(anything), (sent) => {
        const encoded = encodeKvCommand(sent)
        const shortest = encoded[0] === 1 && sent.kind === "put" ? 3 + sent.key.length : encoded.length
        for (let length = 0; length < shortest; length++) expect(() => decodeKvCommand(encoded.subarray(0, length))).toThrow(WireError)
      }),
      { numRuns: 50 },
    )
  })

  test("a query cut anywhere, or with a byte too many, is refused", () => {
    fc.assert(
      fc.property(query(anything), (sent) => {
        const encoded = encodeKvQuery(sent)
        for (let length = 0; length < encoded.length; length++) expect(() => decodeKvQuery(encoded.subarray(0, length))).toThrow(WireError)
        expect(() => decodeKvQuery(Uint8Array.from([...encoded, 0]))).toThrow(WireError)
      }),
      { numRuns: 50 },
    )
  })

  test("random bytes and flipped bits give a request or WireError, nothing else", () => {
    const flipped = fc.tuple(command(anything), fc.nat(), fc.nat({ max: 7 })).map(([sent, at, bit]) => {
      const encoded = encodeKvCommand(sent)
      encoded[at % encoded.length]! ^= 1 << bit
      return encoded
    })
    fc.assert(
      fc.property(fc.oneof(flipped, fc.uint8Array({ maxLength: 60 })), (garbage) => {
        for (const decode of [decodeKvCommand, decodeKvQuery]) {
          try {
            decode(garbage)
          } catch (error) {
            expect(error).toBeInstanceOf(WireError)
          }
        }
      }),
      { numRuns: 500 },
    )
  })

  test("a transaction that writes says so, however deep", () => {
    const read: TxnRequest = { ...emptyTxn, success: [rangeRequest(bytes("a"))] }
    expect(canWrite(read)).toBe(false)
    expect(canWrite({ ...emptyTxn, failure: [{ ...read, failure: [putRequest(bytes("a"), bytes(""))] }] })).toBe(true)
    fc.assert(
      fc.property(txn(anything, 0), (some) => {
        expect(canWrite(some)).toBe([...some.success, ...some.failure].some((op) => op.kind !== "range"))
      }),
    )
  })
})

test.each([
  ["a", "b"],
  ["az", "a{"],
  ["a\u00ff", "b"],
  ["\u00ff\u00ff", "\u0000"],
  ["", "\u0000"],
])("all keys that begin with %j end before %j", (prefix, end) => {
  expect(prefixEnd(bytes(prefix))).toEqual(bytes(end))
})
