/** The tables at the end: one of loads with their latencies and processor time, one of everything else. */

import type { Comparison, LoadSummary, Target, Unit } from "./comparison.ts"
import type { Machine } from "./machine.ts"

type Row = readonly string[]

export function report(machine: Machine, comparisons: readonly Comparison[]): string {
  const loads = comparisons.filter((comparison) => comparison.loads !== undefined)
  const others = comparisons.filter((comparison) => comparison.loads === undefined)
  const parts = [describeMachine(machine)]
  if (loads.length > 0) {
    const header = ["", "etcd", "oarlock", "ratio", "target", "", "p50 ms", "p99 ms", "p999 ms", "server µs/op", "client µs/op"]
    parts.push(table([header, ...loads.map(loadRow)]))
  }
  if (others.length > 0) parts.push(table([["", "etcd", "oarlock", "ratio", "target", ""], ...others.map(plainRow)]))
  if (loads.length > 0)
    parts.push("Pairs are etcd → oarlock. Server µs/op: processor time of all nodes together. Medians of interleaved rounds.")
  if (loads.some(isNoisy)) parts.push("~ others used the machine during some of these rounds.")
  for (const { label, loads: pair } of loads) {
    for (const name of ["etcd", "oarlock"] as const) {
      const refused = pair?.[name]?.refused ?? 0
      if (refused > 0) parts.push(`${name} refused ${refused.toLocaleString("en")} requests in "${label}".`)
    }
  }
  return parts.join("\n\n")
}

export function describeMachine(machine: Machine): string {
  const { cores, processor, syncMicros, node, etcd } = machine
  return `${cores} × ${processor}; 4 KiB append + fdatasync ${Math.round(syncMicros)} µs; Node ${node}; ${etcd ?? "no etcd"}`
}

function plainRow(comparison: Comparison): Row {
  const { label, unit, etcd, oarlock, ratio, target, isMet } = comparison
  return [
    label,
    figure(etcd, unit),
    figure(oarlock, unit),
    ratio === null ? "–" : `${ratio.toFixed(2)}×`,
    describeTarget(target, unit),
    verdict(isMet),
  ]
}

function loadRow(comparison: Comparison): Row {
  const { etcd = null, oarlock = null } = comparison.loads ?? {}
  const pair = (of: (load: LoadSummary) => number, digits: number) =>
    [etcd, oarlock].map((load) => (load === null ? "–" : of(load).toFixed(digits))).join(" → ")
  const [label, ...rest] = plainRow(comparison)
  return [
    isNoisy(comparison) ? `${label} ~` : label!,
    ...rest,
    pair((load) => load.p50Ms, 2),
    pair((load) => load.p99Ms, 1),
    pair((load) => load.p999Ms, 1),
    pair((load) => load.serverMicros, 1),
    pair((load) => load.clientMicros, 1),
  ]
}

function isNoisy({ loads }: Comparison): boolean {
  return (loads?.etcd?.noisyRounds ?? 0) + (loads?.oarlock?.noisyRounds ?? 0) > 0
}

function figure(value: number | null, unit: Unit): string {
  if (value === null) return "–"
  switch (unit) {
    case "/s":
      return `${Math.round(value).toLocaleString("en")}/s`
    case "ms":
      return `${value < 10 ? value.toFixed(2) : Math.round(value)} ms`
    case "MB":
      return `${Math.round(value)} MB`
    case "s":
      return `${value.toFixed(2)} s`
    default:
      return unit satisfies never
  }
}

function describeTarget(target: Target | null, unit: Unit): string {
  if (target === null) return ""
  return `${target.is === "atLeast" ? "≥" : "≤"} ${target.of === "ratio" ? `${target.bound}×` : `${target.bound} ${unit}`}`
}

function verdict(isMet: boolean | null): string {
  return isMet === null ? "" : isMet ? "met" : "MISSED"
}

/** First column to the left, figures to the right. */
function table(rows: readonly Row[]): string {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)))
  const lines = rows.map((row) =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!)))
      .join("  ")
      .trimEnd(),
  )
  return [lines[0]!, "─".repeat(Math.max(...lines.map((line) => line.length))), ...lines.slice(1)].join("\n")
}
