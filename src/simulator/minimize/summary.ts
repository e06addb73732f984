/** What a minimization took away, as rows with a before and an after. */

import { defaultRaftOptions } from "../../core/index.ts"
import { defaultReplicaLimits } from "../../replica/index.ts"
import { calmNetwork } from "../network/network.ts"
import { calmOptions, type WorldOptions } from "../state/options.ts"
import { differing } from "./reductions.ts"
import type { Failure } from "./subject.ts"
import { isEmptyPlan } from "./unroll.ts"

/** One thing that a run is made of, before and after it was minimized, in words for people. */
export interface ReducedRow {
  /** What the row is about: "servers", "fault plans". */
  readonly what: string
  /** Its amount or its list in the first run. */
  readonly before: string
  /** The same in the smallest one. */
  readonly after: string
}

interface Side {
  readonly options: WorldOptions
  readonly failure: Failure
}

/** All that a run is made of; those rows that stayed as they were, too. */
export function compareRuns(before: Side, after: Side): readonly ReducedRow[] {
  return measures.map(([what, measure]) => ({ what, before: measure(before), after: measure(after) }))
}

const measures: readonly (readonly [string, (side: Side) => string])[] = [
  ["events", ({ failure }) => String(failure.step)],
  ["milliseconds", ({ failure }) => failure.atMs.toFixed(1)],
  ["seed", ({ options }) => String(options.seed)],
  ["servers", ({ options }) => String(options.nodes)],
  ["spare servers", ({ options }) => String(options.spares)],
  ["fault plans", ({ options }) => listed(options.faults.filter((plan) => !isEmptyPlan(plan)).map(({ kind }) => kind))],
  ["deeds in the script", ({ options }) => String(options.script.length)],
  ["clients", ({ options }) => String(options.clients.count)],
  [
    "operations a client",
    ({ options, failure }) =>
      options.clients.count === 0 ? "0" : options.clients.operationsMax > failure.step ? "no limit" : String(options.clients.operationsMax),
  ],
  ["keys", ({ options }) => String(options.clients.count === 0 ? 0 : options.clients.registers)],
  ["network", ({ options }) => listed(faultsOf(options.network, calmNetwork, ["dropRate", "duplicateRate", "slowRate", "ordered"]))],
  [
    "disk",
    ({ options }) => listed(faultsOf(options.disk, calmOptions.disk, ["stallRate", "syncFailRate", "errorRate", "crashRate", "lieRate"])),
  ],
  ["clock drift", ({ options }) => String(options.clockDrift)],
  ["busy servers", ({ options }) => (options.busyMsMax === 0 ? "no" : `up to ${options.busyMsMax} ms`)],
  [
    "settings that are no defaults",
    ({ options }) => listed([...differing(options.raft, defaultRaftOptions), ...differing(options.replica, defaultReplicaLimits)]),
  ],
]

function faultsOf<T extends object>(options: T, calm: T, names: readonly (keyof T & string)[]): readonly string[] {
  return names
    .filter((name) => options[name] !== calm[name])
    .map((name) => (typeof options[name] === "number" ? `${name} ${String(options[name])}` : `not ${name}`))
}

function listed(items: readonly string[]): string {
  return items.length === 0 ? "none" : items.join(", ")
}
