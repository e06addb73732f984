/**
 * The sequence numbers of one session, as its client counts them (dissertation §6.3).
 *
 * A command takes the next number, and every attempt of it carries the same one: that is how the log knows a repetition. `answeredBelow` tells
 * the log which results nobody will ask for again. It stays at the lowest number that may still be sent: a number below it would be refused
 * (`sequenceForgotten`), although its command was never done. A number ends with its call, whatever the outcome: it is never sent again, and an
 * attempt of it that is still on its way is then refused by the log as soon as a later command has passed.
 */

import type { SessionToken } from "../wire/client/index.ts"

export interface SequenceNumbers {
  /** Numbers begin at 1. */
  next: number
  /** Numbers that may still be sent, ascending: they are added in that order, and a set keeps it. */
  unanswered: Set<number>
}

export function createNumbers(): SequenceNumbers {
  return { next: 1, unanswered: new Set() }
}

/** An independent copy. */
export function cloneNumbers({ next, unanswered }: SequenceNumbers): SequenceNumbers {
  return { next, unanswered: new Set(unanswered) }
}

/** The number of a new command. */
export function takeSequence(numbers: SequenceNumbers): number {
  const sequence = numbers.next
  numbers.next += 1
  numbers.unanswered.add(sequence)
  return sequence
}

/** The call of this number is over. */
export function endSequence(numbers: SequenceNumbers, sequence: number): void {
  numbers.unanswered.delete(sequence)
}

/** What an attempt of a command carries: the command's own number, the same at every attempt, and the mark as it is now. */
export function tokenOf(numbers: SequenceNumbers, sessionId: number, sequence: number): SessionToken {
  return { sessionId, sequence, answeredBelow: answeredBelow(numbers) }
}

/** Every command below this number is over. Never above a number that is still in use. */
function answeredBelow(numbers: SequenceNumbers): number {
  return numbers.unanswered.values().next().value ?? numbers.next
}
