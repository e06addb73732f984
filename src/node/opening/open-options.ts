/**
 * What a node is opened with, and the check that it goes together: every mistake gets a sentence before anything is touched.
 */

import { randomBytes } from "node:crypto"
import type { MemberOptions } from "../../arguments/index.ts"
import {
  bootstrapConfiguration,
  type Configuration,
  defaultRaftOptions,
  emptyConfiguration,
  type Member,
  type NodeId,
  type RaftOptions,
} from "../../core/index.ts"
import {
  defaultReplicaLimits,
  explainBadReplicaOptions,
  explainMissingHash,
  type OnApplyError,
  type ReplicaLimits,
  type StateMachine,
} from "../../replica/index.ts"
import { OarlockError } from "../../requests/index.ts"
import type { DiskLane } from "../../storage/index.ts"
import { clusterIdOf } from "../disk/data-folder.ts"
import type { SyncPolicy } from "../disk/node-disk.ts"
import { type NodeLog, processLog } from "../errors/log.ts"
import { defaultTransportLimits, explainBadTransportLimits, type PeerTlsOptions, type TransportLimits } from "../peer-transport/index.ts"

/** How to open a node. Only `id`, `dataDir` and `machine` are required, and on the first start one of `cluster`, `join` and `alone`. */
export interface OpenOptions<Query = unknown, Answer = unknown> {
  /** This node's id: an integer from 1, unique in the cluster for all time. */
  readonly id: NodeId
  /** The folder for this node's data; made if missing. One node, one folder. */
  readonly dataDir: string
  /** The state machine to replicate, in its initial state. From now on only the node may use it. */
  readonly machine: StateMachine<Query, Answer>
  /**
   * How this node begins: exactly one of `cluster`, `join` and `alone` on its first start. Later starts need none of them; one that contradicts the
   * data folder is ignored with a warning.
   *
   * `cluster`: a new cluster begins with these members, this node included; every member is given the same list. The first election waits until all
   * of them have connected to each other.
   */
  readonly cluster?: readonly MemberOptions[]
  /** The node waits to be added to a running cluster by `changeMembership` there. */
  readonly join?: boolean
  /** A new cluster begins with this node as its only member; others can be added. */
  readonly alone?: boolean
  /**
   * Ids in `cluster` of members that cannot be reached: the new cluster begins without waiting for them. Give it to each of the other members. Such a
   * member votes once a leader has sent it entries. Used on the first start only.
   */
  readonly beginWithout?: readonly NodeId[]
  /** Where to listen for peers, `host:port`; if left out, this member's `peerAddress`, as listed or as the cluster knows it. */
  readonly listen?: string
  /** Where peers reach this node if that is neither in `cluster` nor the same as `listen`: behind a container's or cloud's address. */
  readonly peerAddress?: string
  /** A text that every member is given and no other cluster: it keeps clusters apart that can reach each other. `defaultClusterToken` if left out. */
  readonly clusterToken?: string
  /** The cluster's id, 16 hexadecimal digits, in place of the token. */
  readonly clusterId?: string
  /** Timings and limits of the algorithm. `campaignOnDisconnect` is on by default, and off with `leaseReads`: they exclude each other. */
  readonly raft?: Partial<Omit<RaftOptions, "id" | "seed">>
  /** Bounds of the replica: queues, batches, snapshots and sessions; `defaultReplicaLimits` for those left out. */
  readonly limits?: Partial<ReplicaLimits>
  /** What a node does when the machine's `apply` throws: `"halt"` if left out; see `OnApplyError`. */
  readonly onApplyError?: OnApplyError
  /**
   * Compare the states of all members after every so many entries, by the machine's `hash`: 0 (never) if left out, otherwise at least 32, and the same
   * on every member. A member that differs from a majority stops, with a message that names the range of entries. Turn it on once every
   * member runs a version that knows it.
   */
  readonly verifyEveryEntries?: number
  /** Bounds and timings of connections between peers; `defaultTransportLimits` for those left out. */
  readonly transportLimits?: Partial<TransportLimits>
  /** TLS between peers; none by default. */
  readonly tls?: PeerTlsOptions | null
  /**
   * The log function. A logger such as `console` or pino needs a function around it, because their parameters differ in order. Without a log function,
   * errors and ignored options become warnings of the process, which Node prints. `log: () => {}` silences those, too.
   */
  readonly log?: NodeLog
  /** Where syncs of the log run: `"adaptive"` if left out. */
  readonly syncPolicy?: SyncPolicy
  /** Called after every sync of the disk with its duration in milliseconds, for example for a histogram. */
  readonly onSync?: (durationMs: number, lane: DiskLane) => void
}

/** All options, with the defaults of those left out. */
export interface ResolvedOptions {
  readonly id: NodeId
  readonly dataDir: string
  readonly clusterId: string
  /** The first configuration of a new cluster, empty for a node that waits to be added; null if only a data folder can give one. */
  readonly bootstrap: Configuration | null
  readonly beginWithout: readonly NodeId[]
  /** Null: the address that the cluster's configuration has for this node. */
  readonly listen: string | null
  readonly peerAddress: string | null
  readonly raft: RaftOptions
  readonly limits: ReplicaLimits
  readonly onApplyError: OnApplyError
  readonly verifyEveryEntries: number
  readonly transportLimits: TransportLimits
  readonly tls: PeerTlsOptions | null
  readonly log: NodeLog
}

/** The cluster token of a node that is opened without one. Clusters that can reach each other need different tokens. */
export const defaultClusterToken = "oarlock-cluster"

/** Completes options that `read-open-options.ts` has read. Throws `badOptions` if they contradict each other. */
export function resolveOptions(options: OpenOptions): ResolvedOptions {
  const { id, dataDir, join = false, alone = false } = options
  const beginnings = [options.cluster !== undefined && "cluster", join && "join", alone && "alone"].filter((one) => one !== false)
  check(
    beginnings.length <= 1,
    `${beginnings.join(" and ")} exclude each other: a node starts a cluster with others, waits to be added to one, or is a cluster of its own`,
  )

  const members = (options.cluster ?? []).map(memberOf)
  checkMembers(members)
  const self = members.find((member) => member.id === id)
  const listed = members.map((member) => member.id)
  check(
    options.cluster === undefined || listed.length > 0,
    `cluster names no member; it lists all first members, this node (${id}) among them`,
  )
  check(options.cluster === undefined || self !== undefined, `cluster names the members ${listed.join(", ")}, but not this node (${id})`)
  const beginWithout = options.beginWithout ?? []
  const stranger = beginWithout.find((one) => one === id || !listed.includes(one))
  check(stranger === undefined, `beginWithout names ${stranger}; it can name the other members in cluster`)

  const listen = options.listen ?? self?.peerAddress ?? (alone ? "127.0.0.1:0" : null)
  check(listen !== null || !join, "listen is missing: a node that waits to be added must be reachable, at host:port")
  const peerAddress = options.peerAddress ?? self?.peerAddress ?? listen

  const only: Member = { id, name: `n${id}`, peerAddress: peerAddress ?? "", clientAddress: "" }
  const bootstrap = join
    ? emptyConfiguration
    : alone
      ? bootstrapConfiguration([only])
      : self === undefined
        ? null
        : bootstrapConfiguration(members)
  const clusterId = options.clusterId ?? clusterIdOf(options.clusterToken ?? defaultClusterToken)
  const raft = {
    ...defaultRaftOptions,
    campaignOnDisconnect: options.raft?.leaseReads !== true,
    ...options.raft,
    id,
    seed: randomBytes(4).readUInt32LE(),
  }
  return {
    id,
    dataDir,
    clusterId,
    bootstrap,
    beginWithout,
    listen,
    peerAddress,
    raft,
    ...resolveLimits(options, raft, clusterId),
    onApplyError: options.onApplyError ?? "halt",
    verifyEveryEntries: options.verifyEveryEntries ?? 0,
    tls: options.tls ?? null,
    log: options.log ?? processLog,
  }
}

/** All limits of all layers. Throws `badOptions` if they do not fit each other, before the folder is touched. */
function resolveLimits(options: OpenOptions, raft: RaftOptions, clusterId: string): Pick<ResolvedOptions, "limits" | "transportLimits"> {
  const transportLimits = { ...defaultTransportLimits, ...options.transportLimits }
  const { frameBytesMax } = transportLimits
  const frames = options.limits?.frameBytesMax ?? frameBytesMax
  check(
    frames === frameBytesMax,
    `limits.frameBytesMax is ${frames}, but transportLimits.frameBytesMax is ${frameBytesMax}: set it in transportLimits alone`,
  )
  const limits = { ...defaultReplicaLimits, ...options.limits, frameBytesMax }
  const identity = { clusterId, groupId: 0, nodeId: raft.id, incarnation: "0000000000000000" }
  const problem =
    explainBadTransportLimits(transportLimits) ??
    explainBadReplicaOptions({ ...limits, raft, identity, bootId: 0, verifyEveryEntries: options.verifyEveryEntries ?? 0 }) ??
    explainMissingHash(options.machine, options.verifyEveryEntries ?? 0)
  if (problem !== null) throw new OarlockError("badOptions", problem)
  return { limits, transportLimits }
}

function memberOf(member: MemberOptions): Member {
  return { id: member.id, name: member.name ?? `n${member.id}`, peerAddress: member.peerAddress, clientAddress: member.clientAddress ?? "" }
}

function checkMembers(members: readonly Member[]): void {
  for (const [position, member] of members.entries()) {
    for (const other of members.slice(0, position)) {
      check(other.id !== member.id, `cluster names member ${member.id} twice`)
      check(other.name !== member.name, `cluster names two members ${JSON.stringify(member.name)}`)
      check(
        other.peerAddress !== member.peerAddress,
        `members ${other.id} and ${member.id} have the same peerAddress ${member.peerAddress}`,
      )
    }
  }
}

function check(condition: boolean, message: string): asserts condition {
  if (!condition) throw new OarlockError("badOptions", message)
}
