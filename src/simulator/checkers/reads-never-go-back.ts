/**
 * No client goes back in time, dissertation §6.4: whichever server answers, and however weak the consistency that was asked for, an answer is at
 * least as new as every answer that the same client had before it asked. The servers know nothing of each other's answers, and a server may restart in
 * between; this checker keeps its own account of what each client has seen.
 */

import type { LogIndex } from "../../core/index.ts"
import type { Checker } from "./checker.ts"

interface State {
  /** By client: the newest index that an answer came from. */
  readonly seen: Map<number, LogIndex>
  /** By operation under way: what its client had seen when it asked. */
  readonly seenBefore: Map<number, LogIndex>
}

export const readsNeverGoBack: Checker<State> = {
  name: "reads-never-go-back",
  rule: "every answer is at least as new as all that its client was told before it asked, on whichever server",
  paper: "Raft §8; dissertation §6.4",
  tla: null,
  watches: "outcomes",
  create: () => ({ seen: new Map(), seenBefore: new Map() }),
  clone: ({ seen, seenBefore }) => ({ seen: new Map(seen), seenBefore: new Map(seenBefore) }),
  check({ seen, seenBefore }, { clients }) {
    for (const event of clients) {
      const { client, id } = event.operation
      if (event.kind === "asked") {
        const { consistency, minimumIndex } = event.operation
        const known = seen.get(client) ?? 0
        // A client that asks for less than it has seen gets what it asks for.
        seenBefore.set(id, consistency === "stale" ? Math.min(known, minimumIndex) : known)
        continue
      }
      const floor = seenBefore.get(id) ?? 0
      seenBefore.delete(id)
      if (event.kind !== "read" && event.kind !== "written") continue
      if (event.index < floor)
        return `client ${client} was answered as of index ${event.index} in operation ${id}, after it had seen index ${floor}`
      if (event.index > (seen.get(client) ?? 0)) seen.set(client, event.index)
    }
    return null
  },
}
