/**
 * The key-value store as a state machine to replicate: etcd's KV semantics behind the replica's contract.
 *
 * Commands and results are bytes of `wire/kv`; queries and answers are its types, which never leave the process. A plain put has a short way
 * of its own through here, since it is most of what a store does. Every command also pays a little of what compactions left to do.
 */

import type { ApplyContext, SnapshotSink, StateMachine } from "../replica/index.ts"
import { WireError, status } from "../wire/client/index.ts"
import {
  canWrite,
  decodeKvCommand,
  encodeKvResponse,
  type KeyValue,
  type KvAnswer,
  type KvCommand,
  type KvQuery,
  type Refusal,
  refuse,
  storeOperation,
} from "../wire/kv/index.ts"
import { evacuate, firstRowOf, MvccStore, nowhere, previousOf, sweep } from "./mvcc/index.ts"
import { ContentsHash, SnapshotReader, writeSnapshot } from "./snapshot/index.ts"
import { answerRange, ceilings, checkRequest, execute, executeTxn } from "./txn/index.ts"

/** Revisions and sizes, for status pages and for deciding when to compact. */
export interface KvStatistics {
  /** The revision of the last change; 1 in a fresh store. */
  readonly revision: number
  /** -1 before the first compaction. */
  readonly compactRevision: number
  /** Keys that exist now. */
  readonly keys: number
  /** Bytes of the keys and values that exist now. */
  readonly liveBytes: number
  /** Bytes of keys and values that only the past knows; those that a compaction forgot count until they are freed. */
  readonly historyBytes: number
}

/** A put or a deletion, for watchers. A deletion has version 0 and neither value nor create revision. */
export interface KvChange extends KeyValue {
  /** Its place among the changes of its revision, from 0. */
  readonly sub: number
}

/** All changes of one revision, in order. */
export interface KvRevision {
  /** From 2: a fresh store is at revision 1. */
  readonly revision: number
  /** At least one; `changes[i].sub` is i. */
  readonly changes: readonly KvChange[]
}

/**
 * How much every command frees and moves at most, and for each of its changes beyond the first as much again: a microsecond. A change adds two such
 * steps to do, one look and one version to free, so the tidying stays ahead of the changes without ever costing more than they do.
 */
const tidyBudget = 8

/**
 * The key-value store as a `StateMachine`: every version of every key since the last compaction, in memory. Commands, queries and their
 * refusals are etcd's; leases are not supported.
 */
export class KeyValueMachine implements StateMachine<KvQuery, KvAnswer> {
  private store = new MvccStore()
  private contentsHash = new ContentsHash()

  /** Never throws on a command, however broken: the result says what is wrong with it. */
  apply(command: Uint8Array, _context: ApplyContext): Uint8Array {
    const { store } = this
    const changesBefore = store.changes.end
    const result = command[0] === storeOperation.put ? this.applyPut(command) : this.applyOther(command)
    const budget = tidyBudget * Math.max(1, store.changes.end - changesBefore)
    sweep(store, budget)
    evacuate(store, budget)
    return result
  }

  /** A `get` costs one look-up. Byte fields of answers may be views into the store: good for as long as you like, to be read only. */
  query(query: KvQuery): KvAnswer {
    if (query.kind === "get") {
      if (query.key.length === 0) return refuse("emptyKey")
      const version = this.store.present(query.key)
      return { kind: "get", value: version === nowhere ? null : this.store.records.value(version) }
    }
    const refusal = checkRequest(query, ceilings)
    if (refusal !== null) return refusal
    if (query.kind === "range") return answerRange(this.store, query)
    return canWrite(query) ? refuse("malformed", "a transaction that writes cannot be asked as a query") : executeTxn(this.store, query)
  }

  /** Its keys, and one more for every 4 KiB of values: those are copied when the answer is handed on. */
  answerItems(answer: KvAnswer): number {
    switch (answer.kind) {
      case "get":
        return 1 + ((answer.value?.length ?? 0) >>> 12)
      case "range": {
        let items = 1 + answer.kvs.length
        for (const { value } of answer.kvs) items += value.length >>> 12
        return items
      }
      case "txn": {
        let items = 1
        for (const response of answer.responses)
          if (response.kind === "range" || response.kind === "txn") items += this.answerItems(response)
        return items
      }
      case "refused":
        return 1
    }
  }

  /** Chunks of about 256 KiB, made one by one as they are asked for. */
  snapshot(): Iterator<Uint8Array> {
    return writeSnapshot(this.store.clone())
  }

  /** Its `write` and `finish` throw `WireError`, in words, on what is no snapshot of this store. */
  restore(): SnapshotSink {
    const reader = new SnapshotReader()
    return {
      write: (chunk) => reader.write(chunk),
      finish: () => {
        this.store = new MvccStore(reader.contents())
        this.contentsHash = new ContentsHash()
      },
    }
  }

  /** An independent copy. The two share memory until one of them changes, so a copy of a large store is cheap too. */
  clone(): KeyValueMachine {
    const copy = new KeyValueMachine()
    copy.store = this.store.clone()
    copy.contentsHash = this.contentsHash.clone()
    return copy
  }

  /** Of what a snapshot would hold: takes time with what changed since it was last asked for, or with the size of the store after a compaction. */
  hash(): number {
    return this.contentsHash.of(this.store)
  }

  /** The revision of the last change; 1 in a fresh store. */
  get revision(): number {
    return this.store.revision
  }

  /** Revisions, key count and sizes as of the last applied command, in constant time. */
  statistics(): KvStatistics {
    const { revision, compactRevision, live, liveBytes, historyBytes } = this.store
    return { revision, compactRevision, keys: live.size, liveBytes, historyBytes }
  }

  /**
   * What changed, revision by revision, beginning with `revision`; at most `limit` revisions of it, and nothing if that is in the future. Watchers
   * read it. Refused as `compacted` if the changes of that revision are no longer all there.
   */
  changesFrom(revision: number, limit = Infinity): readonly KvRevision[] | Refusal {
    if (revision < this.store.compactRevision) return refuse("compacted")
    const { changes, records } = this.store
    const revisions: KvRevision[] = []
    for (let row = firstRowOf(this.store, revision); row < changes.end && revisions.length < limit;) {
      const at = records.modRevision(changes.madeBy(row))
      const those: KvChange[] = []
      for (; row < changes.end && records.modRevision(changes.madeBy(row)) === at; row++) {
        those.push({ ...records.pair(changes.madeBy(row)), sub: those.length })
      }
      revisions.push({ revision: at, changes: those })
    }
    return revisions
  }

  /** The pair as it was before a change that `changesFrom` gave; null if there was none, or if it is compacted away. */
  before(change: KvChange): KeyValue | null {
    const previous = previousOf(this.store, change.modRevision, change.sub)
    return previous === nowhere ? null : this.store.records.pair(previous)
  }

  /**
   * The revision to compact at so that about half of the history goes, once that holds more than `historyBytesMax`; null while it does not, or
   * while the last compaction is still being carried out. Nothing here compacts by itself: the leader proposes it.
   */
  revisionToCompact(historyBytesMax: number): number | null {
    const { revision, compactRevision, sweptRevision, historyBytes } = this.store
    if (historyBytes <= historyBytesMax || sweptRevision < compactRevision) return null
    const middle = Math.ceil((Math.max(compactRevision, 1) + revision) / 2)
    return middle > compactRevision ? middle : null
  }

  private applyPut(command: Uint8Array): Uint8Array {
    if (command.length > ceilings.requestBytesMax) return encodeKvResponse(refuse("requestTooLarge"))
    const start = 3 + (command[1]! | (command[2]! << 8))
    // Too short, or without a key: the long way knows the words for it.
    if (!(start > 3 && start <= command.length)) return this.applyOther(command)
    const { store } = this
    store.putFrom(command, 3, start)
    store.commit()
    return putResult(store.revision)
  }

  private applyOther(command: Uint8Array): Uint8Array {
    if (command.length > ceilings.requestBytesMax) return encodeKvResponse(refuse("requestTooLarge"))
    const request = decode(command)
    if (request.kind === "refused") return encodeKvResponse(request)
    return encodeKvResponse(checkRequest(request, ceilings) ?? execute(this.store, request))
  }
}

function decode(command: Uint8Array): KvCommand | Refusal {
  try {
    return decodeKvCommand(command)
  } catch (error) {
    if (error instanceof WireError) return refuse("malformed", error.message)
    throw error
  }
}

/** As `encodeKvResponse` of a put without a previous pair, made by hand: good until the next one, and no garbage on servers that nobody asked. */
function putResult(revision: number): Uint8Array {
  let rest = revision
  for (let at = 1; at < putResultBytes.length; at++) {
    putResultBytes[at] = rest
    rest = Math.floor(rest / 256)
  }
  return putResultBytes
}

const putResultBytes = Uint8Array.of(status.ok, 0, 0, 0, 0, 0, 0, 0, 0, 0)
