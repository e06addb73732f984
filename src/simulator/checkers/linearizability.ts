/**
 * Linearizability (Herlihy and Wing; Raft §8; dissertation §6.3, §6.4): there is an order of all operations that explains every answer, in which each takes
 * effect once, between its question and its answer. Judged from outside alone, by what clients asked and were told: the other checkers of clients go by the
 * log and by indexes, this one would notice if those lied.
 *
 * While a run goes on the history is only kept; `conclude` judges it. Moments are positions in the history, since a world does one thing at a time.
 */

import { SharedList } from "../ground/shared-list.ts"
import { judgeHistory, type KeyCall, type Operation, type Result, type Value } from "../linearizability/index.ts"
import type { Checker, ClientEvent, ClientOperation } from "./checker.ts"

export const linearizability: Checker<SharedList<ClientEvent>> = {
  name: "linearizability",
  rule: "some order of all operations explains every answer, each taking effect once between its question and its answer",
  paper: "Raft §8; dissertation §6.3, §6.4",
  tla: null,
  watches: "outcomes",
  create: () => new SharedList(),
  clone: (events) => events.clone(),
  check(events, { clients }) {
    for (const event of clients) events.push(event)
    return null
  },
  conclude(events) {
    const verdict = judgeHistory(historyOf(events))
    return verdict.kind === "violated" ? verdict.reason : null
  },
}

/** The history that the events tell. What a write leaves behind is its operation's id; 0 stands for nothing, as everywhere in a world. */
export function historyOf(events: Iterable<ClientEvent>): Operation[] {
  const history = new Map<number, Operation>()
  const seenIndexes = new Map<number, number>()
  let moment = 0
  for (const event of events) {
    moment += 1
    const { operation } = event
    const { id, client } = operation
    const known = history.get(id)
    switch (event.kind) {
      case "asked": {
        // A stale read that asks for less than its client has seen wants no session's promise.
        const asksForLess = operation.consistency === "stale" && operation.minimumIndex < (seenIndexes.get(client) ?? 0)
        if (known === undefined && !asksForLess) history.set(id, begin(operation, moment))
        break
      }
      case "read":
      case "written":
        seenIndexes.set(client, Math.max(seenIndexes.get(client) ?? 0, event.index))
        if (known !== undefined) history.set(id, { ...known, until: moment, end: "answered", result: resultOf(event) })
        break
      case "refused":
        if (known !== undefined) history.set(id, { ...known, until: moment, end: "refused" })
        break
      case "abandoned":
        break
      default:
        event satisfies never
    }
  }
  return [...history.values()]
}

/** Of unknown end, until an answer comes. */
function begin(operation: ClientOperation, moment: number): Operation {
  const { id, client, register, consistency } = operation
  const promise = consistency === "stale" ? "session" : "linearizable"
  return { id, client, key: register, call: callOf(operation), from: moment, until: Infinity, end: "unknown", result: null, promise }
}

function callOf({ kind, id, expected }: ClientOperation): KeyCall {
  switch (kind) {
    case "read":
      return { kind: "get" }
    case "put":
      return { kind: "put", value: id }
    case "cas":
      return { kind: "cas", expected: valueOf(expected), value: id }
    case "delete":
      return { kind: "delete" }
    default:
      return kind satisfies never
  }
}

function resultOf(event: ClientEvent & { readonly kind: "read" | "written" }): Result | null {
  if (event.kind === "read") return { kind: "get", value: valueOf(event.value) }
  return event.operation.kind === "cas" ? { kind: "cas", done: event.changed } : null
}

function valueOf(number: number): Value {
  return number === 0 ? null : number
}
