/**
 * The last events before a halt, for its report. A ring of columns: noting an event builds no text and keeps no event in memory.
 */

import type { Milliseconds } from "../core/index.ts"
import type { ReplicaEvent } from "./event.ts"

export interface RecentEvents {
  readonly size: number
  /** How many events were noted in this life. */
  count: number
  readonly times: Milliseconds[]
  readonly labels: string[]
  /** Two numbers whose meaning `labels` tells. */
  readonly firsts: number[]
  readonly seconds: number[]
}

export function createRecentEvents(size: number): RecentEvents {
  return { size, count: 0, times: [], labels: [], firsts: [], seconds: [] }
}

export function cloneRecentEvents(recent: RecentEvents): RecentEvents {
  const { times, labels, firsts, seconds } = recent
  return { ...recent, times: times.slice(), labels: labels.slice(), firsts: firsts.slice(), seconds: seconds.slice() }
}

export function noteEvent(recent: RecentEvents, now: Milliseconds, event: ReplicaEvent): void {
  switch (event.kind) {
    case "wake":
      return note(recent, now, "woken", 0, 0)
    case "message":
      return note(recent, now, event.message.kind, event.message.from, event.message.term)
    case "disk":
      return note(recent, now, event.completion.ok ? "disk" : "disk error", event.completion.id, 0)
    case "propose":
      return note(recent, now, "propose", event.proposals[0]?.id ?? 0, event.proposals.length)
    case "read":
      return note(recent, now, "read", event.reads[0]?.id ?? 0, event.reads.length)
    case "cancel":
      return note(recent, now, "cancel", event.ids[0] ?? 0, event.ids.length)
    case "openSession":
    case "closeSession":
    case "keepSession":
    case "changeMembership":
    case "transferLeadership":
    case "takeSnapshot":
      return note(recent, now, event.kind, event.id, 0)
    case "paused":
      return note(recent, now, event.kind, event.forMs, 0)
    case "unreachable":
    case "introduced":
    case "refusedBy":
      return note(recent, now, event.kind, event.peer, 0)
    default:
      event satisfies never
  }
}

/** One plain sentence per event, oldest first. */
export function describeRecentEvents(recent: RecentEvents): string[] {
  const sentences: string[] = []
  for (let i = Math.max(0, recent.count - recent.size); i < recent.count; i++) {
    const at = i % recent.size
    sentences.push(`${recent.times[at]!.toFixed(1)} ms: ${describe(recent.labels[at]!, recent.firsts[at]!, recent.seconds[at]!)}`)
  }
  return sentences
}

function note(recent: RecentEvents, now: Milliseconds, label: string, first: number, second: number): void {
  const at = recent.count % recent.size
  recent.times[at] = now
  recent.labels[at] = label
  recent.firsts[at] = first
  recent.seconds[at] = second
  recent.count += 1
}

function describe(label: string, first: number, second: number): string {
  switch (label) {
    case "woken":
      return "woken"
    case "disk":
      return `disk request ${first} is done`
    case "paused":
      return `clocks came apart by ${Math.round(first)} ms`
    case "disk error":
      return `disk request ${first} failed`
    case "propose":
    case "read":
    case "cancel":
      return `${label}: ${second} from id ${first} on`
    case "openSession":
    case "closeSession":
    case "keepSession":
    case "changeMembership":
    case "transferLeadership":
    case "takeSnapshot":
      return `${label} asked as ${first}`
    case "unreachable":
    case "introduced":
    case "refusedBy":
      return `${label} of node ${first}`
    default:
      return `${label} from node ${first} in term ${second}`
  }
}
