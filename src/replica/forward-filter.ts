/**
 * Which forwarded proposals this server has decided on already: the network may repeat and reorder messages, a proposal must not be.
 *
 * Without a session nothing else would notice that one `forwardProposals` message arrived twice: both copies would be appended, and a write
 * could be undone by its own late twin. And a copy that is refused while the first was taken would tell the origin "certainly not". So each
 * message is decided once. A message counts only in the term it was sent in, so what a leader remembers ends with its term.
 *
 * Message numbers are ranges that do not overlap: the origin numbers its proposals in order and packs them in order.
 */

import type { NodeId, Term } from "../core/index.ts"

/** Ranges remembered per origin and boot: how far messages may overtake each other. What is older is taken for a repetition. */
export const forwardRangesMax = 256
/** Starts remembered per origin: nobody restarts that often within a term. */
export const forwardBootsMax = 16

interface Origin {
  readonly bootId: number
  /** First numbers of the messages decided on, ascending. */
  firsts: number[]
  /** Numbers at or below this were forgotten: taken for repetitions. */
  floor: number
}

export interface ForwardFilter {
  term: Term
  origins: Map<NodeId, Origin[]>
}

export function createForwardFilter(): ForwardFilter {
  return { term: 0, origins: new Map() }
}

export function cloneForwardFilter(filter: ForwardFilter): ForwardFilter {
  const origins = new Map<NodeId, Origin[]>()
  for (const [id, boots] of filter.origins) {
    origins.set(
      id,
      boots.map((boot) => ({ ...boot, firsts: boot.firsts.slice() })),
    )
  }
  return { term: filter.term, origins }
}

/** Whether the message whose first proposal is `first` comes for the first time in `term`; remembers it. */
export function isFirstDelivery(filter: ForwardFilter, term: Term, from: NodeId, bootId: number, first: number): boolean {
  if (filter.term !== term) {
    filter.term = term
    filter.origins = new Map()
  }
  const origin = originOf(filter, from, bootId)
  if (first <= origin.floor) return false
  const { firsts } = origin
  let at = firsts.length
  while (at > 0 && firsts[at - 1]! > first) at -= 1
  if (at > 0 && firsts[at - 1] === first) return false
  firsts.splice(at, 0, first)
  if (firsts.length > forwardRangesMax) origin.floor = firsts.shift()!
  return true
}

function originOf(filter: ForwardFilter, from: NodeId, bootId: number): Origin {
  let boots = filter.origins.get(from)
  if (boots === undefined) {
    boots = []
    filter.origins.set(from, boots)
  }
  let origin = boots.find((boot) => boot.bootId === bootId)
  if (origin === undefined) {
    origin = { bootId, firsts: [], floor: 0 }
    boots.push(origin)
    if (boots.length > forwardBootsMax) boots.shift()
  }
  return origin
}
