/**
 * What a replica tells about itself (`Observation`), as plain sentences for logs and terminals. Nodes appear under their names.
 */

import type { Configuration, NodeId } from "../../core/index.ts"
import type { Observation } from "../../replica/index.ts"

export type NameOf = (id: NodeId) => string

/** A name for each member of `configuration`; others, and those without a name, are `node 7`. */
export function namesOf(configuration: Configuration): NameOf {
  const names = new Map(configuration.members.map((member) => [member.id, member.name]))
  return (id) => {
    const name = names.get(id)
    return name === undefined || name === "" ? `node ${id}` : name
  }
}

/** One sentence without a full stop, about the node called `self`. */
export function describeObservation(observation: Observation, self: string, nameOf: NameOf): string {
  // The core knows no names: in its reasons a node is "node 2".
  const named = (because: string) => because.replace(/\b(?:node|server) (\d+)\b/g, (_, id: string) => nameOf(Number(id)))
  switch (observation.kind) {
    case "becameFollower":
      return `${self} follows ${observation.leader === null ? "nobody yet" : nameOf(observation.leader)} in term ${observation.term} (${named(observation.because)})`
    case "becamePreCandidate":
      return `${self} asks around whether it could win term ${observation.term + 1} (${named(observation.because)})`
    case "becameCandidate":
      return `${self} campaigns for term ${observation.term} (${named(observation.because)})`
    case "becameLeader":
      return `${self} leads term ${observation.term} (votes of ${observation.votes.map(nameOf).join(", ")})`
    case "steppedDown":
      return `${self} no longer leads (${named(observation.because)})`
    case "leaderKnown":
      return `${self} knows that ${nameOf(observation.leader)} leads term ${observation.term}`
    case "configurationActive":
      if (observation.configuration.members.length === 0)
        return `${self} knows no members yet: it waits to hear from the cluster that lists it`
      return `${self} works with the members ${describeConfiguration(observation.configuration)} (${sourceOfMembers[observation.because]})`
    case "configurationCommitted":
      return `the members are now ${describeConfiguration(observation.configuration)}`
    case "truncated":
      return `${self} removed entries ${observation.from} to ${observation.through}, which never were committed (conflict with term ${observation.conflictTerm})`
    case "transferStarted":
      return `${self} hands leadership over to ${nameOf(observation.to)}`
    case "transferEnded":
      return `${self} ended the handover to ${nameOf(observation.to)} (${named(observation.because)})`
    case "followerState":
      return `${self} ${followerVerb[observation.state]} ${nameOf(observation.peer)}`
    case "snapshotTaken":
      return `${self} took a snapshot up to entry ${observation.lastIndex} (${observation.sizeBytes} bytes)`
    case "snapshotInstalled":
      return `${self} installed ${nameOf(observation.from)}'s snapshot up to entry ${observation.lastIndex} (${observation.sizeBytes} bytes)`
    case "snapshotDamaged":
      return `${self} threw away a damaged snapshot of ${nameOf(observation.from)} and asks again (${named(observation.because)})`
    case "snapshotCorrupt":
      return `${self} finds its own snapshot ${observation.file} damaged on its disk, and takes another one: check the disk`
    case "snapshotSent":
      return `${self} sent ${nameOf(observation.to)} its snapshot up to entry ${observation.lastIndex}`
    case "compacted":
      return `${self} let go of its log up to entry ${observation.through}`
    case "diskFull":
      return `${self} has no room left on its disk and refuses writes (${observation.message})`
    case "diskRecovered":
      return `${self} has room on its disk again`
    case "diskStalled":
      return `${self} has waited ${Math.round(observation.forMs)} ms for its disk`
    case "paused": {
      const stood = observation.forMs > 0 ? "time stood still there, or its clock was set forward" : "its clock was set back"
      return `${self}'s wall clock moved ${Math.abs(Math.round(observation.forMs))} ms apart from its monotonic one: ${stood}; its leases are void`
    }
    case "sessionExpired":
      return `session ${observation.sessionId} expired`
    case "recoveryNotice":
      return `${self} started from its disk: ${observation.message}`
    case "committedLost":
      return `${self} finds that what was committed is lost: ${named(observation.because)}`
    case "waitsToBegin":
      if (observation.begunBy !== null)
        return `${nameOf(observation.begunBy)} has begun the new cluster without some of its first members, and ${self} was not told so: it waits to meet ${observation.waitsFor.map(nameOf).join(", ")}, or for entries of a leader. If nobody comes to lead, start it with the same --begin-without as ${nameOf(observation.begunBy)}`
      return `${self} begins a new cluster (genesis ${observation.genesis}), and waits to meet ${observation.waitsFor.map(nameOf).join(", ")} before the first election; if they cannot be started, start the others with --begin-without`
    case "clusterBegins":
      return observation.without.length === 0
        ? `${self} has met every first member: the new cluster (genesis ${observation.genesis}) may elect its first leader`
        : `the new cluster (genesis ${observation.genesis}) begins without ${observation.without.map(nameOf).join(", ")}, as the operator said; each of the others votes once it was told the same`
    case "peerRolledBack":
      return `${nameOf(observation.peer)} has no vote any more: ${named(observation.because)}`
    case "refusedBy":
      return `${nameOf(observation.peer)} refuses ${self}: ${named(observation.message)}`
    case "stalled":
      return `${self}: ${observation.message}`
    case "snapshotFailed":
      return `${self} cannot take a snapshot at entry ${observation.lastIndex}, and its log goes on growing: ${observation.because}`
    case "statesDiffer": {
      const other = nameOf(observation.server)
      const what =
        observation.what === "state" ? `the states of ${self} and ${other} differ` : `${self} and ${other} refused different commands`
      return `${what} since some entry from ${observation.since} to ${observation.index}: the one that differs from the others will stop`
    }
    case "commandsRefused":
      return `${self} refused ${observation.count === 1 ? "a command" : `${observation.count} commands, the last`} at entry ${observation.index}: ${observation.because}`
    case "halted":
      return `${self} stopped for good: ${observation.because}`
    default:
      observation satisfies never
      return `${self} tells something new: ${JSON.stringify(observation)}`
  }
}

const sourceOfMembers = {
  appended: "as an entry says",
  truncated: "the entry that said otherwise was removed",
  snapshot: "as a snapshot says",
  recovered: "as it starts",
} as const

const followerVerb = {
  probe: "looks for where its log and that of the follower agree:",
  replicate: "replicates to",
  snapshot: "needs to send a snapshot to",
} as const

/** "n1, n2, n3; learner n4", and while joint "n1, n2, n3 → n2, n3, n4". */
export function describeConfiguration(configuration: Configuration): string {
  const nameOf = namesOf(configuration)
  const list = (ids: readonly NodeId[]) => ids.map(nameOf).join(", ")
  const isJoint = configuration.votersOutgoing.length > 0
  const voters = isJoint ? `${list(configuration.votersOutgoing)} → ${list(configuration.voters)}` : list(configuration.voters)
  if (configuration.learners.length === 0) return voters
  return `${voters}; ${configuration.learners.length === 1 ? "learner" : "learners"} ${list(configuration.learners)}`
}

/** How loud an observation is in the log. */
export function levelOf(observation: Observation): "debug" | "info" | "warn" | "error" {
  switch (observation.kind) {
    case "halted":
    case "statesDiffer":
    case "snapshotFailed":
    case "committedLost":
    case "peerRolledBack":
      return "error"
    case "refusedBy":
    case "waitsToBegin":
    case "steppedDown":
    case "diskFull":
    case "diskStalled":
    case "paused":
    case "snapshotDamaged":
    case "snapshotCorrupt":
    case "commandsRefused":
      return "warn"
    case "followerState":
    // The node has logged it by itself.
    case "stalled":
    case "becamePreCandidate":
    case "sessionExpired":
    case "compacted":
      return "debug"
    default:
      return "info"
  }
}
