/**
 * A run as a stream of events for tools outside: one JSON line for each thing that a specification of Raft would call an action.
 *
 * The names and the state that goes with them are close to those that etcd's trace validation reads (`Traceetcdraft.tla`), so that a small filter can
 * turn one into the other; `docs/traces.md` holds the table. What is received is told with the state before, everything else with the state
 * after its step.
 */

import type { Configuration, Entry, LogIndex, Message, NodeId, Term } from "../../core/index.ts"
import type { NodeState, RoleName } from "../observe/node-state.ts"
import type { Moment } from "./chronicle.ts"
import type { ReplicaStep } from "./witness.ts"

export type ExportedAction =
  | "Init"
  | "Crash"
  | "Fault"
  | "Receive"
  | "Drop"
  | "BecomeFollower"
  | "BecomePreCandidate"
  | "BecomeCandidate"
  | "BecomeLeader"
  | "Replicate"
  | "ChangeConfiguration"
  | "Truncate"
  | "Persist"
  | "Commit"
  | "Apply"
  | "Snapshot"
  | "Send"

export interface ExportedEvent {
  /** The world's event; several lines can share one. */
  readonly step: number
  /** World time in milliseconds. */
  readonly at: number
  readonly action: ExportedAction
  /** Null for what concerns no single server. */
  readonly node: NodeId | null
  readonly role?: RoleName
  readonly term?: Term
  readonly votedFor?: NodeId | null
  readonly leader?: NodeId | null
  /** Who granted it a vote so far. */
  readonly votes?: readonly NodeId[]
  /** Milliseconds until it campaigns unless it hears from a leader, and the timeout that was drawn; null for a leader. */
  readonly electionInMs?: number | null
  readonly electionTimeoutMs?: number | null
  readonly log?: { readonly baseIndex: LogIndex; readonly lastIndex: LogIndex; readonly lastTerm: Term; readonly persistedIndex: LogIndex }
  readonly commitIndex?: LogIndex
  readonly appliedIndex?: LogIndex
  readonly configuration?: Pick<Configuration, "index" | "voters" | "votersOutgoing" | "learners">
  /** A leader's `matchIndex` and `nextIndex` of each follower. */
  readonly followers?: readonly { readonly id: NodeId; readonly matchIndex: LogIndex; readonly nextIndex: LogIndex }[]
  readonly message?: ExportedMessage
  /** The entries that were appended, removed, committed, applied or made durable, both ends included. */
  readonly from?: LogIndex
  readonly through?: LogIndex
  /** In words: why it happened, or what was done. */
  readonly because?: string
}

/** A message with its name and without its bulk: an entry is its index, term and kind; a snapshot chunk its place. */
export type ExportedMessage = { readonly name: string; readonly fate: string } & Readonly<Record<string, unknown>>

/** The lines of one moment, in the order in which things happened. */
export function exportMoment(moment: Moment): readonly ExportedEvent[] {
  const { step, at, actions, arrival, steps, sent, taken } = moment
  const lines: ExportedEvent[] = []
  const add = (event: Omit<ExportedEvent, "step" | "at">): void => {
    lines.push({ step, at, ...event })
  }
  for (const action of actions) {
    const kind = action.kind === "crash" || action.kind === "wipe" ? "Crash" : "Fault"
    // A restart shows as what the server begins with.
    if (action.kind !== "restart") add({ action: kind, node: "node" in action ? action.node : null, because: JSON.stringify(action) })
  }
  const isTaken = arrival?.fate === "taken" || arrival?.fate === "waits"
  if (arrival !== null && !isTaken) {
    add({ action: "Drop", node: arrival.to, message: describe(arrival.message, arrival.name, arrival.fate), because: arrival.fate })
  }
  let position = 0
  let received = 0
  for (const replicaStep of steps) {
    const messages = replicaStep.effects.messages.map(() => sent[position++]!)
    exportStep(replicaStep, () => taken[received++] ?? "", add)
    for (const { message, name, fate } of messages)
      add({ action: "Send", node: message.from, ...stateOf(replicaStep.after), message: describe(message, name, fate) })
  }
  return lines
}

function exportStep(
  { before, after, events, effects }: ReplicaStep,
  nextName: () => string,
  add: (event: Omit<ExportedEvent, "step" | "at">) => void,
): void {
  const node = before.id
  const state = stateOf(after)
  for (const event of events) {
    if (event.kind === "message")
      add({ action: "Receive", node, ...stateOf(before), message: describe(event.message, nextName(), "taken") })
  }
  for (const observation of effects.observations) {
    switch (observation.kind) {
      case "becameFollower":
      case "steppedDown":
        add({ action: "BecomeFollower", node, ...state, because: observation.because })
        break
      case "becamePreCandidate":
        add({ action: "BecomePreCandidate", node, ...state, because: observation.because })
        break
      case "becameCandidate":
        add({ action: "BecomeCandidate", node, ...state, because: observation.because })
        break
      case "becameLeader":
        add({ action: "BecomeLeader", node, ...state, votes: observation.votes })
        break
      case "configurationActive":
        add({ action: observation.because === "recovered" ? "Init" : "ChangeConfiguration", node, ...state, because: observation.because })
        break
      case "truncated":
        add({ action: "Truncate", node, ...state, from: observation.from, through: observation.through })
        break
      case "snapshotTaken":
      case "snapshotInstalled":
        add({ action: "Snapshot", node, ...state, through: observation.lastIndex, because: observation.kind })
        break
      default:
    }
  }
  const grew = (action: ExportedAction, from: LogIndex, through: LogIndex): void => {
    if (through > from) add({ action, node, ...state, from: from + 1, through })
  }
  grew("Replicate", truncatedTo(effects.observations, before.last.index), after.last.index)
  grew("Persist", before.persistedIndex, after.persistedIndex)
  grew("Commit", before.commitIndex, after.commitIndex)
  grew("Apply", before.appliedIndex, after.appliedIndex)
}

/** Where the log ended before it grew again. */
function truncatedTo(observations: ReplicaStep["effects"]["observations"], lastIndex: LogIndex): LogIndex {
  return observations.reduce(
    (end, observation) => (observation.kind === "truncated" ? Math.min(end, observation.from - 1) : end),
    lastIndex,
  )
}

function stateOf(state: NodeState): Omit<ExportedEvent, "step" | "at" | "action" | "node"> {
  const { role, term, votedFor, leader, votes, last, base, persistedIndex, commitIndex, appliedIndex, followers } = state
  const { index, voters, votersOutgoing, learners } = state.configuration
  const isLeader = role === "leader"
  return {
    role,
    term,
    votedFor,
    leader,
    votes,
    electionInMs: isLeader ? null : round(state.electionDeadline - state.now),
    electionTimeoutMs: isLeader ? null : round(state.electionTimeoutMs),
    log: { baseIndex: base.index, lastIndex: last.index, lastTerm: last.term, persistedIndex },
    commitIndex,
    appliedIndex,
    configuration: { index, voters, votersOutgoing, learners },
    ...(isLeader ? { followers: followers.map(({ id, matchIndex, nextIndex }) => ({ id, matchIndex, nextIndex })) } : {}),
  }
}

function describe(message: Message, name: string, fate: string): ExportedMessage {
  switch (message.kind) {
    case "appendEntries":
      return { name, fate, ...message, entries: message.entries.map(({ index, term, kind }: Entry) => ({ index, term, kind })) }
    case "installSnapshot": {
      const { data, snapshot, ...rest } = message
      return { name, fate, ...rest, snapshot: { lastIndex: snapshot.lastIndex, lastTerm: snapshot.lastTerm }, dataBytes: data.length }
    }
    case "forwardProposals":
      return { name, fate, ...message, proposals: message.proposals.map(({ id }) => id) }
    default:
      return { name, fate, ...message }
  }
}

function round(ms: number): number {
  return Math.round(ms * 1000) / 1000
}
