/** `oarlock minimize`: shrinks the failing run of a trace to the smallest one that breaks the same rule, and says what it took away. */

import type { Command } from "commander"
import { version } from "../../server/index.ts"
import { defaultMinimizeBudget, minimizeTrace, replayTrace, type MinimizedTrace, type MinimizeProgress } from "../../simulator/index.ts"
import {
  describeDifference,
  describeEnd,
  readTraceFile,
  refuseBadTrace,
  requireWritable,
  writeTraceFile,
} from "../simulation/trace-file.ts"
import { CliError, type ExitCode, exitCode } from "../terminal/cli-error.ts"
import { type CommonOptions, type Context, defineCommand, parseInteger, run } from "../terminal/command.ts"
import type { Style } from "../terminal/output.ts"
import { formatTable } from "../terminal/table.ts"

interface MinimizeOptions extends CommonOptions {
  readonly out?: string
  readonly runs: string
}

export function minimizeCommand(context: Context): Command {
  return defineCommand(
    "minimize",
    "Shrink the failing run of a trace: fewer servers, faults, operations and events, the same broken rule",
    [
      "oarlock minimize traces/seed-17.json                     writes traces/seed-17.min.json",
      "oarlock minimize traces/seed-17.json --out small.json --runs 5000",
      "exit codes: 0 done, 1 the trace does not replay, 2 this is no trace, or no rule breaks in it",
    ],
  )
    .argument("<file>", "a trace that ends with a broken rule")
    .option("--out <file>", "where the smaller trace goes (default: beside the other one)")
    .option("--runs <count>", "try at most so many runs", String(defaultMinimizeBudget.runsMax))
    .action((file: string, options: MinimizeOptions) => run(context, options, () => Promise.resolve(shrink(context, file, options))))
}

function shrink(context: Context, file: string, options: MinimizeOptions): ExitCode {
  const { output } = context
  const budget = { ...defaultMinimizeBudget, runsMax: parseInteger(options.runs, "--runs", 1, 1_000_000) }
  const trace = readTraceFile(context, file)
  if (trace.end.violation === null)
    throw new CliError(exitCode.usage, `${file}: no rule breaks in this run, so there is nothing to keep while the rest is taken away.`)
  const out = options.out ?? `${file.replace(/\.json$/, "")}.min.json`
  requireWritable(context, out)
  const verdict = refuseBadTrace(file, () => replayTrace(trace))
  if (!verdict.isSame) throw new CliError(exitCode.failed, describeDifference(file, trace, verdict))
  const progress = createProgress(process.stderr)
  const minimized = refuseBadTrace(file, () => minimizeTrace(trace, { coreVersion: version, budget, tell: progress.show }))
  progress.clear()
  if (minimized === null)
    throw new CliError(
      exitCode.failed,
      `${file}: the run breaks its rule only as it was led from outside, not from a script; it cannot be minimized.`,
    )
  writeTraceFile(context, out, minimized.trace)
  if (options.json === true)
    output.print(
      JSON.stringify({ out, runs: minimized.runs, isUnfinished: minimized.isUnfinished, end: minimized.trace.end, rows: minimized.rows }),
    )
  else output.print(formatMinimized(minimized, out, output.style))
  return exitCode.ok
}

export function formatMinimized({ rows, runs, trace, isUnfinished }: MinimizedTrace, out: string, style: Style): string {
  const table = formatTable(
    [
      { title: "", cell: ({ what }) => what },
      { title: "BEFORE", cell: ({ before }) => shortened(before) },
      { title: "AFTER", cell: ({ before, after }) => (before === after ? style.dim("the same") : style.good(shortened(after))) },
    ],
    rows,
    style.bold,
  )
  const why = isUnfinished ? "the budget is spent; --runs allows more" : "nothing more can be taken away"
  return [table, "", describeEnd(trace.end), `${runs} runs: ${why}.`, `To see it: ${style.bold(`oarlock replay ${out}`)}`].join("\n")
}

const widestCell = 40

function shortened(text: string): string {
  return text.length <= widestCell ? text : `${text.slice(0, widestCell - 1)}…`
}

/** One line that is redrawn, on a terminal only: it is over soon. */
function createProgress(stream: NodeJS.WriteStream): { show(progress: MinimizeProgress): void; clear(): void } {
  const isTerminal = stream.isTTY
  return {
    show({ runs, failure, smallest, trying }) {
      if (!isTerminal) return
      const line = `run ${runs + 1}: ${failure.step} events, ${smallest.nodes} servers, ${smallest.script.length} deeds; trying ${trying}`
      stream.write(`\r\u001B[2K${[...line].slice(0, (stream.columns ?? 80) - 1).join("")}`)
    },
    clear() {
      if (isTerminal) stream.write("\r\u001B[2K")
    },
  }
}
