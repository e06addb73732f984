/**
 * Raft as a synchronous state machine: inputs in, `Ready` and `Write` out. A thin shell over `RaftState`; the rules stand in the files around it,
 * one per conversation of the paper.
 *
 * Feed inputs, then call `takeReady` and `takeWrite` until both are empty. A write's completion comes back as `persisted`. Nothing here keeps
 * time, draws dice, or does input or output.
 */

import { activate } from "./configurations.ts"
import { completeWrites, createDurability, forgetVotes, takeWrite, type Write } from "./durability.ts"
import { onLeaderDisconnected, drawElectionTimer } from "./election-timer.ts"
import { onElectionTimeout } from "./election/election.ts"
import { becomeFollower } from "./election/roles.ts"
import { forgetAcknowledged, promiseOf, type PeerPromise } from "./evidence.ts"
import { hashState } from "./hash.ts"
import { invariant } from "./invariants/invariant.ts"
import { checkStep } from "./invariants/step-invariants.ts"
import { createLog, entriesBetween, entryOf, lastIndexOf } from "./log/log.ts"
import { advanceMembership, changeMembership, settleConfiguration, type ChangeResult } from "./membership/membership.ts"
import { continueTransfer, transferLeadership, type TransferResult } from "./membership/transfer.ts"
import type { MembershipChange, Message, RejectReason } from "./message.ts"
import { explainBadOptions, type RaftOptions } from "./options.ts"
import { createReady, isEmptyReady, sendAfterVote, takeReady, type Ready } from "./outbox.ts"
import { becomeProbe } from "./progress/progress.ts"
import { quorumValue } from "./quorum/quorum.ts"
import { maybeCommit } from "./replication/commitment.ts"
import { appendAsLeader } from "./replication/leader-log.ts"
import { confirmReads, forfeitLease, leaseReadIndex, requestRead, startReads } from "./replication/read.ts"
import { countRound } from "./replication/rounds.ts"
import { broadcastHeartbeat, replicate, sendRound } from "./replication/sending.ts"
import { compact, describeSnapshot, installSnapshot, snapshotSent, type InstallResult } from "./replication/snapshot.ts"
import { cloneState, configurationOf, type Leader, type RaftState } from "./state.ts"
import { receive } from "./step.ts"
import type { Configuration, Entry, HardState, LogIndex, Milliseconds, NodeId, RecordSlot, SnapshotMeta, Term } from "./types.ts"

/** What a server finds on its disk when it starts. */
/** What a server finds on its disk. */
export interface RaftStart {
  /** Term, vote and commit index. */
  readonly hardState: HardState
  /** The latest durable snapshot. On a fresh server, `lastIndex` 0 with the configuration that the cluster starts with, or an empty one for a server that waits to be added. */
  readonly snapshot: SnapshotMeta
  /** The entries of the log, in order. The first may lie at or below `snapshot.lastIndex`: the kept tail. */
  readonly entries: readonly Entry[]
}

/** Where the entries were appended, the first at `firstIndex`, or why they were not. */
export type ProposeResult =
  | { readonly ok: true; readonly firstIndex: LogIndex; readonly term: Term }
  | { readonly ok: false; readonly reason: RejectReason }

/**
 * One server's algorithm as a synchronous state machine: events come in as calls with the current time, and what they want done is taken with
 * `takeReady` and `takeWrite`.
 */
export class Raft {
  /** The whole state, as plain data. Only this class changes it. */
  readonly state: RaftState
  readonly #out: Ready = createReady()
  /**
   * What the last look for a quorum's deadline was about, and what it found. As long as leadership and configuration are the same, servers are heard
   * from later and later, so the deadline is no earlier than that: most steps need not look again.
   */
  readonly #quorum: { role: Leader | null; configuration: Configuration | null; deadline: Milliseconds } = {
    role: null,
    configuration: null,
    deadline: -Infinity,
  }

  private constructor(state: RaftState) {
    this.state = state
  }

  /** A server that was just started. Throws a `RangeError` if the options do not fit together. */
  static create(options: RaftOptions, start: RaftStart, now: Milliseconds): Raft {
    const problem = explainBadOptions(options)
    if (problem !== null) throw new RangeError(problem)
    const raft = new Raft(createState(options, start, now))
    const { state } = raft
    raft.#out.observations.push({ kind: "configurationActive", configuration: configurationOf(state), because: "recovered" })
    // A server that is alone need not wait for a leader that cannot exist.
    const { voters, votersOutgoing } = configurationOf(state)
    if (voters.length === 1 && voters[0] === options.id && votersOutgoing.length === 0) state.electionDeadline = now
    return raft
  }

  /** The last entry that this server knows to be committed. */
  get commitIndex(): LogIndex {
    return this.state.commitIndex
  }

  /** The last entry of its log; 0 if it has none. */
  get lastIndex(): LogIndex {
    return lastIndexOf(this.state.log)
  }

  /** The first index that the log still holds. */
  get firstIndex(): LogIndex {
    return this.state.log.base.index + 1
  }

  /** The configuration in force: the latest in the log, committed or not (Raft §6). */
  get configuration(): Configuration {
    return configurationOf(this.state)
  }

  /** The next moment at which `wake` has something to do. */
  get deadline(): Milliseconds {
    const { role } = this.state
    if (role.kind !== "leader") return this.state.electionDeadline
    const own = Math.min(role.heartbeatDueAt, role.transfer?.deadline ?? Infinity)
    const configuration = configurationOf(this.state)
    const quorum = this.#quorum
    const isKnownEarlier = quorum.role === role && quorum.configuration === configuration && own <= quorum.deadline
    if (isKnownEarlier) return own
    quorum.role = role
    quorum.configuration = configuration
    quorum.deadline = quorumDeadline(this.state, role)
    return Math.min(own, quorum.deadline)
  }

  /** A message arrived. Any message is acceptable at any time. */
  receive(message: Message, now: Milliseconds): void {
    receive(this.state, this.#out, message, now)
    checkStep(this.state)
  }

  /** Time has passed. */
  wake(now: Milliseconds): void {
    const { state } = this
    const { role } = state
    if (role.kind !== "leader") {
      if (now >= state.electionDeadline) onElectionTimeout(state, this.#out, now)
    } else if (now >= quorumDeadline(state, role)) {
      // CheckQuorum (dissertation §6.2): a leader that nobody hears must not keep its clients waiting.
      becomeFollower(state, this.#out, state.term, null, now, "heard from no quorum for an election timeout")
    } else if (now >= role.heartbeatDueAt) {
      broadcastHeartbeat(state, this.#out, role, now)
    }
    checkStep(state)
  }

  /**
   * Appends one command per payload, all or none. Only on a leader. `encoded`: the slot of each entry's log record, where the encoder (`wire`) has
   * prepared one.
   */
  propose(payloads: readonly Uint8Array[], encoded: RecordSlot | null = null): ProposeResult {
    const { state } = this
    const { role, options } = state
    if (role.kind !== "leader") return { ok: false, reason: "notLeader" }
    if (role.transfer !== null) return { ok: false, reason: "transferring" }
    let bytes = 0
    for (const payload of payloads) {
      if (payload.length > options.proposalBytesMax) return { ok: false, reason: "tooLarge" }
      bytes += payload.length
    }
    if (role.uncommittedBytes > 0 && role.uncommittedBytes + bytes > options.uncommittedBytesMax) return { ok: false, reason: "overloaded" }
    const firstIndex = appendAsLeader(state, "command", payloads, null, encoded)
    checkStep(state)
    return { ok: true, firstIndex, term: state.term }
  }

  /** Asks for an index to read at; the answer comes in `Ready.reads`. Null if asked, otherwise why not. */
  requestRead(readId: number): RejectReason | null {
    return requestRead(this.state, this.#out, readId)
  }

  /** The index to read at without asking, or null if no lease holds at `now`. */
  leaseReadIndex(now: Milliseconds): LogIndex | null {
    return leaseReadIndex(this.state, now)
  }

  /** Begins a membership change; `version` is the index of the configuration it was made for, or null for whichever is in force. */
  changeMembership(changes: readonly MembershipChange[], version: number | null, now: Milliseconds): ChangeResult {
    const result = changeMembership(this.state, this.#out, changes, version, now)
    checkStep(this.state)
    return result
  }

  /** Begins to hand over leadership, to the furthest voter if `to` is null. */
  transferLeadership(to: NodeId | null, now: Milliseconds): TransferResult {
    return transferLeadership(this.state, this.#out, to, now)
  }

  /** The writes up to `number` are durable. */
  persisted(number: number, now: Milliseconds): void {
    for (const message of completeWrites(this.state, number)) {
      if (message.to === this.state.options.id) receive(this.state, this.#out, message, now)
      else this.#out.messages.push(message)
    }
    checkStep(this.state)
  }

  /** What a snapshot taken at `index` has to carry. `index` must be committed and still in the log. */
  describeSnapshot(index: LogIndex): SnapshotMeta {
    return describeSnapshot(this.state, index)
  }

  /** A snapshot taken here is durable: forget the entries below `keepFrom`, as far as the snapshot covers them. */
  compact(snapshot: SnapshotMeta, keepFrom: LogIndex): void {
    compact(this.state, snapshot, keepFrom)
    checkStep(this.state)
  }

  /** A snapshot received from the leader is complete and durable. If "installed", the state machine must be restored from it. */
  installSnapshot(snapshot: SnapshotMeta): InstallResult {
    const result = installSnapshot(this.state, this.#out, snapshot)
    checkStep(this.state)
    return result
  }

  /** The transfer of a snapshot to `peer` ended: it holds everything up to `lastIndex`, or was not to be reached. */
  snapshotSent(peer: NodeId, lastIndex: LogIndex, ok: boolean): void {
    snapshotSent(this.state, this.#out, peer, lastIndex, ok)
  }

  /** The connection to `peer` broke: what is on its way there may be lost. */
  unreachable(peer: NodeId, now: Milliseconds): void {
    const { state } = this
    const { role } = state
    const progress = role.kind === "leader" ? role.progress.get(peer) : undefined
    if (progress?.state === "replicate") {
      becomeProbe(progress)
      this.#out.observations.push({ kind: "followerState", peer, state: "probe" })
    }
    if (role.kind === "follower" && peer === state.leaderId && state.options.campaignOnDisconnect) onLeaderDisconnected(state, now)
  }

  /** Time may have stood still here while it went on for the others: what was confirmed before supports no lease, and a leader asks anew. */
  paused(now: Milliseconds): void {
    const { role } = this.state
    if (role.kind !== "leader") return
    forfeitLease(role)
    broadcastHeartbeat(this.state, this.#out, role, now)
    checkStep(this.state)
  }

  /** Give up leadership for a reason of the caller's, such as a disk that stalls. Does nothing on a follower. */
  stepDown(because: string, now: Milliseconds): void {
    if (this.state.role.kind !== "leader") return
    becomeFollower(this.state, this.#out, this.state.term, null, now, because)
    checkStep(this.state)
  }

  /**
   * Whether this server may vote and campaign at all; see `RaftState.isBarred`. One that leads or campaigns when it is barred gives that up, and
   * votes that wait for the disk do not leave.
   */
  bar(isBarred: boolean, because: string, now: Milliseconds): void {
    const { state } = this
    state.isBarred = isBarred
    if (!isBarred) return
    forgetVotes(state.durability)
    if (state.role.kind !== "follower") becomeFollower(state, this.#out, state.term, null, now, because)
    checkStep(state)
  }

  /** What `peer` has promised this server at the latest, or null; see `evidence.ts`. */
  promiseOf(peer: NodeId): PeerPromise | null {
    return promiseOf(this.state, peer)
  }

  /** Sends `message`, which promises something that is on disk already, once term and vote are there, too. */
  sendAfterVote(message: Message): void {
    sendAfterVote(this.state, this.#out, message)
  }

  /** `peer` has lost what it acknowledged: none of it counts any more. */
  forgetAcknowledged(peer: NodeId): void {
    forgetAcknowledged(this.state, this.#out, peer)
    checkStep(this.state)
  }

  /** Everything to be said and done since the last call. Commits, replication and reads of all inputs in between happen here, once. */
  takeReady(now: Milliseconds): Ready {
    const out = this.#out
    this.#flush(out, now)
    // Most calls find nothing, and nothing needs no new box.
    if (isEmptyReady(out)) return nothing
    checkStep(this.state)
    return takeReady(out)
  }

  /** Seals what has to be written next, or null. Several may be under way; they must become durable in order. */
  takeWrite(): Write | null {
    return takeWrite(this.state)
  }

  /** The entries from `from` through `through`, both inclusive. */
  entries(from: LogIndex, through: LogIndex): readonly Entry[] {
    return entriesBetween(this.state.log, from, through)
  }

  /** The entry at `index`, which the log must hold. */
  entry(index: LogIndex): Entry {
    return entryOf(this.state.log, index)
  }

  /** An independent copy; structure is shared. Outputs must have been taken before. */
  clone(): Raft {
    invariant(this.#out.messages.length === 0, "cloned with messages that nobody took", { messages: this.#out.messages.length })
    return new Raft(cloneState(this.state))
  }

  /** A hash of the whole state, as an unsigned 32-bit number. */
  hash(): number {
    return hashState(this.state)
  }

  /** What the rules of one step have noted is carried out here, once: commits, changes of membership, a transfer, reads, and what followers lack. */
  #flush(out: Ready, now: Milliseconds): void {
    const { state } = this
    maybeCommit(state, out)
    const { role } = state
    if (role.kind !== "leader") return
    settleConfiguration(state, out, role, now)
    if (state.role !== role) return
    advanceMembership(state, out, role, now)
    continueTransfer(state, out, role, now)
    confirmReads(state, out, role)
    // All that wait share one round; a cluster of one confirms it on the spot.
    if (startReads(state, role, now)) {
      sendRound(state, out, role)
      countRound(state, role)
      confirmReads(state, out, role)
    }
    replicate(state, out, role)
  }
}

/** Shared by all calls that find nothing; its owner must not fill it. */
const nothing: Ready = createReady()

function createState(options: RaftOptions, start: RaftStart, now: Milliseconds): RaftState {
  const { hardState, snapshot, entries } = start
  const first = entries[0]
  // The kept tail begins somewhere below the snapshot. The term before it is not known any more, so its first entry serves as the base.
  const tailed = first !== undefined && first.index <= snapshot.lastIndex
  const base = tailed ? { index: first.index, term: first.term } : { index: snapshot.lastIndex, term: snapshot.lastTerm }
  const log = createLog(base, tailed ? entries.slice(1) : entries)
  const lastIndex = lastIndexOf(log)
  invariant(lastIndex >= snapshot.lastIndex, "the log ends before its snapshot", { lastIndex, snapshot: snapshot.lastIndex })
  const commitIndex = Math.max(snapshot.lastIndex, Math.min(hardState.commitIndex, lastIndex))
  // A received snapshot can be durable before the term that it came in. That term was accepted, and no vote was given in it: a vote is on disk.
  const isTermBehind = hardState.term < snapshot.lastTerm
  const term = isTermBehind ? snapshot.lastTerm : hardState.term
  const votedFor = isTermBehind ? null : hardState.votedFor
  const state: RaftState = {
    options,
    term,
    votedFor,
    role: { kind: "follower" },
    leaderId: null,
    // A voter that restarts may have answered a leader a moment ago, and must refuse candidates until an election timeout has passed since then: leases
    // rely on that (dissertation §6.4.1), also those of a leader that was given leases before this server was. A leader whose voters campaign as soon
    // as they lose it has no leases.
    leaderContactAt: options.campaignOnDisconnect || term === 0 ? -Infinity : now,
    electionDeadline: Infinity,
    electionTimeoutMs: 0,
    electionTimerSetAt: now,
    electionTimerCount: 0,
    log,
    commitIndex,
    snapshot,
    isBarred: false,
    promises: new Map(),
    configurations: [snapshot.configuration],
    durability: createDurability(hardState, lastIndex),
    witness: { term, votedFor, commitIndex },
  }
  for (const entry of entries) {
    if (entry.configuration !== null && entry.index > snapshot.lastIndex) activate(state, createReady(), entry.configuration, "appended")
  }
  drawElectionTimer(state, now)
  return state
}

/** When this leader gives up unless more of a quorum answers. Never, where CheckQuorum is off or the leader is a quorum by itself. */
function quorumDeadline(state: RaftState, role: Leader): Milliseconds {
  const { options } = state
  if (!options.preVote) return Infinity
  const contactAt = quorumValue(configurationOf(state), (voter) =>
    voter === options.id ? Infinity : (role.progress.get(voter)?.lastContactAt ?? -Infinity),
  )
  return contactAt + options.electionTimeoutMaxMs
}
