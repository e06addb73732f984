/**
 * The words of this client's calls, read where they come in: keys, values, conditions, actions, options. Each comes out as it goes to the store, or
 * is refused with its place, as `transaction.conditions[0].modRevision`.
 *
 * A transaction and what it is made of are read strictly: `conditions: undefined`, or a condition without what it compares, would do without
 * asking what was to be done only if.
 */

import {
  type Aliases,
  type Fields,
  flag,
  hostPort,
  integer,
  isBytes,
  keyOrValue,
  lease,
  list,
  Misfit,
  nodeId,
  nullable,
  oneOf,
  optional,
  options,
  type Reader,
  record,
  show,
  strictRecord,
  timeoutMs,
  variants,
} from "../arguments/index.ts"
import type { CallOptions, ChangeOptions, ReadOptions } from "../requests/index.ts"
import { txnDepthMax } from "../wire/kv/index.ts"
import type { Action, Bytes, Comparison, Condition, DeleteOptions, Keys, PutOptions, RangeOptions, Transaction } from "./store-calls.ts"

// ---- options ----

const call = { timeoutMs }
const read = { ...call, consistency: oneOf("linearizable", "lease", "stale") }
const put = { previous: flag, lease }
const remove = { previous: flag }
const revision = integer(1)
const range = {
  limit: integer(1),
  revision,
  keysOnly: flag,
  countOnly: flag,
  sort: record<NonNullable<RangeOptions["sort"]>>({
    by: oneOf("key", "version", "create", "mod", "value"),
    order: oneOf("ascend", "descend"),
  }),
}

/** Names of these options in other clients and in former versions: the message of the refusal says which option is meant. */
const slips: Aliases = [
  ["deadlineMs", "timeoutMs"],
  ["timeout", "timeoutMs"],
]

export const callOptions = options<Required<CallOptions>>(call, slips)
export const readOptions = options<Required<ReadOptions>>(read, slips)
export const getOptions = options<Required<ReadOptions & Pick<RangeOptions, "revision">>>({ ...read, revision }, slips)
export const putOptions = options<Required<PutOptions & CallOptions>>({ ...call, ...put }, [["prevKv", "previous"], ...slips])
export const deleteOptions = options<Required<DeleteOptions & CallOptions>>({ ...call, ...remove }, [["prevKv", "previous"], ...slips])
export const rangeOptions = options<Required<RangeOptions & ReadOptions>>({ ...read, ...range }, slips)
export const compactOptions = options<Required<CallOptions> & { readonly physical: boolean }>({ ...call, physical: flag }, slips)
export const endpointOptions = options<Required<CallOptions> & { readonly endpoint: string }>({ ...call, endpoint: hostPort(1) }, slips)
export const changeOptions = options<Required<ChangeOptions>>({ ...call, version: integer(0) }, slips)

export const revisionOf: Reader<number> = revision
export const successor = nullable(nodeId)

// ---- keys and values ----

export const valueOf: Reader<Bytes> = keyOrValue

export const keyOf: Reader<Bytes> = (value, path) => {
  const found = keyOrValue(value, path)
  if (found.length > 0) return found
  throw new Misfit(path, "is empty, expected a key of one byte or more", true)
}

const severalKeys = strictRecord<{ readonly prefix?: Bytes; readonly from?: Bytes; readonly to?: Bytes }>(
  { prefix: optional(keyOrValue), from: optional(keyOrValue), to: optional(keyOrValue) },
  [
    ["start", "from"],
    ["gte", "from"],
    ["end", "to"],
    ["rangeEnd", "to"],
    ["lt", "to"],
    ["startsWith", "prefix"],
  ],
)

export const keysOf: Reader<Keys> = (value, path) => {
  if (typeof value === "string" || isBytes(value)) return keyOf(value, path)
  if (typeof value !== "object" || value === null) throw new Misfit(path, `found ${show(value)}, expected ${keysExpected}`)
  const { prefix, from, to } = severalKeys(value, path)
  if (prefix !== undefined && from === undefined && to === undefined) return { prefix }
  // An empty end would mean "the one key alone" to the store.
  if (to !== undefined && to.length === 0) throw new Misfit(`${path}.to`, "is empty, expected a key of one byte or more, or nothing", true)
  if (from !== undefined && prefix === undefined) return { from, ...(to === undefined ? {} : { to }) }
  throw new Misfit(path, `found ${show(value)}, expected ${keysExpected}`)
}

const keysExpected = "a key, { prefix }, { from } or { from, to }"

/** What a compare-and-swap goes by. */
export const expectedOf: Reader<Bytes | number | null> = (value, path) => {
  if (value === null) return null
  if (typeof value === "number") return integer(0)(value, path)
  if (typeof value === "string" || isBytes(value)) return valueOf(value, path)
  throw new Misfit(path, `found ${show(value)}, expected a value, the number of a modRevision, or null for a key that does not exist`)
}

// ---- transactions ----

const operands = { value: keyOrValue, version: integer(0), createRevision: integer(0), modRevision: integer(0), lease }
const operandNames = Object.keys(operands) as (keyof typeof operands)[]

interface AnyCondition {
  readonly keys: Keys
  readonly is?: Comparison
  readonly value?: Bytes
  readonly version?: number
  readonly createRevision?: number
  readonly modRevision?: number
  readonly lease?: bigint
}

const anyCondition = strictRecord<AnyCondition>(
  {
    keys: keysOf,
    is: optional(oneOf<Comparison>("equal", "greater", "less", "notEqual")),
    value: optional(operands.value),
    version: optional(operands.version),
    createRevision: optional(operands.createRevision),
    modRevision: optional(operands.modRevision),
    lease: optional(operands.lease),
  },
  [
    ["key", "keys"],
    ["result", "is"],
    ["mod", "modRevision"],
    ["create", "createRevision"],
  ],
)

const conditionOf: Reader<Condition> = (value, path) => {
  const found = anyCondition(value, path)
  const compared = operandNames.filter((name) => found[name] !== undefined)
  if (compared.length === 1) return found as Condition
  throw new Misfit(path, `found ${compared.join(" and ") || "nothing to compare with"}, expected exactly one of ${operandNames.join(", ")}`)
}

/** `if`, `then` and `else` as in etcd's other clients; `compare`, `success` and `failure` as in its protocol. */
const aliases: Aliases = [
  ["if", "conditions"],
  ["compare", "conditions"],
  ["condition", "conditions"],
  ["then", "success"],
  ["else", "failure"],
]

/** Readers of the actions in a transaction that stands inside so many others. */
const actionsInside: Reader<Action>[] = []

function actionInside(depth: number): Reader<Action> {
  return (actionsInside[depth] ??= variants<Action>(
    {
      put: { key: keyOf, value: keyOrValue, previous: optional(put.previous), lease: optional(put.lease) },
      delete: { keys: keysOf, previous: optional(remove.previous) },
      range: {
        keys: keysOf,
        limit: optional(range.limit),
        revision: optional(range.revision),
        keysOnly: optional(range.keysOnly),
        countOnly: optional(range.countOnly),
        sort: optional(range.sort),
      },
      transaction: branchesInside(depth + 1),
    },
    aliases,
  ))
}

function branchesInside(depth: number): Fields<Transaction> {
  // Looked up when there is such a transaction: how deep they stand is the caller's affair, up to what the encoding can hold.
  const actions: Reader<readonly Action[]> = (value, path) => {
    if (depth > txnDepthMax) throw new Misfit(path, `stands inside ${depth} transactions, expected at most ${txnDepthMax}`, true)
    return list(actionInside(depth))(value, path)
  }
  return { conditions: optional(list(conditionOf)), success: optional(actions), failure: optional(actions) }
}

const anyTransaction = strictRecord<Transaction>(branchesInside(0), aliases)

export const transactionOf: Reader<Transaction> = (value, path) => {
  const found = anyTransaction(value, path)
  const parts = [found.conditions, found.success, found.failure]
  if (parts.some((part) => part !== undefined && part.length > 0)) return found
  throw new Misfit(path, "is empty, expected conditions, success or failure with something in it")
}
