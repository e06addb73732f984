/** `oarlock replay`: makes the run of a trace happen again, draws it, and says which rules fired; or exports it event by event. */

import { deflateRawSync } from "node:zlib"
import { Option, type Command } from "commander"
import { describeEvent, type Trace } from "../../simulator/index.ts"
import {
  Chronicle,
  describeAction,
  exportMoment,
  hex,
  labelOf,
  sentenceOf,
  type Moment,
  type ServerStanding,
} from "../../simulator/internal.ts"
import { drawHeader, drawMoment, isWorthARow, wrap } from "../simulation/space-time.ts"
import { describeDifference, describeEnd, describeTrace, readTraceFile, refuseBadTrace } from "../simulation/trace-file.ts"
import { CliError, type ExitCode, exitCode } from "../terminal/cli-error.ts"
import { type CommonOptions, type Context, defineCommand, parseInteger, run } from "../terminal/command.ts"
import { showPage } from "../terminal/show-page.ts"

interface ReplayOptions extends CommonOptions {
  readonly to?: string
  readonly from?: string
  readonly around?: string
  readonly rows: string
  readonly export?: "events"
  readonly web?: boolean
}

export function replayCommand(context: Context): Command {
  return defineCommand("replay", "Make the run of a trace happen again, draw it, and explain each rule that fired", [
    "oarlock replay traces/seed-17.json                   the last rows before the end, or before the broken rule",
    "oarlock replay traces/seed-17.json --around 1203     the rows around event 1203",
    "oarlock replay traces/seed-17.json --from 0 --to 80  how it began",
    "oarlock replay traces/seed-17.json --export events > events.ndjson",
    "oarlock replay --web traces/seed-17.json             in the browser, at the broken rule",
    "exit codes: 0 it replays to the same hash, 1 it does not, 2 this is no trace",
  ])
    .argument("<file>", "a trace, as `oarlock simulate` leaves behind for each failing seed")
    .option("--to <step>", "stop after this event")
    .option("--from <step>", "draw from this event on")
    .option("--around <step>", "draw the rows around this event")
    .option("--rows <count>", "how many rows to draw", "40")
    .addOption(new Option("--export <what>", "print every event as a line of JSON instead: see docs/traces.md").choices(["events"]))
    .option("--web", "show it in the visualizer instead")
    .action((file: string, options: ReplayOptions) =>
      run(context, options, () => (options.web === true ? showInBrowser(context, file, options) : replay(context, file, options))),
    )
}

/** The link carries the whole run, so that the page needs nothing from here but itself. */
async function showInBrowser(context: Context, file: string, { json }: ReplayOptions): Promise<void> {
  const trace = readTraceFile(context, file)
  const run = deflateRawSync(JSON.stringify({ step: trace.end.step, trace })).toString("base64url")
  await showPage(context, `#/play/${run}`, { port: 0, opens: true, json: json === true })
}

/** What to draw: a range of events, or the rows on both sides of one. */
interface Window {
  readonly from: number | null
  readonly to: number | null
  readonly around: number | null
  readonly rows: number
}

async function replay(context: Context, file: string, options: ReplayOptions): Promise<ExitCode> {
  const trace = readTraceFile(context, file)
  const window = readWindow(trace, options)
  const chronicle = refuseBadTrace(file, () => new Chronicle(trace))
  if (options.export === "events") return exportEvents(context, file, trace, chronicle, window)
  return refuseBadTrace(file, () => show(context, file, trace, chronicle, window, options.json === true))
}

function readWindow({ end }: Trace, { to, from, around, rows }: ReplayOptions): Window {
  const step = (text: string | undefined, what: string): number | null =>
    text === undefined ? null : parseInteger(text, what, 0, end.step)
  const window = {
    from: step(from, "--from"),
    to: step(to, "--to"),
    around: step(around, "--around"),
    rows: parseInteger(rows, "--rows", 0, 100_000),
  }
  if (window.around !== null && window.from !== null)
    throw new CliError(exitCode.usage, "--around and --from: either one event is the middle, or a range is given.")
  if (window.from !== null && window.to !== null && window.from > window.to) throw new CliError(exitCode.usage, "--from is behind --to.")
  return window
}

function show(context: Context, file: string, trace: Trace, chronicle: Chronicle, window: Window, isJson: boolean): ExitCode {
  const { output } = context
  const chosen = choose(chronicle, window)
  // Half a run proves nothing about its end.
  const verdict = window.to === null ? chronicle.finish() : null
  const { world, warnings } = chronicle
  if (isJson) {
    const rows = chosen.map(({ moment }) => toJson(moment))
    const end = verdict ?? { isSame: null, difference: null, warnings, step: world.eventNumber, hash: world.hash() }
    output.print(JSON.stringify({ ...end, violation: world.violation, rows }))
    return verdict === null || verdict.isSame ? exitCode.ok : exitCode.failed
  }
  const columns = Math.max(60, Math.min(120, process.stdout.columns ?? 100))
  const picture = { columns, style: output.style }
  output.print(`${describeTrace(trace)}\n`)
  if (chosen.length > 0) {
    output.print(drawHeader(chosen[0]!.moment.nodes, picture))
    for (const { moment, before } of chosen) output.print(drawMoment(moment, before, picture).join("\n"))
    output.print(`\n${wrap(legend, columns).map(output.style.dim).join("\n")}\n`)
  }
  for (const line of trace.explanation ?? []) output.print(line)
  for (const warning of warnings) output.note(`${file}: ${warning}.`)
  if (verdict === null) {
    output.print(`Stopped after event ${world.eventNumber} of ${trace.end.step}, at ${world.now.toFixed(1)} ms. Hash ${hex(world.hash())}.`)
    return exitCode.ok
  }
  if (!verdict.isSame) throw new CliError(exitCode.failed, describeDifference(file, trace, verdict))
  for (const line of describeEnd(trace.end).split("\n")) output.print(wrap(line, columns).join("\n"))
  output.print(output.style.good(`Replayed: the same ${verdict.step} events, the same hash ${hex(verdict.hash)}.`))
  return exitCode.ok
}

const legend =
  "┃ leads  ┆ campaigns  │ follows  · down  † goes down  ✗ lost    L4: leader of term 4, C: candidate, P: pre-candidate, F: follower"

interface Chosen {
  readonly moment: Moment
  /** How the servers stood before it. */
  readonly before: readonly ServerStanding[]
}

/** Runs as far as the window goes and keeps what belongs into the picture. */
function choose(chronicle: Chronicle, { from, to, around, rows }: Window): readonly Chosen[] {
  const chosen: Chosen[] = []
  const behind = Math.floor(rows / 2)
  let after = 0
  let before: readonly ServerStanding[] = []
  for (let moment = chronicle.next(); moment !== null; moment = chronicle.next()) {
    const isWanted = from === null || moment.step >= from
    if (isWanted && isWorthARow(moment)) {
      if (around !== null && moment.step > around) after += 1
      chosen.push({ moment, before })
      // From the front without a beginning; with one, the rest is only run.
      if (from === null && chosen.length > rows) chosen.shift()
      else if (from !== null && to === null && chosen.length > rows) chosen.pop()
    }
    before = moment.nodes
    if (to !== null && moment.step >= to) break
    if (around !== null && after >= behind) break
  }
  return chosen
}

/** Events written before the command waits for its reader. A reader that closes the stream ends the command. */
const eventsAhead = 32

async function exportEvents(context: Context, file: string, trace: Trace, chronicle: Chronicle, { from, to }: Window): Promise<ExitCode> {
  const next = (): Moment | null => refuseBadTrace(file, () => chronicle.next())
  for (let moment = next(); moment !== null; moment = next()) {
    if (from === null || moment.step >= from) for (const event of exportMoment(moment)) context.output.print(JSON.stringify(event))
    if (moment.step % eventsAhead === 0) await context.output.keepUp()
    if (to !== null && moment.step >= to) return exitCode.ok
  }
  const verdict = refuseBadTrace(file, () => chronicle.finish())
  for (const warning of verdict.warnings) context.output.note(`${file}: ${warning}.`)
  if (!verdict.isSame) throw new CliError(exitCode.failed, describeDifference(file, trace, verdict))
  return exitCode.ok
}

function toJson({ step, at, event, actions, arrival, sent, explanations, nodes }: Moment): Record<string, unknown> {
  return {
    step,
    at,
    event: event === null ? null : describeEvent(event),
    actions: actions.map(describeAction),
    arrival: arrival === null ? null : { name: arrival.name, label: labelOf(arrival.message), fate: arrival.fate },
    sent: sent.map(({ name, message, fate }) => ({ name, label: labelOf(message), fate })),
    explanations: explanations.map(({ node, text, paper }) => ({ node, text, paper, sentence: sentenceOf({ node, text, paper }) })),
    nodes,
  }
}
