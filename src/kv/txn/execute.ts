/**
 * Carrying out requests: etcd's `applierV3backend`. Whatever can be refused is refused before the first change, so a transaction happens
 * as a whole or not at all, and its changes share one revision.
 */

import {
  type CompactRequest,
  type CompactResponse,
  type DeleteRangeRequest,
  type DeleteRangeResponse,
  type KeyValue,
  type KvCommand,
  type KvResult,
  type PutRequest,
  type PutResponse,
  type RangeRequest,
  type RangeResponse,
  type Refusal,
  type RefusalReason,
  refuse,
  type RequestOp,
  type ResponseOp,
  type TxnRequest,
  type TxnResponse,
} from "../../wire/kv/index.ts"
import { type MvccStore, nowhere, readRange, spanOf, sweep } from "../mvcc/index.ts"
import { checkRevision } from "./check.ts"
import { type ChosenPath, choosePath } from "./compare.ts"

/** Carries out a command that `checkRequest` has nothing against. */
export function execute(store: MvccStore, command: KvCommand): KvResult {
  switch (command.kind) {
    case "put": {
      const reason = checkLease(command) ?? checkKept(store, command)
      return reason === null ? committed(store, put(store, command)) : refuse(reason)
    }
    case "deleteRange":
      return committed(store, deleteRange(store, command))
    case "txn":
      return executeTxn(store, command)
    case "compact":
      return compact(store, command)
  }
}

/** Answers a range request that `checkRequest` has nothing against. */
export function answerRange(store: MvccStore, request: RangeRequest): RangeResponse | Refusal {
  const { compactRevision } = store
  const reason = request.revision > 0 ? checkRevision(request, store.revision, compactRevision) : null
  return reason === null ? range(store, request) : refuse(reason)
}

/** Carries out a transaction that `checkRequest` has nothing against. */
export function executeTxn(store: MvccStore, txn: TxnRequest): TxnResponse | Refusal {
  const path = choosePath(store, txn)
  const reason =
    findRefusal(txn, path, (op) => (op.kind === "put" ? (checkKept(store, op) ?? checkLease(op)) : null)) ??
    findRefusal(txn, path, (op) =>
      op.kind === "range" && op.revision !== 0 ? checkRevision(op, store.revision, store.compactRevision) : null,
    )
  if (reason !== null) return refuse(reason)
  const responses = runBranch(store, txn, path)
  store.commit()
  return { kind: "txn", revision: store.revision, succeeded: path.succeeded, responses }
}

/** The first objection that `check` has to an operation of the chosen branches. */
function findRefusal(txn: TxnRequest, path: ChosenPath, check: (op: RequestOp) => RefusalReason | null): RefusalReason | null {
  let nested = 0
  for (const op of path.succeeded ? txn.success : txn.failure) {
    const reason = op.kind === "txn" ? findRefusal(op, path.nested[nested++]!, check) : check(op)
    if (reason !== null) return reason
  }
  return null
}

function runBranch(store: MvccStore, txn: TxnRequest, path: ChosenPath): ResponseOp[] {
  const responses: ResponseOp[] = []
  let nested = 0
  for (const op of path.succeeded ? txn.success : txn.failure) {
    switch (op.kind) {
      case "range":
        responses.push(range(store, op))
        break
      case "put":
        responses.push(put(store, op))
        break
      case "deleteRange":
        responses.push(deleteRange(store, op))
        break
      case "txn": {
        const inner = path.nested[nested++]!
        responses.push({ kind: "txn", revision: 0, succeeded: inner.succeeded, responses: runBranch(store, op, inner) })
        break
      }
      default:
        op satisfies never
    }
  }
  return responses
}

function committed<Response extends PutResponse | DeleteRangeResponse>(store: MvccStore, response: Response): Response {
  store.commit()
  return response
}

function range(store: MvccStore, request: RangeRequest): RangeResponse {
  const { kvs, more, count } = readRange(store, request)
  return { kind: "range", revision: store.readRevision, kvs, more, count }
}

function put(store: MvccStore, request: PutRequest): PutResponse {
  const { records } = store
  const kept = request.ignoreValue || request.ignoreLease ? store.present(request.key) : nowhere
  const value = request.ignoreValue && kept !== nowhere ? records.value(kept) : request.value
  const lease = request.ignoreLease && kept !== nowhere ? records.lease(kept) : request.lease
  const previous = store.put(request.key, value, lease)
  return {
    kind: "put",
    revision: store.readRevision,
    prevKv: request.prevKv && previous !== nowhere ? records.pair(previous) : null,
  }
}

function deleteRange(store: MvccStore, request: DeleteRangeRequest): DeleteRangeResponse {
  const span = spanOf(request)
  const texts: string[] = []
  if (span.isOneKey) texts.push(span.from)
  else {
    store.live.scan(span, (text) => {
      texts.push(text)
    })
  }
  const prevKvs: KeyValue[] = []
  let deleted = 0
  for (const text of texts) {
    const previous = store.delete(text)
    if (previous === nowhere) continue
    deleted++
    if (request.prevKv) prevKvs.push(store.records.pair(previous))
  }
  return { kind: "deleteRange", revision: store.readRevision, deleted, prevKvs }
}

function compact(store: MvccStore, request: CompactRequest): CompactResponse | Refusal {
  if (request.revision <= store.compactRevision) return refuse("compacted")
  if (request.revision > store.revision) return refuse("futureRevision")
  store.compact(request.revision)
  if (request.physical) sweep(store, Infinity)
  return { kind: "compact", revision: store.revision }
}

/** There are no leases yet: none can be named. */
function checkLease(request: PutRequest): RefusalReason | null {
  return request.lease === 0n ? null : "leaseNotFound"
}

/** What is to be kept must be there. */
function checkKept(store: MvccStore, request: PutRequest): RefusalReason | null {
  if (!request.ignoreValue && !request.ignoreLease) return null
  return store.present(request.key) === nowhere ? "keyNotFound" : null
}
