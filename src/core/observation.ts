/**
 * What happens inside the algorithm, told as data: one variant per thing that a reader of the paper would point at.
 */

import type { Configuration, LogIndex, NodeId, Term } from "./types.ts"

/** What happened inside the algorithm. `because` is a sentence for people; it may read differently in another version. */
export type RaftObservation =
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
  /** Proof that a server has forgotten what it had promised: what is committed is missing where it must be. A replica that sees it stops. */
  | { readonly kind: "committedLost"; readonly peer: NodeId; readonly because: string }
  | { readonly kind: "transferStarted"; readonly to: NodeId }
  | { readonly kind: "transferEnded"; readonly to: NodeId; readonly because: string }
  | { readonly kind: "followerState"; readonly peer: NodeId; readonly state: "probe" | "replicate" | "snapshot" }
