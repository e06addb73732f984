/** The client's half of exactly-once (dissertation §6.3), for every client there is: embedded, native and simulated. */

export { OarlockError, type OarlockErrorCode, type OarlockErrorOptions } from "./oarlock-error.ts"
export type { CallOptions, ChangeOptions, ReadOptions } from "./call-options.ts"
export { endsSession } from "./refusals.ts"
export {
  begin,
  type Effect,
  type FailedOutcome,
  onDeadline,
  onLost,
  onRefused,
  onResult,
  onUnreadable,
  type Policy,
  type RequestProgress,
  type RequestVerdict,
} from "./request-progress.ts"
export { createRoom, enterRoom, leaveRoom, type Room } from "./room.ts"
export { cloneNumbers, createNumbers, endSequence, type SequenceNumbers, takeSequence, tokenOf } from "./sequence-numbers.ts"
