/**
 * `GET /raft/state`: one node's Raft state in the words of Figure 2, in the shape that "rafting" dashboards read.
 *
 * There, a node is called by the address at which it answers this very request, so ids here are client addresses. A pre-candidate, which
 * that contract does not know, is shown as the candidate that it wants to be; its term is still the old one (dissertation §9.6). A server that has
 * stopped for good, which it does not know either, is shown as a follower: it neither leads nor campaigns. `/health` says that it has stopped.
 */

import type { NodeId } from "../../core/index.ts"
import type { ReplicaStatus } from "../../replica/index.ts"
import type { ServedNode } from "../node/served-node.ts"

/** The answer of `GET /raft/state`: one node's Raft state in the words of Figure 2. */
export interface RaftReport {
  /** A node that has stopped for good counts as a follower, and a pre-candidate as a candidate. */
  readonly role: "follower" | "candidate" | "leader"
  /** The latest term that the node has seen. */
  readonly currentTerm: number
  /** When this node last heard from a leader (a leader: now), UTC in milliseconds; null if it never did. */
  readonly lastHeartbeat: number | null
  /** Addresses of all members but this one. */
  readonly peers: readonly string[]
  /** The address where this node serves clients, `host:port`. */
  readonly nodeId: string
  /** The address of the server that it voted for in `currentTerm`; null if none. */
  readonly votedFor: string | null
  /** Votes for this node in its current term, its own included. */
  readonly votesGranted: number
}

/** `utcNowMs` is the wall clock: the replica's own clock is monotonic and starts anywhere. */
export function raftState(node: ServedNode, utcNowMs: number): RaftReport {
  const status = node.status()
  return {
    role: status.role === "preCandidate" ? "candidate" : status.role === "halted" ? "follower" : status.role,
    currentTerm: status.term,
    lastHeartbeat: status.lastHeartbeat === null ? null : Math.round(utcNowMs - (node.now() - status.lastHeartbeat)),
    peers: status.configuration.members.filter((member) => member.id !== status.id).map((member) => addressOf(status, member.id)),
    nodeId: node.clientAddress,
    votedFor: status.votedFor === null ? null : status.votedFor === status.id ? node.clientAddress : addressOf(status, status.votedFor),
    votesGranted: status.votesGranted.length,
  }
}

/** A member that serves no clients goes by its peer address, one that is no member any more by its number. */
function addressOf(status: ReplicaStatus, id: NodeId): string {
  const member = status.configuration.members.find((candidate) => candidate.id === id)
  if (member === undefined) return String(id)
  return member.clientAddress === "" ? member.peerAddress : member.clientAddress
}
