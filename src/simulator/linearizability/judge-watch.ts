/**
 * Watches: what one client was told of the changes of a store, compared with all changes that there were. The guarantees are etcd's: events come in the
 * order of their revisions, each once, none is missing, those of one revision come together, and a watch that was interrupted goes on where it was.
 *
 * The changes have to come from somewhere that can be trusted more than the watch: the log, or the writes of all clients with the revisions that they
 * were told.
 */

import type { Key, Value } from "./history.ts"

/** One change of one key. Those of one transaction share their revision. */
export interface Change {
  /** The revision of the store that it made. */
  readonly revision: number
  /** The key that was written or deleted. */
  readonly key: Key
  /** Null if the key was deleted. */
  readonly value: Value
}

/** Events that arrived together. */
export interface WatchDelivery {
  /** Tells a delivery from the other records of a watch. */
  readonly kind: "events"
  /** The changes, in the order in which the client received them. */
  readonly events: readonly Change[]
}

/** One client's watch, over all its connections. */
export interface Watch {
  /** The number by which a verdict names the watch. */
  readonly id: number
  /** Whether the watch asked for changes of that key. */
  readonly isWatched: (key: Key) => boolean
  /** In the order of their arrival. */
  readonly history: readonly (
    | WatchDelivery
    /** A connection begins: what the client asked for is everything from this revision on. */
    | { readonly kind: "from"; readonly revision: number }
    /** The server says that everything up to this revision was delivered. */
    | { readonly kind: "progress"; readonly revision: number }
    /** The server cannot go on: what is below this revision was compacted away. */
    | { readonly kind: "compacted"; readonly revision: number }
  )[]
  /** The watch was kept open until everything up to this revision must have arrived; null if it just ended. */
  readonly completeThrough: number | null
}

/** Whether a watch was told all that it had to be told and nothing else; if not, what was wrong, in a sentence. */
export type WatchVerdict = { readonly kind: "correct" } | { readonly kind: "violated"; readonly reason: string }

/** Judges what one watch was told. `changes` holds every change of the store by ascending revision, the ones that the watch did not ask for too. */
export function judgeWatch(watch: Watch, changes: readonly Change[]): WatchVerdict {
  const expected = changes.filter(({ key }) => watch.isWatched(key))
  /** The next of `expected` to arrive. */
  let position = 0
  /** Everything below is behind this connection. */
  let from = 1
  let compacted = false
  for (const record of watch.history) {
    switch (record.kind) {
      case "from": {
        const resumed = resumptionProblem(expected, position, from, record.revision)
        if (resumed !== null) return violated(watch, resumed)
        from = record.revision
        compacted = false
        while (position < expected.length && expected[position]!.revision < from) position += 1
        break
      }
      case "events": {
        if (compacted) return violated(watch, "events arrived after the server had said that it cannot go on")
        const problem = deliveryProblem(record.events, expected, position, from)
        if (problem !== null) return violated(watch, problem)
        position += record.events.length
        break
      }
      case "progress": {
        const missing = expected[position]
        if (missing !== undefined && missing.revision <= record.revision) {
          return violated(watch, `progress through revision ${record.revision} was announced without ${describe(missing)}`)
        }
        break
      }
      case "compacted":
        // Only what has not arrived yet can be too old.
        if ((expected[position]?.revision ?? Infinity) >= record.revision && from >= record.revision)
          return violated(watch, `it was ended for the sake of compaction at revision ${record.revision}, but asked for nothing below`)
        compacted = true
        break
      default:
        record satisfies never
    }
  }
  const missing = expected[position]
  const isMissing = !compacted && missing !== undefined && watch.completeThrough !== null && missing.revision <= watch.completeThrough
  return isMissing ? violated(watch, `${describe(missing)} never arrived`) : { kind: "correct" }
}

/** A connection may begin where the last one ended or, at the client's own will, later; going back would bring events twice. */
function resumptionProblem(expected: readonly Change[], position: number, from: number, next: number): string | null {
  const last = expected[position - 1]
  if (last === undefined || next > last.revision || last.revision < from) return null
  return `the client went back to revision ${next} after it had seen ${describe(last)}`
}

function deliveryProblem(events: readonly Change[], expected: readonly Change[], position: number, from: number): string | null {
  for (const [offset, event] of events.entries()) {
    const wanted = expected[position + offset]
    if (wanted !== undefined && isSame(event, wanted)) continue
    return explainEvent(event, wanted, expected, position + offset, from)
  }
  const last = events.at(-1)
  const next = expected[position + events.length]
  if (last !== undefined && next?.revision === last.revision) {
    return `revision ${last.revision} was torn: ${describe(last)} arrived without ${describe(next)}`
  }
  return null
}

/** Why `event` is not what had to come. */
function explainEvent(event: Change, wanted: Change | undefined, expected: readonly Change[], position: number, from: number): string {
  const name = describe(event)
  const at = expected.findIndex((change) => isSame(change, event))
  if (at < 0) {
    const other = expected.find((change) => change.revision === event.revision && change.key === event.key)
    return other === undefined ? `${name} arrived, and never happened` : `${name} arrived, where ${describe(other)} happened`
  }
  if (event.revision < from) return `${name} arrived, though only revision ${from} and later was asked for`
  if (at < position) return `${name} arrived a second time, or late: revision ${expected[position - 1]!.revision} had been delivered`
  return `${describe(wanted!)} was left out: ${name} arrived instead`
}

function isSame(one: Change, other: Change): boolean {
  return one.revision === other.revision && one.key === other.key && one.value === other.value
}

function describe({ revision, key, value }: Change): string {
  return value === null
    ? `the deletion of ${String(key)} at revision ${revision}`
    : `${String(key)} = ${String(value)} of revision ${revision}`
}

function violated(watch: Watch, problem: string): WatchVerdict {
  return { kind: "violated", reason: `watch ${watch.id}: ${problem}` }
}
