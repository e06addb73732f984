/**
 * What will happen, in order of time: a binary heap whose ties are settled by the order in which things were scheduled, so that equal
 * times never leave the choice to the engine that runs us.
 *
 * The heap holds the numbers of places, and what is scheduled stays in its place: every reference that moves is one more thing for the garbage
 * collector to know, and a heap moves several with each event. Copying it copies a few arrays of some hundred numbers and references.
 */
export class EventQueue<T> {
  private heap: number[] = []
  /** By place: when, in which order it was scheduled, and what. */
  private times: number[] = []
  private orders: number[] = []
  private events: T[] = []
  private freePlaces: number[] = []
  private scheduled = 0

  get size(): number {
    return this.heap.length
  }

  /** The next event without taking it, or undefined when nothing is left. */
  peek(): Scheduled<T> | undefined {
    const first = this.heap[0]
    return first === undefined ? undefined : this.at(first)
  }

  add(at: number, event: T): void {
    const place = this.freePlaces.pop() ?? this.events.length
    this.times[place] = at
    this.orders[place] = this.scheduled++
    this.events[place] = event
    const { heap } = this
    let hole = heap.length
    heap.push(place)
    while (hole > 0) {
      const parent = (hole - 1) >> 1
      const above = heap[parent]!
      if (!this.isBefore(place, above)) break
      heap[hole] = above
      hole = parent
    }
    heap[hole] = place
  }

  take(): Scheduled<T> | undefined {
    const { heap } = this
    const first = heap[0]
    const last = heap.pop()
    if (first === undefined || last === undefined) return undefined
    this.freePlaces.push(first)
    if (heap.length > 0) this.sink(last)
    return this.at(first)
  }

  /** Takes everything out that `isMeant` names. */
  takeAll(isMeant: (event: T) => boolean): void {
    const isTaken = (place: number): boolean => isMeant(this.events[place]!)
    const places = this.sorted()
    // Sorted is a heap already.
    this.heap = places.filter((place) => !isTaken(place))
    this.freePlaces.push(...places.filter(isTaken))
  }

  /** Everything that waits, in no particular order. */
  all(): readonly Scheduled<T>[] {
    return this.heap.map((place) => this.at(place))
  }

  /** Everything that waits, in the order in which it will happen. */
  inOrder(): Scheduled<T>[] {
    return this.sorted().map((place) => this.at(place))
  }

  clone(): EventQueue<T> {
    const copy = new EventQueue<T>()
    copy.heap = this.heap.slice()
    copy.times = this.times.slice()
    copy.orders = this.orders.slice()
    copy.events = this.events.slice()
    copy.freePlaces = this.freePlaces.slice()
    copy.scheduled = this.scheduled
    return copy
  }

  private at(place: number): Scheduled<T> {
    return { at: this.times[place]!, order: this.orders[place]!, event: this.events[place]! }
  }

  /** Fills the hole at the top. */
  private sink(place: number): void {
    const { heap } = this
    let hole = 0
    for (;;) {
      let child = 2 * hole + 1
      if (child >= heap.length) break
      if (child + 1 < heap.length && this.isBefore(heap[child + 1]!, heap[child]!)) child += 1
      const below = heap[child]!
      if (!this.isBefore(below, place)) break
      heap[hole] = below
      hole = child
    }
    heap[hole] = place
  }

  private sorted(): number[] {
    return this.heap.toSorted((a, b) => (this.isBefore(a, b) ? -1 : 1))
  }

  private isBefore(a: number, b: number): boolean {
    const { times, orders } = this
    return times[a]! < times[b]! || (times[a] === times[b] && orders[a]! < orders[b]!)
  }
}

export interface Scheduled<T> {
  /** Milliseconds of world time. */
  readonly at: number
  /** Settles ties: earlier scheduled, earlier done. */
  readonly order: number
  readonly event: T
}
