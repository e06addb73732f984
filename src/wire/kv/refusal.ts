/**
 * Why the store says no. A refusal is an answer like any other: the command is committed, applied, and changed nothing.
 *
 * The texts are etcd's, which clients match (behind `etcdserver: `, which belongs to its API and is put there). Codes are forever: results are
 * kept in sessions and snapshots.
 */

import { wordsInOrder } from "../bytes/codes.ts"

export const refusalTexts = {
  malformed: "malformed request",
  compacted: "mvcc: required revision has been compacted",
  futureRevision: "mvcc: required revision is a future revision",
  emptyKey: "key is not provided",
  duplicateKey: "duplicate key given in txn request",
  tooManyOperations: "too many operations in txn request",
  requestTooLarge: "request is too large",
  keyNotFound: "key not found",
  valueProvided: "value is provided",
  leaseProvided: "lease is provided",
  leaseNotFound: "requested lease not found",
} as const

export type RefusalReason = keyof typeof refusalTexts

/** By code. Append only. */
export const refusalReasons: readonly RefusalReason[] = wordsInOrder<RefusalReason>({
  malformed: 0,
  compacted: 1,
  futureRevision: 2,
  emptyKey: 3,
  duplicateKey: 4,
  tooManyOperations: 5,
  requestTooLarge: 6,
  keyNotFound: 7,
  valueProvided: 8,
  leaseProvided: 9,
  leaseNotFound: 10,
})

/** The store said no, and nothing changed. */
export interface Refusal {
  readonly kind: "refused"
  readonly reason: RefusalReason
  /** etcd's text for the reason, without `etcdserver: `; more words where the reason is `malformed`. */
  readonly message: string
}

export function refuse(reason: RefusalReason, message: string = refusalTexts[reason]): Refusal {
  return { kind: "refused", reason, message }
}
