/**
 * One line of the result: the same thing measured on both systems in one run, beside its target.
 *
 * Targets are ratios to etcd wherever etcd can do the same, because figures of one machine and one day mean little elsewhere.
 */

import type { RowName } from "./arguments.ts"
import type { Measured } from "./load-generator.ts"
import { median } from "./statistics.ts"

export type Unit = "/s" | "ms" | "MB" | "s"

export interface Comparison {
  readonly row: RowName
  readonly label: string
  readonly unit: Unit
  /** Medians over the rounds; null where a system was not measured. */
  readonly etcd: number | null
  readonly oarlock: number | null
  /** Ours by theirs. */
  readonly ratio: number | null
  readonly target: Target | null
  /** Null without target or without what it compares. */
  readonly isMet: boolean | null
  /** All that was measured, round by round. */
  readonly rounds: { readonly etcd: readonly number[]; readonly oarlock: readonly number[] }
  /** Medians of everything else about a load. */
  readonly loads?: { readonly etcd: LoadSummary | null; readonly oarlock: LoadSummary | null }
}

/** `of`: what is compared with the bound, the ratio to etcd or our own figure. */
export interface Target {
  readonly of: "ratio" | "figure"
  readonly is: "atLeast" | "atMost"
  readonly bound: number
}

export interface LoadSummary {
  readonly p50Ms: number
  readonly p99Ms: number
  readonly p999Ms: number
  /** Processor time of all nodes together, in microseconds per operation. */
  readonly serverMicros: number
  readonly clientMicros: number
  readonly otherPercent: number
  readonly residentMbMax: number
  /** Rounds whose noise never fell below the limit and that were kept all the same. */
  readonly noisyRounds: number
  /** Requests that were refused, warm-up included, over all rounds: a leader that was lost, for instance. */
  readonly refused: number
}

export interface Figures<T> {
  readonly etcd: readonly T[]
  readonly oarlock: readonly T[]
}

export function compare(row: RowName, label: string, unit: Unit, rounds: Figures<number>, target: Target | null): Comparison {
  const etcd = rounds.etcd.length === 0 ? null : median(rounds.etcd)
  const oarlock = rounds.oarlock.length === 0 ? null : median(rounds.oarlock)
  const ratio = etcd === null || oarlock === null ? null : oarlock / etcd
  return { row, label, unit, etcd, oarlock, ratio, target, isMet: judge(target, ratio, oarlock), rounds }
}

export function compareLoads(row: RowName, label: string, rounds: Figures<Measured>, target: Target | null): Comparison {
  const perSecond = { etcd: rounds.etcd.map((load) => load.perSecond), oarlock: rounds.oarlock.map((load) => load.perSecond) }
  return { ...compare(row, label, "/s", perSecond, target), loads: { etcd: summarize(rounds.etcd), oarlock: summarize(rounds.oarlock) } }
}

/** A round with more of the processor used by others, or taken by the hypervisor, is measured again. Percent of one core. */
export const noisePercentMax = 30

export function noiseOf(load: Measured): number {
  return load.otherPercent + load.stealPercent
}

function judge(target: Target | null, ratio: number | null, figure: number | null): boolean | null {
  const measured = target?.of === "ratio" ? ratio : figure
  if (target === null || measured === null) return null
  return target.is === "atLeast" ? measured >= target.bound : measured <= target.bound
}

function summarize(loads: readonly Measured[]): LoadSummary | null {
  if (loads.length === 0) return null
  const of = (figure: (load: Measured) => number): number => median(loads.map(figure))
  return {
    p50Ms: of((load) => load.p50Ms),
    p99Ms: of((load) => load.p99Ms),
    p999Ms: of((load) => load.p999Ms),
    serverMicros: of((load) => sumOfServers(load.cpuMicrosPerOp)),
    clientMicros: of((load) => load.cpuMicrosPerOp["client"] ?? 0),
    otherPercent: of(noiseOf),
    residentMbMax: of((load) => Math.max(0, ...Object.values(load.residentMb))),
    noisyRounds: loads.filter((load) => noiseOf(load) > noisePercentMax).length,
    refused: loads.reduce((sum, load) => sum + load.failed, 0),
  }
}

function sumOfServers(byProcess: Readonly<Record<string, number>>): number {
  return Object.entries(byProcess).reduce((sum, [name, value]) => (name === "client" ? sum : sum + value), 0)
}
