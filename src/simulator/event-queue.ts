/**
 * What will happen, in order of time: a binary heap whose ties are settled by the order in which things were scheduled, so that equal
 * times never leave the choice to the engine that runs us. Copying it copies an array of some hundred references.
 */
export class EventQueue<T> {
  private heap: Scheduled<T>[] = []
  private scheduled = 0

  get size(): number {
    return this.heap.length
  }

  /** The next event without taking it, or undefined when nothing is left. */
  peek(): Scheduled<T> | undefined {
    return this.heap[0]
  }

  add(at: number, event: T): void {
    const heap = this.heap
    const item: Scheduled<T> = { at, order: this.scheduled++, event }
    let hole = heap.length
    heap.push(item)
    while (hole > 0) {
      const parent = (hole - 1) >> 1
      const above = heap[parent] as Scheduled<T>
      if (!isBefore(item, above)) break
      heap[hole] = above
      hole = parent
    }
    heap[hole] = item
  }

  take(): Scheduled<T> | undefined {
    const heap = this.heap
    const first = heap[0]
    const item = heap.pop()
    if (first === undefined || item === undefined || heap.length === 0) return first
    let hole = 0
    for (;;) {
      let child = 2 * hole + 1
      if (child >= heap.length) break
      if (child + 1 < heap.length && isBefore(heap[child + 1] as Scheduled<T>, heap[child] as Scheduled<T>)) child += 1
      const below = heap[child] as Scheduled<T>
      if (!isBefore(below, item)) break
      heap[hole] = below
      hole = child
    }
    heap[hole] = item
    return first
  }

  /** Takes everything out that `isMeant` names. */
  takeAll(isMeant: (event: T) => boolean): void {
    const kept = this.inOrder().filter(({ event }) => !isMeant(event))
    // Sorted is a heap already.
    if (kept.length < this.heap.length) this.heap = kept
  }

  /** Everything that waits, in no particular order. */
  all(): readonly Scheduled<T>[] {
    return this.heap
  }

  /** Everything that waits, in the order in which it will happen. */
  inOrder(): Scheduled<T>[] {
    return this.heap.toSorted((a, b) => (isBefore(a, b) ? -1 : 1))
  }

  clone(): EventQueue<T> {
    const copy = new EventQueue<T>()
    copy.heap = this.heap.slice()
    copy.scheduled = this.scheduled
    return copy
  }
}

export interface Scheduled<T> {
  /** Milliseconds of world time. */
  readonly at: number
  /** Settles ties: earlier scheduled, earlier done. */
  readonly order: number
  readonly event: T
}

function isBefore<T>(a: Scheduled<T>, b: Scheduled<T>): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order)
}
