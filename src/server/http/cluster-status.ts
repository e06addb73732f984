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

/** The answer of `GET /cluster`: what one node knows of itself and of its cluster. */
export interface ClusterStatus {
  /** The version of this document. */
  readonly format: 1
  /** The cluster, 16 hexadecimal digits: a hash of its token. */
  readonly clusterId: string
  /** The version of Oarlock that the answering node runs. */
  readonly softwareVersion: string
  /** The node that answers. */
  readonly self: SelfStatus
  /** The leader of `self.term`; null if the node knows none. */
  readonly leaderId: number | null
  /** The configuration in force on this node: the latest one in its log, committed or not (Raft §6). */
  readonly configuration: Configuration
  /** Its members, each with its standing. */
  readonly members: readonly MemberView[]
  /** What the leader knows of the other servers (the leader's state of Figure 2); null unless this node leads. */
  readonly followers: readonly FollowerView[] | null
  /** The key-value store as far as this node has applied. */
  readonly store: StoreFigures
  /** Whether the server can write its log lines (not the Raft log), and how many it could not write. */
  readonly logLines: LogHealth
  /** This node's connections to the other servers. */
  readonly connections: readonly ServedPeer[]
  /** The directions in which messages are thrown away on purpose; null where nobody may do that. */
  readonly cutLinks: readonly { readonly peer: number; readonly direction: string }[] | null
}

/** What a node knows of itself. */
export interface SelfStatus {
  /** The member that this node is. */
  readonly id: number
  /** Its name. */
  readonly name: string
  /** `halted`: the node has stopped for good, and the other fields are what it knew last. */
  readonly role: "follower" | "preCandidate" | "candidate" | "leader" | "halted"
  /** The latest term that the node has seen (Raft §5.1). */
  readonly term: number
  /** The server that it voted for in `term`; null if none. */
  readonly votedFor: number | null
  /** A candidate: the servers that have granted their votes so far, itself included. A leader: those that elected it. Otherwise empty. */
  readonly votesGranted: readonly number[]
  /** The last entry that the node knows to be committed. */
  readonly commitIndex: number
  /** The last entry that its store has applied. */
  readonly lastApplied: number
  /** The first entry that its log still has; `lastLogIndex + 1` if it has none. */
  readonly firstLogIndex: number
  /** The last entry of its log, committed or not. */
  readonly lastLogIndex: number
  /** The last entry that its newest durable snapshot covers; 0 if there is no snapshot. */
  readonly snapshotIndex: number
  /** Bytes of that snapshot. */
  readonly snapshotBytes: number
  /** `idle`, or what is being done with a snapshot: `taking` its own, `receiving` the leader's, `restoring` its state from a received one. */
  readonly snapshotActivity: string
  /** Bytes of the log's files. */
  readonly logBytes: number
  /** Bytes of the whole data folder. */
  readonly diskBytes: number
  /** The disk under the log. `full`: writes wait for room. `stalled`: one write takes longer than an election timeout. `failed`: the node has halted over it. */
  readonly disk: "ok" | "full" | "stalled" | "failed"
  /** Milliseconds since the node last heard a leader (a leader: 0); null if it never did. */
  readonly heartbeatAgeMs: number | null
  /** Milliseconds until it starts an election unless it hears a leader before; null if it will not. */
  readonly electionInMs: number | null
  /** The server that this leader is handing leadership to; null if none. */
  readonly transferringTo: number | null
  /** Client sessions that are open. */
  readonly sessions: number
  /** Writes that this node has accepted and not answered yet. */
  readonly pendingProposals: number
  /** Reads that this node has accepted and not answered yet. */
  readonly pendingReads: number
  /** Milliseconds since the process was started. */
  readonly uptimeMs: number
  /** The node's wall clock, UTC in milliseconds: moments of several nodes can be placed on one line with it. */
  readonly utcMs: number
  /** The process id. */
  readonly pid: number
  /** Why the node has stopped for good, in words; null while it runs. */
  readonly halted: string | null
  /** Which life of which cluster the node is in. */
  readonly identity: IdentityView
  /** Its election timeouts and its heartbeat interval; missing in the answer of a server that does not tell them. */
  readonly timings?: ClusterTimings | null
}

/** A node's timings in milliseconds. All members of a cluster should have the same. */
export interface ClusterTimings {
  /** A follower that has heard no leader for this long may start an election (Raft §5.2). */
  readonly electionTimeoutMinMs: number
  /** Each timeout is drawn at random between the two. */
  readonly electionTimeoutMaxMs: number
  /** How often a leader sends heartbeats. */
  readonly heartbeatIntervalMs: number
}

/** How a node is told apart from earlier states of its disk, and its cluster from others (`replica/peers.ts`). */
export interface IdentityView {
  /** How many processes were started on its disk, this one included. */
  readonly life: number
  /** The cluster's identity, computed from its token and its first members; null on a new server that does not know it yet. */
  readonly genesis: string | null
  /** First members that must be met before the first election of a new cluster; usually empty. */
  readonly waitsFor: readonly number[]
  /** Whether its disk was found to be rolled back to an older state: the node has no vote any more. */
  readonly isRolledBack: boolean
  /** Whether it has left the cluster for good, as far as it knows. */
  readonly isRemoved: boolean
  /** Members whose disks were found to be rolled back. */
  readonly rolledBackPeers: readonly number[]
  /** Servers that refuse the handshake with it, and why. */
  readonly refusals: readonly { readonly peer: number; readonly code: string; readonly message: string }[]
}

/** `promoting` learners become voters once caught up; in a joint configuration `incoming` votes only in the new half, `outgoing` only in the old. */
export type { MemberStanding }

/** A member, and what it is in the configuration in force. */
export interface MemberView extends Member {
  /** What the member is in the configuration. */
  readonly standing: MemberStanding
}

/** What a leader knows of one other server. */
export interface FollowerView {
  /** The server. */
  readonly id: number
  /** The last entry that it is known to have durably (Figure 2). */
  readonly matchIndex: number
  /** The next entry that the leader will send it (Figure 2). */
  readonly nextIndex: number
  /** `probe`: the leader looks for the entry where the two logs agree, one message at a time. `replicate`: entries are streamed. `snapshot`: it is sent a snapshot. */
  readonly state: "probe" | "replicate" | "snapshot"
  /** Entries of the leader's log that it is not known to have. */
  readonly lag: number
  /** Milliseconds since the leader last heard it; null if it never did. */
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
