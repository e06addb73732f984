/** A world before its first event: servers on empty disks, clients that have asked for nothing, and the queue of what the options have planned. */

import { createCheckerStates } from "../checkers/index.ts"
import { createClient } from "../clients/client.ts"
import { gapBefore } from "../faults/strike.ts"
import type { Build } from "../state/build.ts"
import { createCoverage } from "../state/coverage.ts"
import { EventQueue } from "../state/event-queue.ts"
import { identityOf } from "../state/identity.ts"
import type { WorldOptions } from "../state/options.ts"
import { RecentWorldEvents } from "../state/recent-events.ts"
import { SimulatedNode } from "../state/simulated-node.ts"
import type { WorldEvent } from "../state/world-event.ts"
import type { WorldState } from "../state/world-state.ts"
import { keyValueWorkload } from "../workload/key-value-workload.ts"
import { poisonedWorkload } from "../workload/poisoned-workload.ts"
import { registerWorkload, type Workload } from "../workload/workload.ts"

/** `workload`: the one that the options name if left out. */
export function initialState(options: WorldOptions, build: Build, workload?: Workload): WorldState {
  const token = {}
  const nodes = Array.from(
    { length: options.nodes + options.spares },
    (_, position) => new SimulatedNode(position + 1, token, identityOf(options.seed, position + 1, 1)),
  )
  const ids = nodes.map(({ id }) => id)
  const queue = new EventQueue<WorldEvent>()
  for (const id of ids.filter((one) => !options.late.includes(one))) queue.add(0, { kind: "act", action: { kind: "restart", node: id } })
  const clients = Array.from({ length: options.clients.count }, (_, position) => createClient(position + 1, options, ids))
  for (const { id } of clients) queue.add(id, { kind: "think", client: id })
  for (const [position, plan] of options.faults.entries()) {
    queue.add(gapBefore(plan, position, 0, options.seed), { kind: "strike", plan: position, number: 0 })
  }
  for (const [position, { atMs }] of options.script.entries()) queue.add(atMs, { kind: "script", position })
  return {
    options,
    build,
    workload: poisonedIfAsked(options, workload),
    now: 0,
    eventNumber: 0,
    stillSince: 0,
    violation: null,
    healed: false,
    healedAt: Infinity,
    committedWhenHealed: 0,
    quiet: false,
    operatorRequests: [],
    actions: [],
    coverage: createCoverage(),
    clients,
    sessions: new Map(),
    scripted: new Map(),
    clientsWhenHealed: clients,
    recent: new RecentWorldEvents(),
    nodes,
    views: null,
    cuts: [],
    links: [],
    damaged: new Map(),
    absent: { nodes: [], areDown: false },
    held: [],
    queue,
    checkers: createCheckerStates(),
    ownsCheckers: true,
    token,
    journal: { records: [], kept: [] },
    clientEvents: [],
    lookUp: null,
  }
}

const workloads: Readonly<Record<WorldOptions["workload"], Workload>> = { registers: registerWorkload, keyValue: keyValueWorkload }

/** The world's own workloads always understand poison, since a script may ask for it; a caller's does only with a `poisonRate`. */
function poisonedIfAsked({ seed, poisonRate = 0, workload: name }: WorldOptions, given: Workload | undefined): Workload {
  if (given !== undefined && poisonRate === 0) return given
  return poisonedWorkload(given ?? workloads[name], seed, poisonRate)
}
