/** `Action` from outside: what a trace says was done to the world, each with the keys of its kind and servers that exist. */

import type { Member, MembershipChange } from "../../core/index.ts"
import type { Action } from "../faults.ts"
import { flag, integer, list, nullable, number, record, text, TraceError, variants, type Reader } from "./json-reader.ts"
import { serversMax } from "./read-options.ts"

const node = integer(1, serversMax)
const nodes = list(node)
const milliseconds = number(0)

const member: Reader<Member> = record<Member>({ id: integer(1), name: text, peerAddress: text, clientAddress: text })

const change: Reader<MembershipChange> = variants<MembershipChange>({
  addLearner: { member },
  addVoter: { member },
  promote: { id: node },
  demote: { id: node },
  remove: { id: node },
  update: { member },
})

/** Throws a `TraceError` that names the place. */
export const readAction: Reader<Action> = variants<Action>({
  crash: { node, powerLoss: flag },
  restart: { node },
  pause: { node, forMs: milliseconds },
  cut: { fault: integer(0), from: nodes, to: nodes },
  heal: { fault: integer(0) },
  fillDisk: { node, forMs: milliseconds },
  transferLeadership: { node, to: nullable(node) },
  takeSnapshot: { node },
  changeMembership: { node, changes: list(change), version: nullable(integer(0)) },
})

/** Throws a `TraceError` if `action` speaks of a server that is not among the `count` of the world. */
export function requireServers(action: Action, count: number, path: string): void {
  const named = ["node", "from", "to"].flatMap((key) => {
    const value = (action as unknown as Record<string, unknown>)[key]
    const ids: unknown[] = Array.isArray(value) ? value : [value]
    return ids.filter((id) => typeof id === "number").map((id) => [key, id] as const)
  })
  const [stranger] = named.filter(([, id]) => id > count)
  if (stranger !== undefined)
    throw new TraceError(`${path}.${stranger[0]}`, `server ${stranger[1]} does not exist; this world has servers 1 to ${count}`)
}
