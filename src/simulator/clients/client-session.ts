/**
 * The sessions of simulated clients. Some clients share one, as the callers of one embedded session or of one native client do: only then are several
 * of its commands under way at once, and `answeredBelow` says something.
 */

import type { SequenceNumbers } from "../../requests/index.ts"
import { chance, purposes } from "../ground/randomness.ts"
import type { RequestRules } from "../state/build.ts"
import type { WorldOptions } from "../state/options.ts"

/** Immutable: taking or ending a number gives another one. */
export interface ClientSession {
  /** 0 while there is none. */
  readonly id: number
  readonly numbers: Readonly<SequenceNumbers>
}

/** What the log knows a write by. */
interface Token {
  sessionId: number
  sequence: number
  answeredBelow: number
}

export const noSession: ClientSession = { id: 0, numbers: { next: 1, unanswered: new Set() } }

export function usesSession(client: number, { seed, clients }: WorldOptions): boolean {
  return chance(clients.sessionShare, seed, purposes.clientChooses, client)
}

/** The client whose session this one uses: half of those after one that has a session share it. */
export function ownerOf(client: number, options: WorldOptions): number {
  const { seed } = options
  const shares = client > 1 && usesSession(client - 1, options) && chance(0.5, seed, purposes.clientChooses, client, 0, 1)
  return shares && usesSession(client, options) ? ownerOf(client - 1, options) : client
}

/** Gives a new write its number; none while there is no session. */
export function takeNumber(write: Token, session: ClientSession, rules: RequestRules): ClientSession {
  write.sessionId = session.id
  write.sequence = 0
  write.answeredBelow = 0
  if (session.id === 0) return session
  const numbers = rules.cloneNumbers(session.numbers)
  write.sequence = rules.takeSequence(numbers)
  return { id: session.id, numbers }
}

/** What the next attempt of a write carries. If its session is gone, the mark is what it was: only the log can say what became of the write. */
export function renewToken(write: Token, session: ClientSession, rules: RequestRules): void {
  if (write.sessionId === 0 || session.id !== write.sessionId) return
  const { sequence, answeredBelow } = rules.tokenOf(session.numbers, session.id, write.sequence)
  write.sequence = sequence
  write.answeredBelow = answeredBelow
}

/** The session that an answer brings; if another client was quicker, its session stays, and this one expires. */
export function openedSession(session: ClientSession, result: Uint8Array): ClientSession {
  return session.id === 0 ? { id: readSessionId(result), numbers: noSession.numbers } : session
}

/** A write is over. */
export function leaveSession({ sessionId, sequence }: Token, session: ClientSession, rules: RequestRules): ClientSession {
  if (sessionId === 0 || session.id !== sessionId) return session
  const numbers = rules.cloneNumbers(session.numbers)
  rules.endSequence(numbers, sequence)
  return { id: session.id, numbers }
}

/** A write was told that its session is gone: the next one opens another, unless somebody has done so. */
export function forgetSession({ sessionId }: Token, session: ClientSession): ClientSession {
  return session.id === sessionId ? noSession : session
}

/** The id in the result of opening a session. */
export function readSessionId(result: Uint8Array): number {
  const view = new DataView(result.buffer, result.byteOffset, result.byteLength)
  return Number(view.getBigUint64(0, false))
}
