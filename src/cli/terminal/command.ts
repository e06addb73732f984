/**
 * What all commands share: how they run (results out, errors in words, exit codes), and the options of those that talk to a cluster.
 */

import { Command } from "commander"
import { CliError, type ExitCode, exitCode, exitCodeName } from "./cli-error.ts"
import { createOutput, type Output, ReaderGone } from "./output.ts"

/** Where a command runs. Tests give their own. */
export interface Context {
  readonly output: Output
  readonly env: NodeJS.ProcessEnv
  readonly workingDirectory: string
}

export function processContext(): Context {
  return { output: createOutput(process, process.env), env: process.env, workingDirectory: process.cwd() }
}

export interface CommonOptions {
  readonly json?: boolean
}

/** Options of commands that talk to a cluster. */
export interface ClusterOptions extends CommonOptions {
  readonly endpoints?: string
  readonly data?: string
  readonly timeout: string
  readonly cacert?: string
  readonly cert?: string
  readonly key?: string
}

/** A new command `name`, with `--json` and examples under its help. */
export function defineCommand(name: string, description: string, examples: readonly string[]): Command {
  return defineGroup(name, description, examples).option("--json", "print JSON, and errors as JSON too")
}

/** A command that only has commands of its own. It has no options, so that all of them belong to those. */
export function defineGroup(name: string, description: string, examples: readonly string[]): Command {
  return new Command(name).description(description).addHelpText("after", `\nExamples:\n${examples.map((line) => `  ${line}`).join("\n")}`)
}

/** As `defineCommand`, for commands that talk to a cluster. */
export function defineClusterCommand(name: string, description: string, examples: readonly string[]): Command {
  return addClusterOptions(defineCommand(name, description, examples))
}

export function addClusterOptions(command: Command): Command {
  return command
    .option(
      "--endpoints <addresses>",
      "client addresses of the cluster, comma-separated, https:// for TLS (default: the `oarlock dev` cluster here, else 127.0.0.1:2379)",
    )
    .option("--data <dir>", "folder of the `oarlock dev` cluster to talk to (default: data, here or in a folder above)")
    .option("--timeout <ms>", "give up after this long", "5000")
    .option("--cacert <file>", "PEM certificates that sign the nodes' certificates; turns TLS on")
    .option("--cert <file>", "PEM certificate to show to the nodes")
    .option("--key <file>", "PEM private key for --cert")
}

/** Runs the body of a command and turns what it throws into words and an exit code. The body returns an exit code, or nothing for 0. */
export async function run(context: Context, options: CommonOptions, body: () => Promise<ExitCode | void>): Promise<void> {
  let code: ExitCode
  try {
    code = (await body()) ?? exitCode.ok
  } catch (error) {
    code = error instanceof ReaderGone ? exitCode.noReader : reportError(context, options, error)
  }
  process.exitCode = await settleExitCode(context, options, code)
}

/**
 * What a command that came to `code` exits with, once its results are written or lost. A refusal stays one whatever becomes of the streams. A
 * reader that left has had enough; results that could not be written for another reason are told, and so is that the rest was done.
 */
export async function settleExitCode(context: Context, options: CommonOptions, code: ExitCode): Promise<ExitCode> {
  await context.output.settled()
  const { lost } = context.output
  if (lost === null || (code !== exitCode.ok && code !== exitCode.noReader)) return code
  if (isReaderGone(lost)) return code
  const done = code === exitCode.ok ? "It is done, but the" : "The"
  const words = `${done} results could not be written to standard output: ${lost.message}.`
  return reportError(context, options, new CliError(exitCode.untold, words, { cause: lost }))
}

function isReaderGone({ code }: NodeJS.ErrnoException): boolean {
  return code === "EPIPE" || code === "ECONNRESET"
}

export function reportError(context: Context, options: CommonOptions, error: unknown): ExitCode {
  const code = error instanceof CliError ? error.exitCode : exitCode.failed
  const message = error instanceof Error ? error.message : String(error)
  if (options.json === true) context.output.note(JSON.stringify({ error: { kind: exitCodeName(code), exitCode: code, message } }))
  else context.output.note(`oarlock: ${message}`)
  // What is not a CliError was not foreseen: its origin is worth more than a tidy screen.
  if (!(error instanceof CliError) && error instanceof Error && context.env["OARLOCK_DEBUG"] !== undefined)
    context.output.note(error.stack ?? "")
  return code
}

/** An option or argument that must be an integer. Throws `CliError`. */
export function parseInteger(text: string, what: string, min: number, max = Number.MAX_SAFE_INTEGER): number {
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN
  if (value >= min && value <= max) return value
  const range = max === Number.MAX_SAFE_INTEGER ? `an integer from ${min}` : `an integer from ${min} to ${max}`
  throw new CliError(exitCode.usage, `${what}: found ${JSON.stringify(text)}, expected ${range}.`)
}
