/** What `npm run nemesis` can be asked for. */

import { parseArgs } from "node:util"

export interface NemesisOptions {
  readonly minutes: number
  /** Of every random choice. Processes and the network are not repeated by it, the choices are. */
  readonly seed: number
  readonly nodes: number
  readonly clients: number
  readonly keys: number
  /** The longest values, in bytes; a tenth of the writes have up to so many, the others are short. */
  readonly valueBytesMax: number
  /** The most resident memory that a server may ever take, in MiB. */
  readonly memoryMib: number
  readonly json: boolean
}

/** A mistake in the arguments: told with the usage, exit code 2. */
export class UsageError extends Error {}

export const usage = `npm run nemesis -- [options]

Five real server processes, clients that write values of up to 1.5 MiB, and faults one after another and in pairs: kill -9, SIGSTOP, cuts,
transfers of leadership, changes of members, all servers at once. Every answer is kept and judged; exit code 1 if anything was wrong.

  --minutes <n>       how long faults go on (default: 10; fractions are allowed)
  --seed <n>          of the choices (default: another one each time)
  --nodes <n>         servers (default: 5)
  --clients <n>       clients, each asking one thing at a time (default: 8)
  --keys <n>          keys that they share (default: 40)
  --value-bytes <n>   the longest values (default: 1572000)
  --memory-mib <n>    more resident memory than this in any server is a failure (default: 1500)
  --json              the report as JSON on standard output, progress on standard error

Examples:
  npm run nemesis                          ten minutes
  npm run nemesis -- --minutes 1 --seed 7  a quick look, with the choices of seed 7
`

const flags = {
  minutes: { type: "string", default: "10" },
  seed: { type: "string" },
  nodes: { type: "string", default: "5" },
  clients: { type: "string", default: "8" },
  keys: { type: "string", default: "40" },
  "value-bytes": { type: "string", default: "1572000" },
  "memory-mib": { type: "string", default: "1500" },
  json: { type: "boolean", default: false },
  help: { type: "boolean", short: "h", default: false },
} as const

/** `freshSeed` is used where none is given. Null: only the usage was asked for. Throws a `UsageError`. */
export function readOptions(args: readonly string[], freshSeed: number): NemesisOptions | null {
  const values = parse(args)
  if (values.help) return null
  return {
    minutes: numberOf("--minutes", values.minutes, 0.1, 24 * 60),
    seed: values.seed === undefined ? freshSeed : integerOf("--seed", values.seed, 0, 0xffff_ffff),
    nodes: integerOf("--nodes", values.nodes, 3, 9),
    clients: integerOf("--clients", values.clients, 1, 100),
    keys: integerOf("--keys", values.keys, 1, 10_000),
    valueBytesMax: integerOf("--value-bytes", values["value-bytes"], 64, 1_572_000),
    memoryMib: integerOf("--memory-mib", values["memory-mib"], 1, 1 << 20),
    json: values.json,
  }
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: flags, strict: true }).values
  } catch (error) {
    throw new UsageError((error as Error).message)
  }
}

function integerOf(flag: string, text: string, least: number, most: number): number {
  const value = numberOf(flag, text, least, most)
  if (!Number.isInteger(value)) throw new UsageError(`${flag}: found ${text}, expected a whole number`)
  return value
}

function numberOf(flag: string, text: string, least: number, most: number): number {
  const value = text.trim() === "" ? Number.NaN : Number(text)
  if (!(value >= least && value <= most)) throw new UsageError(`${flag}: found ${text}, expected a number from ${least} to ${most}`)
  return value
}
