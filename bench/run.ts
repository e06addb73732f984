/**
 * `npm run bench`: Oarlock and etcd side by side in one run, a table at the end and everything measured as JSON in `bench/results/`.
 *
 * Figures of one day and one machine mean little; ratios within one run do. What is missing on a machine is left out and named, never an
 * error. Nothing here listens on, connects to or signals anything but the processes that it starts itself, on loopback.
 */

import { existsSync, mkdirSync, writeFileSync } from "node:fs"
import { dirname, join, relative, resolve } from "node:path"
import { type BenchArguments, parseArguments, usage } from "./harness/arguments.ts"
import type { Comparison } from "./harness/comparison.ts"
import type { Context } from "./harness/context.ts"
import { etcd } from "./harness/etcd.ts"
import { LoadGenerator } from "./harness/load-generator.ts"
import { believableSyncMicros, explainMissing, inspectMachine, type Machine, preferOwnSession } from "./harness/machine.ts"
import { oarlock } from "./harness/oarlock.ts"
import { readProfile } from "./harness/profile.ts"
import { projectFolder } from "./harness/project-folder.ts"
import { describeMachine, report } from "./harness/report.ts"
import { core } from "./rows/core.ts"
import { failover } from "./rows/failover.ts"
import { memory } from "./rows/memory.ts"
import { recovery } from "./rows/recovery.ts"
import { clusterSizes, throughput, valueSizes } from "./rows/throughput.ts"

await main(process.argv.slice(2))

async function main(words: readonly string[]): Promise<void> {
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(130))
  const args = readArguments(words)
  if (args === null) return
  const machine = inspectMachine(projectFolder)
  preferOwnSession()
  tell(describeMachine(machine))
  if (machine.syncMicros < believableSyncMicros)
    tell(`An fsync of ${machine.syncMicros.toFixed(1)} µs reaches no disk: figures about writes will be too good.`)
  const missing = explainMissing(machine)
  if (missing !== null) tell(missing)

  const generator = await LoadGenerator.create(machine)
  const hasEtcd = machine.etcd !== null && machine.go !== null
  const systems = [etcd, oarlock].filter((system) => (args.only ?? system.name) === system.name && (system.name === "oarlock" || hasEtcd))
  const comparisons = await measure({ args, machine, generator, systems, tell })
  process.stdout.write(`\n${report(machine, comparisons)}\n`)
  if (args.profile) tellProfiles(machine)
  tell(`Everything measured: ${relative(process.cwd(), writeResults(args, machine, comparisons))}`)
}

async function measure(context: Context): Promise<readonly Comparison[]> {
  const rows = context.args.rows
  // "put" and "get" share their clusters.
  const throughputRows = rows.filter((row) => row === "put" || row === "get")
  const plan: readonly [title: string, isWanted: boolean, measureRow: (context: Context) => Promise<Comparison[]>][] = [
    ["core", rows.includes("core"), core],
    [throughputRows.join(" and "), throughputRows.length > 0, throughput],
    ["failover", rows.includes("failover"), failover],
    ["memory", rows.includes("memory"), memory],
    ["recovery", rows.includes("recovery"), recovery],
    ["nodes", rows.includes("nodes"), clusterSizes],
    ["values", rows.includes("values"), valueSizes],
  ]
  const comparisons: Comparison[] = []
  for (const [title, isWanted, measureRow] of plan) {
    if (!isWanted) continue
    tell(`${title} …`)
    comparisons.push(...(await measureRow(context)))
  }
  return comparisons
}

function readArguments(words: readonly string[]): BenchArguments | null {
  try {
    const args = parseArguments(words)
    if (args !== "help") return args
    process.stdout.write(usage)
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n\n${usage}`)
    process.exitCode = 2
  }
  return null
}

function writeResults(args: BenchArguments, machine: Machine, comparisons: readonly Comparison[]): string {
  const now = new Date().toISOString()
  const file = resolve(args.json ?? join(projectFolder, "bench", "results", `${now.slice(0, 19).replaceAll(":", "-")}.json`))
  mkdirSync(dirname(file), { recursive: true })
  const { folder: _, ...described } = machine
  writeFileSync(file, `${JSON.stringify({ at: now, machine: described, arguments: args, comparisons }, null, 2)}\n`)
  return file
}

/** The node that worked most led. */
function tellProfiles(machine: Machine): void {
  for (const id of [1, 2, 3]) {
    const file = join(machine.folder, `n${id}.cpuprofile`)
    if (!existsSync(file)) continue
    process.stdout.write(`\nnode ${id}, self time:\n`)
    for (const { name, percent } of readProfile(file).slice(0, 40)) process.stdout.write(`${percent.toFixed(1).padStart(5)} %  ${name}\n`)
  }
}

function tell(line: string): void {
  process.stderr.write(`${line}\n`)
}
