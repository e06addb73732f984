/** The tree of commands: `oarlock <command> …`. */

import { Command, CommanderError } from "commander"
import { version } from "../server/index.ts"
import { casCommand } from "./commands/cas.ts"
import { chaosCommand } from "./commands/chaos.ts"
import { deleteCommand } from "./commands/delete.ts"
import { devCommand } from "./commands/dev.ts"
import { getCommand } from "./commands/get.ts"
import { memberCommand } from "./commands/member.ts"
import { minimizeCommand } from "./commands/minimize.ts"
import { playCommand } from "./commands/play.ts"
import { putCommand } from "./commands/put.ts"
import { rangeCommand } from "./commands/range.ts"
import { replayCommand } from "./commands/replay.ts"
import { simulateCommand } from "./commands/simulate.ts"
import { snapshotCommand } from "./commands/snapshot.ts"
import { startCommand } from "./commands/start.ts"
import { statusCommand } from "./commands/status.ts"
import { transferCommand } from "./commands/transfer.ts"
import { txnCommand } from "./commands/txn.ts"
import { walCommand } from "./commands/wal.ts"
import { watchLeaderCommand } from "./commands/watch-leader.ts"
import { CliError, type ExitCode, exitCode } from "./terminal/cli-error.ts"
import { type Context, reportError, settleExitCode } from "./terminal/command.ts"
import { refuseEmptyArguments, refuseMistakes } from "./terminal/refuse-mistakes.ts"

export function createProgram(context: Context): Command {
  const program = new Command("oarlock")
    .description("Raft for the JavaScript world: a replicated, durable key-value store, and the tools to watch and to break it.")
    .version(version, "-V, --version")
    .addHelpText(
      "after",
      "\nStart with:  oarlock dev      and in a second terminal:  oarlock put greeting hello\nExit codes:  0 done, 1 refused, 2 usage, 3 not found, 4 unknown outcome, 5 unreachable, 6 done but untold (docs/cli.md)",
    )
  const groups: [string, ((context: Context) => Command)[]][] = [
    ["Run:", [devCommand, startCommand]],
    ["Keys and values:", [putCommand, getCommand, deleteCommand, rangeCommand, txnCommand, casCommand]],
    ["The cluster:", [statusCommand, watchLeaderCommand, memberCommand, transferCommand, snapshotCommand]],
    ["Break it, look inside:", [chaosCommand, walCommand]],
    ["See it:", [playCommand]],
    ["Prove it:", [simulateCommand, replayCommand, minimizeCommand]],
  ]
  for (const [heading, makers] of groups) {
    for (const make of makers) program.addCommand(make(context).helpGroup(heading))
  }
  return program
}

/** Parses and runs; sets `process.exitCode`, and never throws for what the user did. */
export async function runProgram(context: Context, args: readonly string[]): Promise<void> {
  const program = createProgram(context)
  const isJson = args.includes("--json")
  throwInsteadOfExit(program, context, isJson)
  refuseMistakes(program)
  program.hook("preAction", (_program, command) => refuseEmptyArguments(command))
  try {
    await program.parseAsync(args, { from: "user" })
  } catch (error) {
    const code = error instanceof CommanderError ? explainCommanderError(context, isJson, error) : reportError(context, {}, error)
    process.exitCode = await settleExitCode(context, { json: isJson }, code)
  }
}

/** Commander has printed its sentence, or the help that was asked for. */
function explainCommanderError(context: Context, isJson: boolean, error: CommanderError): ExitCode {
  if (error.exitCode === 0) return exitCode.ok
  if (isJson) reportError(context, { json: true }, new CliError(exitCode.usage, error.message.replace(/^error: /, "")))
  return exitCode.usage
}

function throwInsteadOfExit(command: Command, { output }: Pick<Context, "output">, isJson: boolean): void {
  command.exitOverride().showSuggestionAfterError().showHelpAfterError("Add --help to see how it is used.")
  command.configureOutput({
    writeOut: (text) => output.write(Buffer.from(text)),
    // Errors are JSON then, too: `runProgram` writes it.
    writeErr: isJson ? () => {} : (text) => output.note(text.replace(/\n$/, "")),
    outputError: (text, write) => write(text.replace(/^error: (.)/, (_, first: string) => `oarlock: ${first}`)),
  })
  for (const child of command.commands) throwInsteadOfExit(child, { output }, isJson)
}
