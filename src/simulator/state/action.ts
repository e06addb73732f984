/**
 * What can be done to the world on purpose, as plain data: a script can take these as well as a seed. `acting.ts` says what each one does,
 * `strike.ts` how a seed aims them.
 */

import type { MembershipChange, NodeId, Term } from "../../core/index.ts"
import type { ScriptedOperation } from "../clients/scripted-client.ts"

export interface FaultPlan {
  readonly kind: FaultKind
  /** Mean time between two strikes, in milliseconds. */
  readonly everyMs: number
  /** Longest time that one lasts, in milliseconds; 0 for what has no length. */
  readonly lastsMs: number
}

/**
 * Network:
 * - `isolate`: cuts one node off from all others. `split`: cuts the cluster in two. `oneWay`: one direction of one link.
 * - `bridge`: two halves share one node. `ring`: every node sees a majority, and each another one.
 * - `starve`: one node is cut off until it needs a snapshot. `clog`, `lossyLink`: one direction is slow, or loses and doubles.
 *
 * Processes and clocks:
 * - `crash`: kills a node, half of the time with a loss of power; it is started again later.
 * - `pause`: a node stands still, as with SIGSTOP or a stalled event loop, and wakes up to everything that arrived meanwhile.
 * - `skew`: a clock runs fast or slow.
 * - `suspend`: a node's machine sleeps: it stands still, and its monotonic clock with it. `stepClock`: its wall clock is set.
 * - `upgrade`: all nodes are stopped and started one after the other, with another range of wire versions.
 *
 * Disks:
 * - `fullDisk`: writes find no room. `slowDisk`: everything takes longer.
 * - `rollBack`: a disk is put back to an older state of itself, as a volume snapshot or a copied folder does it. Never where nobody could notice.
 * - `rot`: a bit flips. `misdirect`: a write lands elsewhere. `wipe`: the disk is gone. Never more of these than can be borne, see `damage.ts`.
 *
 * Operators:
 * - `transfer`, `snapshot`: somebody asks for one.
 * - `membership`: somebody adds a spare server, or promotes, demotes or removes one. What is removed runs on and has to be borne.
 */
export type FaultKind =
  | "crash"
  | "isolate"
  | "split"
  | "oneWay"
  | "bridge"
  | "ring"
  | "starve"
  | "clog"
  | "lossyLink"
  | "pause"
  | "skew"
  | "suspend"
  | "stepClock"
  | "upgrade"
  | "fullDisk"
  | "slowDisk"
  | "rot"
  | "misdirect"
  | "wipe"
  | "rollBack"
  | "transfer"
  | "snapshot"
  | "membership"

export type WorldAction =
  | { readonly kind: "crash"; readonly node: NodeId; readonly powerLoss: boolean }
  /** Does nothing to a node that is up. */
  | { readonly kind: "restart"; readonly node: NodeId }
  | { readonly kind: "pause"; readonly node: NodeId; readonly forMs: number }
  /** Its machine sleeps, or is suspended: it stands still, and so does its monotonic clock. Its wall clock goes on. */
  | { readonly kind: "suspend"; readonly node: NodeId; readonly forMs: number }
  /** The node's wall clock is set, forward or back, as by NTP. Its monotonic clock knows nothing of it. */
  | { readonly kind: "stepClock"; readonly node: NodeId; readonly byMs: number }
  /** Ends a pause, or a suspension. */
  | { readonly kind: "resume"; readonly node: NodeId }
  /**
   * The node dies and its disk is gone. What starts on the empty one is another incarnation, which everybody who knew the old one refuses,
   * since what that one promised is forgotten. Its place is for a server with a new id.
   */
  | { readonly kind: "wipe"; readonly node: NodeId }
  /** A copy of the node's disk is made as it is now, in place of an earlier copy. */
  | { readonly kind: "copyDisk"; readonly node: NodeId }
  /** The node dies, and its disk becomes the copy that was made of it. Does nothing without a copy. */
  | { readonly kind: "putBackDisk"; readonly node: NodeId }
  /** The node's own clock jumps to the next deadline of its Raft: the election timer, or a leader's heartbeat, fires now. */
  | { readonly kind: "timeout"; readonly node: NodeId }
  /** From now on the node's clock makes `rate` milliseconds of one millisecond of world time. */
  | { readonly kind: "skewClock"; readonly node: NodeId; readonly rate: number }
  /** Nothing gets from any of `from` to any of `to`, until `fault` is healed. */
  | { readonly kind: "cut"; readonly fault: number; readonly from: readonly NodeId[]; readonly to: readonly NodeId[] }
  | LinkAction
  /** Ends the cuts and the link properties of that fault. */
  | { readonly kind: "heal"; readonly fault: number }
  | { readonly kind: "fillDisk"; readonly node: NodeId; readonly forMs: number }
  /** Every request that begins meanwhile takes that much longer. */
  | { readonly kind: "slowDisk"; readonly node: NodeId; readonly latencyMs: number; readonly forMs: number }
  /** The next sync fails, after which the node halts and is started again. */
  | { readonly kind: "failSync"; readonly node: NodeId }
  /** The next write, or read, fails with an input/output error, after which the node halts and is started again. */
  | { readonly kind: "failWrite" | "failRead"; readonly node: NodeId }
  /** The next write of that kind lands on older bytes of its file; one for which no such place would show it goes where it should. */
  | { readonly kind: "misdirectWrite"; readonly node: NodeId; readonly target: "log" | "snapshot" }
  /** When it starts next, the node speaks one more wire version, or only today's. */
  | { readonly kind: "upgrade"; readonly node: NodeId; readonly newer: boolean }
  /** Flips one bit among the node's durable bytes; seed and `number` say which. */
  | { readonly kind: "rot"; readonly node: NodeId; readonly target: "log" | "snapshot"; readonly number: number }
  /** What the node's state machine holds in memory becomes something else, without a command: as by a flipped bit, or by a machine that is not deterministic. */
  | { readonly kind: "spoilState"; readonly node: NodeId }
  | MessageAction
  | { readonly kind: "transferLeadership"; readonly node: NodeId; readonly to: NodeId | null }
  | { readonly kind: "takeSnapshot"; readonly node: NodeId }
  | {
      readonly kind: "changeMembership"
      readonly node: NodeId
      readonly changes: readonly MembershipChange[]
      readonly version: number | null
    }
  /** A scripted client, whose id is at least `scriptedClientsFrom`, asks `node` for something now. */
  | { readonly kind: "request"; readonly client: number; readonly node: NodeId; readonly operation: ScriptedOperation }
  /** A moment `forMs` from now at which nothing happens: so that a script can act then, whether something else happens or not. */
  | { readonly kind: "wait"; readonly forMs: number }
  /** A log with entries of these terms is on the disk of a server that has never started and was last in `term`; see `initial-log.ts`. */
  | { readonly kind: "writeLog"; readonly node: NodeId; readonly term: Term; readonly terms: readonly Term[] }
  /** Ends all faults and brings every server back: the liveness phase begins. */
  | { readonly kind: "healAll" }
  /** From here on clients finish what they began and begin nothing new. */
  | { readonly kind: "quieten" }

/** What is about one message on its way, by its stable name: see `World.inFlight()`. Nothing happens if no such message is on its way. */
export type MessageAction =
  | { readonly kind: "dropMessage"; readonly message: string }
  /** A copy arrives right after it, with a name of its own. */
  | { readonly kind: "duplicateMessage"; readonly message: string }
  /** It arrives now, whatever the network would say. */
  | { readonly kind: "deliverMessage"; readonly message: string }
  /** It stays on its way until it is delivered, delayed or dropped by name, or everything is healed. */
  | { readonly kind: "holdMessage"; readonly message: string }
  /** It arrives that much later; a held one that much from now. */
  | { readonly kind: "delayMessage"; readonly message: string; readonly byMs: number }

/** One direction of a link has these properties instead of the world's, until `fault` is healed; what is left out stays. The latest one counts. */
export interface LinkAction {
  readonly kind: "link"
  readonly fault: number
  readonly from: NodeId
  readonly to: NodeId
  readonly dropRate?: number
  readonly latencyMs?: number
  readonly duplicateRate?: number
}
