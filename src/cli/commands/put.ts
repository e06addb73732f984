/** `oarlock put`: set a key. */

import type { Command } from "commander"

import { putRequest } from "../../client/index.ts"
import { parseKey, readValue, toJsonField } from "../bytes-text.ts"
import { type ClusterOptions, type Context, defineClusterCommand } from "../command.ts"
import { withClient } from "../connect.ts"
import { keyValueToJson } from "../key-value-text.ts"

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
        const request = putRequest(parseKey(key), await readValue(value), { prevKv: options.previous === true })
        const { revision, prevKv } = await client.put(request)
        if (options.json === true) {
          const previous = options.previous === true ? { previous: prevKv === null ? null : keyValueToJson(prevKv) } : {}
          context.output.print(JSON.stringify({ ...toJsonField("key", request.key), revision, ...previous }))
        } else {
          context.output.print(`OK, revision ${revision}`)
          if (prevKv !== null) context.output.write(Buffer.concat([Buffer.from("before: "), prevKv.value, Buffer.from("\n")]))
        }
      }),
    )
}
