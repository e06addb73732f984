/**
 * What operators may rely on for changes of membership: one that is rejected after its leader had appended it is certainly not made. An entry of a
 * later term has taken its place, so no server ever commits it, nor has any.
 *
 * Every change is followed from its first entry on until something is committed there, since it may be compacted away everywhere before the answer comes.
 */

import type { LogIndex, LogPosition, Term } from "../../core/index.ts"
import type { Checker } from "./checker.ts"

interface State {
  /** Changes that were begun, as long as nobody has shown what is committed in their place. */
  open: readonly OpenChange[]
  /** Of the others those that are made: the term of their first entry, by its index. */
  readonly made: Map<LogIndex, Term>
}

interface OpenChange extends LogPosition {
  readonly isRefused: boolean
}

export const refusedChanges: Checker<State> = {
  name: "refused-changes",
  rule: "a change of membership whose operator was told that it is not made is never committed",
  paper: "Raft §6, §8; dissertation §6.3",
  tla: null,
  watches: "servers",
  create: () => ({ open: [], made: new Map() }),
  clone: ({ open, made }) => ({ open, made: new Map(made) }),
  check(state, { node, before, changes }) {
    for (const { kind, index, term } of changes) {
      if (kind === "begun") state.open = [...state.open, { index, term, isRefused: false }]
      else
        state.open = state.open.map((change) => (change.index === index && change.term === term ? { ...change, isRefused: true } : change))
      if (kind === "refused" && state.made.get(index) === term)
        return `the change that begins with entry ${index} of term ${term} was rejected, but had been committed`
    }
    if (state.open.length === 0 || node === null || node.commitIndex <= (before?.commitIndex ?? 0)) return null
    for (const change of state.open) {
      const { index, term, isRefused } = change
      const committed = index <= node.commitIndex ? node.entry(index) : undefined
      if (committed === undefined) continue
      state.open = state.open.filter((one) => one !== change)
      if (committed.term !== term) continue
      state.made.set(index, term)
      if (isRefused)
        return `server ${node.id} committed entry ${index} of term ${term} after the change that begins with it had been rejected`
    }
    return null
  },
}
