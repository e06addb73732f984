/** `Action` from outside: what a trace says was done to the world, each with the keys of its kind and servers that exist. */

import {
  flag,
  integer,
  list,
  Misfit,
  nullable,
  number,
  oneOf,
  optional,
  record,
  text,
  variants,
  type Reader,
} from "../../arguments/index.ts"
import type { Member, MembershipChange } from "../../core/index.ts"
import type { ScriptedOperation } from "../clients/scripted-client.ts"
import type { WorldAction } from "./action.ts"
import { scriptedClientsFrom, scriptedClientsMax } from "./client-numbers.ts"

/** More servers than that make no cluster that anybody runs. */
export const serversMax = 64

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

const register = integer(0)
const session = optional(flag)

const operation: Reader<ScriptedOperation> = variants<ScriptedOperation>({
  put: { register, session },
  delete: { register, session },
  cas: { register, expected: integer(0), session },
  poison: { session },
  read: { register, consistency: oneOf("linearizable", "lease", "stale"), minimumIndex: optional(integer(0)) },
  again: {},
})

const fault = integer(0)
const message: Reader<string> = (value, path) => {
  const name = text(value, path)
  if (/^S\d+>S\d+#\d+(\.\d+)?$/.test(name)) return name
  throw new Misfit(path, `found ${JSON.stringify(name)}, expected the name of a message, such as "S1>S3#42"`)
}

/** A year: further than anybody sets a clock. */
const clockStepMaxMs = 366 * 86_400_000

export const readAction: Reader<WorldAction> = variants<WorldAction>({
  crash: { node, powerLoss: flag },
  restart: { node },
  pause: { node, forMs: milliseconds },
  suspend: { node, forMs: milliseconds },
  stepClock: { node, byMs: number(-clockStepMaxMs, clockStepMaxMs) },
  resume: { node },
  wipe: { node },
  copyDisk: { node },
  putBackDisk: { node },
  timeout: { node },
  skewClock: { node, rate: number(0.01, 100) },
  cut: { fault, from: nodes, to: nodes },
  link: {
    fault,
    from: node,
    to: node,
    dropRate: optional(number(0, 1)),
    latencyMs: optional(milliseconds),
    duplicateRate: optional(number(0, 1)),
  },
  heal: { fault },
  fillDisk: { node, forMs: milliseconds },
  slowDisk: { node, latencyMs: milliseconds, forMs: milliseconds },
  failSync: { node },
  failWrite: { node },
  failRead: { node },
  misdirectWrite: { node, target: oneOf("log", "snapshot") },
  upgrade: { node, newer: flag },
  rot: { node, target: oneOf("log", "snapshot"), number: integer(0) },
  spoilState: { node },
  dropMessage: { message },
  duplicateMessage: { message },
  deliverMessage: { message },
  holdMessage: { message },
  delayMessage: { message, byMs: milliseconds },
  transferLeadership: { node, to: nullable(node) },
  takeSnapshot: { node },
  changeMembership: { node, changes: list(change), version: nullable(integer(0)) },
  request: { client: integer(scriptedClientsFrom, scriptedClientsFrom + scriptedClientsMax - 1), node, operation },
  wait: { forMs: milliseconds },
  writeLog: { node, term: integer(0), terms: list(integer(0)) },
  healAll: {},
  quieten: {},
})

/** Throws a `Misfit` if `action` speaks of a server that is not among the `count` of the world. */
export function requireServers(action: WorldAction, count: number, path: string): void {
  const named = ["node", "from", "to"].flatMap((key) => {
    const value = (action as unknown as Record<string, unknown>)[key]
    const ids: unknown[] = Array.isArray(value) ? value : [value]
    return ids.filter((id) => typeof id === "number").map((id) => [key, id] as const)
  })
  const [stranger] = named.filter(([, id]) => id > count)
  if (stranger !== undefined)
    throw new Misfit(`${path}.${stranger[0]}`, `server ${stranger[1]} does not exist; this world has servers 1 to ${count}`, true)
}
