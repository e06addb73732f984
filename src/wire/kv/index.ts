/** The key-value store's commands, queries and answers, as data and as bytes: what its clients, its server and its state machine share. */

export { readI64, readLease, writeI64, writeLease } from "./fields.ts"
export { isKvCommand, storeOperation } from "./operation.ts"
export { type Refusal, refusalReasons, type RefusalReason, refusalTexts, refuse } from "./refusal.ts"
export { decodeKvCommand, decodeKvQuery, encodeKvCommand, encodeKvQuery, encodePut, txnDepthMax } from "./request-codec.ts"
export {
  canWrite,
  type CompactRequest,
  type Compare,
  type CompareResult,
  type DeleteRangeRequest,
  deleteRangeRequest,
  type GetRequest,
  type KeyRange,
  type KvCommand,
  type KvQuery,
  prefixEnd,
  type PutRequest,
  putRequest,
  type RangeRequest,
  rangeRequest,
  type RequestOp,
  type SortOrder,
  type SortTarget,
  type TxnRequest,
} from "./request.ts"
export { decodeKvBody, decodeKvResponse, encodeKvResponse, type ResponseByKind } from "./response-codec.ts"
export type {
  CompactResponse,
  DeleteRangeResponse,
  GetResponse,
  KeyValue,
  KvAnswer,
  KvResult,
  PutResponse,
  RangeResponse,
  ResponseOp,
  TxnResponse,
} from "./response.ts"
