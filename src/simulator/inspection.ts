/** Shows every step of a world to the checkers, as the all-seeing observer that no server can be. */

import type { Message, NodeId } from "../core/index.ts"
import {
  checkStep,
  cloneCheckerStates,
  concludeRun,
  type Applied,
  type DurableView,
  type NodeView,
  type Restored,
  type StepView,
} from "./checkers/index.ts"
import { draw, purposes } from "./randomness.ts"
import type { SimulatedNode } from "./simulated-node.ts"
import { fail, nodeOf, viewsOf, type WorldState } from "./world-state.ts"

/** `node` has just moved and is about to send `sent`; null if only clients did something. */
export function inspect(world: WorldState, node: SimulatedNode | null, sent: readonly Message[]): void {
  if (!world.ownsCheckers) {
    world.checkers = cloneCheckerStates(world.checkers)
    world.ownsCheckers = true
  }
  const clients = world.clientEvents
  if (clients.length > 0) world.clientEvents = []
  const view = node?.view ?? null
  const step: StepView = {
    eventNumber: world.eventNumber,
    now: world.now,
    node: view,
    before: node?.summary ?? null,
    changedFrom: node === null ? 0 : node.mirror.update(node.view, world.eventNumber % thoroughEvery === 0),
    nodes: viewsOf(world),
    wiped: world.damaged.size === 0 ? nothing : [...world.damaged].filter(([, damage]) => damage === "wiped").map(([id]) => id),
    journal: takeJournal(world, view),
    sent,
    clients,
    durable: readOnce(world),
    replicatedHash: (id) => nodeOf(world, id).replica!.replicatedHash(),
    sample: draw(world.options.seed, purposes.durabilitySample, world.eventNumber),
  }
  const violation = checkStep(world.checkers, step, world.build.tolerated)
  if (violation !== null) fail(world, violation.checker, violation.reason)
}

/** The run is over: looks back at the whole of it. What clients of a foreign state machine saw has a meaning that only its own workload knows. */
export function conclude(world: WorldState): void {
  const violation = world.workload.hasRegisters === true ? concludeRun(world.checkers, world.build.tolerated) : null
  if (violation !== null) fail(world, violation.checker, violation.reason)
}

/** What a server's disk would give back if power failed now and nothing unsynced survived. Null if recovery refuses it. */
export function durableState(world: WorldState, id: NodeId): DurableView | null {
  const node = nodeOf(world, id)
  // A damaged disk is the disk's fault: whether its server did what it promised shows on what would be there otherwise.
  const disk = (node.pristine ?? node.disk).clone()
  disk.loseEverythingUnsynced()
  return world.build.durable(disk.reader(), node.identity)
}

/** Reads each disk at most once for all checkers that look at a step. */
function readOnce(world: WorldState): (id: NodeId) => DurableView | null {
  let found: Map<NodeId, DurableView | null> | null = null
  return (id) => {
    const known = found?.get(id)
    if (known !== undefined) return known
    const view = durableState(world, id)
    found ??= new Map()
    found.set(id, view)
    return view
  }
}

/** One step of so many compares whole logs, not only their ends. */
const thoroughEvery = 256

function takeJournal(world: WorldState, view: NodeView | null): readonly (Applied | Restored)[] {
  if (world.journal.length === 0) return nothing
  const records = world.journal.splice(0)
  return records.map((record, position) => {
    if (record.kind === "applied") return { ...record, ...world.workload.explain(record.command, record.result) }
    // A snapshot ends before the first command that is applied on top of it.
    const next = records[position + 1]
    return { ...record, index: next?.kind === "applied" ? next.index - 1 : (view?.appliedIndex ?? 0) }
  })
}

const nothing: readonly never[] = []

/** The value in a register of a server's state machine, 0 for none; null while it is down. Asked of a copy, so that nothing happens to the server. */
export function valueAt(world: WorldState, id: NodeId, register: number): number | null {
  const { replica, lastLocal } = nodeOf(world, id)
  if (replica === null) return null
  const operation = {
    client: 0,
    id: 0,
    kind: "read",
    register,
    expected: 0,
    inSession: false,
    consistency: "stale",
    minimumIndex: 0,
  } as const
  const read = { id: copiesReadId, query: world.workload.query(operation), consistency: "stale", minimumIndex: 0 } as const
  const { reads } = replica.clone().step(lastLocal, [{ kind: "read", reads: [read] }])
  world.journal.length = 0
  const result = reads.find((one) => one.id === copiesReadId)
  return result?.kind === "answered" ? world.workload.valueOf(result.answer) : 0
}

/** No server of a world has had so many requests. */
const copiesReadId = Number.MAX_SAFE_INTEGER
