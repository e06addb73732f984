/** `oarlock put`: set a key. */

import type { Command } from "commander"
import { withClient } from "../connecting/connect.ts"
import { parseKey, readValue, toLine } from "../terminal/bytes-text.ts"
import { type ClusterOptions, type Context, defineClusterCommand } from "../terminal/command.ts"
import { keyValueToJson } from "../terminal/key-value-text.ts"

interface PutOptions extends ClusterOptions {
  readonly previous?: boolean
}

export function putCommand(context: Context): Command {
  return defineClusterCommand("put", "Set a key to a value", [
    "oarlock put greeting hello",
    "oarlock put config - < config.json     the value comes from standard input",
    "oarlock put greeting hi --previous     show what was there before",
  ])
    .argument("<key>", "the key")
    .argument("<value>", "the value; - reads it from standard input")
    .option("--previous", "print the value that was there before")
    .action((key: string, value: string, options: PutOptions) =>
      withClient(context, options, async (client) => {
        const { revision, previous } = await client.put(parseKey(key), await readValue(value), { previous: options.previous === true })
        if (options.json === true) {
          const before = options.previous === true ? { previous: previous === null ? null : keyValueToJson(previous) } : {}
          context.output.print(JSON.stringify({ key, revision, ...before }))
        } else {
          context.output.print(`OK, revision ${revision}`)
          if (previous !== null) context.output.print(`Before: ${toLine(previous.value)}`)
        }
      }),
    )
}
