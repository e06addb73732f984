/**
 * What happens inside a replica, told as data: shells turn it into log lines, metrics and the sentences of `npm start`; the simulator into traces.
 */

import type { Configuration, LogIndex, NodeId, Term } from "../core/index.ts"

export type Observation =
  | { readonly kind: "becameFollower"; readonly term: Term; readonly leader: NodeId | null; readonly because: string }
  | { readonly kind: "becamePreCandidate"; readonly term: Term; readonly because: string }
  | { readonly kind: "becameCandidate"; readonly term: Term; readonly because: string }
  | { readonly kind: "becameLeader"; readonly term: Term; readonly votes: readonly NodeId[] }
  | { readonly kind: "steppedDown"; readonly term: Term; readonly because: string }
  | { readonly kind: "leaderKnown"; readonly term: Term; readonly leader: NodeId }
  | {
      readonly kind: "configurationActive"
      readonly configuration: Configuration
      readonly because: "appended" | "truncated" | "snapshot" | "recovered"
    }
  | { readonly kind: "configurationCommitted"; readonly configuration: Configuration }
  | { readonly kind: "truncated"; readonly from: LogIndex; readonly through: LogIndex; readonly conflictTerm: Term }
  | { readonly kind: "transferStarted"; readonly to: NodeId }
  | { readonly kind: "transferEnded"; readonly to: NodeId; readonly because: string }
  | { readonly kind: "followerState"; readonly peer: NodeId; readonly state: "probe" | "replicate" | "snapshot" }
  | { readonly kind: "snapshotTaken"; readonly lastIndex: LogIndex; readonly sizeBytes: number }
  | { readonly kind: "snapshotInstalled"; readonly lastIndex: LogIndex; readonly sizeBytes: number; readonly from: NodeId }
  /** What arrived is not what the leader said it sends: thrown away, and asked for again. */
  | { readonly kind: "snapshotDamaged"; readonly lastIndex: LogIndex; readonly from: NodeId; readonly because: string }
  | { readonly kind: "snapshotSent"; readonly to: NodeId; readonly lastIndex: LogIndex }
  | { readonly kind: "compacted"; readonly through: LogIndex }
  | { readonly kind: "diskFull"; readonly message: string }
  | { readonly kind: "diskRecovered" }
  | { readonly kind: "diskStalled"; readonly forMs: number }
  | { readonly kind: "sessionExpired"; readonly sessionId: number }
  /** Recovery cut or cleaned up something, such as the torn end of the log; one sentence. */
  | { readonly kind: "recoveryNotice"; readonly message: string }
  | { readonly kind: "halted"; readonly because: string; readonly recentEvents: readonly string[] }
