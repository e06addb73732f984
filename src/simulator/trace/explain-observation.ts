/** What a replica tells about itself, as sentences. Messages explain most of it already; what they have said is not said again. */

import { isJoint, type Configuration } from "../../core/index.ts"
import type { Observation } from "../../replica/index.ts"
import type { NodeState } from "../observe/node-state.ts"
import { nameOf } from "./describe-message.ts"
import { range, type Say } from "./sentence.ts"
import type { ReplicaStep } from "./witness.ts"

/** `known` is what the messages of the step have explained so far. */
export function explainObservation(observation: Observation, { before, after }: ReplicaStep, known: NodeState, say: Say): void {
  switch (observation.kind) {
    case "becamePreCandidate":
      say(`asks around who would vote for it in term ${observation.term + 1}: ${inNames(observation.because)}`, "dissertation §9.6")
      return
    case "becameCandidate":
      say(`campaigns in the new term ${observation.term} and votes for itself: ${inNames(observation.because)}`, "§5.2")
      return
    case "becameLeader": {
      const votes = observation.votes.map(nameOf).join(", ")
      say(`leads term ${observation.term} with the votes of ${votes}, and appends an empty entry of its term`, "§5.2, §8")
      return
    }
    case "becameFollower":
      // A higher term was explained with the message that brought it.
      if (observation.term === known.term && known.term > before.term) return
      say(`follows in term ${observation.term}: ${inNames(observation.because)}`, "§5.2")
      return
    case "steppedDown":
      if (observation.term === known.term && known.term > before.term) return
      say(`steps down: ${inNames(observation.because)}`, observation.because.includes("quorum") ? "dissertation §6.2" : null)
      return
    case "leaderKnown":
      say(`follows ${nameOf(observation.leader)}, the leader of term ${observation.term}`, "§5.2")
      return
    case "configurationActive": {
      const { configuration, because } = observation
      const how = {
        appended: "as soon as it is in its log",
        truncated: "again: the newer one was removed",
        snapshot: "from a snapshot",
        recovered: "as it starts",
      }
      say(`goes by configuration ${configuration.index} ${how[because]}: ${membersOf(configuration)}`, "§6")
      return
    }
    case "configurationCommitted":
      say(`has configuration ${observation.configuration.index} committed: ${membersOf(observation.configuration)}`, "§6")
      return
    case "truncated": {
      const { from, through, conflictTerm } = observation
      say(`removes its entries ${range(from, through)}: they contradict the leader's, which are not of term ${conflictTerm}`, "§5.3")
      return
    }
    case "transferStarted":
      say(`hands leadership to ${nameOf(observation.to)}: no more commands until then`, "dissertation §3.10")
      return
    case "transferEnded":
      say(`is done with handing leadership to ${nameOf(observation.to)}: ${inNames(observation.because)}`, "dissertation §3.10")
      return
    case "followerState":
      say(`${followerStates[observation.state]} ${nameOf(observation.peer)}`, observation.state === "snapshot" ? "§7" : "§5.3")
      return
    case "snapshotTaken":
      say(`has a snapshot of everything up to ${observation.lastIndex}`, "§7")
      return
    case "snapshotInstalled":
      say(`replaces its state by ${nameOf(observation.from)}'s snapshot through ${observation.lastIndex}`, "§7")
      return
    case "snapshotDamaged":
      say(`throws away what it has of ${nameOf(observation.from)}'s snapshot: ${observation.because}`)
      return
    case "snapshotCorrupt":
      say(`finds its own snapshot through ${observation.lastIndex} damaged on its disk, and takes another one`)
      return
    case "snapshotSent":
      say(`has brought its snapshot through ${observation.lastIndex} to ${nameOf(observation.to)}`, "§7")
      return
    case "compacted":
      say(`forgets its log up to ${observation.through}, which a snapshot covers`, "§7")
      return
    case "diskFull":
      say(`finds its disk full: ${observation.message}`)
      return
    case "diskRecovered":
      say("has room on its disk again")
      return
    case "diskStalled":
      say(`has waited ${Math.round(observation.forMs)} ms for its own disk`)
      return
    case "paused":
      say(
        `sees its clocks apart by ${Math.round(observation.forMs)} ms: no lease of before holds, and a leader asks anew`,
        "dissertation §6.4.1",
      )
      return
    case "sessionExpired":
      say(`lets session ${observation.sessionId} expire, as the log decides`, "dissertation §6.3")
      return
    case "recoveryNotice":
      say(`starts, and has ${observation.message}; term ${after.term}, log up to ${after.last.index}`)
      break
    case "committedLost":
      say(`finds that what was committed is lost: ${observation.because}`, "§5.4")
      return
    case "waitsToBegin":
      say(`waits to meet ${observation.waitsFor.map(nameOf).join(" and ")} before the first election of a new cluster`)
      return
    case "clusterBegins":
      say("has met every first member: the cluster may elect its first leader")
      return
    case "peerRolledBack":
      say(`sees that the disk of ${nameOf(observation.peer)} has gone back in time, and counts it no more: ${observation.because}`)
      return
    case "refusedBy":
      say(`is refused by ${nameOf(observation.peer)}: ${observation.message}`)
      break
    case "snapshotFailed":
      say(`cannot take a snapshot at index ${observation.lastIndex}: ${observation.because}`)
      break
    case "statesDiffer":
      say(
        `differs from ${nameOf(observation.server)} since some entry from ${observation.since} to ${observation.index}: one of them is wrong`,
      )
      break
    case "commandsRefused":
      say(`refuses the command of index ${observation.index}, and remembers that it did: ${observation.because}`)
      break
    case "halted":
    case "stalled":
      break
    default:
      observation satisfies never
  }
}

const followerStates = {
  probe: "looks, one message at a time, for the place where its log agrees with that of",
  replicate: "streams entries to",
  snapshot: "no longer has the entries that are missing on, and sends its snapshot to",
}

/** `voters S1, S2; learners S3`. */
export function membersOf(configuration: Configuration): string {
  const { voters, votersOutgoing, learners } = configuration
  const names = (ids: readonly number[]): string => ids.map(nameOf).join(", ") || "none"
  const parts = isJoint(configuration)
    ? [`old voters ${names(votersOutgoing)}`, `new voters ${names(voters)}`]
    : [`voters ${names(voters)}`]
  if (learners.length > 0) parts.push(`learners ${names(learners)}`)
  return parts.join("; ")
}

/** The core speaks of nodes by number. */
function inNames(text: string): string {
  return text.replaceAll(/\bnode (\d+)/g, "S$1")
}
