/** What state machines that keep their state on disk find there: the last point, or after a power failure one of the last few. */

import { below, purposes } from "../ground/randomness.ts"
import type { SimulatedNode } from "../state/simulated-node.ts"
import type { WorldState } from "../state/world-state.ts"
import { KeptMachine, ObservedMachine } from "../workload/observed-machine.ts"

/** So many of the latest points are no older than the last sync of the machine's disk. */
const pointsMax = 6

/** The machine that a process of `node` starts with. */
export function machineFor({ options, workload, journal }: WorldState, { machinePoints }: SimulatedNode): ObservedMachine {
  const create = () => workload.createMachine()
  if (options.machinesOnDisk !== true) return new ObservedMachine(create, journal, workload.hashEvery)
  return new KeptMachine(create, journal, workload.hashEvery, machinePoints.at(-1) ?? null)
}

/** Takes what the machine of `node`, which must be owned, has kept in this step out of the journal. */
export function takeKept({ journal }: WorldState, node: SimulatedNode): void {
  const { kept } = journal
  if (kept.length === 0) return
  journal.kept = []
  node.machinePoints = [...node.machinePoints, ...kept].slice(-pointsMax)
}

/** The machine's own disk loses power as well: it goes back to one of its points, or to nothing. */
export function losePoints(node: SimulatedNode, seed: number): void {
  const { machinePoints, id, life } = node
  if (machinePoints.length === 0) return
  // Once there are more than may be lost, one of them is on disk for certain.
  const mayLoseAll = machinePoints.length < pointsMax
  const lost = below(machinePoints.length + (mayLoseAll ? 1 : 0), seed, purposes.lostPoints, id, life)
  node.machinePoints = machinePoints.slice(0, machinePoints.length - lost)
}
