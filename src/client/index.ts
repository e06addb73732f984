/** A client of an Oarlock cluster for Node.js: `connect`, and the types of its calls and answers. */

export { type Client, connect } from "./client.ts"
export type { RefusedServer } from "./dispatcher.ts"
export {
  type CallOptions,
  type ChangeOptions,
  type FailedOutcome,
  OarlockError,
  type OarlockErrorCode,
  type OarlockErrorOptions,
  type ReadOptions,
} from "../requests/index.ts"
export { type ClientOptions, defaultClientOptions } from "./options.ts"
export type { StoreSession } from "./store-session.ts"
export type {
  Action,
  ActionResult,
  Bytes,
  Comparison,
  Condition,
  DeleteOptions,
  DeleteResult,
  Keys,
  StoreEntry,
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
  ServerStatus,
  ReadConsistency,
} from "../wire/client/index.ts"
