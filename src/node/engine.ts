/**
 * A replica with its disk, its peers and its clock: performs effects, feeds completions back, and gives answers to callers.
 *
 * This is the interface for servers: no promises, answers through receivers (`pending-requests.ts`), and all requests of one turn in one batch.
 * `node.ts` is the same with promises.
 */

import { integer, show } from "../arguments/index.ts"
import type { Entry, MembershipChange, Message, NodeId } from "../core/index.ts"
import {
  type Effects,
  MachineError,
  type Observation,
  type Outcome,
  type ReadConsistency,
  type ReadResult,
  type Replica,
  type ReplicaStatus,
  type SessionToken,
} from "../replica/index.ts"
import { OarlockError } from "../requests/index.ts"
import type { DiskLane } from "../storage/index.ts"
import type { Introduction } from "../wire/index.ts"
import { PendingRequests, type Receiver, type RequestId } from "./calls/pending-requests.ts"
import { NodeDisk, type SyncPolicy } from "./disk/node-disk.ts"
import type { ListenerErrors } from "./errors/listener-errors.ts"
import type { NodeLog } from "./errors/log.ts"
import { enteringAtOnce } from "./errors/refusal.ts"
import type { Handshake, LinkDirection, PeerFigures, PeerTransport } from "./peer-transport/index.ts"
import { type LoopFigures, ReplicaLoop } from "./replica-loop.ts"
import type { MachineTimes } from "./watching/machine-times.ts"
import { type Stall, type StallTimings, StallWatch } from "./watching/stall-watch.ts"

export interface EngineOptions {
  readonly replica: Replica
  readonly folder: string
  readonly transport: PeerTransport
  readonly log: NodeLog
  readonly syncPolicy?: SyncPolicy
  /** Told of every sync of the disk. */
  readonly onSync?: (durationMs: number, lane: DiskLane) => void
  /** Counts and reports what the caller's own functions throw. */
  readonly listenerErrors: ListenerErrors
  /** How long the state machine takes of each turn. */
  readonly machineTimes: MachineTimes
  /** Named in the message about a stall. */
  readonly timings: StallTimings
}

export interface EngineEvents {
  /** The replica reports an observation. */
  readonly onObservation: (observation: Observation) => void
  /** The event loop stood still for half of the smallest election timeout or longer. */
  readonly onStalled: (stall: Stall) => void
  /** The replica stopped for good (its disk failed, the state machine threw, an invariant was broken): only `close` works from now on. */
  readonly onHalted: (because: string) => void
}

/** A peer that has sent its introduction and waits for the answer. */
interface Meeting {
  readonly peer: NodeId
  readonly introduction: Introduction
  readonly isGone: () => boolean
  readonly onMet: () => void
}

/** How long messages that only carry a new commit index wait for entries to go with, in milliseconds. They wait only if this server's own callers were
 * answered in the same step, since then no caller waits for those messages. */
export const newsDelayMs = 1

/**
 * A node without promises: requests are method calls, answers go to receivers. Every method that takes a `Receiver` calls it exactly once, after
 * the method has returned, with the `tag` that was given. It returns the id for `cancel`, or 0 if the request was refused.
 */
export class Engine {
  readonly #replica: Replica
  readonly #transport: PeerTransport
  readonly #disk: NodeDisk
  readonly #loop: ReplicaLoop
  readonly #log: NodeLog
  readonly #pending = new PendingRequests()
  readonly #events: EngineEvents
  /** Peers that wait until their introduction is on disk. At most `greetingConnectionsMax`. */
  #meetings: Meeting[] = []
  #isListening = false
  readonly #listenerErrors: ListenerErrors
  #stopped: string | null = null
  /** Why new requests are refused while those under way go on; null while they are accepted. */
  #refusing: string | null = null
  #stoppedBy: unknown
  #newsTimer: NodeJS.Timeout | null = null

  constructor(options: EngineOptions, events: EngineEvents) {
    this.#replica = options.replica
    this.#transport = options.transport
    this.#log = options.log
    this.#events = events
    this.#listenerErrors = options.listenerErrors
    this.#disk = new NodeDisk(options.folder, (completion) => this.#loop.feed({ kind: "disk", completion }), {
      ...(options.syncPolicy === undefined ? {} : { syncPolicy: options.syncPolicy }),
      ...(options.onSync === undefined ? {} : { onSync: this.#listenerErrors.guard("your onSync", options.onSync) }),
    })
    this.#loop = new ReplicaLoop({
      replica: options.replica,
      perform: (effects) => this.#perform(effects),
      onHalt: (because, error) => this.#onHalt(because, error),
      stalls: new StallWatch({ timings: options.timings, times: options.machineTimes, onStall: (stall) => this.#onStall(stall) }),
    })
  }

  /** Takes the first step. */
  start(): void {
    this.#transport.setMembers(this.#replica.status().configuration.members)
    this.#loop.start()
  }

  /** Replicates a command. The bytes must not change before the receiver is called. */
  submit(command: Uint8Array, session: SessionToken | null, receiver: Receiver, tag: number): RequestId {
    const id = this.#add(receiver, tag)
    if (id !== null) this.#loop.propose({ id, command, session })
    return id ?? 0
  }

  /**
   * Asks the state machine. `minimumIndex`: answer from no older state than this; 0 for none. `caller`: a number for the caller, such as that
   * of its connection; if there are more reads than one step answers, callers take turns.
   */
  read(query: unknown, consistency: ReadConsistency, minimumIndex: number, receiver: Receiver, tag: number, caller = 0): RequestId {
    const id = this.#add(receiver, tag)
    if (id !== null) this.#loop.read({ id, query, consistency, minimumIndex, caller })
    return id ?? 0
  }

  /** Committed with the id of the new session as the result: 8 bytes, big endian. */
  openSession(receiver: Receiver, tag: number): RequestId {
    const id = this.#add(receiver, tag)
    if (id !== null) this.#loop.feed({ kind: "openSession", id })
    return id ?? 0
  }

  /** Starts the session's timeout anew. Rejected with `sessionExpired` if the cluster has forgotten the session. */
  keepSession(sessionId: number, receiver: Receiver, tag: number): RequestId {
    const id = this.#add(receiver, tag)
    if (id !== null) this.#loop.feed({ kind: "keepSession", id, sessionId })
    return id ?? 0
  }

  /** Ends the session: the cluster forgets its results. Rejected with `sessionExpired` if it was forgotten already. */
  closeSession(sessionId: number, receiver: Receiver, tag: number): RequestId {
    const id = this.#add(receiver, tag)
    if (id !== null) this.#loop.feed({ kind: "closeSession", id, sessionId })
    return id ?? 0
  }

  /** Committed once the last step of the change is. On the leader only. */
  changeMembership(changes: readonly MembershipChange[], version: number | null, receiver: Receiver, tag: number): RequestId {
    const id = this.#add(receiver, tag)
    if (id !== null) this.#loop.feed({ kind: "changeMembership", id, changes, version })
    return id ?? 0
  }

  /** `to` null: the most up-to-date follower. On the leader only. */
  transferLeadership(to: NodeId | null, receiver: Receiver, tag: number): RequestId {
    const id = this.#add(receiver, tag)
    if (id !== null) this.#loop.feed({ kind: "transferLeadership", id, to })
    return id ?? 0
  }

  /** Committed with the index that the snapshot covers. */
  takeSnapshot(receiver: Receiver, tag: number): RequestId {
    const id = this.#add(receiver, tag)
    if (id !== null) this.#loop.feed({ kind: "takeSnapshot", id })
    return id ?? 0
  }

  /** Ends a request: its receiver is called soon, with an unknown outcome (a read: rejected). Does nothing if the receiver was called already. */
  cancel(id: RequestId): void {
    if (this.#pending.receiverOf(id) !== null) this.#loop.feed({ kind: "cancel", ids: [id] })
  }

  /** The state of the replica, as plain data. */
  status(): ReplicaStatus {
    return this.#replica.status()
  }

  /** The end of this server's log, at most `countMax` entries, durable or not, committed or not: for displays. */
  latestEntries(countMax: number): readonly Entry[] {
    enteringAtOnce("latestEntries", () => integer(0)(countMax, "countMax"))
    const { raft } = this.#replica
    return raft.entries(Math.max(raft.firstIndex, raft.lastIndex - countMax + 1), raft.lastIndex)
  }

  /** How punctual the event loop has been, since the node was opened. */
  loopFigures(): LoopFigures {
    return this.#loop.figures()
  }

  /** The connections to peers, by ascending id. */
  peers(): PeerFigures[] {
    return this.#transport.figures()
  }

  /** Drops the messages to or from a peer, or lets them pass again. Connections stay, as in a network partition. For experiments. */
  setBlocked(peer: NodeId, direction: LinkDirection, blocked: boolean): void {
    this.#transport.setBlocked(peer, direction, blocked)
  }

  /** The links that `setBlocked` has blocked, by ascending id. */
  blocked(): { readonly peer: NodeId; readonly direction: LinkDirection }[] {
    return this.#transport.blocked()
  }

  /** Why this engine has stopped; null while it works. */
  get stoppedBecause(): string | null {
    return this.#stopped
  }

  /** The error that it stopped for, such as what the state machine threw; undefined if there is none. */
  get stoppedBy(): unknown {
    return this.#stoppedBy
  }

  /** How often listeners, receivers and the log function have thrown so far. */
  get listenerErrorCount(): number {
    return this.#listenerErrors.count
  }

  /** Requests that wait for an answer. */
  get pendingRequests(): number {
    return this.#pending.count
  }

  /** The transport's events, fed to the replica; see `TransportContext`. */
  readonly fromTransport = {
    onMessage: (message: Message) => this.#loop.feed({ kind: "message", message }),
    onUnreachable: (peer: NodeId) => this.#loop.feed({ kind: "unreachable", peer }),
  }

  /** The rules of this node's handshakes; see `Handshake`. */
  readonly handshake: Handshake = {
    introduce: () => this.#replica.introduce(),
    judge: (peer, introduction) => this.#replica.judgePeer(peer, introduction),
    onIntroduced: (peer, introduction, welcomedUs) => this.#loop.feed({ kind: "introduced", peer, introduction, welcomedUs }),
    onRefused: (peer, refusal) => this.#loop.feed({ kind: "refusedBy", peer, refusal }),
    whenMet: (peer, introduction, isGone, onMet) => {
      if (this.#replica.hasMet(peer, introduction)) onMet()
      else this.#meetings.push({ peer, introduction, isGone, onMet })
    },
  }

  /** From now on every new request is refused (`stopped`); requests under way go on. */
  refuseNew(because: string): void {
    this.#refusing ??= because
  }

  /** `transferLeadership` to the most up-to-date follower, also after `refuseNew`. */
  handLeadershipOver(receiver: Receiver): RequestId {
    const id = this.#take(receiver, 0, this.#stopped)
    if (id !== null) this.#loop.feed({ kind: "transferLeadership", id, to: null })
    return id ?? 0
  }

  /** Stops stepping, answers all waiting requests, and resolves when disk and network are no longer used. */
  async close(): Promise<void> {
    this.#stop("the node was closed")
    await Promise.all([this.#disk.close(), this.#transport.close()])
  }

  #add(receiver: Receiver, tag: number): RequestId | null {
    return this.#take(receiver, tag, this.#stopped ?? this.#refusing)
  }

  #take(receiver: Receiver, tag: number, refusal: string | null): RequestId | null {
    if (!isReceiver(receiver))
      throw new OarlockError(
        "badArgument",
        `engine: receiver: found ${show(receiver)}, expected an object with the five functions of Receiver`,
      )
    if (refusal !== null) {
      const { leaderId } = this.#replica.status()
      const leader = leaderId === this.#replica.raft.state.options.id ? null : leaderId
      queueMicrotask(() => this.#tell(() => receiver.onRejected(tag, "stopped", refusal, leader, this.#stoppedBy)))
      return null
    }
    const id = this.#pending.add(receiver, tag)
    if (id === null) {
      const because = "too many requests are under way in this process"
      queueMicrotask(() => this.#tell(() => receiver.onRejected(tag, "overloaded", because, null)))
    }
    return id
  }

  #perform(effects: Effects): void {
    if (!this.#isListening && this.#replica.isReady) {
      this.#isListening = true
      this.#transport.start()
    }
    if (this.#meetings.length > 0) this.#holdMeetings()
    // Messages first: the network works while the disk does. The core holds back those that promise something until they may leave.
    for (const message of effects.messages) this.#transport.send(message)
    // Messages that only carry a new commit index wait a moment (`newsDelayMs`) for entries to go with: callers that were just answered are likely to
    // propose again, and two socket writes, with two wake-ups of each follower, cost as much as a whole step.
    const onlyNews = effects.outcomes.length > 0 && effects.messages.every(isCommitNotice)
    if (!onlyNews) this.#transport.flush()
    for (const request of effects.disk) this.#disk.perform(request)
    for (const outcome of effects.outcomes) this.#onOutcome(outcome)
    for (const read of effects.reads) this.#onRead(read)
    for (const observation of effects.observations) this.#onObservation(observation)
    if (onlyNews && effects.messages.length > 0 && this.#stopped === null) this.#newsTimer ??= setTimeout(this.#flushNews, newsDelayMs)
  }

  /** Answers the peers whose introduction is on disk by now. */
  #holdMeetings(): void {
    this.#meetings = this.#meetings.filter(({ peer, introduction, isGone, onMet }) => {
      if (isGone()) return false
      if (!this.#replica.hasMet(peer, introduction)) return true
      onMet()
      return false
    })
  }

  readonly #flushNews = (): void => {
    this.#newsTimer = null
    this.#transport.flush()
  }

  #onOutcome(outcome: Outcome): void {
    const receiver = this.#pending.receiverOf(outcome.id)
    if (receiver === null) return
    const tag = this.#pending.tagOf(outcome.id)
    this.#pending.remove(outcome.id)
    try {
      tellOutcome(receiver, tag, outcome)
    } catch (error) {
      this.#listenerErrors.report("a receiver", error)
    }
  }

  #onRead(read: ReadResult): void {
    const receiver = this.#pending.receiverOf(read.id)
    if (receiver === null) return
    const tag = this.#pending.tagOf(read.id)
    this.#pending.remove(read.id)
    try {
      tellRead(receiver, tag, read)
    } catch (error) {
      this.#listenerErrors.report("a receiver", error)
    }
  }

  #onObservation(observation: Observation): void {
    if (observation.kind === "configurationActive") this.#transport.setMembers(observation.configuration.members)
    // This node has lost its vote, and introduces itself anew so that all peers learn of it.
    if (observation.kind === "refusedBy" && observation.code === "rolledBack") this.#transport.reconnect()
    this.#tell(() => this.#events.onObservation(observation))
  }

  #onStall(stall: Stall): void {
    this.#log("warn", stall.message, { forMs: stall.forMs, machineMs: stall.machineMs })
    this.#tell(() => this.#events.onStalled(stall))
    this.#onObservation({ kind: "stalled", ...stall })
  }

  #onHalt(because: string, error: unknown): void {
    this.#log("error", `this node has stopped for good: ${because}`)
    this.#stoppedBy = error instanceof MachineError && error.hasThrown ? error.cause : error
    this.#stop(because)
    // Peers notice a closed connection sooner than a silent one, and elect another leader.
    this.#transport.close().catch((error: unknown) => this.#listenerErrors.report("closing the connections", error))
    this.#tell(() => this.#events.onHalted(because))
  }

  /** An error of a caller's function must not end a turn half-way. */
  #tell(call: () => void): void {
    try {
      call()
    } catch (error) {
      this.#listenerErrors.report("a listener", error)
    }
  }

  #stop(because: string): void {
    if (this.#stopped !== null) return
    this.#stopped = because
    this.#loop.stop()
    if (this.#newsTimer !== null) clearTimeout(this.#newsTimer)
    for (const id of this.#pending.ids()) this.#onOutcome({ kind: "unknown", id, message: because })
  }
}

/** Whether a message carries only the commit index. One that begins a round of confirmation is not: reads wait for it. */
function isCommitNotice(message: Message): boolean {
  return message.kind === "appendEntries" && message.entries.length === 0 && message.round === 0
}

/** Checked at the call: a receiver without its functions would throw only when the answer comes. */
function isReceiver(receiver: Receiver | null | undefined): boolean {
  try {
    return (
      typeof receiver?.onCommitted === "function" &&
      typeof receiver.onAnswered === "function" &&
      typeof receiver.onRejected === "function" &&
      typeof receiver.onUnknown === "function" &&
      typeof receiver.onFailed === "function"
    )
  } catch {
    return false
  }
}

function tellOutcome(receiver: Receiver, tag: number, outcome: Outcome): void {
  switch (outcome.kind) {
    case "committed":
      return receiver.onCommitted(tag, outcome.index, outcome.result)
    case "rejected":
      return receiver.onRejected(tag, outcome.reason, outcome.message, outcome.leader, outcome.error)
    case "unknown":
      return receiver.onUnknown(tag, outcome.message)
    default:
      outcome satisfies never
  }
}

function tellRead(receiver: Receiver, tag: number, read: ReadResult): void {
  switch (read.kind) {
    case "answered":
      return receiver.onAnswered(tag, read.index, read.answer)
    case "failed":
      return receiver.onFailed(tag, read.message, read.error)
    case "rejected":
      return receiver.onRejected(tag, read.reason, read.message, read.leader)
    default:
      read satisfies never
  }
}
