/**
 * Exactly-once commands: the replicated table of client sessions (dissertation §6.3).
 *
 * Part of the replicated state: changed only by applied entries, in every snapshot, in every hash. A session's id is the index of the entry
 * that opened it. Results are kept by sequence number until the client says that it has them (`answeredBelow`), so that a retry, by whichever
 * leader, gets the first result and changes nothing. Sequence numbers may be applied out of order: a client may have many under way.
 *
 * Expiry is decided by the stamps in the log, never by a clock here, and the limits come from the log as well (each `openSession` carries
 * its proposer's), so that servers that were configured differently still agree. In an idle cluster nothing expires: there is no entry
 * that would say so.
 *
 * Sessions stand in a `Map` in the order of their last use, which is also the order of their expiry. A copy is made on the first write after
 * a clone, of the map and of each session that is touched.
 */

import { hashValue } from "../../core/index.ts"
import type { SessionRejectReason } from "../effect.ts"

/**
 * Results kept for one session: how many commands a client may have unanswered. The oldest is forgotten first. Part of the format: equal on all
 * servers.
 */
export const sessionResultsMax = 4_096
/** Bytes of results kept for one session. Part of the format. */
export const sessionResultBytesMax = 1 << 20

/** What a command came to: its result, or that the state machine refused it. */
export type Kept = Uint8Array | "applyFailed"

export interface SessionState {
  readonly id: number
  /** The cluster's time when it was last heard of. */
  lastUsedMs: number
  /** Below this, results were answered or forgotten: retries are refused. */
  forgottenBelow: number
  resultBytes: number
  /** Ascending; `results[i]` is the result of `sequences[i]`. */
  sequences: number[]
  results: Kept[]
  /** Ascending in the order of the table. Known here only, and equal on no two servers. */
  order: number
  /** The table that may change this object: the one with the same token. */
  readonly owner: object
}

export interface Sessions {
  timeoutMs: number
  sessionsMax: number
  /** Least recently used first. */
  byId: Map<number, SessionState>
  /** Whether `byId` belongs to this table alone. */
  ownsMap: boolean
  /** The last `order` that was given. */
  lastOrder: number
  /** Sessions that are not any more as they were when somebody last took this, gone ones too; null where nobody wants to know. */
  changed: Set<number> | null
  /** A token of identity, renewed whenever a clone begins to share the sessions. */
  owner: object
}

export function createSessions(): Sessions {
  return { timeoutMs: 0, sessionsMax: 0, byId: new Map(), ownsMap: true, lastOrder: 0, changed: null, owner: {} }
}

/** An independent copy, made in constant time. */
export function cloneSessions(sessions: Sessions): Sessions {
  // From here on neither table owns the map or any session in it: the first write copies what it changes.
  sessions.ownsMap = false
  sessions.owner = {}
  return { ...sessions, changed: sessions.changed === null ? null : new Set(sessions.changed), owner: {} }
}

/** Opens session `id` and returns the id of the one that had to make room, or 0. The limits hold from now on. */
export function openSession(sessions: Sessions, id: number, timeMs: number, timeoutMs: number, sessionsMax: number): number {
  sessions.timeoutMs = timeoutMs
  sessions.sessionsMax = Math.max(1, sessionsMax)
  const byId = ownMap(sessions)
  let evicted = 0
  if (byId.size >= sessions.sessionsMax) {
    evicted = byId.keys().next().value!
    byId.delete(evicted)
    sessions.changed?.add(evicted)
  }
  sessions.lastOrder += 1
  sessions.changed?.add(id)
  const nothing = { forgottenBelow: 1, resultBytes: 0, sequences: [], results: [] }
  byId.set(id, { id, lastUsedMs: timeMs, ...nothing, order: sessions.lastOrder, owner: sessions.owner })
  return evicted
}

/** Whether there was such a session. */
export function closeSession(sessions: Sessions, id: number): boolean {
  sessions.changed?.add(id)
  return sessions.byId.has(id) && ownMap(sessions).delete(id)
}

/** The session is alive: it becomes the most recently used. False if it is not known. */
export function touchSession(sessions: Sessions, id: number, timeMs: number): boolean {
  const session = sessions.byId.get(id)
  if (session === undefined) return false
  writable(sessions, session, timeMs)
  return true
}

/** What is known about a command of session `id`: the first result, or that it is new, or why it cannot be told. */
export function findResult(
  sessions: Sessions,
  id: number,
  sequence: number,
  answeredBelow: number,
  timeMs: number,
): Kept | "new" | SessionRejectReason {
  const known = sessions.byId.get(id)
  if (known === undefined) return "sessionExpired"
  const session = writable(sessions, known, timeMs)
  forgetBelow(session, answeredBelow)
  if (sequence < session.forgottenBelow) return "sequenceForgotten"
  const at = placeOf(session, sequence)
  return session.sequences[at] === sequence ? session.results[at]! : "new"
}

/** Keeps the result of a new command. To be called right after `findResult` said that it is new. */
export function keepResult(sessions: Sessions, id: number, sequence: number, result: Kept): void {
  const session = sessions.byId.get(id)
  if (session === undefined) return
  const at = placeOf(session, sequence)
  if (at === session.sequences.length) {
    session.sequences.push(sequence)
    session.results.push(result)
  } else {
    session.sequences.splice(at, 0, sequence)
    session.results.splice(at, 0, result)
  }
  session.resultBytes += bytesOf(result)
  while (session.sequences.length > sessionResultsMax || (session.resultBytes > sessionResultBytesMax && session.sequences.length > 1)) {
    forgetBelow(session, session.sequences[0]! + 1)
  }
}

/** Removes the sessions whose time has run out by `timeMs`, and tells `onExpired` about each. */
export function expireSessions(sessions: Sessions, timeMs: number, onExpired: (id: number) => void): void {
  for (const session of sessions.byId.values()) {
    if (session.lastUsedMs + sessions.timeoutMs > timeMs) return
    ownMap(sessions).delete(session.id)
    sessions.changed?.add(session.id)
    onExpired(session.id)
  }
}

/** Adds the table to a running hash, in its order: equal on all servers at the same `lastApplied`. */
export function hashSessions(hash: number, sessions: Sessions): number {
  let running = hashValue(hash, [sessions.timeoutMs, sessions.sessionsMax])
  for (const { id, lastUsedMs, forgottenBelow, sequences, results } of sessions.byId.values()) {
    running = hashValue(running, [id, lastUsedMs, forgottenBelow, sequences, results])
  }
  return running
}

/** `session` for writing, used now: moved to the end of the order, copied first if a clone shares it. */
function writable(sessions: Sessions, session: SessionState, timeMs: number): SessionState {
  const byId = ownMap(sessions)
  const { owner } = sessions
  sessions.changed?.add(session.id)
  const own =
    session.owner === owner ? session : { ...session, sequences: session.sequences.slice(), results: session.results.slice(), owner }
  // Within one millisecond the order does not matter, as long as it is the same everywhere.
  if (own.lastUsedMs === timeMs) {
    if (own !== session) byId.set(own.id, own)
    return own
  }
  own.lastUsedMs = timeMs
  sessions.lastOrder += 1
  own.order = sessions.lastOrder
  byId.delete(own.id)
  byId.set(own.id, own)
  return own
}

function ownMap(sessions: Sessions): Map<number, SessionState> {
  if (!sessions.ownsMap) {
    sessions.byId = new Map(sessions.byId)
    sessions.ownsMap = true
  }
  return sessions.byId
}

function forgetBelow(session: SessionState, sequence: number): void {
  if (sequence <= session.forgottenBelow) return
  session.forgottenBelow = sequence
  let count = 0
  while (count < session.sequences.length && session.sequences[count]! < sequence) {
    session.resultBytes -= bytesOf(session.results[count]!)
    count += 1
  }
  if (count === 0) return
  if (count === session.sequences.length) {
    // As a rule a client waits for one answer before it asks for the next.
    session.sequences = []
    session.results = []
    return
  }
  session.sequences.splice(0, count)
  session.results.splice(0, count)
}

/** Where `sequence` is or belongs. Mostly at the end. */
function placeOf(session: SessionState, sequence: number): number {
  const { sequences } = session
  let low = 0
  let high = sequences.length
  if (high > 0 && sequences[high - 1]! < sequence) return high
  while (low < high) {
    const middle = (low + high) >> 1
    if (sequences[middle]! < sequence) low = middle + 1
    else high = middle
  }
  return low
}

/** Bytes that it takes from its session's bound. */
export function bytesOf(kept: Kept): number {
  return typeof kept === "string" ? 0 : kept.length
}
