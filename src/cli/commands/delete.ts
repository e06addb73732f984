/** `oarlock delete`: remove one key or many. */

import type { Command } from "commander"
import { withClient } from "../connecting/connect.ts"
import { parseKey } from "../terminal/bytes-text.ts"
import { CliError, exitCode } from "../terminal/cli-error.ts"
import { type ClusterOptions, type Context, defineClusterCommand } from "../terminal/command.ts"
import { parseKeys } from "./range.ts"

interface DeleteOptions extends ClusterOptions {
  readonly prefix?: boolean
}

export function deleteCommand(context: Context): Command {
  return defineClusterCommand("delete", "Remove a key, or a range of keys", [
    "oarlock delete greeting",
    "oarlock delete user/ --prefix     all keys that begin with user/",
    "oarlock delete a m                keys from a up to, but without, m",
  ])
    .argument("<key>", "the key, or the first of a range")
    .argument("[to]", "where to stop: this key is not removed")
    .option("--prefix", "all keys that begin with <key>")
    .action((key: string, to: string | undefined, options: DeleteOptions) =>
      withClient(context, options, async (client) => {
        const isRange = options.prefix === true || to !== undefined
        const { deleted, revision } = await client.delete(isRange ? parseKeys(key, to, options.prefix === true) : parseKey(key))
        if (options.json === true) context.output.print(JSON.stringify({ deleted, revision }))
        if (deleted === 0) throw new CliError(exitCode.notFound, `There was nothing to delete at ${JSON.stringify(key)}.`)
        if (options.json !== true) context.output.print(`Deleted ${deleted} ${deleted === 1 ? "key" : "keys"}, revision ${revision}`)
      }),
    )
}
