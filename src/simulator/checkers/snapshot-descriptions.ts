/**
 * What a snapshot says of itself, Raft §7 and Figure 13: it ends at a committed entry, names that entry's term, and carries the configuration that was
 * in force there, with that configuration's own index. A server's newest durable snapshot never goes back, also across restarts.
 *
 * Checked where a server holds one and where it sends one. That its contents are those of its prefix is the matter of `snapshot-contents.ts`.
 */

import type { Configuration, LogIndex, NodeId, SnapshotMeta, Term } from "../../core/index.ts"
import { SharedList } from "../ground/shared-list.ts"
import type { Checker, NodeView } from "./checker.ts"
import { fingerprintConfiguration } from "./fingerprint.ts"

interface State {
  /** Position n holds the term that is committed at index n + 1; 0 if nobody who committed it could show it. */
  readonly terms: SharedList<Term>
  /** Those that are committed, ascending; the first one is what the cluster started with. */
  readonly configurations: SharedList<Configuration>
  readonly held: Map<NodeId, Held>
}

/** The snapshot that a server had when it last moved, the disk that it was on, and which of its lives it was. */
interface Held {
  readonly snapshot: SnapshotMeta
  readonly incarnation: number
  readonly life: number
}

export const snapshotDescriptions: Checker<State> = {
  name: "snapshot-descriptions",
  rule: "a snapshot ends at a committed entry, carries the configuration in force there with its index, and is never replaced by an older one",
  paper: "Raft §7, Figure 13",
  tla: null,
  watches: "servers",
  create: () => ({ terms: new SharedList(), configurations: new SharedList(), held: new Map() }),
  clone: ({ terms, configurations, held }) => ({
    terms: terms.clone(),
    configurations: configurations.clone(),
    held: new Map(held),
  }),
  check(state, { node, sent }) {
    if (node === null) return null
    noteCommitted(state, node)
    const { snapshot, incarnation, life } = node
    const last = state.held.get(node.id)
    if (snapshot !== last?.snapshot) {
      state.held.set(node.id, { snapshot, incarnation, life })
      if (last !== undefined && last.incarnation === incarnation && hasLost(node, last))
        return `server ${node.id} went back from its snapshot through ${last.snapshot.lastIndex} to one through ${snapshot.lastIndex}`
      const wrong = findWrong(state, snapshot)
      if (wrong !== null) return `server ${node.id} holds a snapshot ${wrong}`
    }
    for (const message of sent) {
      if (message.kind !== "installSnapshot") continue
      const wrong = findWrong(state, message.snapshot)
      if (wrong !== null) return `server ${node.id} sent a snapshot ${wrong}`
    }
    return null
  },
}

/** A server whose newest snapshot was damaged may come back with an older one, as long as its log holds the rest. */
function hasLost({ snapshot, life, base, lastIndex }: NodeView, last: Held): boolean {
  if (snapshot.lastIndex >= last.snapshot.lastIndex) return false
  const hasTheRest = base.index <= snapshot.lastIndex && lastIndex >= last.snapshot.lastIndex
  return life === last.life || !hasTheRest
}

function noteCommitted({ terms, configurations }: State, node: NodeView): void {
  const { configuration } = node
  if (configurations.length === 0 && configuration.index === 0 && configuration.voters.length > 0) configurations.push(configuration)
  for (let index = terms.length + 1; index <= node.commitIndex; index++) {
    const entry = node.entry(index)
    terms.push(entry?.term ?? 0)
    if (entry !== undefined && entry.configuration !== null) configurations.push(entry.configuration)
  }
}

function findWrong({ terms, configurations }: State, { lastIndex, lastTerm, configuration }: SnapshotMeta): string | null {
  if (lastIndex === 0) return null
  if (lastIndex > terms.length) return `through index ${lastIndex}, and only ${terms.length} is committed`
  const term = terms.at(lastIndex - 1)!
  if (term !== 0 && term !== lastTerm) return `through index ${lastIndex} of term ${lastTerm}, where term ${term} is committed`
  const expected = inForceAt(configurations, lastIndex)
  if (expected === null || fingerprintConfiguration(expected) === fingerprintConfiguration(configuration)) return null
  return expected.index === configuration.index
    ? `through index ${lastIndex} whose configuration ${configuration.index} is not the one that was committed`
    : `through index ${lastIndex} with configuration ${configuration.index}, where configuration ${expected.index} was in force`
}

function inForceAt(configurations: SharedList<Configuration>, index: LogIndex): Configuration | null {
  for (let position = configurations.length - 1; position >= 0; position--) {
    const configuration = configurations.at(position)!
    if (configuration.index <= index) return configuration
  }
  return null
}
