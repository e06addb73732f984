/**
 * The requests of one connection that have no answer yet, in arrays of numbers: a request costs a slot, never an object.
 *
 * A slot is the tag that travels through the backend and comes back with the answer. Request ids are kept as their two halves and never
 * looked at: they are the client's.
 */

import type { SharedLoad } from "./shared-load.ts"

/** What a slot waits for, and so how its answer is written. */
export const pendingKind = {
  command: 1,
  /** `get`: the value alone. */
  get: 2,
  read: 3,
  openSession: 4,
  /** Answered by an index alone. */
  administration: 5,
} as const

const slotsAtFirst = 16

export class InflightTable {
  idLow = new Uint32Array(slotsAtFirst)
  idHigh = new Uint32Array(slotsAtFirst)
  /** 0: the slot is free. */
  kind = new Uint8Array(slotsAtFirst)
  /** What the request weighs in memory while it is pending. */
  weight = new Uint32Array(slotsAtFirst)
  /** What the backend calls the request, for `cancel`. */
  handle = new Float64Array(slotsAtFirst)
  count = 0
  /** Sum of the weights. */
  bytes = 0
  private freeSlots = new Uint32Array(slotsAtFirst)
  private freeCount = 0
  private readonly load: SharedLoad

  /** `load` is told of every change. */
  constructor(load: SharedLoad) {
    this.load = load
    this.addFreeSlots(0, slotsAtFirst)
  }

  take(idLow: number, idHigh: number, kind: number, weight: number): number {
    if (this.freeCount === 0) this.grow()
    this.freeCount--
    const slot = this.freeSlots[this.freeCount]!
    this.idLow[slot] = idLow
    this.idHigh[slot] = idHigh
    this.kind[slot] = kind
    this.weight[slot] = weight
    this.count++
    this.bytes += weight
    this.load.inflightRequests++
    this.load.inflightBytes += weight
    return slot
  }

  release(slot: number): void {
    const weight = this.weight[slot]!
    this.kind[slot] = 0
    this.count--
    this.bytes -= weight
    this.load.inflightRequests--
    this.load.inflightBytes -= weight
    this.freeSlots[this.freeCount] = slot
    this.freeCount++
  }

  /** Every pending request with this id: clients should not use one twice, but nothing here depends on it. */
  slotsOf(idLow: number, idHigh: number): number[] {
    const found: number[] = []
    for (let slot = 0; slot < this.kind.length; slot++) {
      if (this.kind[slot] !== 0 && this.idLow[slot] === idLow && this.idHigh[slot] === idHigh) found.push(slot)
    }
    return found
  }

  /** Every pending request. */
  slots(): number[] {
    const found: number[] = []
    for (let slot = 0; slot < this.kind.length; slot++) if (this.kind[slot] !== 0) found.push(slot)
    return found
  }

  private grow(): void {
    const before = this.kind.length
    const capacity = before * 2
    this.idLow = copyInto(new Uint32Array(capacity), this.idLow)
    this.idHigh = copyInto(new Uint32Array(capacity), this.idHigh)
    this.kind = copyInto(new Uint8Array(capacity), this.kind)
    this.weight = copyInto(new Uint32Array(capacity), this.weight)
    this.handle = copyInto(new Float64Array(capacity), this.handle)
    this.freeSlots = new Uint32Array(capacity)
    this.addFreeSlots(before, capacity)
  }

  /** Low slots are handed out first, so that a quiet connection stays in a few cache lines. */
  private addFreeSlots(from: number, end: number): void {
    for (let slot = end - 1; slot >= from; slot--) {
      this.freeSlots[this.freeCount] = slot
      this.freeCount++
    }
  }
}

function copyInto<Numbers extends Uint8Array | Uint32Array | Float64Array>(target: Numbers, source: Numbers): Numbers {
  target.set(source)
  return target
}
