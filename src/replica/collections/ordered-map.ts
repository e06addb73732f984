/**
 * A copy-on-write ordered map: a B+ tree whose clone costs nothing.
 *
 * State machines keep their state in it, so that `snapshot()` and `clone()` are free and later changes leave them alone. The method is that of
 * ownership tokens (Clojure's transients, Roc's and Btrfs's "shared or mine"): every node names the map that may change it in place. A clone
 * gives both maps fresh tokens, which makes every node foreign to both; a change to a foreign node first copies it, and the path above it.
 * So writing after a clone costs one small copy per touched node, once, and without clones nothing is ever copied.
 *
 * Nodes count the keys below them. That makes the size of a range, and the n-th key, a matter of O(log n), and iteration needs no stack.
 */

import { entered, method } from "../../arguments/index.ts"

/** Whether `a` comes before `b`: a strict order, the same for as long as the map lives. Keys of which neither comes first are the same key. */
export type IsBefore<K> = (a: K, b: K) => boolean

/** The order of strings by their UTF-16 code units: the same on every machine, whatever its language. */
export const stringBefore: IsBefore<string> = (a, b) => a < b

/** Numbers in ascending order. NaN is no key: it is not ordered. */
export const numberBefore: IsBefore<number> = (a, b) => a < b

/** Which part of the map, and how. Everything left out means no restriction. */
export interface MapRange<K> {
  /** The first key that belongs to it, whether or not it is there. */
  readonly from?: K | undefined
  /** The first key above it that does not. */
  readonly to?: K | undefined
  /** From the highest key down; ascending if missing. */
  readonly descending?: boolean
  /** At most so many entries. */
  readonly limit?: number
}

/** Entries of a leaf and children of a branch, at most. Measured: 32 to 128 are alike, smaller ones copy less after a clone. */
const nodeLengthMax = 64

/** A node with fewer than so many looks for a neighbour to merge or share with. */
const nodeLengthMin = nodeLengthMax / 4

/** How full bulk loading makes nodes: room for some inserts before the first splits. */
const nodeLengthLoaded = (nodeLengthMax * 7) / 8

/** One shape for leaves and branches, so that the hot loops stay monomorphic. */
interface TreeNode<K, V> {
  /** The token of the map that may change this node in place. */
  owner: object
  /** Of a leaf: its keys. Of a branch: `keys[i]` divides `children[i]` from `children[i + 1]`; it is not above any key of the latter. */
  keys: K[]
  /** Of a leaf; empty in a branch. */
  values: V[]
  /** Null in a leaf. */
  children: TreeNode<K, V>[] | null
  /** The number of keys in it and below. */
  size: number
}

const order = method("a function (a, b) that says whether a comes before b")

/** Its methods take what they are given: a state machine calls them while it applies entries, and what was applied once must be again. */
export class OrderedMap<K, V> {
  private readonly isBefore: IsBefore<K>
  private owner: object = {}
  private root: TreeNode<K, V>

  constructor(isBefore: IsBefore<K>) {
    entered("OrderedMap", () => order(isBefore, "isBefore"))
    this.isBefore = isBefore
    this.root = makeLeaf(this.owner, [], [])
  }

  /** A map of these entries, in O(n). Throws a RangeError if their keys do not strictly ascend. */
  static fromSorted<K, V>(isBefore: IsBefore<K>, entries: Iterable<readonly [K, V]>): OrderedMap<K, V> {
    const map = new OrderedMap<K, V>(isBefore)
    map.root = load(map.owner, isBefore, entries)
    return map
  }

  /** How many keys it has. */
  get size(): number {
    return this.root.size
  }

  /** The value of a key, in O(log n); undefined if the key is not there. */
  get(key: K): V | undefined {
    const leaf = this.leafFor(key)
    const at = this.lowerBound(leaf.keys, key)
    return this.isAt(leaf, at, key) ? leaf.values[at] : undefined
  }

  /** Whether a key is there, in O(log n). */
  has(key: K): boolean {
    const leaf = this.leafFor(key)
    return this.isAt(leaf, this.lowerBound(leaf.keys, key), key)
  }

  /** Puts a value in the place of whatever the key had; returns what that was, or undefined. Keeps the key that was there first. */
  set(key: K, value: V): V | undefined {
    const root = this.own(this.root)
    this.root = root
    const sizeBefore = root.size
    const previous = this.insert(root, key, value)
    if (root.size > sizeBefore && lengthOf(root) > nodeLengthMax) {
      this.root = makeBranch(this.owner, [], [root])
      this.splitFull(this.root, 0, key)
    }
    return previous
  }

  /** Removes a key; returns the value it had, or undefined. */
  delete(key: K): V | undefined {
    // A key that is not there must not cost the copy of a shared path.
    if (!this.has(key)) return undefined
    const root = this.own(this.root)
    const removed = this.remove(root, key)
    this.root = root.children?.length === 1 ? root.children[0]! : root
    return removed
  }

  /** Removes every key. Clones keep theirs. */
  clear(): void {
    this.root = makeLeaf(this.owner, [], [])
  }

  /** An independent map with the same entries, in O(1). Values are shared, not copied. */
  clone(): OrderedMap<K, V> {
    const copy = new OrderedMap<K, V>(this.isBefore)
    copy.root = this.root
    // From here on the nodes belong to neither.
    this.owner = {}
    return copy
  }

  /** How many keys come before `key`, in O(log n). */
  rank(key: K): number {
    let rank = 0
    let node = this.root
    while (node.children !== null) {
      const at = this.childFor(node.keys, key)
      for (let i = 0; i < at; i++) rank += node.children[i]!.size
      node = node.children[at]!
    }
    return rank + this.lowerBound(node.keys, key)
  }

  /** How many keys are at `from` or above and below `to`, in O(log n). */
  count(from?: K, to?: K): number {
    return Math.max(0, this.rankOfEnd(to) - this.rankOfStart(from))
  }

  /** The entry that `rank` others come before, in O(log n). Undefined out of range. */
  at(rank: number): [K, V] | undefined {
    if (!(rank >= 0 && rank < this.size)) return undefined
    const { leaf, first } = this.leafAt(rank)
    return [leaf.keys[rank - first]!, leaf.values[rank - first]!]
  }

  /**
   * Calls `visit` with the entries of a range in order, until it returns false: the fastest way through. Changing the map meanwhile is not
   * allowed; to do that, walk over a clone.
   */
  scan(options: MapRange<K>, visit: (key: K, value: V) => boolean | void): void {
    const [start, end, step] = this.ranksOf(options)
    for (let rank = start; rank !== end;) {
      const { leaf, first } = this.leafAt(rank)
      const stop = step === 1 ? Math.min(end, first + leaf.size) : Math.max(end, first - 1)
      for (; rank !== stop; rank += step) {
        if (visit(leaf.keys[rank - first]!, leaf.values[rank - first]!) === false) return
      }
    }
  }

  /** The entries of a range in order. Changing the map meanwhile is not allowed; to do that, walk over a clone. */
  *entries(options: MapRange<K> = {}): IterableIterator<[K, V]> {
    const [start, end, step] = this.ranksOf(options)
    for (let rank = start; rank !== end;) {
      const { leaf, first } = this.leafAt(rank)
      const stop = step === 1 ? Math.min(end, first + leaf.size) : Math.max(end, first - 1)
      for (; rank !== stop; rank += step) yield [leaf.keys[rank - first]!, leaf.values[rank - first]!]
    }
  }

  /** All entries in ascending order, as `entries()`. */
  [Symbol.iterator](): IterableIterator<[K, V]> {
    return this.entries()
  }

  /** Where to start, where to stop (exclusive), and which way, as ranks. */
  private ranksOf(options: MapRange<K>): [start: number, end: number, step: 1 | -1] {
    const low = this.rankOfStart(options.from)
    const high = Math.max(low, this.rankOfEnd(options.to))
    const length = Math.min(high - low, Math.max(0, options.limit ?? Infinity))
    return options.descending === true ? [high - 1, high - 1 - length, -1] : [low, low + length, 1]
  }

  private rankOfStart(from: K | undefined): number {
    return from === undefined ? 0 : this.rank(from)
  }

  private rankOfEnd(to: K | undefined): number {
    return to === undefined ? this.size : this.rank(to)
  }

  /** The leaf that holds the entry with this rank, and the rank of its first entry. */
  private leafAt(rank: number): { leaf: TreeNode<K, V>; first: number } {
    let node = this.root
    let first = 0
    while (node.children !== null) {
      let at = 0
      while (first + node.children[at]!.size <= rank) first += node.children[at++]!.size
      node = node.children[at]!
    }
    return { leaf: node, first }
  }

  private leafFor(key: K): TreeNode<K, V> {
    let node = this.root
    while (node.children !== null) node = node.children[this.childFor(node.keys, key)]!
    return node
  }

  /** The position of the first key that is not before `key`. */
  private lowerBound(keys: readonly K[], key: K): number {
    const isBefore = this.isBefore
    let low = 0
    let high = keys.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (isBefore(keys[middle]!, key)) low = middle + 1
      else high = middle
    }
    return low
  }

  /** The child that `key` belongs to: the number of dividers that are not above it. */
  private childFor(dividers: readonly K[], key: K): number {
    const isBefore = this.isBefore
    let low = 0
    let high = dividers.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (isBefore(key, dividers[middle]!)) high = middle
      else low = middle + 1
    }
    return low
  }

  private isAt(leaf: TreeNode<K, V>, at: number, key: K): boolean {
    return at < leaf.keys.length && !this.isBefore(key, leaf.keys[at]!)
  }

  /** The node itself if it is ours to change, else a copy that is. */
  private own(node: TreeNode<K, V>): TreeNode<K, V> {
    if (node.owner === this.owner) return node
    return {
      owner: this.owner,
      keys: node.keys.slice(),
      values: node.values.slice(),
      children: node.children?.slice() ?? null,
      size: node.size,
    }
  }

  private ownChild(branch: TreeNode<K, V>, at: number): TreeNode<K, V> {
    const child = this.own(branch.children![at]!)
    branch.children![at] = child
    return child
  }

  /** Puts the entry below `node`, which is ours and may be too long afterwards. */
  private insert(node: TreeNode<K, V>, key: K, value: V): V | undefined {
    if (node.children === null) {
      const at = this.lowerBound(node.keys, key)
      if (this.isAt(node, at, key)) {
        const previous = node.values[at]
        node.values[at] = value
        return previous
      }
      insertAt(node.keys, at, key)
      insertAt(node.values, at, value)
      node.size++
      return undefined
    }
    const at = this.childFor(node.keys, key)
    const child = this.ownChild(node, at)
    const sizeBefore = child.size
    const previous = this.insert(child, key, value)
    node.size += child.size - sizeBefore
    if (lengthOf(child) > nodeLengthMax) this.splitFull(node, at, key)
    return previous
  }

  /**
   * Splits a child that `key` made too long. If that was an append then the left part stays full: ascending keys give full nodes, not half empty
   * ones.
   */
  private splitFull(parent: TreeNode<K, V>, at: number, key: K): void {
    const child = parent.children![at]!
    const appended = !this.isBefore(key, child.keys.at(-1)!)
    this.splitChild(parent, at, appended ? nodeLengthMax : lengthOf(child) >>> 1)
  }

  private splitChild(parent: TreeNode<K, V>, at: number, splitAt: number): void {
    const { divider, right } = split(parent.children![at]!, splitAt)
    insertAt(parent.keys, at, divider)
    insertAt(parent.children!, at + 1, right)
  }

  /** Takes the key, which is there, from below `node`, which is ours and may be too short afterwards. */
  private remove(node: TreeNode<K, V>, key: K): V {
    node.size--
    if (node.children === null) {
      const at = this.lowerBound(node.keys, key)
      removeAt(node.keys, at)
      return removeAt(node.values, at)
    }
    const at = this.childFor(node.keys, key)
    const child = this.ownChild(node, at)
    const removed = this.remove(child, key)
    if (lengthOf(child) < nodeLengthMin && node.children.length > 1) this.balance(node, at === 0 ? 0 : at - 1)
    return removed
  }

  /** Makes one of two neighbouring children, the left of which is at `at`, or two of equal length where they are too long for that. */
  private balance(parent: TreeNode<K, V>, at: number): void {
    const left = this.ownChild(parent, at)
    const right = parent.children![at + 1]!
    append(left, parent.keys[at]!, right)
    removeAt(parent.keys, at)
    removeAt(parent.children!, at + 1)
    if (lengthOf(left) > nodeLengthMax) this.splitChild(parent, at, lengthOf(left) >>> 1)
  }
}

function makeLeaf<K, V>(owner: object, keys: K[], values: V[]): TreeNode<K, V> {
  return { owner, keys, values, children: null, size: keys.length }
}

function makeBranch<K, V>(owner: object, dividers: K[], children: TreeNode<K, V>[]): TreeNode<K, V> {
  return { owner, keys: dividers, values: [], children, size: sizeOf(children) }
}

function sizeOf(children: readonly TreeNode<unknown, unknown>[]): number {
  return children.reduce((sum, child) => sum + child.size, 0)
}

function lengthOf(node: TreeNode<unknown, unknown>): number {
  return node.children === null ? node.keys.length : node.children.length
}

/** Cuts everything from position `at` on off a node, into a right neighbour; `divider` stands between the two. */
function split<K, V>(node: TreeNode<K, V>, at: number): { divider: K; right: TreeNode<K, V> } {
  if (node.children === null) {
    const right = makeLeaf(node.owner, node.keys.splice(at), node.values.splice(at))
    node.size -= right.size
    return { divider: right.keys[0]!, right }
  }
  const right = makeBranch(node.owner, node.keys.splice(at), node.children.splice(at))
  node.size -= right.size
  return { divider: node.keys.pop()!, right }
}

/** Adds everything of `right`, which is only read, to the end of `left`. */
function append<K, V>(left: TreeNode<K, V>, divider: K, right: TreeNode<K, V>): void {
  if (left.children !== null) {
    left.keys.push(divider)
    left.children.push(...right.children!)
  }
  left.keys.push(...right.keys)
  left.values.push(...right.values)
  left.size += right.size
}

/** As `splice`, without the array that it returns. */
function insertAt<Item>(items: Item[], at: number, item: Item): void {
  for (let i = items.length; i > at; i--) items[i] = items[i - 1]!
  items[at] = item
}

function removeAt<Item>(items: Item[], at: number): Item {
  const removed = items[at]!
  for (let i = at + 1; i < items.length; i++) items[i - 1] = items[i]!
  items.pop()
  return removed
}

function load<K, V>(owner: object, isBefore: IsBefore<K>, entries: Iterable<readonly [K, V]>): TreeNode<K, V> {
  let leaf = makeLeaf<K, V>(owner, [], [])
  let level = [leaf]
  for (const [key, value] of entries) {
    const length = leaf.keys.length
    if (length > 0 && !isBefore(leaf.keys[length - 1]!, key)) throw new RangeError("the keys to load do not strictly ascend")
    if (length === nodeLengthLoaded) {
      leaf = makeLeaf(owner, [], [])
      level.push(leaf)
    }
    leaf.keys.push(key)
    leaf.values.push(value)
    leaf.size++
  }
  // Each turn builds the level above, until one node is left to be the root. `lowest` are the lowest keys below the nodes of a level.
  let lowest: K[] = level.map((node) => node.keys[0] as K)
  while (level.length > 1) {
    const above: TreeNode<K, V>[] = []
    const lowestAbove: K[] = []
    for (let i = 0; i < level.length; i += nodeLengthLoaded) {
      above.push(makeBranch(owner, lowest.slice(i + 1, i + nodeLengthLoaded), level.slice(i, i + nodeLengthLoaded)))
      lowestAbove.push(lowest[i]!)
    }
    level = above
    lowest = lowestAbove
  }
  return level[0]!
}
