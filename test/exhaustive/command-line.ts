/** What `npm run exhaustive` understands, and what it makes of it. Knows nothing of the process that it runs in. */

import { parseArgs } from "node:util"
import type { MembershipChange } from "../../src/core/index.ts"
import {
  defaultBounds,
  defaultSearchOptions,
  explainBadBounds,
  memberNumbered,
  type SearchOptions,
} from "../../src/simulator/exhaustive/index.ts"
import { plantedBugs } from "./planted-bugs.ts"

export const help = `Explores every interleaving of a small world of production Raft cores, and tells the shortest story of what breaks a property.

  npm run exhaustive -- --nodes 3 --terms 2 --entries 1

The world, and what may happen in it:
  --nodes N           voters (3)
  --joining N         servers more, that wait to be added (0)
  --terms N           the highest term (2)
  --entries N         commands in a leader's log above which it takes no more (1); no-ops and configurations come on top
  --heartbeats N      rounds of heartbeats per leader and term (0)
  --crashes N         crashes, each with a restart, in the whole world (0)
  --campaigners LIST  who may run out of patience, like 1,2 (everyone)
  --slow-disks LIST   whose writes complete at any later moment, and are lost in part by a crash, like 1,2,3 (nobody)
  --change CHANGE     one change of membership: "add 4" (with --joining 1), "remove 3", "demote 3"
  --pre-vote          PreVote and CheckQuorum
  --append-max N      entries in one message (4096)
  --ignore-stale      requests of terms that are over count as lost: fewer situations, fewer ways
Messages are lost, late, repeated and out of order without limit.

The search:
  --bug NAME          plant a bug, in the world that is made for it; part of its name will do. --bugs lists them
  --depth N           at most so many actions
  --states N          at most so many situations
  --memory MB         of the search's own arrays (4096)
  --no-symmetry       explore also what differs in the servers' names only
`

export type Command = { readonly kind: "help" } | { readonly kind: "bugs" } | { readonly kind: "search"; readonly options: SearchOptions }

/** Throws an `Error` with a sentence for the person who typed `args`. */
export function readCommand(args: readonly string[]): Command {
  const { values } = parseArgs({
    args: [...args],
    options: {
      nodes: { type: "string" },
      joining: { type: "string" },
      terms: { type: "string" },
      entries: { type: "string" },
      heartbeats: { type: "string" },
      crashes: { type: "string" },
      campaigners: { type: "string" },
      "slow-disks": { type: "string" },
      change: { type: "string" },
      "pre-vote": { type: "boolean" },
      "append-max": { type: "string" },
      "ignore-stale": { type: "boolean" },
      bug: { type: "string" },
      bugs: { type: "boolean" },
      depth: { type: "string" },
      states: { type: "string" },
      memory: { type: "string" },
      "no-symmetry": { type: "boolean" },
      help: { type: "boolean", short: "h" },
    },
  })
  if (values.help === true) return { kind: "help" }
  if (values.bugs === true) return { kind: "bugs" }
  const bug = values.bug === undefined ? null : findBug(values.bug)
  const made = { ...defaultBounds, ...bug?.bounds }
  const bounds = {
    servers: readNumber("--nodes", values.nodes, made.servers),
    joining: readNumber("--joining", values.joining, made.joining),
    terms: readNumber("--terms", values.terms, made.terms),
    entries: readNumber("--entries", values.entries, made.entries),
    heartbeats: readNumber("--heartbeats", values.heartbeats, made.heartbeats),
    crashes: readNumber("--crashes", values.crashes, made.crashes),
    campaigners: readList("--campaigners", values.campaigners, made.campaigners),
    slowDisks: readList("--slow-disks", values["slow-disks"], made.slowDisks),
    change: values.change === undefined ? made.change : [readChange(values.change)],
    preVote: values["pre-vote"] ?? made.preVote,
    appendEntriesMax: readNumber("--append-max", values["append-max"], made.appendEntriesMax),
    staleRequests: values["ignore-stale"] === true ? false : made.staleRequests,
  }
  const problem = explainBadBounds(bounds)
  if (problem !== null) throw new Error(problem)
  const options: SearchOptions = {
    ...defaultSearchOptions,
    bounds,
    tampering: bug?.tampering ?? defaultSearchOptions.tampering,
    properties: bug?.properties ?? defaultSearchOptions.properties,
    symmetry: values["no-symmetry"] !== true,
    depthMax: readNumber("--depth", values.depth, Infinity),
    statesMax: readNumber("--states", values.states, Infinity),
    bytesMax: readNumber("--memory", values.memory, 4096) * 2 ** 20,
  }
  return { kind: "search", options }
}

function findBug(name: string): (typeof plantedBugs)[number] {
  const found = plantedBugs.filter((bug) => bug.name.toLowerCase().includes(name.toLowerCase()))
  if (found.length === 1) return found[0]!
  throw new Error(
    found.length === 0 ? `no planted bug is called "${name}"; --bugs lists them` : `"${name}" could be any of ${found.length} planted bugs`,
  )
}

function readNumber(option: string, text: string | undefined, otherwise: number): number {
  if (text === undefined) return otherwise
  if (!/^\d{1,9}$/.test(text)) throw new Error(`${option} takes a whole number, not "${text}"`)
  return Number(text)
}

function readList<T>(option: string, text: string | undefined, otherwise: T): T | number[] {
  if (text === undefined) return otherwise
  return text.split(",").map((item) => readNumber(option, item, 0))
}

function readChange(text: string): MembershipChange {
  const [verb, number, ...more] = text.split(" ")
  const id = readNumber("--change", number, 0)
  if (more.length === 0 && id > 0) {
    if (verb === "add") return { kind: "addVoter", member: memberNumbered(id) }
    if (verb === "remove" || verb === "demote") return { kind: verb, id }
  }
  throw new Error(`--change takes "add N", "remove N" or "demote N", not "${text}"`)
}
