/** What a server makes of a message, and why. The rules are those of `core`, told again from outside by what came of them. */

import type { AppendEntries, AppendEntriesReply, InstallSnapshot, Message, PreVote, RequestVote } from "../../core/index.ts"
import type { NodeState } from "../observe/node-state.ts"
import { countOf, isCommitNotice, nameOf, position, rangeOf } from "./describe-message.ts"
import type { Say } from "./sentence.ts"
import type { ReplicaStep } from "./witness.ts"

/** `known`: what the server knew when it came to this message. Returns what it knows afterwards, as far as that shows. */
export function explainMessage(step: ReplicaStep, known: NodeState, message: Message, say: Say): NodeState {
  const from = nameOf(message.from)
  if (isIgnoredForLeader(known, message)) {
    const why = known.role === "leader" ? "it leads" : `it heard from its leader ${Math.round(known.now - known.leaderContactAt)} ms ago`
    say(`does not even look at ${from}'s request for a vote in term ${message.term}: ${why}`, "dissertation §4.2.3")
    return known
  }
  const gated = passTermGate(step, known, message, say)
  if (gated === null) return known
  switch (message.kind) {
    case "preVote":
      explainPreVote(step, gated, message, say)
      break
    case "requestVote":
      return explainRequestVote(step, gated, message, say)
    case "preVoteReply":
    case "requestVoteReply":
      explainBallot(step, gated, message, say)
      break
    case "appendEntries":
      return explainAppend(step, gated, message, say)
    case "appendEntriesReply":
      explainAppendReply(step, gated, message, say)
      break
    case "installSnapshot":
      explainChunk(gated, message, say)
      break
    case "installSnapshotReply":
      say(message.done ? `hears that ${from} has the snapshot` : `is asked by ${from} for byte ${message.nextOffset} of the snapshot`, "§7")
      break
    case "timeoutNow":
      if (step.after.role !== "candidate")
        say(`ignores ${from}'s word to campaign: that is not its leader, or it may not campaign`, "dissertation §3.10")
      break
    case "readIndex":
      if (gated.role === "leader")
        say(`notes its commit index for a read of ${from}, and confirms that it still leads`, "dissertation §6.4")
      else say(`cannot give ${from} an index to read at: it does not lead`, "dissertation §6.4")
      break
    case "readIndexReply":
      say(
        message.readIndex === null
          ? `gets no index to read at from ${from}`
          : `may read once it has applied ${message.readIndex}, says ${from}`,
        "dissertation §6.4",
      )
      break
    case "forwardProposals":
      if (step.effects.messages.some((reply) => reply.kind === "forwardProposalsReply" && reply.reason === "repeated"))
        say(`has decided on that message of ${from} before, and says so: nothing is done twice`, "dissertation §6.3")
      else if (gated.role === "leader")
        say(`appends ${countOf(message.proposals.length, "command")} that ${from} took from its clients`, "§8")
      else say(`refuses ${countOf(message.proposals.length, "command")} from ${from}: it does not lead`, "§8")
      break
    case "forwardProposalsReply":
      if (message.reason === "repeated") say(`hears from ${from} that its message was decided on before; the log will tell`)
      else say(`hears from ${from} that ${countOf(message.rejected.length, "command")} will not be done: ${message.reason}`)
      break
    default:
      message satisfies never
  }
  return gated
}

/** A voter that heard from a leader recently ignores candidates, so that a server that lost touch does not disrupt a working leader. */
function isIgnoredForLeader({ hasRecentLeader, term }: NodeState, message: Message): boolean {
  return message.kind === "requestVote" && message.term > term && !message.force && hasRecentLeader
}

/** The rule that comes before all others (§5.1). Null if the message ends there. */
function passTermGate({ after, effects }: ReplicaStep, known: NodeState, message: Message, say: Say): NodeState | null {
  const from = nameOf(message.from)
  if (message.term < known.term) {
    if (message.kind === "readIndex" || message.kind === "forwardProposals" || message.kind === "forwardProposalsReply") return known
    const told = effects.messages.some((reply) => reply.to === message.from && reply.term === known.term)
    say(`refuses what ${from} says in term ${message.term}: its own term is ${known.term}${told ? ", and it says so" : ""}`, "§5.1")
    return null
  }
  const isQuestion = message.kind === "preVote" || (message.kind === "preVoteReply" && message.granted)
  if (message.term === known.term || isQuestion || after.term < message.term) return known
  const steps = known.role === "leader" ? ", and steps down" : known.role === "follower" ? "" : ", and gives up its campaign"
  say(`adopts term ${message.term} from ${from}, having been in term ${known.term}${steps}`, "§5.1")
  return { ...known, term: message.term, votedFor: null, role: "follower", leader: null, votes: [], refusals: [], followers: [] }
}

function explainPreVote({ effects }: ReplicaStep, known: NodeState, message: PreVote, say: Say): void {
  const from = nameOf(message.from)
  const reply = effects.messages.find((sent) => sent.kind === "preVoteReply" && sent.to === message.from)
  if (reply === undefined || reply.kind !== "preVoteReply") return
  if (reply.granted) {
    say(
      `would vote for ${from} in term ${message.term}: ${comparison(known, message, true)}, and no leader is heard from`,
      "dissertation §9.6, §5.4.1",
    )
    return
  }
  if (known.configuration.members.length === 0) say(`would not vote for ${from}: ${waits}`, "dissertation §4.2.1")
  else if (message.term <= known.term)
    say(`would not vote for ${from} in term ${message.term}: its own term is ${known.term}`, "dissertation §9.6")
  else if (known.hasRecentLeader) {
    const why = known.role === "leader" ? "it leads" : `it heard from its leader ${Math.round(known.now - known.leaderContactAt)} ms ago`
    say(`would not vote for ${from}: ${why}`, "dissertation §4.2.3")
  } else say(`would not vote for ${from}: ${comparison(known, message, false)}`, "§5.4.1")
}

const waits = "it waits to be added, and has no vote yet"

function explainRequestVote({ after, effects }: ReplicaStep, known: NodeState, message: RequestVote, say: Say): NodeState {
  const from = nameOf(message.from)
  const refusal = effects.messages.some((sent) => sent.kind === "requestVoteReply" && sent.to === message.from && !sent.granted)
  if (known.votedFor === message.from) {
    say(`repeats its vote for ${from} in term ${message.term}`, "§5.2")
  } else if (after.votedFor === message.from && after.term === message.term && !refusal) {
    say(`votes for ${from} in term ${message.term}: ${comparison(known, message, true)}; the answer waits for its disk`, "§5.2, §5.4.1")
    return { ...known, votedFor: message.from }
  } else if (known.configuration.members.length === 0) {
    say(`refuses ${from} its vote: ${waits}`, "dissertation §4.2.1")
  } else if (known.votedFor !== null) {
    say(
      `refuses ${from} its vote: it has voted for ${known.votedFor === known.id ? "itself" : nameOf(known.votedFor)} in term ${known.term}`,
      "§5.2",
    )
  } else if (known.leader !== null) {
    say(`refuses ${from} its vote: ${nameOf(known.leader)} leads term ${known.term}`, "§5.2")
  } else {
    say(`refuses ${from} its vote: ${comparison(known, message, false)}`, "§5.4.1")
  }
  return known
}

/** "S5's log ends at (term 2, index 4), behind its own at (term 3, index 5)". */
function comparison({ last }: NodeState, message: PreVote | RequestVote, granted: boolean): string {
  const theirs = `${nameOf(message.from)}'s log ends at ${position(message.lastLogTerm, message.lastLogIndex)}`
  return `${theirs}, ${granted ? "not before" : "behind"} its own at ${position(last.term, last.index)}`
}

function explainBallot({ after }: ReplicaStep, known: NodeState, message: Message & { granted: boolean }, say: Say): void {
  const from = nameOf(message.from)
  const wanted = message.kind === "preVoteReply" ? "preCandidate" : "candidate"
  if (known.role !== wanted) {
    say(`has no more use for ${from}'s answer: it is ${inWords[known.role]}`, "§5.2")
    return
  }
  const { voters, votersOutgoing } = known.configuration
  const paper = message.kind === "preVoteReply" ? "dissertation §9.6" : "§5.2"
  const answer = message.granted ? "vote" : "refusal"
  const decided = after.role === "follower" ? "too many are against it" : "that is enough"
  const counted = after.role === wanted ? `${after.votes.length} for it, ${after.refusals.length} against` : decided
  const halves = votersOutgoing.length > 0 ? `${votersOutgoing.length} old and ${voters.length} new voters` : `${voters.length} voters`
  say(`counts ${from}'s ${answer}: ${counted}, of ${halves}`, paper)
}

const inWords = { follower: "a follower", preCandidate: "asking around", candidate: "a candidate", leader: "the leader already" }

function explainAppend(step: ReplicaStep, known: NodeState, message: AppendEntries, say: Say): NodeState {
  const { after, effects, askedTerms } = step
  const from = nameOf(message.from)
  const { prevLogIndex, prevLogTerm, entries } = message
  const following = { ...known, role: "follower", leader: message.from } as const
  const refused = effects.messages.find(
    (sent) =>
      sent.kind === "appendEntriesReply" &&
      sent.to === message.from &&
      !sent.success &&
      sent.index === prevLogIndex &&
      sent.term === message.term,
  )
  if (refused?.kind === "appendEntriesReply") {
    const own = askedTerms.get(prevLogIndex) ?? null
    const why =
      own === null
        ? `its log ends at ${position(known.last.term, known.last.index)}, before index ${prevLogIndex}`
        : `its entry ${prevLogIndex} is of term ${own}, not ${prevLogTerm}`
    say(`refuses ${from}'s append: ${why}; the logs may agree up to ${refused.hintIndex}`, "§5.3")
    return following
  }
  if (entries.length > 0) {
    const lastNew = prevLogIndex + entries.length
    if (
      lastNew <= known.last.index &&
      after.last.index === known.last.index &&
      !effects.observations.some(({ kind }) => kind === "truncated")
    ) {
      say(`has ${from}'s entries ${rangeOf(message)} already`, "§5.3")
    } else {
      say(
        `appends ${rangeOf(message)} of ${from} behind ${position(prevLogTerm, prevLogIndex)}, where the logs agree; the answer waits for its disk`,
        "§5.3",
      )
    }
    return { ...following, last: lastNew > known.last.index ? { index: lastNew, term: entries.at(-1)!.term } : known.last }
  }
  if (!isCommitNotice(message)) say(`hears that ${from} leads term ${message.term}, and starts its election timer anew`, "§5.2")
  return following
}

function explainAppendReply({ after }: ReplicaStep, known: NodeState, message: AppendEntriesReply, say: Say): void {
  const from = nameOf(message.from)
  const before = known.followers.find(({ id }) => id === message.from)
  const now = after.followers.find(({ id }) => id === message.from)
  if (known.role !== "leader" || before === undefined) {
    say(`has no use for ${from}'s answer: it ${known.role === "leader" ? "does not replicate to it" : "does not lead"}`, "§5.3")
  } else if (message.success) {
    if (message.index > before.matchIndex)
      say(`learns that ${from} has everything up to ${message.index} on disk (matchIndex was ${before.matchIndex})`, "§5.3")
    else say(`hears from ${from}, which has everything up to ${before.matchIndex}`, "dissertation §6.2")
  } else if (now === undefined || now.nextIndex === before.nextIndex) {
    say(`ignores ${from}'s refusal of ${message.index}: it is late`, "§5.3")
  } else {
    say(`goes back with ${from}: nextIndex ${before.nextIndex} becomes ${now.nextIndex}`, "§5.3")
  }
}

function explainChunk({ commitIndex }: NodeState, { from, snapshot, offset, data, sizeBytes }: InstallSnapshot, say: Say): void {
  const what = `bytes ${offset} to ${offset + data.length} of ${sizeBytes} of ${nameOf(from)}'s snapshot through ${snapshot.lastIndex}`
  if (snapshot.lastIndex <= commitIndex) say(`does not need ${what}: it has committed up to ${commitIndex}`, "§7")
  else say(`takes ${what}`, "§7")
}
