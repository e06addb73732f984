/**
 * What happens inside a replica, told as data: shells turn it into log lines, metrics and the sentences of `npm start`; the simulator into traces.
 */

import type { LogIndex, NodeId, RaftObservation } from "../core/index.ts"
import type { RefusalCode } from "../wire/index.ts"
import type { MachineCall } from "./machine/machine-calls.ts"

/** What the algorithm tells, and what only a whole replica can. */
export type Observation =
  | RaftObservation
  | { readonly kind: "snapshotTaken"; readonly lastIndex: LogIndex; readonly sizeBytes: number }
  | { readonly kind: "snapshotInstalled"; readonly lastIndex: LogIndex; readonly sizeBytes: number; readonly from: NodeId }
  /** What arrived is not what the leader said it sends: thrown away, and asked for again. */
  | { readonly kind: "snapshotDamaged"; readonly lastIndex: LogIndex; readonly from: NodeId; readonly because: string }
  /** The own newest snapshot is not on the disk any more as it was written: another one is taken. Found when it was read for a follower. */
  | { readonly kind: "snapshotCorrupt"; readonly lastIndex: LogIndex; readonly file: string }
  | { readonly kind: "snapshotSent"; readonly to: NodeId; readonly lastIndex: LogIndex }
  | { readonly kind: "compacted"; readonly through: LogIndex }
  | { readonly kind: "diskFull"; readonly message: string }
  | { readonly kind: "diskRecovered" }
  | { readonly kind: "diskStalled"; readonly forMs: number }
  /** Its wall clock moved by so much more than its monotonic one; by less, if negative. */
  | { readonly kind: "paused"; readonly forMs: number }
  | { readonly kind: "sessionExpired"; readonly sessionId: number }
  /** A new cluster: no election before these first members were met, too. `begunBy`: one that was met, and has begun without some, on the operator's word. */
  | { readonly kind: "waitsToBegin"; readonly genesis: string; readonly waitsFor: readonly NodeId[]; readonly begunBy: NodeId | null }
  /** The first election of a new cluster may be held. `without`: first members that were not met, on the operator's word. */
  | { readonly kind: "clusterBegins"; readonly genesis: string; readonly without: readonly NodeId[] }
  /** The disk of another server has forgotten what it promised. It has no vote any more. */
  | { readonly kind: "peerRolledBack"; readonly peer: NodeId; readonly because: string }
  /** Another server would not shake hands with this one. */
  | { readonly kind: "refusedBy"; readonly peer: NodeId; readonly code: RefusalCode; readonly message: string }
  /** Recovery cut or cleaned up something, such as the torn end of the log; one sentence. */
  | { readonly kind: "recoveryNotice"; readonly message: string }
  /** Told by shells: the event loop stood still. `call` of the state machine took `machineMs` of it, null if none did; `message` is the whole sentence. */
  | {
      readonly kind: "stalled"
      readonly forMs: number
      readonly machineMs: number
      readonly call: MachineCall | null
      readonly index: LogIndex | null
      readonly message: string
    }
  /** Nothing could be made of the own state: the log goes on growing until a later try succeeds. */
  | { readonly kind: "snapshotFailed"; readonly lastIndex: LogIndex; readonly because: string }
  /** The state machine threw at commands that all servers refuse therefore (`onApplyError: "refuse"`); `index` is the last of them. */
  | { readonly kind: "commandsRefused"; readonly count: number; readonly index: LogIndex; readonly because: string }
  /**
   * Somewhere in entries `since` to `index` this server's state became another one than that of `server`, or they refused different commands. Who is
   * wrong is not known yet: everyone says what they have, and the one that differs from a majority halts.
   */
  | {
      readonly kind: "statesDiffer"
      readonly what: "state" | "refusals"
      readonly since: LogIndex
      readonly index: LogIndex
      readonly server: NodeId
    }
  /** `stack`: where the state machine threw, if that is what it stopped for. */
  | { readonly kind: "halted"; readonly because: string; readonly stack: readonly string[]; readonly recentEvents: readonly string[] }
