/** `oarlock range`: read many keys, in order. */

import type { Command } from "commander"

import { prefixEnd, rangeRequest, type ReadConsistency } from "../../client/index.ts"
import { parseKey, toBytes } from "../bytes-text.ts"
import { CliError, exitCode } from "../cli-error.ts"
import { type ClusterOptions, type Context, defineClusterCommand, parseInteger } from "../command.ts"
import { withClient } from "../connect.ts"
import { keyValueToJson, keyValueToLine } from "../key-value-text.ts"
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

/** The lowest key there is, and as a range's end: no end (etcd's rule). */
const zero = Uint8Array.of(0)

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
        const request = rangeRequest(...parseRange(from, to, options.prefix === true), {
          limit: options.limit === undefined ? 0 : parseInteger(options.limit, "--limit", 1),
          revision: options.revision === undefined ? 0 : parseInteger(options.revision, "--revision", 1),
          keysOnly: options.keys === true,
          countOnly: options.count === true,
          sortOrder: options.descend === true ? "descend" : "none",
        })
        const { kvs, count, more, revision } = await client.range(request, options.consistency)
        if (options.json === true) return context.output.print(JSON.stringify({ count, more, revision, pairs: kvs.map(keyValueToJson) }))
        if (options.count === true) return context.output.print(String(count))
        if (kvs.length > 0) context.output.print(kvs.map((pair) => keyValueToLine(pair, options.keys === true)).join("\n"))
        if (more) context.output.note(`${count - kvs.length} more; raise --limit to see them.`)
      }),
    )
}

/** Key and end of a range, from what a person writes. Throws `CliError` for a contradiction. */
export function parseRange(from: string | undefined, to: string | undefined, prefix: boolean): [key: Uint8Array, end: Uint8Array] {
  if (prefix && (from === undefined || to !== undefined)) throw new CliError(exitCode.usage, "--prefix needs one argument: what the keys begin with.")
  if (from === undefined) return [zero, zero]
  const key = parseKey(from)
  if (prefix) return [key, prefixEnd(key)]
  return [key, to === undefined ? zero : toBytes(to)]
}
