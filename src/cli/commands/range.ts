/** `oarlock range`: read many keys, in order. */

import type { Command } from "commander"
import type { Keys, ReadConsistency } from "../../client/index.ts"
import { withClient } from "../connecting/connect.ts"
import { parseKey } from "../terminal/bytes-text.ts"
import { CliError, exitCode } from "../terminal/cli-error.ts"
import { type ClusterOptions, type Context, defineClusterCommand, parseInteger } from "../terminal/command.ts"
import { keyValueToJson, keyValueToLine } from "../terminal/key-value-text.ts"
import { consistencyOption } from "./get.ts"

interface RangeOptions extends ClusterOptions {
  readonly prefix?: boolean
  readonly limit?: string
  readonly revision?: string
  readonly descend?: boolean
  readonly keys?: boolean
  readonly count?: boolean
  readonly consistency: ReadConsistency
}

export function rangeCommand(context: Context): Command {
  return defineClusterCommand("range", "Read many keys, in the order of their bytes", [
    "oarlock range                     everything",
    "oarlock range user/ --prefix      keys that begin with user/",
    "oarlock range a m --keys          keys from a up to, but without, m",
    "oarlock range user/ --prefix --count",
  ])
    .argument("[from]", "the first key")
    .argument("[to]", "where to stop: this key is not included")
    .option("--prefix", "all keys that begin with <from>")
    .option("--limit <count>", "at most so many")
    .option("--revision <number>", "as it was at this revision of the store")
    .option("--descend", "highest key first")
    .option("--keys", "keys without their values")
    .option("--count", "only how many there are")
    .addOption(consistencyOption())
    .action((from: string | undefined, to: string | undefined, options: RangeOptions) =>
      withClient(context, options, async (client) => {
        const { entries, count, more, revision } = await client.range(parseKeys(from, to, options.prefix === true), {
          ...(options.limit === undefined ? {} : { limit: parseInteger(options.limit, "--limit", 1) }),
          ...(options.revision === undefined ? {} : { revision: parseInteger(options.revision, "--revision", 1) }),
          ...(options.descend === true ? { sort: { by: "key", order: "descend" } } : {}),
          keysOnly: options.keys === true,
          countOnly: options.count === true,
          consistency: options.consistency,
        })
        if (options.json === true)
          return context.output.print(JSON.stringify({ count, more, revision, pairs: entries.map(keyValueToJson) }))
        if (options.count === true) return context.output.print(String(count))
        if (entries.length > 0) context.output.print(entries.map((pair) => keyValueToLine(pair, options.keys === true)).join("\n"))
        if (more) context.output.note(`${count - entries.length} more; raise --limit to see them.`)
      }),
    )
}

/** Which keys a person means. Throws `CliError` for a contradiction. */
export function parseKeys(from: string | undefined, to: string | undefined, prefix: boolean): Keys {
  if (prefix && (from === undefined || to !== undefined))
    throw new CliError(exitCode.usage, "--prefix needs one argument: what the keys begin with.")
  if (from === undefined) return { prefix: "" }
  if (prefix) return { prefix: from }
  return { from: parseKey(from), ...(to === undefined ? {} : { to }) }
}
