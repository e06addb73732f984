/**
 * What a benchmark knows about a system under test: how a node is started, who leads, and in which language clients talk to it.
 * `etcd.ts` and `oarlock.ts` are the two there are.
 */

export type SystemName = "etcd" | "oarlock"

export interface System {
  readonly name: SystemName
  /** The load generator's word for its protocol. */
  readonly protocol: "etcd" | "native"
  /** The command line of one node. */
  command(node: NodePlace, members: readonly NodePlace[], settings: ClusterSettings): readonly string[]
  environment?(node: NodePlace, settings: ClusterSettings): NodeJS.ProcessEnv
  /** Whether the node at this client address leads. Throws while it does not answer. */
  isLeader(clientAddress: string): Promise<boolean>
}

/** Where a node lives. Addresses are `host:port`, on loopback. */
export interface NodePlace {
  /** From 1. */
  readonly id: number
  readonly clientAddress: string
  readonly peerAddress: string
  /** The folder for its data, which it makes itself. */
  readonly dataFolder: string
}

export interface ClusterSettings {
  readonly nodes: number
  /** Null: the system's own defaults. `electionMs` is the shortest timeout; in both systems the longest is twice that. */
  readonly timeouts: { readonly heartbeatMs: number; readonly electionMs: number } | null
  /** Whether Oarlock may take a lost connection as a hint that the leader is gone, as it does by default. etcd has no such hint. */
  readonly hints: boolean
  /** A folder for processor profiles, for systems that can write them; null for none. */
  readonly profileFolder: string | null
}

export const defaultCluster: ClusterSettings = { nodes: 3, timeouts: null, hints: true, profileFolder: null }
