// docs/simulator.md shows a seed that fails, as the commands beside it show it.

import { test } from "vitest"
import { formatMinimized } from "../../src/cli/commands/minimize.ts"
import { asDrawn, flagsOf } from "../../src/cli/simulation/seed-options.ts"
import { runSeedForResult, type SeedRun } from "../../src/cli/simulation/seed-result.ts"
import { drawHeader, drawMoment, isWorthARow } from "../../src/cli/simulation/space-time.ts"
import { describeFailure } from "../../src/cli/simulation/trace-file.ts"
import { styleFor } from "../../src/cli/terminal/output.ts"
import { minimizeTrace } from "../../src/simulator/index.ts"
import { Chronicle, type Moment } from "../../src/simulator/internal.ts"
import { block, expectSample } from "../samples.ts"

const plain = styleFor(false, {})
/** Enough lies that the first one matters: the sample stays short whatever else changes. */
const spec = { nodes: { min: 3, max: 3 }, set: [["disk.lieRate", 0.3]] } as const

function firstFailure(): SeedRun {
  for (let seed = 1; seed <= 100; seed++) {
    const run = runSeedForResult(seed, spec, "", "", () => 0)
    if (run.trace !== null) return run
  }
  throw new Error("no disk lied where it mattered")
}

/** The last rows of a run. */
function picture({ trace }: SeedRun, rows: number): string[] {
  const options = { columns: 100, style: plain }
  const chronicle = new Chronicle(trace!)
  const chosen: { moment: Moment; before: Moment["nodes"] }[] = []
  let before: Moment["nodes"] = []
  for (let moment = chronicle.next(); moment !== null; moment = chronicle.next()) {
    if (isWorthARow(moment)) chosen.push({ moment, before })
    before = moment.nodes
  }
  const last = chosen.slice(-rows)
  return [drawHeader(before, options), ...last.flatMap((each) => drawMoment(each.moment, each.before, options))]
}

test("docs/simulator.md shows a seed that fails, what happened in it, and what the minimizer makes of it", { timeout: 60_000 }, () => {
  const run = firstFailure()
  const file = `traces/seed-${run.result.seed}`
  const minimized = minimizeTrace(run.trace!, { coreVersion: "" })!
  const table = formatMinimized(minimized, `${file}.min.json`, plain).split("\n")
  const shown = ["events", "servers", "fault plans", "clients"].map((what) => table.find((line) => line.startsWith(`${what} `))!)
  const rows = 2
  const text = [
    block("sh", `npx oarlock simulate${flagsOf({ ...asDrawn, ...spec }).replaceAll("'", "")} --failures-max 1`),
    block("", ...describeFailure(run.result, `oarlock replay ${file}.json`, plain)),
    "Look at how it ends, and make the run small:",
    block("sh", `npx oarlock replay ${file}.json --rows ${rows}`, `npx oarlock minimize ${file}.json`),
    block("", ...picture(run, rows), "", table[0]!, ...shown, "…"),
  ]
  expectSample("docs/simulator.md", "a lying disk", text.join("\n\n"))
})
