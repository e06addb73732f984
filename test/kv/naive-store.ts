/**
 * etcd's KV semantics the slow way: a whole map for every revision, and rules written down as they are told, with no index and no cleverness.
 * What the real store is compared with.
 */

import {
  type Compare,
  type KeyRange,
  type KeyValue,
  type KvAnswer,
  type KvCommand,
  type KvQuery,
  type KvResult,
  type PutRequest,
  type RangeRequest,
  type RangeResponse,
  type RefusalReason,
  refuse,
  type RequestOp,
  type ResponseOp,
  type SortTarget,
  type TxnRequest,
} from "../../src/wire/kv/index.ts"

type Pairs = ReadonlyMap<string, KeyValue>

const hex = (bytes: Uint8Array): string => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("")
const isEmpty = (bytes: Uint8Array): boolean => bytes.length === 0
const isZero = (bytes: Uint8Array): boolean => bytes.length === 1 && bytes[0] === 0

/** The order of hexadecimal strings is the order of the bytes. */
const before = (a: Uint8Array, b: Uint8Array): boolean => hex(a) < hex(b)

function isIn(key: Uint8Array, range: KeyRange): boolean {
  if (isEmpty(range.rangeEnd)) return hex(key) === hex(range.key)
  return !before(key, range.key) && (isZero(range.rangeEnd) || before(key, range.rangeEnd))
}

function pairsIn(pairs: Pairs, range: KeyRange): KeyValue[] {
  return [...pairs.values()].filter((kv) => isIn(kv.key, range)).sort((a, b) => (before(a.key, b.key) ? -1 : 1))
}

export class NaiveStore {
  revision = 1
  compactRevision = -1
  /** By revision. */
  states: Pairs[] = [new Map(), new Map()]

  clone(): NaiveStore {
    return Object.assign(new NaiveStore(), this, { states: [...this.states] })
  }

  apply(command: KvCommand): KvResult {
    const wrong = this.check(command)
    if (wrong !== null) return refuse(wrong)
    switch (command.kind) {
      case "compact":
        if (command.revision <= this.compactRevision) return refuse("compacted")
        if (command.revision > this.revision) return refuse("futureRevision")
        this.compactRevision = command.revision
        return { kind: "compact", revision: this.revision }
      case "put":
        if (command.lease !== 0n) return refuse("leaseNotFound")
        if (this.lacksKept(command)) return refuse("keyNotFound")
        return this.transact((run) => run(command)) as KvResult
      case "deleteRange":
        return this.transact((run) => run(command)) as KvResult
      case "txn":
        return this.txn(command)
    }
  }

  query(query: KvQuery): KvAnswer {
    if (query.kind === "get") {
      if (isEmpty(query.key)) return refuse("emptyKey")
      return { kind: "get", value: this.present.get(hex(query.key))?.value ?? null }
    }
    const wrong = this.check(query)
    if (wrong !== null) return refuse(wrong)
    if (query.kind === "txn") return this.txn(query)
    if (query.revision > 0 && query.revision > this.revision) return refuse("futureRevision")
    if (query.revision > 0 && query.revision < this.compactRevision) return refuse("compacted")
    return this.range(query, this.present, this.revision)
  }

  private get present(): Pairs {
    return this.states[this.revision]!
  }

  /** Lets `work` run operations on a copy of the present; if that changed, it is the next revision. */
  private transact<Result>(work: (run: (op: RequestOp) => ResponseOp) => Result): Result {
    const pairs = new Map(this.present)
    let isChanged = false
    const run = (op: RequestOp): ResponseOp => {
      const next = this.revision + 1
      const now = (): number => (isChanged ? next : this.revision)
      switch (op.kind) {
        case "range":
          return this.range(op, pairs, now())
        case "put": {
          const previous = pairs.get(hex(op.key))
          isChanged = true
          pairs.set(hex(op.key), {
            key: op.key,
            value: op.ignoreValue && previous !== undefined ? previous.value : op.value,
            lease: op.ignoreLease && previous !== undefined ? previous.lease : op.lease,
            createRevision: previous?.createRevision ?? next,
            modRevision: next,
            version: (previous?.version ?? 0) + 1,
          })
          return { kind: "put", revision: next, prevKv: op.prevKv ? (previous ?? null) : null }
        }
        case "deleteRange": {
          const deleted = pairsIn(pairs, op)
          for (const kv of deleted) pairs.delete(hex(kv.key))
          if (deleted.length > 0) isChanged = true
          return { kind: "deleteRange", revision: now(), deleted: deleted.length, prevKvs: op.prevKv ? deleted : [] }
        }
        case "txn":
          throw new Error("branches are chosen before anything runs")
      }
    }
    const result = work(run)
    if (isChanged) this.states[++this.revision] = pairs
    return result
  }

  private txn(txn: TxnRequest): KvResult & KvAnswer {
    const chosen = this.choose(txn)
    const all = flatten(chosen)
    for (const op of all) {
      if (op.kind !== "put") continue
      if (this.lacksKept(op)) return refuse("keyNotFound")
      if (op.lease !== 0n) return refuse("leaseNotFound")
    }
    for (const op of all) {
      if (op.kind !== "range" || op.revision === 0) continue
      if (op.revision > this.revision) return refuse("futureRevision")
      if (op.revision < this.compactRevision) return refuse("compacted")
    }
    return this.transact((run) => {
      const perform = (txn: Chosen): ResponseOp[] =>
        txn.operations.map((op) =>
          "operations" in op ? { kind: "txn", revision: 0, succeeded: op.succeeded, responses: perform(op) } : run(op),
        )
      const responses = perform(chosen)
      const isChanged = all.some((op) => op.kind === "put") || hasDeleted(responses)
      return { kind: "txn", revision: isChanged ? this.revision + 1 : this.revision, succeeded: chosen.succeeded, responses }
    })
  }

  private choose(txn: TxnRequest): Chosen {
    const succeeded = txn.compare.every((compare) => this.holds(compare))
    const branch = succeeded ? txn.success : txn.failure
    return { succeeded, operations: branch.map((op) => (op.kind === "txn" ? this.choose(op) : op)) }
  }

  private holds(compare: Compare): boolean {
    const pairs = pairsIn(this.present, compare)
    const nothing = { version: 0, createRevision: 0, modRevision: 0, lease: 0n, value: undefined }
    return (pairs.length === 0 ? [nothing] : pairs).every((kv) => {
      const [left, right] =
        compare.target === "value"
          ? [kv.value === undefined ? undefined : hex(kv.value), hex(compare.operand)]
          : compare.target === "lease"
            ? [kv.lease, compare.operand]
            : [{ version: kv.version, create: kv.createRevision, mod: kv.modRevision }[compare.target], compare.operand]
      if (left === undefined) return false
      return { equal: left === right, notEqual: left !== right, less: left < right, greater: left > right }[compare.result]
    })
  }

  private range(request: RangeRequest, present: Pairs, presentRevision: number): RangeResponse {
    const pairs = pairsIn(request.revision > 0 && request.revision < presentRevision ? this.states[request.revision]! : present, request)
    const response = { kind: "range" as const, revision: presentRevision, count: pairs.length }
    if (request.countOnly) return { ...response, kvs: [], more: false }
    const { minModRevision, maxModRevision, minCreateRevision, maxCreateRevision } = request
    const sorted = pairs
      .filter((kv) => minModRevision === 0 || kv.modRevision >= minModRevision)
      .filter((kv) => maxModRevision === 0 || kv.modRevision <= maxModRevision)
      .filter((kv) => minCreateRevision === 0 || kv.createRevision >= minCreateRevision)
      .filter((kv) => maxCreateRevision === 0 || kv.createRevision <= maxCreateRevision)
      .sort((a, b) => (request.sortOrder === "descend" ? order(b, a, request.sortTarget) : order(a, b, request.sortTarget)))
    const kvs = request.limit > 0 ? sorted.slice(0, request.limit) : sorted
    return {
      ...response,
      kvs: request.keysOnly ? kvs.map((kv) => ({ ...kv, value: new Uint8Array(0) })) : kvs,
      more: kvs.length < sorted.length,
    }
  }

  private lacksKept(put: PutRequest): boolean {
    return (put.ignoreValue || put.ignoreLease) && !this.present.has(hex(put.key))
  }

  private check(request: KvCommand | KvQuery): RefusalReason | null {
    switch (request.kind) {
      case "compact":
      case "get":
        return null
      case "put":
        if (isEmpty(request.key)) return "emptyKey"
        if (request.ignoreValue && !isEmpty(request.value)) return "valueProvided"
        return request.ignoreLease && request.lease !== 0n ? "leaseProvided" : null
      case "range":
      case "deleteRange":
        return isEmpty(request.key) ? "emptyKey" : null
      case "txn": {
        const wrong = this.checkFields(request)
        if (wrong !== null) return wrong
        return repeats(request.success) || repeats(request.failure) ? "duplicateKey" : null
      }
    }
  }

  private checkFields(txn: TxnRequest): RefusalReason | null {
    if (txn.compare.some((compare) => isEmpty(compare.key))) return "emptyKey"
    for (const op of [...txn.success, ...txn.failure]) {
      const wrong = op.kind === "txn" ? this.checkFields(op) : this.check(op)
      if (wrong !== null) return wrong
    }
    return null
  }
}

interface Chosen {
  readonly succeeded: boolean
  readonly operations: readonly (Chosen | Exclude<RequestOp, TxnRequest>)[]
}

function flatten(chosen: Chosen): Exclude<RequestOp, TxnRequest>[] {
  return chosen.operations.flatMap((op) => ("operations" in op ? flatten(op) : [op]))
}

function hasDeleted(responses: readonly ResponseOp[]): boolean {
  return responses.some((response) =>
    response.kind === "txn" ? hasDeleted(response.responses) : response.kind === "deleteRange" && response.deleted > 0,
  )
}

/** Every put of a branch and of what is nested in it, whichever way that goes. */
function putsOf(operations: readonly RequestOp[]): Uint8Array[] {
  return operations.flatMap((op) =>
    op.kind === "put" ? [op.key] : op.kind === "txn" ? [...putsOf(op.success), ...putsOf(op.failure)] : [],
  )
}

function deletionsOf(operations: readonly RequestOp[]): KeyRange[] {
  // To etcd's check, a range up to "\0" is empty.
  return operations.flatMap((op) =>
    op.kind === "deleteRange"
      ? isZero(op.rangeEnd)
        ? []
        : [op]
      : op.kind === "txn"
        ? [...deletionsOf(op.success), ...deletionsOf(op.failure)]
        : [],
  )
}

/** Whether etcd would call it a duplicate key, told pair by pair. */
function repeats(operations: readonly RequestOp[]): boolean {
  const nested = operations.filter((op) => op.kind === "txn")
  if (nested.some((txn) => repeats(txn.success) || repeats(txn.failure))) return true
  const own = operations.filter((op) => op.kind !== "txn")
  const ownDeletions = deletionsOf(own)
  const ownPuts = putsOf(own)
  const clash = (puts: readonly Uint8Array[], others: readonly Uint8Array[], deletions: readonly KeyRange[]): boolean =>
    puts.some((key) => others.some((other) => hex(other) === hex(key)) || deletions.some((range) => isIn(key, range)))
  // Two of its own puts; its own puts with anything nested; nested puts with its own deletions, and with what is nested before them.
  return (
    ownPuts.some((key, i) => clash([key], ownPuts.slice(0, i), ownDeletions)) ||
    clash(ownPuts, putsOf(nested), deletionsOf(nested)) ||
    nested.some((txn, i) => clash(putsOf([txn]), putsOf(nested.slice(0, i)), [...ownDeletions, ...deletionsOf(nested.slice(0, i))]))
  )
}

function order(a: KeyValue, b: KeyValue, target: SortTarget): number {
  switch (target) {
    case "key":
      return before(a.key, b.key) ? -1 : 1
    case "version":
      return a.version - b.version
    case "create":
      return a.createRevision - b.createRevision
    case "mod":
      return a.modRevision - b.modRevision
    case "value":
      return before(a.value, b.value) ? -1 : before(b.value, a.value) ? 1 : 0
  }
}
