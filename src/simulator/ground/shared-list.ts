/**
 * A list that only grows and that costs nothing to copy: copies share one array, each with its own length, like slices of Go. The first
 * to append in place is the one that has seen the whole array; any other copies its part once. Worlds fork thousands of times and their
 * histories are almost all of their size, which is why.
 */
export class SharedList<T> {
  private items: T[]
  private count: number

  /** Of the first `count` of `items`, which are the list's from now on. */
  constructor(items: T[] = [], count = items.length) {
    this.items = items
    this.count = count
  }

  get length(): number {
    return this.count
  }

  /** The item at `index`, or undefined outside of the list. */
  at(index: number): T | undefined {
    return index < this.count ? this.items[index] : undefined
  }

  last(): T | undefined {
    return this.at(this.count - 1)
  }

  push(item: T): void {
    const sharedAndGrownElsewhere = this.items.length !== this.count
    if (sharedAndGrownElsewhere) this.items = this.items.slice(0, this.count)
    this.items.push(item)
    this.count += 1
  }

  /** A list of its own with the items from position `from` on, up to `to`. */
  slice(from: number, to: number): SharedList<T> {
    return new SharedList(this.items.slice(from, Math.min(to, this.count)))
  }

  clone(): SharedList<T> {
    return new SharedList(this.items, this.count)
  }

  *[Symbol.iterator](): Generator<T> {
    for (let index = 0; index < this.count; index++) yield this.items[index] as T
  }
}
