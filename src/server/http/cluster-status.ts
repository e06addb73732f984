/**
 * `GET /cluster`: everything that one node knows, as one JSON document. `oarlock status` and the live page are made of these.
 *
 * It is one node's view and says whose. Moments are given as ages in milliseconds, because every node has its own clock.
 */

import type { Configuration, Member } from "../../core/index.ts"
import type { MemberStanding } from "../../wire/client/index.ts"
import { version } from "../configuration/version.ts"
import type { LogHealth } from "../logging/log-stream.ts"
import type { ServedPeer, ServedNode, StoreFigures } from "../node/served-node.ts"

export interface ClusterStatus {
  readonly format: 1
  readonly clusterId: string
  readonly softwareVersion: string
  /** The node that answers. */
  readonly self: SelfStatus
  readonly leaderId: number | null
  readonly configuration: Configuration
  readonly members: readonly MemberView[]
  /** What the leader knows of the others (Figure 2's leader state); null unless this node leads. */
  readonly followers: readonly FollowerView[] | null
  readonly store: StoreFigures
  /** Of the server's own log lines, not of the Raft log: whether they can be written, and how many could not. */
  readonly logLines: LogHealth
  /** This node's connections to the others. */
  readonly connections: readonly ServedPeer[]
  /** Present only where faults may be made on purpose. */
  readonly cutLinks: readonly { readonly peer: number; readonly direction: string }[] | null
}

export interface SelfStatus {
  readonly id: number
  readonly name: string
  readonly role: "follower" | "preCandidate" | "candidate" | "leader" | "halted"
  readonly term: number
  readonly votedFor: number | null
  readonly votesGranted: readonly number[]
  readonly commitIndex: number
  readonly lastApplied: number
  readonly firstLogIndex: number
  readonly lastLogIndex: number
  readonly snapshotIndex: number
  readonly snapshotBytes: number
  readonly snapshotActivity: string
  readonly logBytes: number
  readonly diskBytes: number
  readonly disk: "ok" | "full" | "stalled" | "failed"
  readonly heartbeatAgeMs: number | null
  readonly electionInMs: number | null
  readonly transferringTo: number | null
  readonly sessions: number
  readonly pendingProposals: number
  readonly pendingReads: number
  readonly uptimeMs: number
  /** This node's wall clock, so that a reader can place moments of several nodes on one line. */
  readonly utcMs: number
  readonly pid: number
  readonly halted: string | null
  readonly identity: IdentityView
  /** What it waits for before it campaigns, and how often it sends heartbeats while it leads; missing where a server does not tell. */
  readonly timings?: ClusterTimings | null
}

/** In milliseconds; the same on all members of a cluster, as a rule. */
export interface ClusterTimings {
  readonly electionTimeoutMinMs: number
  readonly electionTimeoutMaxMs: number
  readonly heartbeatIntervalMs: number
}

/** Which life of which cluster this node is in, and who holds what against whom (`replica/peers.ts`). */
export interface IdentityView {
  /** How many processes were started on its disk, this one included. */
  readonly life: number
  /** The cluster's identity, drawn from its token and its first members; null in a newcomer that has not heard of it. */
  readonly genesis: string | null
  /** First members that have to be met before the first election of a new cluster. */
  readonly waitsFor: readonly number[]
  /** Its disk was put back to an older state of itself: it has no vote. */
  readonly isRolledBack: boolean
  readonly isRemoved: boolean
  /** Members that it has seen with such a disk. */
  readonly rolledBackPeers: readonly number[]
  /** Who would not shake hands with it, and why. */
  readonly refusals: readonly { readonly peer: number; readonly code: string; readonly message: string }[]
}

/** `promoting` learners become voters once caught up; in a joint configuration `incoming` votes only in the new half, `outgoing` only in the old. */
export type { MemberStanding }

export interface MemberView extends Member {
  readonly standing: MemberStanding
}

export interface FollowerView {
  readonly id: number
  readonly matchIndex: number
  readonly nextIndex: number
  readonly state: "probe" | "replicate" | "snapshot"
  /** Entries that it is not known to have. */
  readonly lag: number
  readonly contactAgeMs: number | null
}

export function clusterStatus(node: ServedNode, log: LogHealth, utcNowMs: number): ClusterStatus {
  const status = node.status()
  const now = node.now()
  const { configuration } = status
  const ageMs = (moment: number | null) => (moment === null ? null : Math.max(0, Math.round(now - moment)))
  return {
    format: 1,
    clusterId: node.clusterId,
    softwareVersion: version,
    self: {
      id: status.id,
      name: node.name,
      role: status.role,
      term: status.term,
      votedFor: status.votedFor,
      votesGranted: status.votesGranted,
      commitIndex: status.commitIndex,
      lastApplied: status.lastApplied,
      firstLogIndex: status.firstLogIndex,
      lastLogIndex: status.lastLogIndex,
      snapshotIndex: status.snapshotIndex,
      snapshotBytes: status.snapshotBytes,
      snapshotActivity: status.snapshotActivity,
      logBytes: status.logBytes,
      diskBytes: node.diskBytes(),
      disk: status.disk,
      heartbeatAgeMs: ageMs(status.lastHeartbeat),
      electionInMs: status.electionDeadline === null ? null : Math.round(status.electionDeadline - now),
      transferringTo: status.transferringTo,
      sessions: status.sessions,
      pendingProposals: status.pendingProposals,
      pendingReads: status.pendingReads,
      uptimeMs: Math.round(process.uptime() * 1000),
      utcMs: utcNowMs,
      pid: process.pid,
      halted: status.halted,
      identity: {
        life: status.life,
        genesis: status.genesis,
        waitsFor: status.waitsFor,
        isRolledBack: status.isRolledBack,
        isRemoved: status.isRemoved,
        rolledBackPeers: status.rolledBackPeers,
        refusals: status.refusals,
      },
      timings: node.timings,
    },
    leaderId: status.leaderId,
    configuration,
    members: configuration.members.map((member) => ({ ...member, standing: standingOf(configuration, member.id) })),
    followers:
      status.role === "leader"
        ? status.peers.map((peer) => ({
            id: peer.id,
            matchIndex: peer.matchIndex,
            nextIndex: peer.nextIndex,
            state: peer.state,
            lag: peer.lag,
            contactAgeMs: ageMs(peer.lastContact),
          }))
        : null,
    store: node.store(),
    logLines: { linesLost: log.linesLost, trouble: log.trouble },
    connections: node.peers(),
    cutLinks: node.links?.list() ?? null,
  }
}

export function standingOf(configuration: Configuration, id: number): MemberStanding {
  const isJoint = configuration.votersOutgoing.length > 0
  const votes = configuration.voters.includes(id)
  const voted = configuration.votersOutgoing.includes(id)
  if (votes) return isJoint && !voted ? "incoming" : "voter"
  if (voted) return "outgoing"
  return configuration.promoting.includes(id) ? "promoting" : "learner"
}
