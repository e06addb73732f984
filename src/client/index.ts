/** A client of an Oarlock cluster for Node.js: `connect` and what it gives. */

export { type CallOptions, type Client, connect, type ReadOptions } from "./client.ts"
export type { RefusedServer } from "./dispatcher.ts"
export { type FailedOutcome, OarlockError, type OarlockErrorCode, type OarlockErrorOptions } from "../requests/index.ts"
export { type ClientOptions, defaultClientOptions } from "./options.ts"
export type { Session } from "./session.ts"
export type {
  Action,
  ActionResult,
  Bytes,
  Comparison,
  Condition,
  DeleteOptions,
  DeleteResult,
  Keys,
  KeyValue,
  PutOptions,
  PutResult,
  RangeOptions,
  RangeResult,
  SwapResult,
  Transaction,
  TransactionResult,
} from "./store-calls.ts"
export { explainTlsError } from "./tls-words.ts"
export type { MemberOptions, WrittenChange } from "../arguments/index.ts"
export type {
  DiskState,
  LeaderState,
  LogIndex,
  Member,
  MembershipChange,
  MemberStanding,
  MemberStatus,
  NodeId,
  NodeRole,
  NodeStatus,
  ReadConsistency,
} from "../wire/client/index.ts"
