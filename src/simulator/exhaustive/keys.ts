/**
 * Servers and messages as text: equal texts mean that whatever comes next is the same for both.
 *
 * Left out is what cannot make a difference: moments in time (except whether a voter heard from a leader recently, and a pre-candidate's precedence),
 * drawn timeouts, the witness of the core's own assertions, and how the numbers of writes began. A text can be written with the servers renamed,
 * which is what symmetry is about.
 */

import type { Configuration, Entry, HardState, Message, NodeId, Progress, Role } from "../../core/index.ts"
import { hasJustAsked, hasRecentLeader, type PendingWrite, type Server } from "./server.ts"

/** New names: position `id` holds what server `id` is called. Position 0 stands for nobody. */
export type Renaming = readonly NodeId[]

export function identityRenaming(count: number): Renaming {
  return Array.from({ length: count + 1 }, (_, id) => id)
}

export function keyOfServer(server: Server, names: Renaming): string {
  const { raft, disk, writing, id } = server
  const { term, votedFor, role, leaderId, commitIndex, configurations, durability, log } = raft.state
  const { nextNumber, requestedIndex, persistedIndex, requested, requestedNumber, persistedNumber, inflight, promises } = durability
  const own = raft.lastIndex === 0 ? [] : raft.entries(1, raft.lastIndex)
  const parts = [
    nameOf(names, id),
    term,
    nameOf(names, votedFor),
    nameOf(names, leaderId),
    hasRecentLeader(server) ? "L" : "-",
    hasJustAsked(server) ? "A" : "-",
    commitIndex,
    keyOfRole(role, names),
    keyOfEntries(own, names),
    log.base.index,
    configurations.map((configuration) => keyOfConfiguration(configuration, names)).join("/"),
    // Only how far apart numbers of writes are matters, and not whether one was done just now or long ago.
    nextNumber - persistedNumber,
    requestedIndex,
    persistedIndex,
    keyOfHardState(requested, names),
    Math.max(0, requestedNumber - persistedNumber),
    inflight.map((write) => `${write.number - persistedNumber}:${write.lastIndex}`).join(" "),
    // What waits for a write is a set: a message that is said twice arrives any number of times anyway.
    sorted([...new Set(promises.map(({ number, message }) => `${number - persistedNumber}:${keyOfMessage(message, names)}`))]),
    keyOfHardState(disk.hardState, names),
    isPrefix(disk.entries, own, names) ? disk.entries.length : keyOfEntries(disk.entries, names),
    keyOfWriting(writing, durability.persistedNumber, names),
  ]
  return parts.join("|")
}

export function keyOfMessage(message: Message, names: Renaming): string {
  const head = `${message.kind} ${nameOf(names, message.from)}>${nameOf(names, message.to)} ${message.term}`
  switch (message.kind) {
    case "preVote":
      return `${head} ${message.lastLogIndex} ${message.lastLogTerm}`
    case "requestVote":
      return `${head} ${message.lastLogIndex} ${message.lastLogTerm} ${message.force}`
    case "preVoteReply":
    case "requestVoteReply":
      return `${head} ${message.granted}`
    case "appendEntries": {
      const { prevLogIndex, prevLogTerm, entries, leaderCommit, round } = message
      return `${head} ${prevLogIndex} ${prevLogTerm} ${leaderCommit} ${round} ${keyOfEntries(entries, names)}`
    }
    case "appendEntriesReply": {
      const { success, index, hintIndex, hintTerm, round } = message
      return `${head} ${success} ${index} ${hintIndex} ${hintTerm} ${round}`
    }
    case "timeoutNow":
      return head
    case "installSnapshot":
    case "installSnapshotReply":
    case "readIndex":
    case "readIndexReply":
    case "forwardProposals":
    case "forwardProposalsReply":
      throw new Error(`${message.kind} does not occur in worlds without snapshots, reads and forwarding`)
    default:
      return message satisfies never
  }
}

export function keyOfEntries(entries: readonly Entry[], names: Renaming): string {
  return entries.map((entry) => keyOfEntry(entry, names)).join(",")
}

/** What an entry says, without its index. */
export function keyOfEntry({ term, kind, data, configuration }: Entry, names: Renaming): string {
  if (kind === "command") return `${term}c${nameOf(names, data[0]!)}`
  return configuration === null ? `${term}n` : `${term}{${keyOfConfiguration(configuration, names)}}`
}

function keyOfRole(role: Role, names: Renaming): string {
  switch (role.kind) {
    case "follower":
      return "f"
    case "preCandidate":
    case "candidate":
      return `${role.kind === "candidate" ? "c" : "p"}${sorted([...role.votes].map(([id, granted]) => `${nameOf(names, id)}${granted}`))}`
    case "leader": {
      const { firstIndex, progress, round, roundsSentAt, confirmedRound, transfer, leaseForfeited } = role
      const peers = sorted([...progress.values()].map((one) => keyOfProgress(one, names)))
      return `l${firstIndex} ${round} ${roundsSentAt.length} ${confirmedRound} ${transfer?.to ?? ""} ${leaseForfeited} ${peers}`
    }
    default:
      return role satisfies never
  }
}

function keyOfProgress(progress: Progress, names: Renaming): string {
  const { id, state, matchIndex, nextIndex, probing, inflights, sentCommit, confirmedRound, catchUp } = progress
  const window = inflights.queue.slice(inflights.head).join(".")
  const race = catchUp === null ? "" : `${catchUp.target}.${catchUp.rounds}.${catchUp.done}`
  return `(${nameOf(names, id)} ${state} ${matchIndex} ${nextIndex} ${probing} ${window} ${sentCommit} ${confirmedRound} ${race})`
}

function keyOfConfiguration({ index, voters, votersOutgoing, learners, promoting, learnersNext }: Configuration, names: Renaming): string {
  const lists = [voters, votersOutgoing, learners, promoting, learnersNext]
  return `${index}:${lists.map((list) => sorted(list.map((id) => nameOf(names, id)))).join(";")}`
}

function keyOfHardState({ term, votedFor, commitIndex }: HardState, names: Renaming): string {
  return `${term}.${nameOf(names, votedFor)}.${commitIndex}`
}

function keyOfWriting(writing: PendingWrite | null, persistedNumber: number, names: Renaming): string {
  if (writing === null) return ""
  const { number, hardState, entries } = writing
  return `${number - persistedNumber} ${keyOfHardState(hardState, names)} ${entries[0]?.index ?? 0} ${keyOfEntries(entries, names)}`
}

function isPrefix(shorter: readonly Entry[], longer: readonly Entry[], names: Renaming): boolean {
  return shorter.length <= longer.length && shorter.every((entry, i) => keyOfEntry(entry, names) === keyOfEntry(longer[i]!, names))
}

function nameOf(names: Renaming, id: NodeId | null): string {
  return id === null ? "." : String(names[id])
}

function sorted(texts: string[]): string {
  return texts.sort().join(",")
}
