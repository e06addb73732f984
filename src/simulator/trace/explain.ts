/**
 * Says in plain sentences what one step of a replica did and which rule of the paper made it do so.
 *
 * It judges from outside: from what was known before, what came in, what went out and what is known after. Where several events arrived as one
 * batch, what is said of a later one takes the earlier ones into account as far as they show.
 */

import type { NodeId } from "../../core/index.ts"
import type { ReplicaEvent } from "../../replica/index.ts"
import type { NodeState } from "../observe/node-state.ts"
import { countOf, nameOf } from "./describe-message.ts"
import { explainMessage } from "./explain-message.ts"
import { explainObservation } from "./explain-observation.ts"
import { range, type Say } from "./sentence.ts"
import type { ReplicaStep } from "./witness.ts"

export interface Explanation {
  readonly node: NodeId
  /** A sentence without its full stop, in the third person: "S3 refuses S5 its vote for term 4: …". */
  readonly text: string
  /** Where the rule stands: "§5.4.1" is the paper's, "dissertation §9.6" Ongaro's. Null for what is no rule of theirs. */
  readonly paper: string | null
}

/** `S3 refuses S5 its vote for term 4: …, §5.4.1`. */
export function sentenceOf({ text, paper }: Explanation): string {
  return paper === null ? text : `${text}, ${paper}`
}

/** In the order in which it happened. */
export function explainStep(step: ReplicaStep): readonly Explanation[] {
  const { before, events, effects } = step
  const told: Explanation[] = []
  const say = (text: string, paper: string | null = null): void => {
    told.push({ node: before.id, text: `${nameOf(before.id)} ${text}`, paper })
  }
  // What is known once the events so far are taken in.
  let known: NodeState = before
  for (const event of events) {
    if (event.kind === "message") known = explainMessage(step, known, event.message, say)
    else explainEvent(event, step, say)
  }
  for (const observation of effects.observations) explainObservation(observation, step, known, say)
  explainDurability(step, say)
  explainCommit(step, say)
  for (const outcome of effects.outcomes) {
    if (outcome.kind === "rejected") say(`refuses a client's request: ${outcome.message}`)
    else if (outcome.kind === "unknown") say(`tells a client that its request may or may not be done: ${outcome.message}`)
    else say(`answers a client: committed at index ${outcome.index} and applied`, "§5.3")
  }
  for (const read of effects.reads) {
    if (read.kind === "answered") say(`answers a read, having applied everything up to ${read.index}`, "§8")
    else say(`does not answer a read: ${read.message}`)
  }
  if (effects.halted !== null) say(`stops for good: ${effects.halted}`)
  return told
}

function explainEvent(event: Exclude<ReplicaEvent, { kind: "message" }>, step: ReplicaStep, say: Say): void {
  const { before, after, effects } = step
  switch (event.kind) {
    case "propose":
      explainProposals(event.proposals.length, "command", step, say)
      return
    case "openSession":
      explainProposals(1, "request for a session", step, say)
      return
    case "read":
      for (const { consistency } of event.reads) {
        if (consistency === "stale") continue
        const asked = effects.messages.find((message) => message.kind === "readIndex")
        if (asked !== undefined) say(`asks the leader ${nameOf(asked.to)} for an index to read at`, "dissertation §6.4")
        else if (after.role === "leader")
          say("notes its commit index for a read, and confirms that it still leads before it answers", "dissertation §6.4")
      }
      return
    case "changeMembership":
      say(`is asked to ${event.changes.map(({ kind }) => kind).join(" and to ")}`, "§6")
      return
    case "transferLeadership":
      say(
        `is asked to hand leadership to ${event.to === null ? "the server that is furthest along" : nameOf(event.to)}`,
        "dissertation §3.10",
      )
      return
    case "takeSnapshot":
      say("is asked for a snapshot", "§7")
      return
    case "unreachable":
      if (before.followers.find(({ id }) => id === event.peer)?.state === "replicate") {
        say(`cannot reach ${nameOf(event.peer)}, and sends it one message at a time until it answers`)
      }
      return
    case "disk":
      if (!event.completion.ok) say(`hears from its disk: ${event.completion.message}`)
      break
    case "wake":
    case "paused":
    case "closeSession":
    case "keepSession":
    case "cancel":
    case "introduced":
    case "refusedBy":
      return
    default:
      event satisfies never
  }
}

/** What came of a client's proposals; those that were refused are answered, and that is told elsewhere. */
function explainProposals(amount: number, kind: string, { before, after, effects }: ReplicaStep, say: Say): void {
  const what = countOf(amount, kind)
  const forwarded = effects.messages.find((message) => message.kind === "forwardProposals")
  if (after.role === "leader" && after.last.index > before.last.index) {
    say(`takes ${what} from a client, appends entry ${range(before.last.index + 1, after.last.index)} and sends it on at once`, "§5.3")
  } else if (forwarded !== undefined) say(`is not the leader and forwards ${what} to ${nameOf(forwarded.to)}`, "§8")
}

/** Promises that had waited for the disk leave. */
function explainDurability({ before, after, events, effects }: ReplicaStep, say: Say): void {
  if (!events.some((event) => event.kind === "disk" && event.completion.ok)) return
  const asked: string[] = []
  const acknowledged: string[] = []
  for (const message of effects.messages) {
    if (message.kind === "requestVoteReply" && message.granted) {
      say(`has its vote for ${nameOf(message.to)} in term ${message.term} on disk: now the answer may leave`, persistent)
    } else if (message.kind === "appendEntriesReply" && message.success) acknowledged.push(nameOf(message.to))
    else if (message.kind === "requestVote") asked.push(nameOf(message.to))
  }
  if (asked.length > 0)
    say(`has term ${after.term} and its vote for itself on disk: now it asks ${asked.join(", ")}`, `§5.2, ${persistent}`)
  if (after.persistedIndex <= before.persistedIndex) return
  const then = acknowledged.length > 0 ? `: now it may acknowledge them to ${[...new Set(acknowledged)].join(", ")}` : ""
  say(`has its entries up to ${after.persistedIndex} on disk${then}`, persistent)
}

const persistent = "Figure 2 (persistent state)"

function explainCommit({ before, after }: ReplicaStep, say: Say): void {
  if (after.commitIndex <= before.commitIndex) return
  const what = range(before.commitIndex + 1, after.commitIndex)
  if (after.role !== "leader") {
    say(`learns that ${what} is committed`, "§5.3")
    return
  }
  const { voters, votersOutgoing } = after.configuration
  const has = (id: NodeId): boolean =>
    (id === after.id ? after.persistedIndex : (after.followers.find((follower) => follower.id === id)?.matchIndex ?? 0)) >=
    after.commitIndex
  const holders = [...new Set([...voters, ...votersOutgoing])].filter(has)
  const halves = votersOutgoing.length > 0 ? "majorities of the old and of the new voters have" : "a majority has"
  say(`commits ${what}: ${halves} it on disk (${holders.map(nameOf).join(", ")}), and it is of its own term ${after.term}`, "§5.3, §5.4.2")
}
