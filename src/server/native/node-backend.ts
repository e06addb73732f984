/**
 * An embedded node with the key-value store, as the native protocol's backend.
 *
 * Requests go to the node's engine, which has the same receivers. Added here is the view of the cluster. It is kept until something changes,
 * because a thousand clients ask for it at once when a leader is lost.
 */

import type { Configuration, Member, NodeId } from "../../core/index.ts"
import type { KeyValueMachine } from "../../kv/index.ts"
import type { OarlockNode } from "../../node/index.ts"
import type { Observation, ReplicaStatus } from "../../replica/index.ts"
import type { LeaderState, MemberStanding, MemberStatus, ServerStatus } from "../../wire/client/index.ts"
import type { BackendRequests, NativeBackend } from "./backend.ts"

export class NodeBackend implements NativeBackend {
  /** The node's engine. */
  readonly requests: BackendRequests
  readonly sessionTimeToLiveMs: number
  readonly #node: OarlockNode
  readonly #machine: Pick<KeyValueMachine, "statistics">
  readonly #softwareVersion: string
  readonly #listeners = new Set<() => void>()
  /** Null: it is made when it is next asked for. */
  #leaderState: LeaderState | null = null

  /** `machine` is the one that the node replicates. */
  constructor(node: OarlockNode, machine: Pick<KeyValueMachine, "statistics">, softwareVersion: string) {
    this.#node = node
    this.#machine = machine
    this.#softwareVersion = softwareVersion
    this.requests = node.engine
    this.sessionTimeToLiveMs = node.sessionTimeoutMs
    node.events.on("observation", (observation) => this.#onObservation(observation))
  }

  status(): ServerStatus {
    const status = this.#node.engine.status()
    const { revision, compactRevision } = this.#machine.statistics()
    return {
      ...leaderStateOf(status),
      clusterId: this.#node.clusterId,
      nodeId: status.id,
      role: status.role,
      commitIndex: status.commitIndex,
      appliedIndex: status.lastApplied,
      firstIndex: status.firstLogIndex,
      lastIndex: status.lastLogIndex,
      snapshotIndex: status.snapshotIndex,
      revision,
      compactedRevision: Math.max(0, compactRevision),
      disk: status.disk,
      diskBytes: status.logBytes + status.snapshotBytes,
      softwareVersion: this.#softwareVersion,
    }
  }

  leaderState(): LeaderState {
    return (this.#leaderState ??= leaderStateOf(this.#node.engine.status()))
  }

  onLeaderChange(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  clientAddressOf(node: NodeId): string | null {
    const address = this.leaderState().members.find(({ id }) => id === node)?.clientAddress
    return address === undefined || address === "" ? null : address
  }

  #onObservation(observation: Observation): void {
    if (!changesLeadership(observation)) return
    this.#leaderState = null
    for (const listener of this.#listeners) listener()
  }
}

/** Whether it can change who leads, in which term, or with which members. */
function changesLeadership({ kind }: Observation): boolean {
  switch (kind) {
    case "becameFollower":
    case "becamePreCandidate":
    case "becameCandidate":
    case "becameLeader":
    case "steppedDown":
    case "leaderKnown":
    case "configurationActive":
    case "configurationCommitted":
    case "clusterBegins":
      return true
    default:
      return false
  }
}

function leaderStateOf(status: ReplicaStatus): LeaderState {
  const { term, leaderId, configuration, peers } = status
  const matchIndexes = new Map(peers.map(({ id, matchIndex }) => [id, matchIndex]))
  return {
    term,
    leader: leaderId,
    configurationIndex: configuration.index,
    members: configuration.members.map((member) => memberStatusOf(member, configuration, matchIndexes.get(member.id) ?? null)),
    genesis: toldGenesis(status),
  }
}

/** A server that waits for its cluster to begin may wait for the wrong one: it belongs to none before it has begun, or has a leader. */
function toldGenesis({ genesis, waitsFor, leaderId }: ReplicaStatus): string | null {
  return waitsFor.length > 0 && leaderId === null ? null : genesis
}

function memberStatusOf(member: Member, configuration: Configuration, matchIndex: number | null): MemberStatus {
  const { id, name, peerAddress, clientAddress } = member
  return { id, name, peerAddress, clientAddress, standing: standingOf(id, configuration), matchIndex }
}

function standingOf(id: NodeId, { voters, votersOutgoing, promoting }: Configuration): MemberStanding {
  const isVoter = voters.includes(id)
  const isJoint = votersOutgoing.length > 0
  if (isJoint && isVoter !== votersOutgoing.includes(id)) return isVoter ? "incoming" : "outgoing"
  if (isVoter) return "voter"
  return promoting.includes(id) ? "promoting" : "learner"
}
