/** `oarlock cas`: compare and swap, the smallest useful transaction. */

import type { Command } from "commander"

import { type Compare, putRequest, rangeRequest, type TxnRequest } from "../../client/index.ts"
import { parseKey, readValue, toBytes, toLine } from "../bytes-text.ts"
import { CliError, type ExitCode, exitCode } from "../cli-error.ts"
import { type ClusterOptions, type Context, defineClusterCommand, parseInteger } from "../command.ts"
import { withClient } from "../connect.ts"
import { keyValueToJson } from "../key-value-text.ts"

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
        const compare = parseExpectation(parseKey(key), options)
        const request: TxnRequest = { kind: "txn", compare: [compare], success: [putRequest(compare.key, await readValue(value))], failure: [rangeRequest(compare.key)] }
        const { succeeded, revision, responses } = await client.txn(request)
        const [response] = responses
        const actual = !succeeded && response?.kind === "range" ? (response.kvs[0] ?? null) : null
        if (options.json === true) {
          const found = succeeded ? {} : { actual: actual === null ? null : keyValueToJson(actual) }
          context.output.print(JSON.stringify({ succeeded, revision, ...found }))
        } else if (succeeded) context.output.print(`OK, revision ${revision}`)
        if (succeeded) return exitCode.ok
        const is = actual === null ? "it does not exist" : `it is ${toLine(actual.value)} (changed at revision ${actual.modRevision})`
        if (options.json !== true) context.output.note(`oarlock: ${JSON.stringify(key)} is not as expected: ${is}. Nothing was changed.`)
        return exitCode.failed
      }),
    )
}

function parseExpectation(key: Uint8Array, options: CasOptions): Compare {
  const range = { key, rangeEnd: new Uint8Array(0), result: "equal" as const }
  const given = [options.expect, options.absent, options.revision].filter((option) => option !== undefined)
  if (given.length !== 1) throw new CliError(exitCode.usage, "Say what to expect with exactly one of --expect, --absent and --revision.")
  if (options.expect !== undefined) return { ...range, target: "value", operand: toBytes(options.expect) }
  if (options.absent === true) return { ...range, target: "create", operand: 0 }
  return { ...range, target: "mod", operand: parseInteger(options.revision!, "--revision", 1) }
}
