/** `oarlock simulate`: many seeds through the seeded world, on all processors or on one part of many machines; or the results of such runs, added up. */

import { randomInt } from "node:crypto"
import { closeSync, createReadStream, openSync, writeSync } from "node:fs"
import { availableParallelism } from "node:os"
import { join, relative, resolve } from "node:path"
import { createInterface } from "node:readline"
import { Option, type Command } from "commander"
import { version } from "../../server/index.ts"
import { writeTrace } from "../../simulator/index.ts"
import { runCampaign, seedsOf } from "../simulation/campaign.ts"
import { parseDuration } from "../simulation/duration.ts"
import { partsMax, parsePart, Parts, writePart, type Part } from "../simulation/parts.ts"
import { createProgress } from "../simulation/progress.ts"
import { flagsOf, parseNodes, parseSetting, requirePossible, type SeedSpec } from "../simulation/seed-options.ts"
import { parseResult, type SeedRun } from "../simulation/seed-result.ts"
import { formatSummary, Summary } from "../simulation/summary.ts"
import { describeFailure, writeWhole } from "../simulation/trace-file.ts"
import { CliError, type ExitCode, exitCode } from "../terminal/cli-error.ts"
import { type CommonOptions, type Context, defineCommand, parseInteger, run } from "../terminal/command.ts"
import { makeFolder } from "../terminal/make-folder.ts"
import { writeAll } from "../terminal/output.ts"

interface SimulateOptions extends CommonOptions {
  readonly seeds?: string
  readonly from?: string
  readonly fresh?: boolean
  readonly for?: string
  readonly jobs?: string
  readonly nodes?: string
  readonly set: readonly string[]
  readonly out: string
  readonly results?: string
  readonly failuresMax: string
  readonly index?: string
  readonly of?: string
  readonly merge?: readonly string[]
}

const seedsDefault = 1_000
const highestSeed = 0xffff_ffff

export function simulateCommand(context: Context): Command {
  return defineCommand(
    "simulate",
    "Run seeds through the simulator: whole clusters under crashes, cuts and bad disks, every step checked",
    [
      "oarlock simulate                                     seeds 1 to 1000, the same runs on every machine",
      "oarlock simulate --seeds 200 --from 5001 --jobs 2    seeds 5001 to 5200 on two processors",
      "oarlock simulate --fresh --for 10m                   seeds that nobody has seen, for ten minutes",
      "oarlock simulate --nodes 1-7 --set network.dropRate=0.2",
      "oarlock simulate --seeds 100000 --index 3 --of 8 --results part-3.jsonl",
      "oarlock simulate --merge part-*.jsonl                one table of what many machines found",
    ],
  )
    .option("--seeds <count>", `how many (default: ${seedsDefault}, or without end with --for)`)
    .option("--from <seed>", "the first seed (default: 1)")
    .option("--fresh", "begin at a random seed instead")
    .option("--for <time>", "stop after this long: 90s, 10m, 2h")
    .option("--jobs <count>", "worker threads (default: one for each processor)")
    .option("--nodes <n>", "servers in the first configuration: 5, or a range such as 1-7 (default: each seed draws its own)")
    .option("--set <option=value>", "change one option of every seed; may be repeated", collect, [])
    .option("--out <dir>", "where failing seeds leave their traces", "traces")
    .option("--results <file>", "add a line of JSON for this part, and one a seed, to this file; - for standard output")
    .option("--failures-max <count>", "stop after so many failing seeds", "20")
    .option("--index <i>", "run only part i, from 0, of the seeds …")
    .option("--of <n>", "… that are dealt out to n machines")
    .addOption(new Option("--merge <files...>", "add up results files instead of running anything, and say what is missing"))
    .action((options: SimulateOptions) =>
      run(context, options, () => (options.merge === undefined ? simulate(context, options) : merge(context, options, options.merge))),
    )
}

async function simulate(context: Context, options: SimulateOptions): Promise<ExitCode> {
  const { output } = context
  const plan = readPlan(options)
  const folder = resolve(context.workingDirectory, options.out)
  const results = options.results === undefined ? null : openResults(context, options.results)
  const summary = new Summary()
  const progress = createProgress(process.stderr)
  const stop = new AbortController()
  let interrupted = false
  const onInterrupt = (): void => {
    interrupted = true
    stop.abort()
  }
  process.on("SIGINT", onInterrupt)
  process.on("SIGTERM", onInterrupt)
  // Results that nobody takes are not worth the processors; without them only the table at the end is lost.
  const onGone = (): void => stop.abort()
  if (options.results === "-") output.gone.addEventListener("abort", onGone)
  const timer = plan.forMs === null ? null : setTimeout(() => stop.abort(), plan.forMs)
  const startedMs = performance.now()
  const state = (): Parameters<typeof progress.show>[0] => ({ ...summary, ...plan, elapsedMs: performance.now() - startedMs })
  const ticks = setInterval(() => progress.show(state()), 200)
  if (plan.isFresh) output.note(`Fresh seeds from ${plan.first}.`)
  const part = partOf(plan)
  try {
    results?.write(writePart(part))
    await runCampaign({
      spec: plan.spec,
      coreVersion: version,
      jobs: plan.jobs,
      seeds: seedsOf(plan.first, plan.total, plan.index, plan.of),
      signal: stop.signal,
      onRun(seedRun) {
        results?.write(JSON.stringify(seedRun.result))
        summary.add(seedRun.result)
        if (seedRun.result.violation === null) return
        progress.clear()
        reportFailure(context, seedRun, folder, flagsOf(plan.spec))
        if (summary.failed >= plan.failuresMax) stop.abort()
      },
    })
    const isTimeOver = !interrupted && summary.failed < plan.failuresMax
    if (plan.forMs !== null && isTimeOver) results?.write(writePart({ ...part, ran: summary.seeds }))
  } finally {
    process.off("SIGINT", onInterrupt)
    process.off("SIGTERM", onInterrupt)
    output.gone.removeEventListener("abort", onGone)
    clearInterval(ticks)
    if (timer !== null) clearTimeout(timer)
    progress.clear()
    results?.close()
  }
  if (options.results === "-" && summary.failed === 0) await output.keepUp()
  const elapsedMs = performance.now() - startedMs
  if (options.json === true) output.print(JSON.stringify(summary.toJson(elapsedMs)))
  else if (options.results === "-") output.note(formatSummary(summary, elapsedMs, output.style))
  else output.print(formatSummary(summary, elapsedMs, output.style))
  if (summary.failed >= plan.failuresMax) output.note(`Stopped after ${summary.failed} failing seeds; --failures-max allows more.`)
  if (summary.failed > 0) return exitCode.failed
  return interrupted ? exitCode.interrupted : exitCode.ok
}

interface Plan {
  readonly spec: SeedSpec
  readonly first: number
  readonly isFresh: boolean
  /** Of all parts together; infinite if only time ends it. */
  readonly total: number
  readonly index: number
  readonly of: number
  /** Of this part; null without an end. */
  readonly seedsPlanned: number | null
  readonly forMs: number | null
  readonly jobs: number
  readonly failuresMax: number
}

function readPlan(options: SimulateOptions): Plan {
  const { seeds, from, fresh: isFresh = false } = options
  const count = seeds === undefined ? null : parseInteger(seeds, "--seeds", 1, highestSeed + 1)
  if (isFresh && from !== undefined)
    throw new CliError(exitCode.usage, "--fresh and --from: either the first seed is drawn or it is given.")
  if ((options.index === undefined) !== (options.of === undefined))
    throw new CliError(exitCode.usage, "--index and --of go together: part 0 of 4 is --index 0 --of 4.")
  const of = parseInteger(options.of ?? "1", "--of", 1, partsMax)
  const index = parseInteger(options.index ?? "0", "--index", 0, of - 1)
  if (isFresh && of > 1)
    throw new CliError(exitCode.usage, "--fresh and --of: the parts have to agree on the first seed; give it with --from.")
  const forMs = options.for === undefined ? null : parseDuration(options.for, "--for")
  const first = isFresh ? randomInt(highestSeed + 1) : parseInteger(from ?? "1", "--from", 0, highestSeed)
  const total = count ?? (forMs === null ? seedsDefault : Infinity)
  const seedsPlanned = total === Infinity ? null : Math.max(0, Math.ceil((total - index) / of))
  const jobs = Math.min(
    parseInteger(options.jobs ?? String(availableParallelism()), "--jobs", 1, 1_024),
    Math.max(1, seedsPlanned ?? Infinity),
  )
  const spec = { nodes: options.nodes === undefined ? null : parseNodes(options.nodes), set: options.set.map(parseSetting) }
  requirePossible(spec, first)
  const failuresMax = parseInteger(options.failuresMax, "--failures-max", 1)
  return { spec, first, isFresh, total, index, of, seedsPlanned, forMs, jobs, failuresMax }
}

/** How a results file says what it should hold. */
function partOf({ spec, first, total, index, of, forMs }: Plan): Part {
  const changed = flagsOf(spec).trim()
  return { index, of, from: first, seeds: forMs === null ? total : null, ...(changed === "" ? {} : { changed }) }
}

/** Keeps the trace of a failing seed, and says how to see it. */
function reportFailure({ output, workingDirectory }: Context, { result, trace }: SeedRun, folder: string, flags: string): void {
  let command = `oarlock simulate --from ${result.seed} --seeds 1${flags}`
  let trouble: string | null = null
  if (trace !== null) {
    const file = join(folder, `seed-${result.seed}.json`)
    try {
      makeFolder(folder)
      writeWhole(file, writeTrace(trace))
      command = `oarlock replay ${relative(workingDirectory, file)}`
    } catch (error) {
      // The seed is what counts: from it the run can be had again.
      trouble = `        its trace could not be kept (${(error as Error).message}): choose another folder with --out`
    }
  }
  for (const line of describeFailure(result, command, output.style)) output.note(line)
  if (trouble !== null) output.note(trouble)
}

async function merge(context: Context, options: SimulateOptions, files: readonly string[]): Promise<ExitCode> {
  const summary = new Summary(true)
  const parts = new Parts()
  for (const file of files) {
    let number = 0
    try {
      for await (const line of createInterface({ input: createReadStream(resolve(context.workingDirectory, file)), crlfDelay: Infinity })) {
        number += 1
        if (line.trim() === "") continue
        const part = parsePart(line)
        if (part !== null) {
          parts.add(part)
          continue
        }
        const result = parseResult(line)
        parts.addResult(result)
        const problem = summary.add(result)
        if (problem !== null) throw new Error(problem)
      }
    } catch (error) {
      const { message } = error as Error
      throw new CliError(exitCode.usage, number === 0 ? `Could not read ${file}: ${message}` : `${file}, line ${number}: ${message}.`, {
        cause: error,
      })
    }
  }
  const missing = parts.explainMissing()
  const { output } = context
  if (options.json === true) output.print(JSON.stringify({ ...summary.toJson(null), missing }))
  else output.print(formatSummary(summary, null, output.style))
  if (summary.versions.size > 1) output.note(`These results come from different versions: ${[...summary.versions].join(", ")}.`)
  if (options.json !== true) {
    for (const { seed, changed, violation } of summary.failures) {
      const flags = changed === undefined ? "" : ` ${changed}`
      output.print(`seed ${seed} breaks "${violation!.checker}": oarlock simulate --from ${seed} --seeds 1${flags}`)
    }
    for (const sentence of missing) output.print(`${output.style.bad("INCOMPLETE")}  ${sentence}`)
  }
  if (summary.failed > 0) return exitCode.failed
  return missing.length > 0 ? exitCode.usage : exitCode.ok
}

interface ResultsFile {
  write(line: string): void
  close(): void
}

/** Adds to what is there: a campaign that was interrupted goes on in the same file, and a seed that is there twice counts once. */
function openResults(context: Context, name: string): ResultsFile {
  if (name === "-") return { write: (line) => context.output.print(line), close: () => {} }
  const file = resolve(context.workingDirectory, name)
  const complain = (error: unknown): never => {
    throw new CliError(exitCode.usage, `Could not write ${name}: ${(error as Error).message}.`, { cause: error })
  }
  try {
    const handle = openSync(file, "a")
    return {
      write(line) {
        try {
          writeAll(Buffer.from(`${line}\n`), (rest) => writeSync(handle, rest))
        } catch (error) {
          complain(error)
        }
      },
      close: () => closeSync(handle),
    }
  } catch (error) {
    return complain(error)
  }
}

function collect(value: string, before: readonly string[]): readonly string[] {
  return [...before, value]
}
