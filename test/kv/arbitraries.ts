/** Random requests and answers of the key-value store: few keys, so that requests meet. */

import fc from "fast-check"
import type {
  Compare,
  DeleteRangeRequest,
  KeyValue,
  KvCommand,
  KvQuery,
  KvResult,
  PutRequest,
  RangeRequest,
  RangeResponse,
  RequestOp,
  ResponseOp,
  TxnRequest,
} from "../../src/wire/kv/index.ts"
import { refusalReasons } from "../../src/wire/kv/index.ts"

export const bytes = (text: string): Uint8Array => Uint8Array.from(text, (character) => character.charCodeAt(0))

const anyBytes = fc.uint8Array({ maxLength: 40 })
const safe = fc.maxSafeInteger()
const natural = fc.maxSafeNat()
const lease = fc.oneof(fc.constant(0n), fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }))

export interface Vocabulary {
  readonly key: fc.Arbitrary<Uint8Array>
  readonly rangeEnd: fc.Arbitrary<Uint8Array>
  readonly value: fc.Arbitrary<Uint8Array>
  readonly number: fc.Arbitrary<number>
  readonly revision: fc.Arbitrary<number>
  readonly lease: fc.Arbitrary<bigint>
}

/** Anything that the format can hold. */
export const anything: Vocabulary = { key: anyBytes, rangeEnd: anyBytes, value: anyBytes, number: safe, revision: safe, lease }

const key = fc.constantFrom("a", "b", "c", "d", "e", "ab", "a\u0000", "\u00ff", "\u00ff\u00ff").map(bytes)

/** What a store would see, for stories in which requests touch the same keys. */
export const stories: Vocabulary = {
  key: fc.oneof(
    { weight: 30, arbitrary: key },
    { weight: 1, arbitrary: fc.constant(bytes("")) },
    { weight: 1, arbitrary: fc.constant(bytes("\u0000")) },
  ),
  rangeEnd: fc.oneof(key, fc.constant(bytes("")), fc.constant(bytes("\u0000")), fc.constant(bytes("z"))),
  value: fc.constantFrom("", "1", "2", "10", "two").map(bytes),
  number: fc.integer({ min: -1, max: 12 }),
  revision: fc.oneof(fc.constant(0), fc.integer({ min: -1, max: 60 })),
  lease: fc.oneof({ weight: 20, arbitrary: fc.constant(0n) }, { weight: 1, arbitrary: fc.constant(7n) }),
}

export function range(words: Vocabulary): fc.Arbitrary<RangeRequest> {
  const bound = fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: words.number })
  return fc.record({
    kind: fc.constant("range" as const),
    key: words.key,
    rangeEnd: words.rangeEnd,
    limit: fc.oneof(fc.constant(0), words.number),
    revision: words.revision,
    sortOrder: fc.constantFrom("none" as const, "ascend" as const, "descend" as const),
    sortTarget: fc.constantFrom("key" as const, "version" as const, "create" as const, "mod" as const, "value" as const),
    keysOnly: fc.boolean(),
    countOnly: fc.boolean(),
    minModRevision: bound,
    maxModRevision: bound,
    minCreateRevision: bound,
    maxCreateRevision: bound,
  })
}

export function put(words: Vocabulary): fc.Arbitrary<PutRequest> {
  const seldom = fc.nat({ max: 9 }).map((n) => n === 0)
  return fc.record({
    kind: fc.constant("put" as const),
    key: words.key,
    value: words.value,
    lease: words.lease,
    prevKv: fc.boolean(),
    ignoreValue: seldom,
    ignoreLease: seldom,
  })
}

export function deleteRange(words: Vocabulary): fc.Arbitrary<DeleteRangeRequest> {
  return fc.record({ kind: fc.constant("deleteRange" as const), key: words.key, rangeEnd: words.rangeEnd, prevKv: fc.boolean() })
}

export function compare(words: Vocabulary): fc.Arbitrary<Compare> {
  const common = {
    key: words.key,
    rangeEnd: words.rangeEnd,
    result: fc.constantFrom("equal" as const, "greater" as const, "less" as const, "notEqual" as const),
  }
  return fc.oneof(
    fc.record({ ...common, target: fc.constantFrom("version" as const, "create" as const, "mod" as const), operand: words.number }),
    fc.record({ ...common, target: fc.constant("value" as const), operand: words.value }),
    fc.record({ ...common, target: fc.constant("lease" as const), operand: words.lease }),
  )
}

export function txn(words: Vocabulary, depth = 2): fc.Arbitrary<TxnRequest> {
  const operations: fc.Arbitrary<RequestOp>[] = [put(words), put(words), deleteRange(words), range(words)]
  if (depth > 0) operations.push(txn(words, depth - 1))
  const branch = fc.array(fc.oneof(...operations), { maxLength: 3 })
  return fc.record({
    kind: fc.constant("txn" as const),
    compare: fc.array(compare(words), { maxLength: 2 }),
    success: branch,
    failure: branch,
  })
}

export function command(words: Vocabulary): fc.Arbitrary<KvCommand> {
  return fc.oneof(
    { weight: 6, arbitrary: put(words) },
    { weight: 2, arbitrary: deleteRange(words) },
    { weight: 3, arbitrary: txn(words) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant("compact" as const), revision: words.revision, physical: fc.boolean() }) },
  )
}

export function query(words: Vocabulary): fc.Arbitrary<KvQuery> {
  return fc.oneof(fc.record({ kind: fc.constant("get" as const), key: words.key }), range(words), txn(words))
}

const keyValue: fc.Arbitrary<KeyValue> = fc.record({
  key: anyBytes,
  value: anyBytes,
  createRevision: natural,
  modRevision: natural,
  version: natural,
  lease,
})
const keyValues = fc.array(keyValue, { maxLength: 3 })

export const rangeResponse: fc.Arbitrary<RangeResponse> = fc.record({
  kind: fc.constant("range" as const),
  revision: natural,
  kvs: keyValues,
  more: fc.boolean(),
  count: natural,
})

function responseOp(depth: number): fc.Arbitrary<ResponseOp> {
  return fc.oneof(
    rangeResponse,
    fc.record({ kind: fc.constant("put" as const), revision: natural, prevKv: fc.option(keyValue) }),
    fc.record({ kind: fc.constant("deleteRange" as const), revision: natural, deleted: natural, prevKvs: keyValues }),
    fc.record({
      kind: fc.constant("txn" as const),
      revision: natural,
      succeeded: fc.boolean(),
      responses: depth === 0 ? fc.constant([]) : fc.array(responseOp(depth - 1), { maxLength: 3 }),
    }),
  )
}

export const response: fc.Arbitrary<KvResult | RangeResponse> = fc.oneof(
  responseOp(2),
  fc.record({ kind: fc.constant("compact" as const), revision: natural }),
  fc.record({ kind: fc.constant("refused" as const), reason: fc.constantFrom(...refusalReasons), message: fc.string({ maxLength: 30 }) }),
)
