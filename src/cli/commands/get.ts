/** `oarlock get`: read one key. */

import { type Command, Option } from "commander"
import type { ReadConsistency } from "../../client/index.ts"
import { withClient } from "../connecting/connect.ts"
import { parseKey } from "../terminal/bytes-text.ts"
import { CliError, type ExitCode, exitCode } from "../terminal/cli-error.ts"
import { type ClusterOptions, type Context, defineClusterCommand, parseInteger } from "../terminal/command.ts"
import { keyValueToJson } from "../terminal/key-value-text.ts"

interface GetOptions extends ClusterOptions {
  readonly revision?: string
  readonly consistency: ReadConsistency
  /** Commander's negated `--no-newline`. */
  readonly newline: boolean
}

export function getCommand(context: Context): Command {
  return defineClusterCommand("get", "Read the value of a key", [
    "oarlock get greeting",
    "oarlock get greeting --json                  with its revisions and version",
    "oarlock get greeting --revision 12           as it was then",
    "oarlock get greeting --consistency stale     whatever the node has, without asking the others",
  ])
    .argument("<key>", "the key")
    .option("--revision <number>", "the value as it was at this revision of the store")
    .addOption(consistencyOption())
    .option("-n, --no-newline", "print the value's bytes and nothing after them")
    .action((key: string, options: GetOptions) =>
      withClient(context, options, async (client): Promise<ExitCode> => {
        const revision = options.revision === undefined ? {} : { revision: parseInteger(options.revision, "--revision", 1) }
        const pair = await client.get(parseKey(key), { ...revision, consistency: options.consistency })
        if (pair === null) {
          if (options.json === true) {
            context.output.print(JSON.stringify({ key, found: false }))
            return exitCode.notFound
          }
          throw new CliError(
            exitCode.notFound,
            `There is no key ${JSON.stringify(key)}${"revision" in revision ? ` at revision ${revision.revision}` : ""}.`,
          )
        }
        if (options.json === true) context.output.print(JSON.stringify({ found: true, ...keyValueToJson(pair) }))
        else context.output.write(options.newline ? Buffer.concat([pair.value, Buffer.from("\n")]) : pair.value)
        return exitCode.ok
      }),
    )
}

export function consistencyOption(): Option {
  return new Option(
    "--consistency <kind>",
    "linearizable: as new as any finished write; lease: the same, trusting clocks; stale: what the node has",
  )
    .choices(["linearizable", "lease", "stale"])
    .default("linearizable")
}
