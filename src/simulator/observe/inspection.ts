/** Shows every step of a world to the checkers, as the all-seeing observer that no server can be. */

import type { LogIndex, Message, NodeId } from "../../core/index.ts"
import {
  checkStep,
  cloneCheckerStates,
  concludeRun,
  type AppliedEntry,
  type Refused,
  type ChangeEvent,
  type DurableView,
  type Restored,
  type StepView,
} from "../checkers/index.ts"
import { readDurable } from "../disk/durable-reading.ts"
import { draw, fraction, purposes } from "../ground/randomness.ts"
import type { SimulatedNode } from "../state/simulated-node.ts"
import { fail, nodeOf, viewsOf, type WorldState } from "../state/world-state.ts"

/** `node` has just moved and is about to send `sent`; `changes` of membership were begun or refused by it. Null if only clients did something. */
export function inspect(
  world: WorldState,
  node: SimulatedNode | null,
  sent: readonly Message[],
  changes: readonly ChangeEvent[] = nothing,
): void {
  const changedFrom = node === null ? 0 : node.mirror.update(node.view, placeToLook(world))
  if (node !== null && changes.length === 0 && isStill(world, node, changedFrom, sent)) return
  if (!world.ownsCheckers) {
    world.checkers = cloneCheckerStates(world.checkers)
    world.ownsCheckers = true
  }
  const clients = world.clientEvents
  if (clients.length > 0) world.clientEvents = []
  const view = node?.view ?? null
  const lookUp = (world.lookUp ??= lookUpIn(world))
  const step: StepView = {
    eventNumber: world.eventNumber,
    now: world.now,
    node: view,
    before: node?.summary ?? null,
    changedFrom,
    nodes: viewsOf(world),
    wiped: world.damaged.size === 0 ? nothing : wipedServers(world),
    journal: takeJournal(world, node),
    sent,
    clients,
    changes,
    durable: lookUp.durable,
    replicatedHash: lookUp.replicatedHash,
    sample: lookUp.sample,
  }
  const violation = checkStep(world.checkers, step, world.build.tolerated)
  if (violation !== null) fail(world, violation.checker, violation.reason)
}

/** Whether a step changed nothing and said nothing, like that of a leader that hears from one follower more than a majority takes. */
function isStill({ journal, clientEvents }: WorldState, { view }: SimulatedNode, changedFrom: LogIndex, sent: readonly Message[]): boolean {
  const isSilent = sent.length === 0 && journal.records.length === 0 && clientEvents.length === 0
  return isSilent && !view.hasChanged && changedFrom > view.lastIndex
}

/** The run is over: looks back at the whole of it. What clients of a foreign state machine saw has a meaning that only its own workload knows. */
export function conclude(world: WorldState): void {
  const violation = world.workload.hasRegisters === true ? concludeRun(world.checkers, world.build.tolerated) : null
  if (violation !== null) fail(world, violation.checker, violation.reason)
}

/** What checkers may ask of `world`, and most do not: made once, and not for every step. */
function lookUpIn(world: WorldState): NonNullable<WorldState["lookUp"]> {
  return {
    durable: (id) => durableState(world, id),
    replicatedHash: (id) => (nodeOf(world, id).isSpoilt ? null : nodeOf(world, id).replica!.replicatedHash()),
    sample: () => draw(world.options.seed, purposes.durabilitySample, world.eventNumber),
  }
}

/** What a server's disk would give back if power failed now and nothing unsynced survived. Null if recovery refuses it. */
export function durableState(world: WorldState, id: NodeId, afresh = false): DurableView | null {
  const node = nodeOf(world, id)
  // A damaged disk is the disk's fault: whether its server did what it promised shows on what would be there otherwise.
  const reading = readDurable(afresh ? null : node.reading, node.pristine ?? node.disk, world.build, node.identity)
  // No change to the world: only what is known of it, so every world that shares the node may use it.
  if (!afresh) node.reading = reading
  return reading.view
}

/** One step of so many looks deeper into a log than its end. */
const deepEvery = 32

function placeToLook({ eventNumber, options }: WorldState): number | null {
  return eventNumber % deepEvery === 0 ? fraction(options.seed, purposes.durabilitySample, eventNumber, 1) : null
}

function wipedServers({ damaged }: WorldState): readonly NodeId[] {
  return [...damaged].filter(([, damage]) => damage === "wiped" || damage === "rolledBack").map(([id]) => id)
}

function takeJournal(world: WorldState, node: SimulatedNode | null): readonly (AppliedEntry | Refused | Restored)[] {
  const { records } = world.journal
  if (records.length === 0) return nothing
  world.journal.records = []
  // What it makes of commands now is its own mistake, and has to be found by the servers themselves.
  if (node?.isSpoilt === true) return nothing
  return records.map((record, position) => {
    if (record.kind === "applied") {
      const { index, timeMs, command, result, hash, restoredHash } = record
      const { operationId, effect } = world.workload.explain(command, result)
      return { kind: "applied", index, timeMs, command, result, hash, restoredHash, operationId, effect }
    }
    if (record.kind === "refused") return record
    // A snapshot ends before the first command that is applied on top of it.
    const next = records[position + 1]
    return {
      kind: "restored",
      hash: record.hash,
      index: next !== undefined && next.kind !== "restored" ? next.index - 1 : (node?.view.appliedIndex ?? 0),
    }
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
  world.journal.records = []
  world.journal.kept = []
  const result = reads.find((one) => one.id === copiesReadId)
  return result?.kind === "answered" ? world.workload.valueOf(result.answer) : 0
}

/** No server of a world has had so many requests. */
const copiesReadId = Number.MAX_SAFE_INTEGER
