/**
 * A state machine under crashes, partitions, lost messages, full disks and restarts: whole clusters of production replicas, one per seed, with the
 * user's machine in them and every checker looking on.
 */

import { entered, foreignOptions, integer, list, method, options as optionsOf } from "../arguments/index.ts"
import type { StateMachine } from "../replica/index.ts"
import {
  calmOptions,
  describeEvent,
  runSeed,
  SimulationFailure,
  swarmOptions,
  type Coverage,
  type Violation,
  type WorldOptions,
} from "../simulator/index.ts"
import { addCoverage, createCoverage } from "../simulator/internal.ts"
import { invariantBroken, workloadOf, worldWorkload, type MachineWorkload } from "./machine-workload.ts"

/** Which clusters `simulate` runs. */
export interface SimulateOptions {
  /** How many seeds, from 1 on; or which. 20 if missing. */
  readonly seeds?: number | readonly number[]
  /** What is not to be drawn from the seed, such as the number of `nodes`, or the `faults`. */
  readonly world?: Partial<Omit<WorldOptions, "seed" | "workload">>
  /** All servers' states are compared by their hashes after every so many entries. 1 if missing: raise it if hashing is slow. */
  readonly hashEvery?: number
  /** Told after each seed. */
  readonly onSeed?: (seed: number) => void
}

/** What the clusters went through in which nothing was wrong. */
export interface SimulateReport {
  /** How many seeds were run. */
  readonly seeds: number
  /** Events of all worlds: messages, disk completions, timers, faults. */
  readonly events: number
  /** What happened in all worlds together. */
  readonly coverage: Readonly<Coverage>
}

/** A seed in which something was not as it must be. */
export class SimulatedFault extends Error {
  /** The seed in which it showed: `simulate(create, workload, { seeds: [seed] })` shows it again. */
  readonly seed: number
  /** Who noticed: `equal-states`, `invariant`, `client-writes`, … and why. */
  readonly violation: Violation
  /** The whole report of the simulator, and the world at that moment. */
  readonly failure: SimulationFailure

  constructor(seed: number, violation: Violation, failure: SimulationFailure) {
    super(describe(seed, violation, failure))
    this.name = "SimulatedFault"
    this.seed = seed
    this.violation = violation
    this.failure = failure
  }
}

const seed = integer(0, 0xffff_ffff)
const seedList = list(seed)

const simulateOptions = optionsOf<Required<SimulateOptions>>({
  seeds: (value, path) => (typeof value === "number" ? seed(value, path) : seedList(value, path)),
  // Each world says itself what it cannot be made of.
  world: foreignOptions("options of a world, such as { nodes: 3 }"),
  hashEvery: integer(1),
  onSeed: method("a function (seed)"),
})

/**
 * Runs `create`'s machine in one world after the other. Returns what they went through, or throws a `SimulatedFault` for the first seed in which
 * servers disagree, an answer is wrong, an invariant breaks, or the cluster does not recover once all is healed.
 */
export function simulate<Query, Answer>(
  create: () => StateMachine<Query, Answer>,
  workload: MachineWorkload<Query, Answer>,
  options: SimulateOptions = {},
): SimulateReport {
  entered("simulate", () => {
    method("a function that makes a machine")(create, "create")
    workloadOf(workload, "workload")
  })
  const { seeds = 20, world = {}, hashEvery = 1, onSeed } = entered("simulate", () => simulateOptions(options, "options"))
  const list = typeof seeds === "number" ? Array.from({ length: seeds }, (_, position) => position + 1) : seeds
  let events = 0
  let coverage = createCoverage()
  for (const seed of list) {
    const drawn = swarmOptions(seed)
    const clients = { ...drawn.clients, ...world.clients, registers: 1 }
    // How long this machine's commands are is not for a seed to say.
    const raft = { ...drawn.raft, proposalBytesMax: calmOptions.raft.proposalBytesMax }
    const replica = { ...drawn.replica, frameBytesMax: calmOptions.replica.frameBytesMax }
    try {
      const report = runSeed(
        seed,
        { raft, replica, onApplyError: "halt", poisonRate: 0, ...world, clients },
        undefined,
        worldWorkload(create, workload, seed, hashEvery),
      )
      events += report.events
      coverage = addCoverage(coverage, report.coverage)
    } catch (error) {
      if (!(error instanceof SimulationFailure)) throw error
      throw new SimulatedFault(seed, nameInvariant(error.violation), error)
    }
    onSeed?.(seed)
  }
  return { seeds: list.length, events, coverage }
}

/** A replica halts over the user's broken invariant as over its own; the reader wants to know whose it was. */
function nameInvariant(violation: Violation): Violation {
  return violation.checker === "halt" && violation.reason.includes(invariantBroken) ? { ...violation, checker: "invariant" } : violation
}

/** Events shown of those that came before. */
const eventsShown = 8

function describe(seed: number, { checker, reason }: Violation, { eventNumber, world }: SimulationFailure): string {
  const { nodes, spares, faults } = world.options
  const kinds = faults.map(({ kind }) => kind).join(", ") || "none"
  return [
    `seed ${seed}, event ${eventNumber}, ${(world.now / 1_000).toFixed(2)} s of world time: ${checker}`,
    `  ${reason}`,
    `a cluster of ${nodes + spares} servers; faults: ${kinds}`,
    "what happened last:",
    ...world.recent.slice(-eventsShown).map((event) => `  ${describeEvent(event)}`),
    `the same again: simulate(create, workload, { seeds: [${seed}] })`,
  ].join("\n")
}
