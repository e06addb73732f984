/** What many seeds come to: counted as they arrive, one table in the end. The same seed counts once, and has to end alike wherever it ran. */

import { createCoverage, hex } from "../../simulator/internal.ts"
import type { Style } from "../terminal/output.ts"
import { formatAge, formatTable } from "../terminal/table.ts"
import type { SeedResult } from "./seed-result.ts"

/** Failing seeds that are listed by name. */
const failuresListedMax = 100

export class Summary {
  seeds = 0
  failed = 0
  events = 0
  simulatedMs = 0
  /** Time that processors spent in runs, in milliseconds. */
  wallMs = 0
  readonly failures: SeedResult[] = []
  readonly coverage = new Map<string, { total: number; seeds: number }>(
    Object.keys(createCoverage()).map((name) => [name, { total: 0, seeds: 0 }]),
  )
  readonly byNodes = new Map<number, number>()
  readonly versions = new Set<string>()
  firstSeed = Infinity
  lastSeed = -Infinity
  readonly #hashes: Map<string, number> | null

  /** `keepsHashes`: notice a seed that comes twice. A campaign gives every seed once and can do without. */
  constructor(keepsHashes = false) {
    this.#hashes = keepsHashes ? new Map() : null
  }

  /** Says in a sentence what is wrong with the results, or returns null. */
  add(result: SeedResult): string | null {
    const { seed, events, simulatedMs, wallMs, nodes, violation, hash, coreVersion, coverage } = result
    if (this.#hashes !== null) {
      const name = `${coreVersion} ${seed} ${result.changed ?? ""}`
      const known = this.#hashes.get(name)
      if (known === hash) return null
      if (known !== undefined) {
        return `seed ${seed} ended in hash ${hex(known)} once and in ${hex(hash)} another time: something in it is not deterministic, or it was run by different code`
      }
      this.#hashes.set(name, hash)
    }
    this.seeds += 1
    this.events += events
    // To the microsecond, as each part: else the sum would depend on the order in which parts arrive.
    this.simulatedMs = Math.round((this.simulatedMs + simulatedMs) * 1000) / 1000
    this.wallMs += wallMs
    this.firstSeed = Math.min(this.firstSeed, seed)
    this.lastSeed = Math.max(this.lastSeed, seed)
    this.versions.add(coreVersion)
    this.byNodes.set(nodes, (this.byNodes.get(nodes) ?? 0) + 1)
    for (const [kind, count] of Object.entries(coverage)) {
      const sum = this.coverage.get(kind) ?? { total: 0, seeds: 0 }
      this.coverage.set(kind, { total: sum.total + count, seeds: sum.seeds + 1 })
    }
    if (violation !== null) {
      this.failed += 1
      if (this.failures.length < failuresListedMax) this.failures.push(result)
    }
    return null
  }

  toJson(elapsedMs: number | null): Record<string, unknown> {
    const { seeds, failed, events, simulatedMs, wallMs, firstSeed, lastSeed } = this
    return {
      seeds,
      passed: seeds - failed,
      failed,
      firstSeed: seeds === 0 ? null : firstSeed,
      lastSeed: seeds === 0 ? null : lastSeed,
      events,
      simulatedMs,
      wallMs,
      ...(elapsedMs === null
        ? {}
        : {
            elapsedMs: Math.round(elapsedMs),
            seedsPerSecond: rate(seeds, elapsedMs),
            simulatedSecondsPerSecond: rate(simulatedMs / 1000, elapsedMs),
          }),
      coreVersions: [...this.versions],
      nodes: Object.fromEntries([...this.byNodes].sort(([a], [b]) => a - b)),
      coverage: Object.fromEntries(this.coverage),
      failures: this.failures.map(({ seed, violation }) => ({ seed, ...violation })),
    }
  }
}

/** The final table. `elapsedMs` is null where the results came from other machines. */
export function formatSummary(summary: Summary, elapsedMs: number | null, style: Style): string {
  const { seeds, failed, events, simulatedMs, wallMs } = summary
  if (seeds === 0) return "No seed was run."
  const verdict =
    failed === 0 ? style.good(`${count(seeds)} passed`) : `${count(seeds - failed)} passed, ${style.bad(`${count(failed)} failed`)}`
  const speed =
    elapsedMs === null
      ? `${formatAge(wallMs)} of processor time`
      : `${formatAge(elapsedMs)}: ${rate(seeds, elapsedMs)} seeds/s, ${rate(simulatedMs / 1000, elapsedMs)} simulated s/s`
  const clusters = [...summary.byNodes].sort(([a], [b]) => a - b).map(([nodes, of]) => `${nodes}: ${count(of)}`)
  return [
    formatCoverage(summary, style),
    "",
    `${count(seeds)} seeds (${summary.firstSeed} to ${summary.lastSeed}), ${formatAge(simulatedMs)} of cluster time, ${count(events)} events in ${speed}`,
    `seeds by number of servers   ${clusters.join("   ")}`,
    verdict,
  ].join("\n")
}

function formatCoverage({ coverage, seeds }: Summary, style: Style): string {
  const rows = [...coverage].map(([kind, { total, seeds: met }]) => ({ kind, total, share: met / seeds }))
  return formatTable(
    [
      { title: "WENT THROUGH", cell: ({ kind }) => inWords(kind) },
      { title: "SEEDS THAT MET IT", cell: ({ share }) => (share === 0 ? style.bad(bar(share)) : bar(share)) },
      { title: "", cell: ({ share }) => `${share > 0 && share < 0.01 ? "<1" : Math.floor(share * 100)} %`, align: "right" },
      { title: "TIMES", cell: ({ total }) => count(total), align: "right" },
      { title: "PER SEED", cell: ({ total }) => perSeed(total / seeds), align: "right" },
    ],
    rows,
    style.bold,
  )
}

const barLength = 20

/** A share of 1 as a bar; anything above nothing shows. */
function bar(share: number): string {
  const full = share === 0 ? 0 : Math.max(1, Math.round(share * barLength))
  return "█".repeat(full) + "░".repeat(barLength - full)
}

function perSeed(value: number): string {
  return value >= 100 ? count(Math.round(value)) : value.toFixed(value >= 10 ? 1 : 2)
}

/** `tornWrites` as "torn writes". */
export function inWords(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)
}

/** `12345678` as "12,345,678". */
export function count(value: number): string {
  return String(Math.round(value)).replaceAll(/\B(?=(\d{3})+$)/g, ",")
}

/** Per second, with as many digits as mean something. */
export function rate(amount: number, ms: number): number {
  const value = ms > 0 ? (amount * 1000) / ms : 0
  return value >= 100 ? Math.round(value) : Math.round(value * 10) / 10
}
