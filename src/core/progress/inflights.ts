/**
 * The window of appends on their way to one follower: a queue of (last index, bytes), freed from the front by acknowledgements.
 *
 * Bounded by messages and by bytes (`inflightMessagesMax`, `inflightBytesMax`), so that a slow follower costs a bounded amount of memory.
 */

import type { LogIndex } from "../types.ts"

export interface Inflights {
  /** Pairs of last index and bytes, oldest first, from `head` on. */
  queue: number[]
  head: number
  bytes: number
}

export function createInflights(): Inflights {
  return { queue: [], head: 0, bytes: 0 }
}

/** With the freed front too: a copy is equal to what it was copied from, and so are the hashes of both from here on. */
export function cloneInflights(inflights: Inflights): Inflights {
  return { ...inflights, queue: inflights.queue.slice() }
}

export function resetInflights(inflights: Inflights): void {
  inflights.queue = []
  inflights.head = 0
  inflights.bytes = 0
}

export function inflightCount(inflights: Inflights): number {
  return (inflights.queue.length - inflights.head) / 2
}

export function addInflight(inflights: Inflights, lastIndex: LogIndex, bytes: number): void {
  inflights.queue.push(lastIndex, bytes)
  inflights.bytes += bytes
}

/** Everything up to `matchIndex` has arrived. */
export function freeInflights(inflights: Inflights, matchIndex: LogIndex): void {
  const { queue } = inflights
  let { head } = inflights
  while (head < queue.length && queue[head]! <= matchIndex) {
    inflights.bytes -= queue[head + 1]!
    head += 2
  }
  // Forget the freed front now and then, not each time: moving the rest costs more than the memory is worth.
  if (head === queue.length) {
    inflights.queue = []
    head = 0
  } else if (head > 512) {
    inflights.queue = queue.slice(head)
    head = 0
  }
  inflights.head = head
}
