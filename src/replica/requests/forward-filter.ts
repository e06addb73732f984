/**
 * Which forwarded proposals this server has decided on already: the network may repeat and reorder messages, and their sender repeats what it
 * has no word of (`forwarding.ts`). A proposal must not be done twice.
 *
 * Without a session nothing else would notice that one `forwardProposals` message arrived twice: both copies would be appended, and a write
 * could be undone by its own late twin. And a copy that is refused while the first was taken would tell the origin "certainly not". So each
 * message is decided once, and a repetition hears of that decision again. A message counts only in the term it was sent in, so what a leader
 * remembers ends with its term.
 *
 * A message is known by the number of its first proposal: the origin numbers its proposals in order, packs them in order, and repeats a message
 * only as it was.
 */

import type { NodeId, RejectReason, Term } from "../../core/index.ts"

/** Messages remembered per origin and boot: how far messages may overtake each other. What is older is not decided on any more. */
export const forwardRangesMax = 4096
/** Starts remembered per origin: nobody restarts that often within a term. */
export const forwardBootsMax = 16

/** Proposals of one message that were certainly not taken. */
export interface RefusedProposals {
  readonly numbers: readonly number[]
  readonly reason: RejectReason
}

/**
 * - `new`: comes for the first time, and is to be decided on now.
 * - `repeated`: was decided on; `refusalsOf` tells what was refused.
 * - `forgotten`: nobody can tell any more whether it was decided on.
 */
export type ForwardStanding = "new" | "repeated" | "forgotten"

interface Origin {
  readonly bootId: number
  /** First numbers of the messages decided on, ascending. */
  firsts: number[]
  /** Numbers at or below this were forgotten. */
  floor: number
  /** What was refused, by the message's first number. Most messages have nothing here. */
  refusals: Map<number, readonly RefusedProposals[]>
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
      boots.map((boot) => ({ ...boot, firsts: boot.firsts.slice(), refusals: new Map(boot.refusals) })),
    )
  }
  return { term: filter.term, origins }
}

/** Whether the message whose first proposal is `first` comes for the first time in `term`; remembers it. */
export function noteDelivery(filter: ForwardFilter, term: Term, from: NodeId, bootId: number, first: number): ForwardStanding {
  if (filter.term !== term) {
    filter.term = term
    filter.origins = new Map()
  }
  const origin = originOf(filter, from, bootId)
  if (first <= origin.floor) return "forgotten"
  const { firsts } = origin
  let at = firsts.length
  while (at > 0 && firsts[at - 1]! > first) at -= 1
  if (at > 0 && firsts[at - 1] === first) return "repeated"
  firsts.splice(at, 0, first)
  if (firsts.length > forwardRangesMax) {
    origin.floor = firsts.shift()!
    origin.refusals.delete(origin.floor)
  }
  return "new"
}

/** The message that begins with `first` was decided on just now: `refusal` is what was not taken of it. */
export function noteRefusal(filter: ForwardFilter, from: NodeId, bootId: number, first: number, refusal: RefusedProposals): void {
  const { refusals } = originOf(filter, from, bootId)
  refusals.set(first, [...(refusals.get(first) ?? []), refusal])
}

/** What was refused of a message that was decided on. */
export function refusalsOf(filter: ForwardFilter, from: NodeId, bootId: number, first: number): readonly RefusedProposals[] {
  return originOf(filter, from, bootId).refusals.get(first) ?? []
}

function originOf(filter: ForwardFilter, from: NodeId, bootId: number): Origin {
  let boots = filter.origins.get(from)
  if (boots === undefined) {
    boots = []
    filter.origins.set(from, boots)
  }
  let origin = boots.find((boot) => boot.bootId === bootId)
  if (origin === undefined) {
    origin = { bootId, firsts: [], floor: 0, refusals: new Map() }
    boots.push(origin)
    if (boots.length > forwardBootsMax) boots.shift()
  }
  return origin
}
