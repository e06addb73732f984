/** Who led when, as the page that saved a capture came to know it: what one jumps between, and what the tape shows. */

import { Cluster } from "../cluster.ts"
import type { Capture } from "./read-capture.ts"

export interface Reign {
  /** When it first showed. */
  readonly at: number
  readonly term: number
  /** Whether it began within the capture, as far as that is known. */
  readonly isElection: boolean
}

export function reignsOf({ from, start, notes }: Capture): Reign[] {
  const found: Reign[] = []
  /** By cluster: where one was begun anew, terms count from the beginning. */
  const newest = new Map<string, number>()
  const note = (at: number, clusterId: string, term: number): void => {
    const before = newest.get(clusterId)
    if (before !== undefined && before >= term) return
    newest.set(clusterId, term)
    found.push({ at, term, isElection: before !== undefined })
  }
  for (const { status } of start.sights) if (status !== null && status.leaderId !== null) note(from, status.clusterId, status.self.term)
  // Of several views at the beginning only the newest counts.
  const first = found.splice(0).at(-1)
  if (first !== undefined) found.push({ ...first, isElection: false })
  // A node of another cluster at a member's address is nobody's leader: the model knows which are.
  const cluster = Cluster.from(start)
  for (const each of notes) {
    if (each.kind !== "status" && each.kind !== "failure") continue
    cluster.take(each)
    if (each.kind === "failure" || each.status.leaderId === null || cluster.sight(each.address).status !== each.status) continue
    note(each.at, each.status.clusterId, each.status.self.term)
  }
  return found
}
