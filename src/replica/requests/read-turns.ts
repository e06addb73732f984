/**
 * Whose turn it is among reads that could be answered and have to wait, because a step makes answers of a bounded size only.
 *
 * In one line, a few hundred large ranges of one caller would hold up everybody's next read for seconds. So callers take turns: each has a line of its
 * own and a credit of items, and waits out what its answers took beyond it (deficit round robin, Shreedhar and Varghese 1995). A caller that had
 * nothing waiting goes first, once, so that a caller with few reads hardly waits (as in FQ-CoDel, RFC 8290); the reads of one caller keep their
 * order.
 *
 * Nothing of this happens as long as a step can answer all that is there: then there are no lines.
 */

import type { Read } from "../event.ts"

/** Items that a caller may have answered before the next one has its turn; the last answer may hold more. */
export const turnItems = 256
/** More than so many items beyond its credit are not held against a caller: one that had an enormous answer must get another some day. */
export const turnDebtMax = 4_096

interface Line {
  reads: Read[]
  /** How many of them are answered. */
  done: number
  /** Items that its answers may still hold in this turn; negative if they held more. */
  credit: number
}

export interface ReadTurns {
  /** By caller. Some may be empty: they came first once, and have to wait like the others before they may again. */
  readonly lines: Map<number, Line>
  /** Callers that had nothing waiting. They come before the others. */
  fresh: number[]
  others: number[]
  /** Reads in all lines. */
  count: number
}

export function createReadTurns(): ReadTurns {
  return { lines: new Map(), fresh: [], others: [], count: 0 }
}

export function cloneReadTurns({ lines, fresh, others, count }: ReadTurns): ReadTurns {
  const copies = [...lines].map(([caller, { reads, done, credit }]) => [caller, { reads: reads.slice(), done, credit }] as const)
  return { lines: new Map(copies), fresh: fresh.slice(), others: others.slice(), count }
}

/** The last in the line of its caller. */
export function lineUp(turns: ReadTurns, read: Read): void {
  const caller = read.caller ?? 0
  const line = turns.lines.get(caller)
  turns.count += 1
  if (line !== undefined) {
    line.reads.push(read)
    return
  }
  turns.lines.set(caller, { reads: [read], done: 0, credit: turnItems })
  turns.fresh.push(caller)
}

/** Answers reads by `answer`, which says how many items the answer holds, until these are `itemsMax`. */
export function takeTurns(turns: ReadTurns, itemsMax: number, answer: (read: Read) => number): void {
  let items = 0
  while (turns.count > 0 && items < itemsMax) {
    const line = nextLine(turns)
    while (line.done < line.reads.length && line.credit > 0 && items < itemsMax) {
      const taken = answer(line.reads[line.done]!)
      line.done += 1
      turns.count -= 1
      items += taken
      line.credit = Math.max(line.credit - taken, -turnDebtMax)
    }
    letGoOfAnswered(line)
  }
  if (turns.count === 0) forget(turns)
}

/** The one with something to answer whose turn it is. There is one: `count` is not 0. */
function nextLine(turns: ReadTurns): Line {
  for (;;) {
    const isFresh = turns.fresh.length > 0
    const queue = isFresh ? turns.fresh : turns.others
    const caller = queue[0]!
    const line = turns.lines.get(caller)!
    const isEmpty = line.done === line.reads.length
    if (!isEmpty && line.credit > 0) return line
    queue.shift()
    // A line that came first and is empty is kept for a round: else its caller would come first again and again, and others never.
    if (isEmpty && !isFresh && line.credit > 0) {
      turns.lines.delete(caller)
      continue
    }
    if (line.credit <= 0) line.credit += turnItems
    turns.others.push(caller)
  }
}

function letGoOfAnswered(line: Line): void {
  if (line.done * 2 < line.reads.length) return
  line.reads = line.reads.slice(line.done)
  line.done = 0
}

/** Nobody waits: all are equal again. */
function forget(turns: ReadTurns): void {
  turns.lines.clear()
  turns.fresh = []
  turns.others = []
}

/** Keeps those for which `isWanted` holds. */
export function filterTurns(turns: ReadTurns, isWanted: (read: Read) => boolean): void {
  if (turns.count === 0) return
  turns.count = 0
  for (const line of turns.lines.values()) {
    line.reads = line.reads.slice(line.done).filter(isWanted)
    line.done = 0
    turns.count += line.reads.length
  }
  if (turns.count === 0) forget(turns)
}

/** As plain data, for hashes; empty if nobody waits. */
export function describeTurns({ lines, fresh, others }: ReadTurns): unknown[] {
  return [...fresh, ...others].map((caller) => {
    const { reads, done, credit } = lines.get(caller)!
    return [caller, credit, reads.slice(done).map(({ id }) => id)]
  })
}
