/**
 * One whole replica as a synchronous state machine: events in, effects out. It consists of Raft (`core`), a log and snapshots (`storage`), and
 * proposals, sessions, reads, membership and the health of the disk, each in a file of its own. This file passes events to these parts and calls
 * them in order.
 *
 * A step first takes in all its events and then acts once, so that everything that happened in one turn of an event loop shares one
 * batch: one append, one question to the leader for all reads, one write, one message per peer where Raft allows it.
 *
 * No input makes a step throw. A broken invariant, which is a bug of Oarlock, halts the replica for good.
 */

import type { LogIndex, Milliseconds, NodeId, Raft, RaftObservation, Ready } from "../core/index.ts"
import { append, hasRoomForBatch, nextLogRequest, nextSnapshotRequest, noteCommitIndex } from "../storage/index.ts"
import type { Introduction, OwnStanding, PeerRefusal } from "../wire/index.ts"
import { applySlice, keepApplied } from "./apply.ts"
import { diskDeadline, hasJustStalled, noteWriteBegan, writingSince } from "./disk-health.ts"
import { createEffects, type Effects } from "./effect.ts"
import type { ReplicaEvent } from "./event.ts"
import { halt, haltOnError } from "./halt.ts"
import { encodeSessionLimits, EnvelopeType } from "./machine/envelope.ts"
import { cancelRequests, requestChange, requestTransfer, settleTransfers } from "./membership.ts"
import { explainRefusals } from "./no-leader.ts"
import { onDiskCompletion, retryDisk } from "./on-disk-completion.ts"
import {
  announceBeginning,
  forgetRemoved,
  introduce,
  isRecorded,
  judgePeer,
  noticeFirstEntries,
  onIntroduced,
  onRefusedBy,
  type Life,
  isCondemned,
} from "./peers.ts"
import { noteEvent } from "./recent-events.ts"
import { cloneReplicaState, hashReplicaState, hashReplicatedState, type ReplicaState } from "./replica-state.ts"
import { forwardingDeadline, onForwardingUnreachable, onForwardRepeated, repeatForwarded } from "./requests/forwarding.ts"
import { cancelProposals, enqueue, onForwardRejected, onLeaderChange, rejectReplaced } from "./requests/proposals.ts"
import { placeQueue, proposeStatements, takeForwarded } from "./requests/proposing.ts"
import {
  answerReads,
  askForReads,
  cancelReads,
  enqueueReads,
  hasMoreToAnswer,
  onLeaderChangeForReads,
  onReadIndexKnown,
  onUnreachableForReads,
  readsDeadline,
  rejectedRead,
  wakeReads,
} from "./requests/reads.ts"
import { onSnapshotChunk, onSnapshotLaneIdle } from "./snapshots/snapshot-receiving.ts"
import { beginSending, driveSending, onSnapshotReply, sendingDeadline } from "./snapshots/snapshot-sending.ts"
import { cancelSnapshotRequests, feedSnapshot, maybeBeginSnapshot, requestSnapshot, takingDeadline } from "./snapshots/snapshot-taking.ts"
import { checkRounds, noteWake } from "./standstill.ts"
import { describeStatus, type ReplicaStatus } from "./status.ts"

/** A replica that is running, as `openReplica` makes it. Not reentrant: a step has to return before anything else is called. */
export class Replica {
  readonly #state: ReplicaState
  /** The last result of `introduce`, and the state that it was made from. */
  #introduction: { readonly own: OwnStanding; readonly said: Introduction } | null = null

  /** Made by `openReplica`. */
  constructor(state: ReplicaState) {
    this.#state = state
  }

  /**
   * Takes in `events` at the moment `now` (monotonic milliseconds) and returns what the shell has to do. Never throws. If `now` goes back or is no
   * number, the latest known moment is used.
   */
  step(now: Milliseconds, events: readonly ReplicaEvent[]): Effects {
    const state = this.#state
    const effects = createEffects()
    if (state.halted !== null) {
      effects.halted = state.halted
      effects.haltedBy = state.haltedBy
      return effects
    }
    // Not `Math.max`: with a moment that is no number, every later moment would be none.
    if (now > state.now) state.now = now
    if (state.recovered.length > 0) {
      effects.observations.push(...state.recovered)
      state.recovered = []
      forgetRemoved(state)
      announceBeginning(state, effects)
    }
    try {
      for (const event of events) {
        noteEvent(state.recent, state.now, event)
        takeIn(state, event, effects)
      }
      if (state.isReady) act(state, effects)
      startDisk(state, effects)
      explainRefusals(state, effects)
      if (events[0]?.kind === "wake") noteWake(state.idle, state.now, this.deadline, progressOf(state))
    } catch (error) {
      return haltOnError(state, error)
    }
    return state.halted === null ? effects : halt(state, state.halted, state.haltedBy)
  }

  /** The next moment at which a step without any other event (`wake`) has something to do; Infinity if there is none. */
  get deadline(): Milliseconds {
    const state = this.#state
    if (state.halted !== null) return Infinity
    // Until the first request of the log is durable, the only timer is the one of a full disk.
    if (!state.isReady) return state.disk.state === "full" ? state.disk.retryAt : Infinity
    if (state.hasMoreToApply || hasMoreToAnswer(state.reads)) return state.now
    return Math.min(
      state.raft.deadline,
      readsDeadline(state.reads),
      forwardingDeadline(state.forwarding, state.proposals),
      sendingDeadline(state.sending, state.options),
      takingDeadline(state.taking, state.snapshots),
      diskDeadline(state.disk, state.options.raft.electionTimeoutMaxMs),
    )
  }

  /** Whether the record of this life is on disk. Before that the server must not shake hands with others. */
  get isReady(): boolean {
    return this.#state.isReady
  }

  /** How this server introduces itself in a handshake. */
  introduce(): Introduction {
    // Kept, because the simulator asks for it with every message, and it rarely changes within a life.
    const { own } = this.#state.peers
    if (this.#introduction?.own !== own) this.#introduction = { own, said: introduce(this.#state) }
    return this.#introduction.said
  }

  /** Why this server refuses the handshake with `peer`, which introduces itself so; null if it accepts. */
  judgePeer(peer: NodeId, introduction: Introduction): PeerRefusal | null {
    return judgePeer(this.#state, peer, introduction)
  }

  /** Whether this server has recorded `peer` in that life on its disk. From then on messages of that peer may be passed to `step`. */
  hasMet(peer: NodeId, life: Life): boolean {
    return isRecorded(this.#state, peer, life)
  }

  /** The algorithm's state, to be read only, for example by the simulator's checkers. */
  get raft(): Raft {
    return this.#state.raft
  }

  /** The last index that the state machine has applied. */
  get lastApplied(): LogIndex {
    return this.#state.applied.lastApplied
  }

  /** The error that the replica halted for, if there is one, such as what the state machine threw. */
  get haltedBy(): unknown {
    return this.#state.haltedBy
  }

  /**
   * Applies the next slice of the entries that the disk knew to be committed. True if more are left. For shells, before the first step: a state machine
   * that fails at an entry of its own log halts the replica here (`status().halted`), before it has contacted other servers.
   */
  applyRecovered(): boolean {
    const state = this.#state
    if (state.halted !== null) return false
    const effects = createEffects()
    try {
      applyCommitted(state, effects)
    } catch (error) {
      haltOnError(state, error)
      return false
    }
    state.recovered = [...state.recovered, ...effects.observations]
    return state.hasMoreToApply
  }

  /** The present state of the replica, as plain data. */
  status(): ReplicaStatus {
    return describeStatus(this.#state)
  }

  /** An independent copy with the same state: given the same events, both go on alike. The state machine is cloned too. */
  clone(): Replica {
    return new Replica(cloneReplicaState(this.#state))
  }

  /** A hash of the whole state as an unsigned 32-bit number. Calls the state machine's `hash`. */
  hash(): number {
    return hashReplicaState(this.#state)
  }

  /** A hash of what is replicated (state machine, sessions, clock): equal on all servers at the same `lastApplied`. */
  replicatedHash(): number {
    return hashReplicatedState(this.#state)
  }
}

/** Takes in one event. What is done once per step is only noted. */
function takeIn(state: ReplicaState, event: ReplicaEvent, effects: Effects): void {
  const { raft, proposals, now } = state
  const { outcomes } = effects
  switch (event.kind) {
    case "wake":
      if (state.isReady) wake(state, effects)
      else retryDisk(state)
      return
    case "message":
      // Until the first request of the log is durable, no promise may leave. Senders repeat their messages.
      if (state.isReady && !isCondemned(state, event.message.from)) raft.receive(event.message, now)
      return
    case "disk":
      onDiskCompletion(state, event.completion, effects)
      return
    case "propose":
      for (const proposal of event.proposals) {
        enqueue(proposals, proposal, proposal.session === null ? EnvelopeType.command : EnvelopeType.sessionCommand, outcomes)
      }
      return
    case "read":
      if (state.isReady) enqueueReads(state, event.reads, effects.reads)
      else for (const { id } of event.reads) effects.reads.push(rejectedRead(id, "noLeader", null))
      return
    case "openSession": {
      const command = encodeSessionLimits(state.options.sessionTimeoutMs, state.options.sessionsMax)
      enqueue(proposals, { id: event.id, command, session: null }, EnvelopeType.openSession, outcomes)
      return
    }
    case "closeSession":
    case "keepSession": {
      const type = event.kind === "closeSession" ? EnvelopeType.closeSession : EnvelopeType.keepSession
      const session = { sessionId: event.sessionId, sequence: 0, answeredBelow: 0 }
      enqueue(proposals, { id: event.id, command: noCommand, session }, type, outcomes)
      return
    }
    case "changeMembership":
      requestChange(state, event, outcomes)
      return
    case "transferLeadership":
      requestTransfer(state, event, outcomes)
      return
    case "takeSnapshot":
      requestSnapshot(state, event.id, outcomes)
      return
    case "cancel":
      cancel(state, new Set(event.ids), effects)
      return
    case "unreachable":
      raft.unreachable(event.peer, now)
      onForwardingUnreachable(state.forwarding, event.peer, now)
      onUnreachableForReads(state, event.peer)
      return
    case "introduced":
      onIntroduced(state, event.peer, event.introduction, event.welcomedUs, effects)
      return
    case "refusedBy":
      onRefusedBy(state, event.peer, event.refusal, effects)
      return
    case "paused":
      raft.paused(now)
      effects.observations.push({ kind: "paused", forMs: event.forMs })
      return
    default:
      event satisfies never
  }
}

function wake(state: ReplicaState, effects: Effects): void {
  const { raft, disk, now } = state
  const stallMs = state.options.raft.electionTimeoutMaxMs
  raft.wake(now)
  wakeReads(state, effects.reads)
  if (hasJustStalled(disk, now, stallMs)) {
    const forMs = now - writingSince(disk)
    disk.state = "stalled"
    effects.observations.push({ kind: "diskStalled", forMs })
    raft.stepDown(`its own disk has not completed a write for ${Math.round(forMs)} ms`, now)
  }
  retryDisk(state)
}

function cancel(state: ReplicaState, ids: ReadonlySet<number>, effects: Effects): void {
  cancelProposals(state.proposals, ids, effects.outcomes)
  cancelReads(state.reads, ids, effects.reads)
  cancelRequests(state.requests, ids, effects.outcomes)
  cancelSnapshotRequests(state.taking, ids, effects.outcomes)
}

/** Acts on the events of a step, once after all of them. */
function act(state: ReplicaState, effects: Effects): void {
  const { raft, options } = state
  noticeFirstEntries(state)
  noticeLeader(state, effects)
  repeatForwarded(state, effects)
  placeQueue(state, effects)
  if (state.verifying.comparisons.length > 0) proposeStatements(state, effects)
  askForReads(state, effects.reads)
  driveSending(state)
  drainRaft(state, effects)
  applyCommitted(state, effects)
  if (state.receiving.restoring === null) keepApplied(state.applied, raft, options.identity.incarnation)
  answerReads(state, effects.reads)
  if (state.receiving.restoring === null) maybeBeginSnapshot(state, effects)
  feedSnapshot(state, effects)
}

/** Notes that the leader or the term has changed: proposals and reads that were sent to the former leader need a decision. */
function noticeLeader(state: ReplicaState, effects: Effects): void {
  const { raft } = state
  const { term, leaderId } = raft.state
  if (term === state.knownTerm && leaderId === state.knownLeader) return
  state.knownTerm = term
  state.knownLeader = leaderId
  onLeaderChange(state.proposals)
  onLeaderChangeForReads(state, effects.reads)
}

/** Carries out what the core has ready until nothing more is ready. */
function drainRaft(state: ReplicaState, effects: Effects): void {
  for (let rounds = 1; carryOut(state, effects); rounds++) checkRounds(rounds, state.raft, effects.messages.at(-1)?.kind ?? "nothing")
}

/** One round. False if there was nothing to carry out. */
function carryOut(state: ReplicaState, effects: Effects): boolean {
  const { raft, options, now } = state
  const ready = raft.takeReady(now)
  if (isEmpty(ready)) return false
  // Usually the step has no messages before: then the list of the core is used as it is.
  if (effects.messages.length > 0) effects.messages.push(...ready.messages)
  else if (ready.messages.length > 0) effects.messages = ready.messages
  for (const observation of ready.observations) onRaftObservation(state, observation, effects)
  // The leader must be known before answers in its name are processed.
  noticeLeader(state, effects)
  settleTransfers(state.requests, raft, ready.observations, effects.outcomes)
  for (const answer of ready.reads) onReadIndexKnown(state, answer, effects.reads)
  for (const reply of ready.forwardRejections) {
    // Numbers are reused in each life: an answer to an earlier life is about another proposal.
    if (reply.bootId !== options.bootId) continue
    if (reply.reason === "repeated") {
      for (const first of reply.rejected) onForwardRepeated(state.forwarding, reply.from, reply.term, first)
      continue
    }
    onForwardRejected(state.proposals, reply, raft.state.leaderId, effects.outcomes)
  }
  for (const message of ready.forwarded) takeForwarded(state, message, effects)
  for (const chunk of ready.snapshotChunks) {
    if (now >= state.disk.snapshotRetryAt) onSnapshotChunk(state, chunk, effects)
  }
  for (const reply of ready.snapshotReplies) onSnapshotReply(state, reply, effects)
  for (const peer of ready.snapshotsNeeded) beginSending(state, peer)
  if (ready.snapshotsNeeded.length > 0 || ready.snapshotReplies.length > 0) driveSending(state)
  return true
}

function onRaftObservation(state: ReplicaState, observation: RaftObservation, effects: Effects): void {
  if (observation.kind === "becameLeader") {
    state.electedBy = observation.votes
    state.ledTerm = observation.term
  }
  if (observation.kind === "committedLost") state.halted = explainLostCommit(observation.because)
  effects.observations.push(observation)
}

function explainLostCommit(because: string): string {
  return `${because}. Some server has lost what it had acknowledged, most likely because its disk was put back to an older state. Which of the two histories is right cannot be decided here, so this server stops. Do not start it again before you have read "A disk that went back in time" in docs/guarantees.md`
}

function isEmpty(ready: Ready): boolean {
  return (
    ready.messages.length === 0 &&
    ready.observations.length === 0 &&
    ready.reads.length === 0 &&
    ready.forwarded.length === 0 &&
    ready.forwardRejections.length === 0 &&
    ready.snapshotChunks.length === 0 &&
    ready.snapshotReplies.length === 0 &&
    ready.snapshotsNeeded.length === 0
  )
}

function applyCommitted(state: ReplicaState, effects: Effects): void {
  const { raft, applied, proposals, options, requests } = state
  state.hasMoreToApply = false
  if (state.receiving.restoring !== null || applied.lastApplied >= raft.commitIndex) return
  const { outcomes, observations } = effects
  const { verifying, now } = state
  const target = { options, proposals, requests, outcomes, observations, verifying, now, raft, refusal: null }
  state.hasMoreToApply = applySlice(applied, target)
  const ledTerm = raft.state.role.kind === "leader" ? raft.state.term : null
  rejectReplaced(proposals, applied, ledTerm, raft.state.leaderId, outcomes)
}

/** Seals the next write if the log has room for one, and starts what the disks have to do. */
function startDisk(state: ReplicaState, effects: Effects): void {
  const { raft, log, snapshots, disk } = state
  if (state.isReady && hasRoomForBatch(log)) {
    const write = raft.takeWrite()
    if (write !== null) {
      noteCommitIndex(log, raft.commitIndex)
      append(log, write)
    }
  }
  for (let request = nextLogRequest(log); request !== null; request = nextLogRequest(log)) {
    if (request.lane === "log") noteWriteBegan(disk, request.id, state.now)
    effects.disk.push(request)
  }
  // Snapshots wait until recovery's repairs are durable.
  if (!state.isReady) return
  const request = nextSnapshotRequest(snapshots)
  if (request !== null) effects.disk.push(request)
  else if (snapshots.requestId === null) onSnapshotLaneIdle(state.receiving, raft, effects.messages)
}

function progressOf({ applied, taking, reads }: ReplicaState): number {
  return applied.lastApplied + (taking.frozen?.written ?? 0) + reads.answeredCount
}

const noCommand = new Uint8Array(0)
