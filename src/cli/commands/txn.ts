/** `oarlock txn`: compare, then do one thing or the other, all at one revision. */

import type { Command } from "commander"
import type { Transaction } from "../../client/index.ts"
import { withClient } from "../connecting/connect.ts"
import { CliError, exitCode } from "../terminal/cli-error.ts"
import { type ClusterOptions, type Context, defineClusterCommand } from "../terminal/command.ts"
import { resultToJson, resultToLines } from "../terminal/key-value-text.ts"
import { parseAction, parseCondition } from "../terminal/txn-language.ts"

interface TxnOptions extends ClusterOptions {
  readonly if: readonly string[]
  readonly then: readonly string[]
  readonly else: readonly string[]
}

export function txnCommand(context: Context): Command {
  const gather = (text: string, before: readonly string[]): readonly string[] => [...before, text]
  return defineClusterCommand("txn", "If all comparisons hold do these operations, otherwise those, all at once", [
    "oarlock txn --if 'version(lock) = 0' --then 'put lock mine' --else 'get lock'",
    "oarlock txn --if 'value(a) = \"two words\"' --then 'put a new' --then 'delete b'",
    "oarlock txn --then 'put a 1' --then 'put b 2'     both or neither",
    "oarlock txn --if 'version(lock) > 0' --if 'value(lock) != mine' --then 'get lock'     somebody else has it",
  ])
    .option(
      "--if <comparison>",
      "value(key), version(key), mod(key) or create(key), with = != > <; can be repeated. A missing key has version 0 and no value: comparing that is false, also with !=",
      gather,
      [],
    )
    .option("--then <operation>", "put k v, get k, get-prefix k, delete k or delete-prefix k; can be repeated", gather, [])
    .option("--else <operation>", "the same, for when a comparison does not hold; can be repeated", gather, [])
    .action((options: TxnOptions) =>
      withClient(context, options, async (client) => {
        const { succeeded, results, revision } = await client.transaction(parseTxn(options))
        if (options.json === true) return context.output.print(JSON.stringify({ succeeded, revision, results: results.map(resultToJson) }))
        if (!succeeded) warnOfMissing(context, options.if)
        const held = options.if.length === 0 ? "Done" : succeeded ? "All comparisons held" : "A comparison did not hold"
        context.output.print([`${held}, revision ${revision}`, ...results.map(resultToLines)].join("\n"))
      }),
    )
}

/** As in etcd, and easily thought otherwise: `value(lock) != mine` does not hold while there is no lock. */
function warnOfMissing(context: Context, conditions: readonly string[]): void {
  const doubtful = conditions.find((text) => /^\s*value\b.*!=/s.test(text))
  if (doubtful === undefined) return
  context.output.note(
    `oarlock: ${doubtful} does not hold for a key that does not exist, which has no value to differ. version(key) = 0 asks for that.`,
  )
}

export function parseTxn(options: Pick<TxnOptions, "if" | "then" | "else">): Transaction {
  const transaction: Transaction = {
    conditions: options.if.map(parseCondition),
    success: options.then.map((text) => parseAction("--then", text)),
    failure: options.else.map((text) => parseAction("--else", text)),
  }
  if (options.then.length + options.else.length === 0)
    throw new CliError(exitCode.usage, "There is nothing to do: give at least one --then or --else.")
  return transaction
}
