/**
 * One simulated server: a disk that outlives its processes, and the process that runs on it now, if any.
 *
 * Plain data with one rule: a node belongs to the world whose token it carries, and another world copies it before it changes anything.
 * Forking a world therefore copies no node.
 */

import {
  emptyConfiguration,
  type Configuration,
  type Entry,
  type LogIndex,
  type LogPosition,
  type NodeId,
  type Raft,
  type RaftState,
  type SnapshotMeta,
  type Term,
} from "../../core/index.ts"
import { ClockComparison, type Effects, type Life, type ReplicaEvent } from "../../replica/index.ts"
import type { DiskLane, DiskRequest, StorageIdentity } from "../../storage/index.ts"
import { wireVersion, type Introduction, type PeerRefusal } from "../../wire/index.ts"
import type { NodeSummary, NodeView } from "../checkers/index.ts"
import { SimulatedDisk } from "../disk/disk.ts"
import type { DurableReading } from "../disk/durable-reading.ts"
import type { Clock } from "../ground/clock.ts"
import type { KeptPoint } from "../workload/observed-machine.ts"
import { noneBegun, type BegunChanges } from "./begun-changes.ts"
import { LogMirror } from "./log-mirror.ts"

/** What the world needs of a replica. `Replica` has it; tests put others in its place. */
export interface ReplicaFace {
  /** Takes in events at the moment `now` of the server's own clock, in milliseconds, and says what has to be done. */
  step(now: number, events: readonly ReplicaEvent[]): Effects
  /** When it wants to be woken, by its own clock in milliseconds; infinite for never. */
  readonly deadline: number
  /** Its algorithm, to be looked at. */
  readonly raft: Raft
  /** The highest index that its state machine has applied. */
  readonly lastApplied: LogIndex
  /** Whether its life is on disk: not before does it shake hands. */
  readonly isReady: boolean
  /** What it says of itself when it shakes hands. */
  introduce(): Introduction
  /** What it holds against a server that introduces itself so. */
  judgePeer(peer: NodeId, introduction: Introduction): PeerRefusal | null
  /** Whether its disk knows that server in that life: then it takes in its messages. */
  hasMet(peer: NodeId, life: Life): boolean
  /** An independent copy. */
  clone(): ReplicaFace
  /** An unsigned 32-bit hash of all that decides how it goes on. */
  hash(): number
  /** A hash of what is equal on all servers at the same `lastApplied`. */
  replicatedHash(): number
}

/** Whom the answer to a request is for. `client` 0: an operator, whose n-th request has `attempt` n; 0 for one whose answer nobody listens to. */
export interface Waiting {
  readonly client: number
  readonly attempt: number
  readonly opening: boolean
}

/** An operator's request, whose answer nobody listens to. */
export const operator: Waiting = { client: 0, attempt: 0, opening: false }

export function isOperators({ client }: Waiting): boolean {
  return client === 0
}

/** Whether it takes in what clients ask. */
export function isServing(node: SimulatedNode): boolean {
  return node.isUp && node.halt === null
}

/** Whether two servers that are up have shaken hands, each in its present life, and both have that on disk: messages can go both ways. */
export function areConnected(one: SimulatedNode, other: SimulatedNode): boolean {
  return hasMet(one, other) && hasMet(other, one)
}

function hasMet(one: SimulatedNode, other: SimulatedNode): boolean {
  return one.replica!.hasMet(other.id, other.replica!.introduce())
}

/** A process that has stopped for good as production's does: it is there, and neither answers nor says anything until it is started again. */
export interface Halt {
  readonly because: string
  /** The entry at which it stopped: it has applied those before. */
  readonly at: LogIndex
  /** Where its state is not that of the others: the entries of which one made the difference. */
  readonly differs: { readonly from: LogIndex; readonly through: LogIndex } | null
}

interface Committed {
  readonly index: LogIndex
  readonly configuration: Configuration
}

export interface LaneState {
  /** Under way is the first. */
  readonly requests: readonly DiskRequest[]
  readonly startedAt: number
  /** So many of the first requests were behind one that found no room: they fail as it did, and none of them is performed. */
  readonly refused: number
}

export class SimulatedNode {
  readonly id: NodeId
  /** The world that may change this object. */
  readonly owner: object
  /** Counts the starts. */
  life = 0
  /** Counts its disks: each wipe brings another one. */
  diskNumber = 1
  /** A copy of its disk, and the life that it was made in. */
  copiedDisk: { readonly disk: SimulatedDisk; readonly machinePoints: readonly KeptPoint[]; readonly life: number } | null = null
  /** What its state machine has kept on disk, the latest last. Which of the latest few survives a power failure is not certain. */
  machinePoints: readonly KeptPoint[] = []
  /** How often its disk was put back to an older state of itself. */
  putBacks = 0
  /** A life that its disk has forgotten since: a server that met it must not let this one in. */
  forgottenLife: Introduction | null = null
  /** Whose data is on its disk. */
  identity: StorageIdentity
  /** Null while it is down. */
  replica: ReplicaFace | null = null
  clock: Clock = { offsetMs: 0, rate: 1 }
  /** What its clock showed last: a clock never goes back. */
  lastLocal = 0
  /** Until then its machine sleeps, and its monotonic clock stands still. */
  suspendedUntil = 0
  /** How far its wall clock is ahead of its monotonic one, in its own milliseconds. */
  wallAheadMs = 0
  /** What its process sees of the two. */
  clocks = new ClockComparison(0, 0)
  /** World time of its deadline. */
  wakeAt = Infinity
  /** Until then nothing that arrives is looked at: it is busy, paused, or stalled. */
  busyUntil = 0
  inbox: ReplicaEvent[] = []
  waiting = new Map<number, Waiting>()
  nextRequestId = 1
  /** The changes of membership that it began in this life and has not answered: seen from outside, for checkers. */
  begunChanges: BegunChanges = noneBegun
  lanes: Readonly<Record<DiskLane, LaneState>> = idleLanes
  /** Disk requests and steps ever begun: what their fates are drawn by. */
  diskRequests = 0
  steps = 0
  /** Writes find no room until then. */
  diskFullUntil = 0
  /** Until then every request takes so much longer. */
  diskSlowUntil = 0
  diskSlowMs = 0
  /** The next operation of that kind is to fail. */
  nextFailure: "sync" | "write" | "read" | null = null
  /** Its disk failed in this life: the replica has every reason to halt. */
  diskFailed = false
  /** Not null once this process stopped for good, for a reason that is not our own mistake. */
  halt: Halt | null = null
  /** In this life its state machine was made to hold something else than commands brought about. */
  isSpoilt = false
  /** Messages sent so far, by receiver. */
  sent: number[] = []
  /** When the latest message to each receiver arrives: on ordered links none overtakes it. */
  arrivals: number[] = []
  disk = new SimulatedDisk()
  /** What the disk would hold had it never been damaged; null if it never was. */
  pristine: SimulatedDisk | null = null
  /** What was last read of what is durable; null if nobody asked. */
  reading: DurableReading | null = null
  /** The next write of that lane goes to a wrong place. */
  misdirects: DiskLane | null = null
  /** The highest wire version that it will speak when it starts next, and that it speaks now. */
  wireVersionNext = wireVersion
  wireVersionMax = wireVersion
  /** The configuration that it went by when it was last up. */
  lastConfiguration: Configuration | null = null
  /** What was committed as far as it ever knew, on whichever disk: the commit index, and the newest configuration up to there. */
  lastCommitted: Committed = { index: 0, configuration: emptyConfiguration }
  summary: NodeSummary | null = null
  mirror = new LogMirror()
  readonly view: ObservedNode

  constructor(id: NodeId, owner: object, identity: StorageIdentity) {
    this.id = id
    this.owner = owner
    this.identity = identity
    this.view = new ObservedNode(id)
  }

  get isUp(): boolean {
    return this.replica !== null
  }

  /** What it knows, or ever knew, to be committed. */
  get committed(): Committed {
    if (this.replica === null) return this.lastCommitted
    const { configurations, commitIndex } = this.replica.raft.state
    const last = this.lastCommitted
    const configuration = newerConfiguration(
      last.configuration,
      configurations.findLast((one) => one.index <= commitIndex) ?? emptyConfiguration,
    )
    return { index: Math.max(last.index, commitIndex), configuration }
  }

  /** When it has something to do by itself. */
  get runAt(): number {
    if (this.replica === null) return Infinity
    return this.inbox.length > 0 ? this.busyUntil : Math.max(this.busyUntil, this.wakeAt)
  }

  /** To be called when its replica has moved: brings `view` up to date. */
  look(): void {
    this.view.read(this)
  }

  clone(owner: object): SimulatedNode {
    const copy = new SimulatedNode(this.id, owner, this.identity)
    copy.life = this.life
    copy.diskNumber = this.diskNumber
    copy.copiedDisk = this.copiedDisk
    copy.machinePoints = this.machinePoints
    copy.putBacks = this.putBacks
    copy.forgottenLife = this.forgottenLife
    copy.replica = this.replica === null ? null : this.replica.clone()
    copy.clock = this.clock
    copy.lastLocal = this.lastLocal
    copy.suspendedUntil = this.suspendedUntil
    copy.wallAheadMs = this.wallAheadMs
    copy.clocks = this.clocks.clone()
    copy.wakeAt = this.wakeAt
    copy.busyUntil = this.busyUntil
    copy.inbox = this.inbox.slice()
    copy.waiting = new Map(this.waiting)
    copy.nextRequestId = this.nextRequestId
    copy.begunChanges = this.begunChanges
    copy.lanes = this.lanes
    copy.diskRequests = this.diskRequests
    copy.steps = this.steps
    copy.diskFullUntil = this.diskFullUntil
    copy.diskSlowUntil = this.diskSlowUntil
    copy.diskSlowMs = this.diskSlowMs
    copy.nextFailure = this.nextFailure
    copy.pristine = this.pristine?.clone() ?? null
    copy.reading = this.reading
    copy.misdirects = this.misdirects
    copy.wireVersionNext = this.wireVersionNext
    copy.wireVersionMax = this.wireVersionMax
    copy.lastConfiguration = this.lastConfiguration
    copy.lastCommitted = this.lastCommitted
    copy.diskFailed = this.diskFailed
    copy.halt = this.halt
    copy.isSpoilt = this.isSpoilt
    copy.sent = this.sent.slice()
    copy.arrivals = this.arrivals.slice()
    copy.disk = this.disk.clone()
    copy.summary = this.summary
    copy.mirror = this.mirror.clone()
    if (copy.isUp) copy.look()
    return copy
  }

  /** The process is gone, and with it everything but the disk. */
  loseProcess(): void {
    this.lastConfiguration = this.view.configuration
    this.lastCommitted = this.committed
    this.replica = null
    this.inbox = []
    this.waiting = new Map()
    this.begunChanges = noneBegun
    this.lanes = idleLanes
    this.summary = null
    this.mirror = new LogMirror()
    this.wakeAt = Infinity
    this.busyUntil = 0
    this.suspendedUntil = 0
    this.diskFailed = false
    this.halt = null
    this.isSpoilt = false
  }
}

/** Of two that are committed. A server that waits to be added knows of none, which is older than all. */
export function newerConfiguration(one: Configuration, other: Configuration): Configuration {
  return one.index > other.index || other.members.length === 0 ? one : other
}

export const idleLanes: Readonly<Record<DiskLane, LaneState>> = {
  log: { requests: [], startedAt: 0, refused: 0 },
  snapshot: { requests: [], startedAt: 0, refused: 0 },
}

/**
 * What checkers see of a node: its fields as they were when the node last moved, since a node changes in no other way. Read out once a step, because
 * a dozen checkers ask for the same few.
 */
class ObservedNode implements NodeView {
  readonly id: NodeId
  life = 0
  incarnation = 0
  role: NodeView["role"] = "follower"
  term: Term = 0
  votedFor: NodeId | null = null
  commitIndex: LogIndex = 0
  appliedIndex: LogIndex = 0
  snapshot: SnapshotMeta = { lastIndex: 0, lastTerm: 0, configuration: emptyConfiguration }
  base: LogPosition = { index: 0, term: 0 }
  lastIndex: LogIndex = 0
  configuration: Configuration = emptyConfiguration
  /** Whether the last reading found anything that the one before had not. */
  hasChanged = true
  private raft: Raft | null = null

  constructor(id: NodeId) {
    this.id = id
  }

  get snapshotIndex(): LogIndex {
    return this.snapshot.lastIndex
  }

  /** Of a node that is up. */
  get log(): RaftState["log"] {
    return this.raft!.state.log
  }

  entry(index: LogIndex): Entry | undefined {
    const { raft } = this
    return raft !== null && index > this.base.index && index <= this.lastIndex ? raft.entry(index) : undefined
  }

  /** Reads a node that is up. */
  read(node: SimulatedNode): void {
    const { raft, lastApplied } = node.replica!
    const { role, term, votedFor, commitIndex, snapshot, log } = raft.state
    const { lastIndex, configuration } = raft
    this.hasChanged =
      this.commitIndex !== commitIndex ||
      this.appliedIndex !== lastApplied ||
      this.lastIndex !== lastIndex ||
      this.role !== role.kind ||
      this.term !== term ||
      this.votedFor !== votedFor ||
      this.base !== log.base ||
      this.snapshot !== snapshot ||
      this.configuration !== configuration ||
      this.life !== node.life ||
      this.incarnation !== node.diskNumber + node.putBacks
    this.life = node.life
    this.incarnation = node.diskNumber + node.putBacks
    this.role = role.kind
    this.term = term
    this.votedFor = votedFor
    this.commitIndex = commitIndex
    this.appliedIndex = lastApplied
    this.snapshot = snapshot
    this.base = log.base
    this.lastIndex = lastIndex
    this.configuration = configuration
    this.raft = raft
  }
}

/** What the next step will be compared with. */
export function summarize({ role, term, votedFor, commitIndex, appliedIndex, lastIndex }: NodeView): NodeSummary {
  return { role, term, votedFor, commitIndex, appliedIndex, lastIndex }
}
