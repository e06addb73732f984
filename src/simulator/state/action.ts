/**
 * What can be done to the world on purpose, as plain data: a script can take these as well as a seed. `acting.ts` says what each one does,
 * `strike.ts` how a seed aims them.
 */

import type { MembershipChange, NodeId, Term } from "../../core/index.ts"
import type { ScriptedOperation } from "../clients/scripted-client.ts"

/** Faults of one kind that strike again and again in the safety phase, at moments and on servers that the seed draws. */
export interface FaultPlan {
  /** What strikes. */
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

/**
 * Something that is done to a world: by a fault plan, by a script, or by the caller of `World.act`. Times are in milliseconds of world time, `node`
 * is a server.
 */
export type WorldAction =
  /** The process is killed. With `powerLoss` its disk also loses what was not synced. */
  | { readonly kind: "crash"; readonly node: NodeId; readonly powerLoss: boolean }
  /** The process starts on what its disk holds. Does nothing to a node that is up. */
  | { readonly kind: "restart"; readonly node: NodeId }
  /** The process stands still, as with SIGSTOP; its clocks go on. */
  | { readonly kind: "pause"; readonly node: NodeId; readonly forMs: number }
  /** The node's machine sleeps: the process stands still, and so does its monotonic clock. Its wall clock goes on. */
  | { readonly kind: "suspend"; readonly node: NodeId; readonly forMs: number }
  /** The node's wall clock is set forward, or back if `byMs` is negative, as by NTP. Its monotonic clock does not change. */
  | { readonly kind: "stepClock"; readonly node: NodeId; readonly byMs: number }
  /** Ends a pause, or a suspension. */
  | { readonly kind: "resume"; readonly node: NodeId }
  /**
   * The node dies and its disk is replaced by an empty one. What starts on that is another incarnation, and every server that knew the old one refuses it:
   * the promises of the old one are forgotten. A server with a new id can take its place.
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
  /** Writes find no room on the node's disk. */
  | { readonly kind: "fillDisk"; readonly node: NodeId; readonly forMs: number }
  /** Every disk request of the node that begins meanwhile takes `latencyMs` longer. */
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
  /** An operator asks `node` to hand over its leadership: to `to`, or to a server of its own choice if that is null (dissertation §3.10). */
  | { readonly kind: "transferLeadership"; readonly node: NodeId; readonly to: NodeId | null }
  /** An operator asks `node` to take a snapshot now. */
  | { readonly kind: "takeSnapshot"; readonly node: NodeId }
  /** An operator asks `node` for a change of membership. `version`: the index of the configuration that it was made for; null for whichever is in force. */
  | {
      readonly kind: "changeMembership"
      readonly node: NodeId
      readonly changes: readonly MembershipChange[]
      readonly version: number | null
    }
  /** A scripted client, whose id is at least `scriptedClientsFrom`, asks `node` for something now. */
  | { readonly kind: "request"; readonly client: number; readonly node: NodeId; readonly operation: ScriptedOperation }
  /** Nothing, `forMs` from now: a script can act after that event even if nothing else happens then. */
  | { readonly kind: "wait"; readonly forMs: number }
  /** A log with entries of these terms is on the disk of a server that has never started and was last in `term`; see `initial-log.ts`. */
  | { readonly kind: "writeLog"; readonly node: NodeId; readonly term: Term; readonly terms: readonly Term[] }
  /** Ends all faults and brings every server back: the liveness phase begins. */
  | { readonly kind: "healAll" }
  /** From here on clients finish what they began and begin nothing new. */
  | { readonly kind: "quieten" }

/** An action on one message on its way, named as in `World.inFlight()`. Does nothing if no such message is on its way. */
export type MessageAction =
  /** It never arrives. */
  | { readonly kind: "dropMessage"; readonly message: string }
  /** A copy arrives right after it, with a name of its own. */
  | { readonly kind: "duplicateMessage"; readonly message: string }
  /** It arrives now, through cuts as well. */
  | { readonly kind: "deliverMessage"; readonly message: string }
  /** It stays on its way until it is delivered, delayed or dropped by name, or everything is healed. */
  | { readonly kind: "holdMessage"; readonly message: string }
  /** It arrives `byMs` later; one that is held back, `byMs` from now. */
  | { readonly kind: "delayMessage"; readonly message: string; readonly byMs: number }

/** One direction of a link has these properties instead of the world's, until `fault` is healed; what is left out stays. The latest one counts. */
export interface LinkAction {
  /** Tells it from the other actions. */
  readonly kind: "link"
  /** The number by which `heal` ends it. */
  readonly fault: number
  /** The sending side of the link. */
  readonly from: NodeId
  /** The receiving side. */
  readonly to: NodeId
  /** Chance that a message is lost, from 0 to 1. */
  readonly dropRate?: number
  /** The delay of every message, in milliseconds. */
  readonly latencyMs?: number
  /** Chance that a message arrives twice, from 0 to 1. */
  readonly duplicateRate?: number
}
