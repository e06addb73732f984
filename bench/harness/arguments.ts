/**
 * The command line of `npm run bench`: which rows, how long, how often.
 */

import { parseArgs } from "node:util"

export const rowNames = ["core", "put", "get", "failover", "memory", "recovery", "nodes", "values"] as const
export type RowName = (typeof rowNames)[number]

export interface BenchArguments {
  readonly rows: readonly RowName[]
  /** Measurements of each system, interleaved; the table shows medians. */
  readonly rounds: number
  /** Measured seconds of one load. */
  readonly durationSeconds: number
  /** How long each load waits for a machine that is busy with other things, in seconds. */
  readonly patienceSeconds: number
  /** Which nodes the clients talk to. */
  readonly target: "leader" | "all"
  /** Only loads of so many clients; null for all. */
  readonly clients: number | null
  /** Systems to leave out, in spite of their being installed. */
  readonly only: "etcd" | "oarlock" | null
  /** File for the results; null: a name of its own in `bench/results/`. */
  readonly json: string | null
  /** Profile our nodes and print where the leader's time went. The figures of such a run mean little. */
  readonly profile: boolean
}

export const usage = `npm run bench -- [row …] [options]

Rows, by default all: ${rowNames.join(", ")}

  --rounds <n>        measurements of each system, interleaved (3; failover 7)
  --duration <s>      measured seconds of one load (5)
  --patience <s>      how long each load waits for a machine that is busy with other things (20)
  --target <nodes>    leader or all: where clients connect (leader)
  --clients <n>       put and get: only with 1, 100 or 1000 clients
  --only <system>     oarlock or etcd
  --json <file>       where to write the results (bench/results/<time>.json)
  --profile           profile our nodes, and print the leader's busiest functions
`

/** Throws an `Error` whose message is for the person at the terminal. */
export function parseArguments(words: readonly string[]): BenchArguments | "help" {
  const { values, positionals } = parseArgs({
    args: [...words],
    allowPositionals: true,
    options: {
      rounds: { type: "string", default: "3" },
      duration: { type: "string", default: "5" },
      patience: { type: "string", default: "20" },
      target: { type: "string", default: "leader" },
      clients: { type: "string" },
      only: { type: "string" },
      json: { type: "string" },
      profile: { type: "boolean", default: false },
      help: { type: "boolean", short: "h", default: false },
    },
  })
  if (values.help) return "help"
  for (const name of positionals) {
    if (!isRowName(name)) throw new Error(`There is no row ${name}. Choose from ${rowNames.join(", ")}.`)
  }
  return {
    rows: positionals.length === 0 ? rowNames : rowNames.filter((name) => positionals.includes(name)),
    rounds: positiveInteger("--rounds", values.rounds),
    durationSeconds: positive("--duration", values.duration),
    patienceSeconds: positive("--patience", values.patience),
    target: oneOf("--target", values.target, ["leader", "all"] as const),
    clients: values.clients === undefined ? null : positiveInteger("--clients", values.clients),
    only: values.only === undefined ? null : oneOf("--only", values.only, ["etcd", "oarlock"] as const),
    json: values.json ?? null,
    profile: values.profile,
  }
}

function isRowName(name: string): name is RowName {
  return (rowNames as readonly string[]).includes(name)
}

/** Seconds, with or without their unit: `5` and `5s` are the same. */
function positive(flag: string, text: string): number {
  const number = Number(text.replace(/s$/, ""))
  if (!(number > 0 && number <= 3600)) throw new Error(`${flag} is ${text}; it must be a number above 0, at most 3600.`)
  return number
}

function positiveInteger(flag: string, text: string): number {
  const number = positive(flag, text)
  if (!Number.isInteger(number)) throw new Error(`${flag} is ${text}; it must be an integer.`)
  return number
}

function oneOf<T extends string>(flag: string, text: string, choices: readonly T[]): T {
  const choice = choices.find((candidate) => candidate === text)
  if (choice === undefined) throw new Error(`${flag} is ${text}; it must be ${choices.join(" or ")}.`)
  return choice
}
