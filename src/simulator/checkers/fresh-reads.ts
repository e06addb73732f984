/**
 * Reads, dissertation §6.4: a linearizable answer is at least as new as everything that any client had been told before the read began,
 * a stale one at least as new as its client asked for, and each is what the log says at the index that it claims.
 *
 * The order of the log is the linearization: that is stronger than searching for any order that would do, and costs nothing.
 */

import type { LogIndex } from "../../core/index.ts"
import { SharedList } from "../ground/shared-list.ts"
import type { Checker } from "./checker.ts"

interface Version {
  readonly index: LogIndex
  readonly value: number
}

interface State {
  /** The highest index that any client was told of. */
  told: LogIndex
  /** For every operation under way: what clients had been told when it began. */
  readonly toldBefore: Map<number, LogIndex>
  /** Every value that each register had, by ascending index. */
  readonly versions: Map<number, SharedList<Version>>
  applied: LogIndex
}

export const freshReads: Checker<State> = {
  name: "fresh-reads",
  rule: "a linearizable read is as new as every answer given before it began, and every answer is what the log says at its index",
  paper: "Raft §8; dissertation §6.4",
  tla: null,
  watches: "outcomes",
  create: () => ({ told: 0, toldBefore: new Map(), versions: new Map(), applied: 0 }),
  clone: ({ told, toldBefore, versions, applied }) => ({
    told,
    toldBefore: new Map(toldBefore),
    versions: new Map([...versions].map(([register, list]) => [register, list.clone()])),
    applied,
  }),
  check(state, { journal, clients }) {
    for (const record of journal) {
      if (record.kind !== "applied" || record.index <= state.applied) continue
      state.applied = record.index
      if (record.effect === null) continue
      const { register, value } = record.effect
      if (!state.versions.has(register)) state.versions.set(register, new SharedList())
      state.versions.get(register)!.push({ index: record.index, value })
    }
    for (const event of clients) {
      const { operation } = event
      if (event.kind === "asked") {
        state.toldBefore.set(operation.id, state.told)
        continue
      }
      const toldBefore = state.toldBefore.get(operation.id) ?? 0
      state.toldBefore.delete(operation.id)
      if (event.kind === "refused" || event.kind === "abandoned") continue
      if (event.kind === "read") {
        const floor = operation.consistency === "stale" ? operation.minimumIndex : Math.max(toldBefore, operation.minimumIndex)
        if (event.index < floor) {
          return `${operation.consistency} read ${operation.id} of client ${operation.client} was answered as of index ${event.index}, older than index ${floor}`
        }
        const expected = valueAt(state.versions.get(operation.register), event.index)
        if (event.value !== expected) {
          return `read ${operation.id} of register ${operation.register} as of index ${event.index} gave ${event.value}, but the log says ${expected}`
        }
      }
      state.told = Math.max(state.told, event.index)
    }
    return null
  },
}

function valueAt(versions: SharedList<Version> | undefined, index: LogIndex): number {
  if (versions === undefined) return 0
  for (let position = versions.length - 1; position >= 0; position--) {
    const version = versions.at(position)!
    if (version.index <= index) return version.value
  }
  return 0
}
