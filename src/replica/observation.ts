/**
 * What happens inside a replica, told as data: shells turn it into log lines, metrics and the sentences of `npm start`; the simulator into traces.
 */

import type { LogIndex, NodeId, RaftObservation } from "../core/index.ts"

/** What the algorithm tells, and what only a whole replica can. */
export type Observation =
  | RaftObservation
  | { readonly kind: "snapshotTaken"; readonly lastIndex: LogIndex; readonly sizeBytes: number }
  | { readonly kind: "snapshotInstalled"; readonly lastIndex: LogIndex; readonly sizeBytes: number; readonly from: NodeId }
  /** What arrived is not what the leader said it sends: thrown away, and asked for again. */
  | { readonly kind: "snapshotDamaged"; readonly lastIndex: LogIndex; readonly from: NodeId; readonly because: string }
  /** The own newest snapshot is not on the disk any more as it was written: another one is taken. Found when it was read for a follower. */
  | { readonly kind: "snapshotRotten"; readonly lastIndex: LogIndex; readonly file: string }
  | { readonly kind: "snapshotSent"; readonly to: NodeId; readonly lastIndex: LogIndex }
  | { readonly kind: "compacted"; readonly through: LogIndex }
  | { readonly kind: "diskFull"; readonly message: string }
  | { readonly kind: "diskRecovered" }
  | { readonly kind: "diskStalled"; readonly forMs: number }
  | { readonly kind: "sessionExpired"; readonly sessionId: number }
  /** Recovery cut or cleaned up something, such as the torn end of the log; one sentence. */
  | { readonly kind: "recoveryNotice"; readonly message: string }
  | { readonly kind: "halted"; readonly because: string; readonly recentEvents: readonly string[] }
