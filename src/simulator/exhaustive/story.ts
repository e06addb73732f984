/**
 * Tells how a property was broken: each action, what came of it, and how the server that moved stands then. The steps are made anew by the core,
 * so the story is what happened, not what was noted.
 */

import type { Entry, Message } from "../../core/index.ts"
import type { StateSearch, PropertyViolation } from "./search.ts"
import { stepServer, type Input, type Server, type ServerStep } from "./server.ts"
import { inputOf, slotOf } from "./world-space.ts"

/** One line for each action, then what was broken. */
export function tellStory(search: StateSearch, violation: PropertyViolation): string {
  const servers = search.beginning()
  const lines = violation.actions.map((action, i) => {
    const slot = slotOf(action)
    const before = servers[slot]!
    const input = search.space.servers.inputOf(inputOf(action))
    const what = `${String(i + 1).padStart(3)}. S${before.id} ${describeInput(input)}`
    const step = tryStep(search, before, input)
    if (step === null) return `${what}, and halts`
    servers[slot] = step.server
    return `${what}${describeConsequences(before, step)}\n       ${describeServer(step.server)}`
  })
  return [...lines, `     ${violation.property}: ${violation.reason}`].join("\n")
}

/** Where a server stands, in one line. */
function describeServer({ id, raft, disk, writing }: Server): string {
  const { term, role, votedFor } = raft.state
  const vote = votedFor === null ? "no vote" : `vote S${votedFor}`
  const unsynced = writing === null ? "" : `, on disk: term ${disk.hardState.term}, log ${describeLog(disk.entries)}`
  return `S${id} ${role.kind} term ${term}, ${vote}, log ${describeLog(entriesOf(raft))}, committed ${raft.commitIndex}${unsynced}`
}

function describeInput(input: Input): string {
  switch (input.kind) {
    case "deliver":
      return `receives ${describeMessage(input.message)}`
    case "timeout":
      return "runs out of patience"
    case "heartbeat":
      return "sends heartbeats"
    case "quorumLost":
      return "notices that no quorum answers"
    case "leaderContactEnds":
      return "has not heard from its leader for a while"
    case "precedenceEnds":
      return "has waited a while for answers to its pre-vote"
    case "propose":
      return "takes a command from a client"
    case "change":
      return "is asked to change the membership"
    case "sync":
      return "has its write on disk"
    case "crash":
      return input.kept === 0 ? "crashes and restarts" : `crashes with ${input.kept} records of its write on disk, and restarts`
    default:
      return input satisfies never
  }
}

function describeMessage(message: Message): string {
  const from = `from S${message.from}`
  switch (message.kind) {
    case "preVote":
    case "requestVote":
      return `${message.kind} of term ${message.term} ${from}, whose log ends at ${message.lastLogIndex} in term ${message.lastLogTerm}`
    case "preVoteReply":
    case "requestVoteReply":
      return `${message.granted ? "the grant" : "the refusal"} of its ${message.kind === "preVoteReply" ? "pre-vote" : "vote"} in term ${message.term} ${from}`
    case "appendEntries": {
      const { prevLogIndex, prevLogTerm, entries, leaderCommit } = message
      const what = entries.length === 0 ? "nothing new" : describeLog(entries)
      return `appendEntries of term ${message.term} ${from}: ${what} behind index ${prevLogIndex} of term ${prevLogTerm}, committed ${leaderCommit}`
    }
    case "appendEntriesReply":
      return message.success
        ? `the acknowledgement through index ${message.index} in term ${message.term} ${from}`
        : `the refusal of index ${message.index} in term ${message.term} ${from}`
    case "timeoutNow":
    case "installSnapshot":
    case "installSnapshotReply":
    case "readIndex":
    case "readIndexReply":
    case "forwardProposals":
    case "forwardProposalsReply":
      return `${message.kind} ${from}`
    default:
      return message satisfies never
  }
}

function describeConsequences(before: Server, { server, sent }: ServerStep): string {
  const is = server.raft.state
  const was = before.raft.state
  const parts: string[] = []
  if (is.role.kind !== was.role.kind || (is.role.kind === "candidate" && is.term !== was.term)) {
    parts.push(`becomes ${is.role.kind} in term ${is.term}`)
  } else if (is.term !== was.term) {
    parts.push(`goes on to term ${is.term}`)
  }
  if (is.votedFor !== null && is.votedFor !== server.id && (is.votedFor !== was.votedFor || is.term !== was.term)) {
    parts.push(`votes for S${is.votedFor}`)
  }
  if (sent.some((message) => message.kind === "requestVoteReply" && !message.granted)) parts.push("refuses")
  const log = describeLog(entriesOf(server.raft))
  if (log !== describeLog(entriesOf(before.raft))) parts.push(`has log ${log}`)
  if (server.raft.commitIndex > before.raft.commitIndex) parts.push(`commits through ${server.raft.commitIndex}`)
  return parts.length === 0 ? "" : `: ${parts.join(", ")}`
}

/** Terms of the entries; no-ops plain, commands with *, configurations with the servers that vote. */
function describeLog(entries: readonly Entry[]): string {
  return `[${entries.map(describeEntry).join(" ")}]`
}

function describeEntry({ term, kind, configuration }: Entry): string {
  if (configuration === null) return kind === "command" ? `${term}*` : String(term)
  const { voters, votersOutgoing, learners } = configuration
  const outgoing = votersOutgoing.length === 0 ? "" : `/${votersOutgoing.join(",")}`
  return `${term}{${voters.join(",")}${outgoing}${learners.length === 0 ? "" : `+${learners.join(",")}`}}`
}

function entriesOf(raft: Server["raft"]): readonly Entry[] {
  return raft.lastIndex === 0 ? [] : raft.entries(1, raft.lastIndex)
}

function tryStep(search: StateSearch, before: Server, input: Input): ServerStep | null {
  try {
    return stepServer(search.setting, before, input)
  } catch {
    // The violation says in words what it halted on.
    return null
  }
}
