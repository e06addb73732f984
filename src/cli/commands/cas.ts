/** `oarlock cas`: compare and swap, the smallest useful transaction. */

import type { Command } from "commander"
import { withClient } from "../connecting/connect.ts"
import { parseKey, readValue, toLine } from "../terminal/bytes-text.ts"
import { CliError, type ExitCode, exitCode } from "../terminal/cli-error.ts"
import { type ClusterOptions, type Context, defineClusterCommand, parseInteger } from "../terminal/command.ts"
import { keyValueToJson } from "../terminal/key-value-text.ts"

interface CasOptions extends ClusterOptions {
  readonly expect?: string
  readonly absent?: boolean
  readonly revision?: string
}

export function casCommand(context: Context): Command {
  return defineClusterCommand("cas", "Set a key only if it is as expected; exit code 1 if it is not", [
    "oarlock cas lock mine --absent              only if the key does not exist",
    "oarlock cas counter 2 --expect 1            only if its value is 1",
    "oarlock cas config - --revision 12 < new    only if it was last changed at revision 12",
  ])
    .argument("<key>", "the key")
    .argument("<value>", "the new value; - reads it from standard input")
    .option("--expect <value>", "the value that it must have")
    .option("--absent", "it must not exist")
    .option("--revision <number>", "the revision that it must have been last changed at")
    .action((key: string, value: string, options: CasOptions) =>
      withClient(context, options, async (client): Promise<ExitCode> => {
        const expected = parseExpectation(options)
        const { swapped, revision, current } = await client.compareAndSwap(parseKey(key), expected, await readValue(value))
        if (options.json === true) {
          const found = swapped ? {} : { current: current === null ? null : keyValueToJson(current) }
          context.output.print(JSON.stringify({ swapped, revision, ...found }))
        } else if (swapped) context.output.print(`OK, revision ${revision}`)
        if (swapped) return exitCode.ok
        const is = current === null ? "it does not exist" : `it is ${toLine(current.value)} (changed at revision ${current.modRevision})`
        if (options.json !== true) context.output.note(`oarlock: ${JSON.stringify(key)} is not as expected: ${is}. Nothing was changed.`)
        return exitCode.failed
      }),
    )
}

/** A value, null for "must not exist", or the number of a revision. */
function parseExpectation(options: CasOptions): string | number | null {
  const given = [options.expect, options.absent, options.revision].filter((option) => option !== undefined)
  if (given.length !== 1) throw new CliError(exitCode.usage, "Say what to expect with exactly one of --expect, --absent and --revision.")
  if (options.expect !== undefined) return options.expect
  return options.revision === undefined ? null : parseInteger(options.revision, "--revision", 1)
}
