/**
 * What lies between the nodes: it drops, delays, duplicates and reorders messages and is cut in any direction, as the seed says.
 *
 * Every message has a stable name, `S1>S3#42`: the 42nd from server 1 to server 3. Its fate is a hash of that name, so a change elsewhere
 * in a run leaves it alone. Messages travel as bytes, through the codec that production uses.
 */

import type { NodeId } from "../../core/index.ts"
import { between, chance, purposes } from "../ground/randomness.ts"
import type { LinkAction } from "../state/action.ts"

/**
 * How the network between the servers behaves. Rates are chances from 0 to 1 for each message; the link between clients and servers has no part in
 * this.
 */
export interface NetworkOptions {
  /** Chance that a message is lost. */
  readonly dropRate: number
  /** Chance that a message arrives twice, the second time with a delay of its own. */
  readonly duplicateRate: number
  /** The shortest delay of a message, in milliseconds. Delays are drawn from [`latencyMinMs`, `latencyMaxMs`). */
  readonly latencyMinMs: number
  /** The end of that range, in milliseconds: no message takes so long unless `slowRate` or a fault makes it slower. */
  readonly latencyMaxMs: number
  /** Chance that a message takes up to `slowMs` longer: what a clogged link looks like. */
  readonly slowRate: number
  /** The most that such a message is late, in milliseconds. */
  readonly slowMs: number
  /** Whether each link keeps the order of its messages, as TCP does. A duplicate may be late all the same. */
  readonly ordered: boolean
  /** Chance that the sender of a message that cannot arrive is told that the peer is unreachable. */
  readonly unreachableHintRate: number
}

/** Links that keep the order, lose nothing, and take 0.2 to 1 ms. The network of `calmOptions`, and of every world once it is healed. */
export const calmNetwork: NetworkOptions = {
  dropRate: 0,
  duplicateRate: 0,
  latencyMinMs: 0.2,
  latencyMaxMs: 1,
  slowRate: 0,
  slowMs: 0,
  ordered: true,
  unreachableHintRate: 0,
}

/** A cut that stands until it is healed: nothing gets from any of `from` to any of `to`. A two-way cut is two of these. */
export interface Cut {
  /** The number of the fault that the cut belongs to: `heal` of this number ends it. -1 for servers that stay cut off in a healed world. */
  readonly fault: number
  /** The servers whose messages are lost. */
  readonly from: readonly NodeId[]
  /** The servers that those messages do not reach. */
  readonly to: readonly NodeId[]
}

/** The fate of one message: when its copies arrive, in milliseconds from now. Empty for a lost one. */
export function fateOf(options: NetworkOptions, seed: number, from: NodeId, to: NodeId, number: number): readonly number[] {
  if (chance(options.dropRate, seed, purposes.messageDropped, from, to, number)) return []
  let delayMs = between(options.latencyMinMs, options.latencyMaxMs, seed, purposes.messageLatency, from, to, number)
  if (chance(options.slowRate, seed, purposes.messageSlow, from, to, number)) {
    delayMs += between(0, options.slowMs, seed, purposes.slowLatency, from, to, number)
  }
  if (!chance(options.duplicateRate, seed, purposes.messageDuplicated, from, to, number)) return [delayMs]
  const again = between(options.latencyMinMs, options.latencyMaxMs + options.slowMs, seed, purposes.duplicateLatency, from, to, number)
  return [delayMs, delayMs + again]
}

/** Whether a message from `from` to `to` would run into one of `cuts`. */
export function isCut(cuts: readonly Cut[], from: NodeId, to: NodeId): boolean {
  for (const cut of cuts) if (cut.from.includes(from) && cut.to.includes(to)) return true
  return false
}

/** `S1>S3#42`; its duplicates are `S1>S3#42.1`, `S1>S3#42.2`, … */
export function messageName(from: NodeId, to: NodeId, number: number, copy = 0): string {
  return copy === 0 ? `S${from}>S${to}#${number}` : `S${from}>S${to}#${number}.${copy}`
}

/** The properties of the link from `from` to `to`: the world's, but for what faults changed. */
export function linkOptions(options: NetworkOptions, links: readonly LinkAction[], from: NodeId, to: NodeId): NetworkOptions {
  if (links.length === 0) return options
  const link = links.findLast((one) => one.from === from && one.to === to)
  if (link === undefined) return options
  const { dropRate = options.dropRate, duplicateRate = options.duplicateRate, latencyMs } = link
  const latency = latencyMs === undefined ? null : { latencyMinMs: latencyMs, latencyMaxMs: latencyMs }
  return { ...options, dropRate, duplicateRate, ...latency }
}
