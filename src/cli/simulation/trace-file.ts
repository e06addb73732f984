/** Trace files as commands see them: read with their place in every complaint, and held against the version that runs. */

import { accessSync, constants, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs"
import { dirname, resolve } from "node:path"
import { version } from "../../server/index.ts"
import { readTrace, TraceError, writeTrace, type ReplayVerdict, type Trace } from "../../simulator/index.ts"
import { describeRule, hex, ruleOf } from "../../simulator/internal.ts"
import { CliError, exitCode } from "../terminal/cli-error.ts"
import type { Context } from "../terminal/command.ts"
import type { Style } from "../terminal/output.ts"
import type { SeedResult } from "./seed-result.ts"

/** Throws a `CliError` that names file and place. */
export function readTraceFile(context: Context, file: string): Trace {
  let source: string
  try {
    source = readFileSync(resolve(context.workingDirectory, file), "utf8")
  } catch (error) {
    throw new CliError(exitCode.usage, `Could not read ${file}: ${(error as Error).message}.`, { cause: error })
  }
  const trace = refuseBadTrace(file, () => readTrace(source))
  if (trace.build !== "production") {
    throw new CliError(
      exitCode.usage,
      `${file}: build: this run was made with ${JSON.stringify(trace.build)}, which only the tests have; the command line runs production code.`,
    )
  }
  return trace
}

/** Throws a `CliError`. */
export function writeTraceFile(context: Context, file: string, trace: Trace): void {
  try {
    writeWhole(resolve(context.workingDirectory, file), writeTrace(trace))
  } catch (error) {
    throw refuseFile(file, error)
  }
}

/** Whether a file could be written there, as far as can be seen before there is anything to write. Throws a `CliError`. */
export function requireWritable(context: Context, file: string): void {
  const path = resolve(context.workingDirectory, file)
  try {
    if (statSync(path, { throwIfNoEntry: false })?.isDirectory() === true) throw new Error("it is a folder")
    accessSync(dirname(path), constants.W_OK)
  } catch (error) {
    throw refuseFile(file, error)
  }
}

function refuseFile(file: string, error: unknown): CliError {
  return new CliError(exitCode.usage, `Could not write ${file}: ${(error as Error).message}.`, { cause: error })
}

/** All of it, or nothing: on a full disk what was there before stays, and no half of a file is left. Throws what the system says. */
export function writeWhole(path: string, text: string): void {
  // A pipe or a device has no half that could be left.
  if (statSync(path, { throwIfNoEntry: false })?.isFile() === false) return writeFileSync(path, text)
  const draft = `${path}.new`
  try {
    writeFileSync(draft, text)
    renameSync(draft, path)
  } catch (error) {
    rmSync(draft, { force: true })
    throw error
  }
}

/** Runs `body`; an error about the trace becomes a `CliError` that names `file`. */
export function refuseBadTrace<T>(file: string, body: () => T): T {
  try {
    return body()
  } catch (error) {
    if (error instanceof TraceError) throw new CliError(exitCode.usage, `${file}: ${error.message}.`, { cause: error })
    throw error
  }
}

/** What to tell about a run that did not come out as its file says. */
export function describeDifference(file: string, trace: Trace, verdict: ReplayVerdict): string {
  const sentence = `${file} does not replay: ${verdict.difference}.`
  if (trace.coreVersion === version) return `${sentence} The file was edited, or recorded by other code.`
  return `${sentence} It was recorded by oarlock ${trace.coreVersion}, and this is ${version}: the code may have changed. To see it as it was: npx oarlock@${trace.coreVersion} replay ${file}`
}

/** A failing seed: what broke, the rule, and the one command that shows it again. */
export function describeFailure({ seed, events, violation }: SeedResult, command: string, style: Style): readonly string[] {
  const rule = ruleOf(violation!.checker)
  return [
    `${style.bad("FAILED")}  seed ${seed} breaks "${violation!.checker}" at event ${events}: ${violation!.reason}`,
    ...(rule === null ? [] : [`        the rule: ${describeRule(rule)}`]),
    `        to see it: ${style.bold(command)}`,
  ]
}

/** `seed 17, 3 servers and 1 spare, 6.2 s to step 1234`. */
export function describeTrace({ seed, config, end, mode, coreVersion }: Trace): string {
  const spares = config.spares === 0 ? "" : ` and ${config.spares} spare`
  const servers = config.nodes === 1 ? "1 server" : `${config.nodes} servers`
  const whole = mode === "swarm" ? "a whole run" : "a scripted run"
  return `seed ${seed}, ${servers}${spares}, ${whole} of ${end.step} events, recorded by oarlock ${coreVersion}`
}

/** The broken rule and what it says, or that none broke. */
export function describeEnd({ violation, step, hash }: Trace["end"]): string {
  if (violation === null) return `No rule is broken. Hash ${hex(hash)} at step ${step}.`
  const rule = ruleOf(violation.checker)
  const told = rule === null ? "" : `\nThe rule: ${describeRule(rule)}.`
  return `Step ${step} breaks "${violation.checker}": ${violation.reason}${told}`
}
