/**
 * The sequence numbers of one session, as its client counts them (dissertation §6.3).
 *
 * A command takes the next number, and every attempt of it carries the same number: so the log recognizes a repetition. `answeredBelow` tells the log
 * which results can be discarded. It is the lowest number that may still be sent: a command with a number below it would be refused
 * (`sequenceForgotten`), although it was never done. A number ends with its call, whatever the outcome: it is never sent again, and an attempt of it
 * that still arrives is refused by the log once a later command was applied.
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

/** What an attempt carries: the command's number, the same at every attempt, and the present `answeredBelow`. */
export function tokenOf(numbers: SequenceNumbers, sessionId: number, sequence: number): SessionToken {
  return { sessionId, sequence, answeredBelow: answeredBelow(numbers) }
}

/** Every command below this number is over. */
function answeredBelow(numbers: SequenceNumbers): number {
  return numbers.unanswered.values().next().value ?? numbers.next
}
