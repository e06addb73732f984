/** `oarlock get`: read one key. */

import { type Command, Option } from "commander"

import { rangeRequest, type ReadConsistency } from "../../client/index.ts"
import { parseKey, toJsonField } from "../bytes-text.ts"
import { CliError, exitCode } from "../cli-error.ts"
import { type ClusterOptions, type Context, defineClusterCommand, parseInteger } from "../command.ts"
import { withClient } from "../connect.ts"
import { keyValueToJson } from "../key-value-text.ts"

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
      withClient(context, options, async (client) => {
        const revision = options.revision === undefined ? 0 : parseInteger(options.revision, "--revision", 1)
        const { kvs, revision: now } = await client.range(rangeRequest(parseKey(key), undefined, { revision }), options.consistency)
        const [pair] = kvs
        if (options.json === true && pair === undefined) context.output.print(JSON.stringify({ ...toJsonField("key", parseKey(key)), found: false, revision: now }))
        if (pair === undefined) throw new CliError(exitCode.notFound, `There is no key ${JSON.stringify(key)}${revision === 0 ? "" : ` at revision ${revision}`}.`)
        if (options.json === true) return context.output.print(JSON.stringify({ found: true, ...keyValueToJson(pair), revision: now }))
        context.output.write(options.newline ? Buffer.concat([pair.value, Buffer.from("\n")]) : pair.value)
      }),
    )
}

export function consistencyOption(): Option {
  return new Option("--consistency <kind>", "linearizable: as new as any finished write; lease: the same, trusting clocks; stale: what the node has")
    .choices(["linearizable", "lease", "stale"])
    .default("linearizable")
}
