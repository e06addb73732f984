/**
 * Servers compare what they made of the log, while they run: a state machine that is not deterministic, and servers that refuse different commands, are
 * found here and nowhere else, since every server alone is content with itself.
 *
 * At every `verifyEveryEntries`-th entry each server takes the hash of its state machine, and the leader puts its own into the log. A server that applies that
 * and agrees says nothing: one small entry is all that a comparison costs. A server that differs says so in the log too, and then everyone says what they
 * have, so that the same statements in the same order lead all to one verdict: what a majority of the voters says stands, and a server that has
 * something else halts in words, the leader too. Where all have spoken and no majority agrees, the first word stands. Commands that were refused
 * (`refusals.ts`) are compared the same way after each step that refused some, by their count and hash, whatever the option says.
 *
 * The statements are a part of the log, but of no state: a server that was brought up to date by a snapshot in between has nothing to compare.
 */

import { hashNumbers, type LogIndex, type Milliseconds, type NodeId, type Raft, type Term } from "../../core/index.ts"
import type { Applied } from "../apply.ts"
import type { Observation } from "../observation.ts"
import { originOf, plainHeaderBytes, readU32, readU53, statementBytes, writeU32, writeU53 } from "./envelope.ts"
import { callHash } from "./machine-calls.ts"
import { refusalsAt, type Refusals } from "./refusals.ts"

/** Comparisons that are remembered while not all have spoken; the oldest is forgotten. */
export const comparisonsMax = 16
/** What a statement is about. The numbers are the format's. */
const Topic = { state: 1, refusals: 2 } as const
type Topic = (typeof Topic)[keyof typeof Topic]

/** What a server has after an entry. */
interface Finding {
  readonly hash: number
  /** Commands refused up to there. */
  readonly refused: number
}

interface Comparison {
  readonly topic: Topic
  /** After this entry. */
  readonly index: LogIndex
  /** Null where this server does not know what it had then. */
  readonly own: Finding | null
  /** In the order in which they stand in the log. */
  readonly said: readonly { readonly server: NodeId; readonly finding: Finding }[]
  /** The term in which this server last proposed to say its own; 0 if it did not. */
  readonly saidInTerm: Term
  /** When this server came to its entry, or heard of it. */
  readonly since: Milliseconds
}

export interface Verifying {
  /** Ascending by when they began. */
  comparisons: readonly Comparison[]
  /** The last entry after which this server's state was known to be that of another one. */
  agreedThrough: LogIndex
}

/** This server has another state than the others: it must not go on. */
export class DivergenceError extends Error {
  override readonly name = "DivergenceError"
  /** The entries of which one made the difference, as far as is known here. */
  readonly since: LogIndex
  readonly through: LogIndex

  constructor(message: string, since: LogIndex, through: LogIndex) {
    super(message)
    this.since = since
    this.through = through
  }
}

export function createVerifying(): Verifying {
  return { comparisons: [], agreedThrough: 0 }
}

/** The entry at `lastApplied` is one of those after which states are compared. */
export function noteState(verifying: Verifying, { machine, lastApplied, timeMs, refusals }: Applied, since: Milliseconds): void {
  const hash = callHash(machine, lastApplied)
  if (hash === null) return
  put(verifying, Topic.state, lastApplied, { own: { hash: hashNumbers(hash, timeMs), refused: refusals.count }, since })
}

/** Commands were refused, the last of them at entry `index`. */
export function noteRefusals(verifying: Verifying, { lastIndex, hash, count }: Refusals, since: Milliseconds): void {
  put(verifying, Topic.refusals, lastIndex, { own: { hash, refused: count }, since })
}

/**
 * The statement of another server, or of this one, is applied; `data` is the entry's. Throws a `DivergenceError` if the statements so far show that the
 * state of this server is the wrong one.
 */
export function hear(verifying: Verifying, data: Uint8Array, refusals: Refusals, raft: Raft, observations: Observation[]): void {
  const server = originOf(data)
  const { topic, index, finding } = readStatement(data)
  const known = verifying.comparisons.find((one) => one.topic === topic && one.index === index)
  const then = topic === Topic.refusals ? refusalsAt(refusals, index) : null
  const own = known?.own ?? (then === null ? null : { hash: then.hash, refused: then.count })
  const said = [...(known?.said ?? []).filter((one) => one.server !== server), { server, finding }]
  put(verifying, topic, index, { own, said })
  if (own === null) return
  const isFirst = known === undefined || known.said.every((one) => isSame(one.finding, own))
  if (isFirst && !isSame(finding, own)) {
    const what = topic === Topic.state ? "state" : "refusals"
    observations.push({ kind: "statesDiffer", what, since: verifying.agreedThrough + 1, index, server })
  }
  const verdict = verdictOf(said, raft)
  if (verdict !== null && !isSame(verdict, own))
    throw new DivergenceError(
      explain({ topic, index, said }, own, verdict, verifying.agreedThrough),
      topic === Topic.state ? verifying.agreedThrough + 1 : 1,
      index,
    )
  const isOther = server !== raft.state.options.id
  if (topic === Topic.state && isOther && isSame(own, finding)) verifying.agreedThrough = Math.max(verifying.agreedThrough, index)
}

/** The command bytes of what this server has to say now, in the order in which it is to be said. Each is said once in a term. */
export function takeStatements(verifying: Verifying, { state }: Raft, now: Milliseconds): Uint8Array[] {
  const { term, role, options } = state
  // Of whom nothing is heard has nothing to say: its state machine refused nothing, or it does not compare.
  const patienceMs = role.kind === "leader" ? 0 : 2 * options.electionTimeoutMaxMs
  const due = verifying.comparisons.filter((one) => isDue(one, options.id, now - patienceMs, term))
  if (due.length === 0) return []
  verifying.comparisons = verifying.comparisons.map((one) => (due.includes(one) ? { ...one, saidInTerm: term } : one))
  return due.map(writeStatement)
}

/**
 * The leader begins, or a server that has waited for its word since before `waiting`; the others speak once somebody said something else than another, or than
 * they would.
 */
function isDue({ own, said, saidInTerm, since }: Comparison, self: NodeId, waiting: Milliseconds, term: Term): boolean {
  if (own === null || saidInTerm === term || said.some(({ server }) => server === self)) return false
  const [first] = said
  if (first === undefined) return since <= waiting
  return said.some(({ finding }) => !isSame(finding, own) || !isSame(finding, first.finding))
}

/** What stands, once that is certain: the word of a majority of the voters, or where there is none and all have spoken, the first word. */
function verdictOf(said: Comparison["said"], { configuration: { voters } }: Raft): Finding | null {
  const byVoters = said.filter(({ server }) => voters.includes(server))
  for (const { finding } of byVoters) {
    const agreeing = byVoters.filter((one) => isSame(one.finding, finding)).length
    if (agreeing * 2 > voters.length) return finding
  }
  return byVoters.length === voters.length ? (byVoters[0]?.finding ?? null) : null
}

function explain(
  { topic, index, said }: Pick<Comparison, "topic" | "index" | "said">,
  own: Finding,
  verdict: Finding,
  agreedThrough: LogIndex,
): string {
  const others = said.flatMap(({ server, finding }) => (isSame(finding, verdict) ? [`node ${server}`] : [])).join(", ")
  const advice =
    "Start it again: what came after its last snapshot is applied anew. If it differs again, remove it from the cluster, delete its data folder and add it under a new id"
  if (topic === Topic.refusals) {
    const counts = `it has refused ${own.refused} commands, ${others} ${verdict.refused}`
    return `this server's state machine did not refuse the same commands as that of others: up to entry ${index} ${counts}, or other ones. With onApplyError: "refuse", apply must throw for the same commands everywhere. ${advice}`
  }
  const range = `entries ${agreedThrough + 1} to ${index}`
  const hashes = `its state has the hash ${inHex(own)}, that of ${others} ${inHex(verdict)}`
  return `this server's state is not that of the others: after entry ${index} ${hashes}. Somewhere in ${range} its state machine did something else: it is not deterministic, or its memory or its snapshot is damaged. ${advice}`
}

function inHex({ hash }: Finding): string {
  return hash.toString(16).padStart(8, "0")
}

function isSame(one: Finding, other: Finding): boolean {
  return one.hash === other.hash && one.refused === other.refused
}

function put(verifying: Verifying, topic: Topic, index: LogIndex, news: Partial<Comparison>): void {
  const { comparisons } = verifying
  const at = comparisons.findIndex((one) => one.topic === topic && one.index === index)
  if (at >= 0) verifying.comparisons = comparisons.with(at, { ...comparisons[at]!, ...news })
  else
    verifying.comparisons = [...comparisons, { topic, index, own: null, said: [], saidInTerm: 0, since: 0, ...news }].slice(-comparisonsMax)
}

/** After the envelope's header: u8 topic | u64 index | u32 hash | u64 commands refused. */
function writeStatement({ topic, index, own }: Comparison): Uint8Array {
  const bytes = new Uint8Array(statementBytes)
  bytes[0] = topic
  writeU53(bytes, 1, index)
  writeU32(bytes, 9, own!.hash)
  writeU53(bytes, 13, own!.refused)
  return bytes
}

function readStatement(data: Uint8Array): { topic: Topic; index: LogIndex; finding: Finding } {
  const at = plainHeaderBytes
  const finding = { hash: readU32(data, at + 9), refused: readU53(data, at + 13) }
  return { topic: data[at] as Topic, index: readU53(data, at + 1), finding }
}
