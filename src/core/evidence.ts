/**
 * What other servers have promised this one, and what proves that a promise was forgotten.
 *
 * Raft takes it for granted that a disk never forgets (Figure 2, "persistent state"). A disk that was put back to an older state of itself breaks
 * that, and the proof is seldom where the damage is: it lies with those who remember. Two kinds are kept here. The promises themselves, to be held
X
 */

import { termAt } from "./log/log.ts"
import type { AppendEntries } from "./message.ts"
import type { Ready } from "./outbox.ts"
import { becomeProbe } from "./progress/progress.ts"
import type { Leader, RaftState } from "./state.ts"
import type { LogIndex, NodeId, Term } from "./types.ts"

/** What another server has promised to this one, at the latest. All of it was on its disk when it said so. */
export interface PeerPromise {
  /** The highest term in which it voted for this server or acknowledged its entries. */
  readonly term: Term
  /** How far it had acknowledged in that term; 0 for a mere vote. Within the term its log never shrinks below that. */
  readonly index: LogIndex
  /** How much of what it ever acknowledged was committed then: no later leader may take that away, whatever it does to the rest. */
  readonly committedIndex: LogIndex
}

/** `voter` has given this server its vote in the present term. */
export function noteVote(state: RaftState, voter: NodeId): void {
  notePromise(state, voter, 0)
}

/** Leadership ends: what the followers have acknowledged in this term is kept. */
export function noteAcknowledgements(state: RaftState, role: Leader): void {
  for (const { id, matchIndex } of role.progress.values()) if (matchIndex > 0) notePromise(state, id, matchIndex)
}

function notePromise(state: RaftState, peer: NodeId, index: LogIndex): void {
  const known = state.promises.get(peer) ?? null
  if (known !== null && known.term === state.term && known.index >= index) return
  state.promises.set(peer, promiseIn(state, index, known))
}

function promiseIn({ term, commitIndex }: RaftState, index: LogIndex, known: PeerPromise | null): PeerPromise {
  return { term, index, committedIndex: Math.max(known?.committedIndex ?? 0, Math.min(index, commitIndex)) }
}

/** What `peer` has promised to this server in this life of it; null if nothing. */
export function promiseOf(state: RaftState, peer: NodeId): PeerPromise | null {
  const { role, promises } = state
  const known = promises.get(peer) ?? null
  const matchIndex = role.kind === "leader" ? (role.progress.get(peer)?.matchIndex ?? 0) : 0
  return matchIndex > 0 ? promiseIn(state, matchIndex, known) : known
}

/** `peer` has lost what it acknowledged: it counts no more, and a quorum is made of the others. */
export function forgetAcknowledged(state: RaftState, out: Ready, peer: NodeId): void {
  const progress = state.role.kind === "leader" ? state.role.progress.get(peer) : undefined
  if (progress === undefined) return
  progress.matchIndex = 0
  becomeProbe(progress)
  // Nothing has to be sent to a server that nobody talks to.
  progress.probing = true
  out.observations.push({ kind: "followerState", peer, state: "probe" })
}

/**
 * The leader of this term has another entry at an index that is committed here: a server that elected it has forgotten what was committed.
 * Returns whether that is so. Compares the last position of the message that is committed here; Log Matching (Raft §5.3) speaks for all before it.
 */
export function contradictsCommitted(state: RaftState, out: Ready, message: AppendEntries): boolean {
  const { prevLogIndex, prevLogTerm, entries, from } = message
  if (prevLogIndex > state.commitIndex) return false
  const position = Math.min(state.commitIndex - prevLogIndex, entries.length) - 1
  const { index, term } = position < 0 ? { index: prevLogIndex, term: prevLogTerm } : entries[position]!
  const ownTerm = termAt(state.log, index)
  if (ownTerm === null || ownTerm === term) return false
  const because = `server ${from}, which leads term ${state.term}, has an entry of term ${term} at index ${index}, where an entry of term ${ownTerm} is committed here`
  out.observations.push({ kind: "committedLost", peer: from, because })
  return true
}

/** A follower acknowledges more than this leader's log holds. It can only have been committed, by a leader before this one. */
export function acknowledgesTooMuch(state: RaftState, out: Ready, from: NodeId, index: LogIndex, lastIndex: LogIndex): boolean {
  if (index <= lastIndex) return false
  const because = `server ${from} holds entries up to ${index} that are committed, and the log of this server, which leads term ${state.term}, ends at ${lastIndex}`
  out.observations.push({ kind: "committedLost", peer: from, because })
  return true
}
