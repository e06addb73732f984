/**
 * What happens inside a replica, as data: shells turn it into log lines, metrics and the sentences of `npm start`; the simulator into traces.
 */

import type { LogIndex, NodeId, RaftObservation } from "../core/index.ts"
import type { RefusalCode } from "../wire/index.ts"
import type { MachineCall } from "./machine/machine-calls.ts"

/** One thing that happened in a replica, or, with `RaftObservation`, in the algorithm. */
export type Observation =
  | RaftObservation
  /** A snapshot of this server's own state is durable: it covers the log up to `lastIndex`, in a file of `sizeBytes`. */
  | { readonly kind: "snapshotTaken"; readonly lastIndex: LogIndex; readonly sizeBytes: number }
  /** The leader's snapshot has replaced this server's state. */
  | { readonly kind: "snapshotInstalled"; readonly lastIndex: LogIndex; readonly sizeBytes: number; readonly from: NodeId }
  /** A received snapshot is not what its sender announced: it is discarded, and asked for again. */
  | { readonly kind: "snapshotDamaged"; readonly lastIndex: LogIndex; readonly from: NodeId; readonly because: string }
  /** This server's newest snapshot is damaged on its disk: another one is taken. Found when the file was read for a follower. */
  | { readonly kind: "snapshotCorrupt"; readonly lastIndex: LogIndex; readonly file: string }
  /** A follower has the whole snapshot that it was sent. */
  | { readonly kind: "snapshotSent"; readonly to: NodeId; readonly lastIndex: LogIndex }
  /** The log no longer holds the entries up to and including `through`. */
  | { readonly kind: "compacted"; readonly through: LogIndex }
  /** A write found no room; it is tried again. `message` is the error of the disk. */
  | { readonly kind: "diskFull"; readonly message: string }
  /** The disk under the log has room again, or is no longer stalled. */
  | { readonly kind: "diskRecovered" }
  /** A write to the log has been under way for `forMs` milliseconds. A leader steps down. */
  | { readonly kind: "diskStalled"; readonly forMs: number }
  /** The wall clock moved by `forMs` milliseconds more than the monotonic clock; by less, if negative. */
  | { readonly kind: "paused"; readonly forMs: number }
  /** A client session has ended without being closed: for lack of use, or to make room for a new one. */
  | { readonly kind: "sessionExpired"; readonly sessionId: number }
  /**
   * A new cluster holds no election until this server has met the first members in `waitsFor`. `begunBy`: a server that was met and that has begun
   * the cluster without some members, because its operator allowed it.
   */
  | { readonly kind: "waitsToBegin"; readonly genesis: string; readonly waitsFor: readonly NodeId[]; readonly begunBy: NodeId | null }
  /** The first election of a new cluster may be held. `without`: first members that were not met, which the operator allowed. */
  | { readonly kind: "clusterBegins"; readonly genesis: string; readonly without: readonly NodeId[] }
  /** The disk of another server was put back to an older state, so it has forgotten votes or entries. That server has no vote any more. */
  | { readonly kind: "peerRolledBack"; readonly peer: NodeId; readonly because: string }
  /** Another server has refused the handshake with this one. */
  | { readonly kind: "refusedBy"; readonly peer: NodeId; readonly code: RefusalCode; readonly message: string }
  /** Recovery cut off or removed something, such as the torn end of the log. One sentence. */
  | { readonly kind: "recoveryNotice"; readonly message: string }
  /**
   * Reported by shells: the event loop was blocked for `forMs` milliseconds. The state machine's function `call` took `machineMs` of them; `call` is
   * null if the state machine took no part in it. `message` says all of it in one sentence.
   */
  | {
      readonly kind: "stalled"
      readonly forMs: number
      readonly machineMs: number
      readonly call: MachineCall | null
      readonly index: LogIndex | null
      readonly message: string
    }
  /** The state machine gave no snapshot of this server's state. The log grows until a later try succeeds. */
  | { readonly kind: "snapshotFailed"; readonly lastIndex: LogIndex; readonly because: string }
  /**
   * The state machine threw for `count` commands, which are therefore refused on every server (`onApplyError: "refuse"`). `index`: the last of
   * them.
   */
  | { readonly kind: "commandsRefused"; readonly count: number; readonly index: LogIndex; readonly because: string }
  /**
   * Somewhere in the entries `since` to `index` the state of this server became different from that of `server`, or the two refused different commands.
   * Which one is wrong is not known yet: every server states its own, and a server that differs from a majority halts.
   */
  | {
      readonly kind: "statesDiffer"
      readonly what: "state" | "refusals"
      readonly since: LogIndex
      readonly index: LogIndex
      readonly server: NodeId
    }
  /** The replica has stopped for good. `stack`: where the state machine threw, if that is the reason; `recentEvents`: its last events, oldest first. */
  | { readonly kind: "halted"; readonly because: string; readonly stack: readonly string[]; readonly recentEvents: readonly string[] }
