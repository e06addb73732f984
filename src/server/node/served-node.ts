/**
 * What the HTTP side needs from a node: a narrow face, so that its tests put a plain object there and `start-server.ts` an embedded node.
 */

import type { LinkDirection } from "../../node/index.ts"

export type { LinkDirection }
import type { NodeId } from "../../core/index.ts"
import type { Observation, ReplicaStatus } from "../../replica/index.ts"
import type { ClusterTimings } from "../http/cluster-status.ts"

export interface ServedNode {
  /** 16 hexadecimal digits. */
  readonly clusterId: string
  readonly name: string
  /** Where clients reach this node, `host:port`. */
  readonly clientAddress: string
  readonly timings: ClusterTimings
  status(): ReplicaStatus
  /** The replica's monotonic clock, in milliseconds: what the moments in `status` are measured on. */
  now(): number
  /** Returns once this node has applied everything that was committed when it was called (ReadIndex); rejects with a sentence otherwise. */
  confirm(timeoutMs: number): Promise<void>
  store(): StoreFigures
  peers(): readonly ServedPeer[]
  /** How often the event loop stood still in this life, and for how long in all. */
  loop(): { readonly stalls: number; readonly stalledMs: number }
  /** Bytes in the data folder. */
  diskBytes(): number
  /** Calls `listener` for every observation until the returned function is called. */
  onObservation(listener: (observation: Observation) => void): () => void
  /** Null where nobody may play with the network. */
  readonly links: LinkControl | null
}

/** The key-value store as far as this node has applied. */
export interface StoreFigures {
  readonly revision: number
  readonly compactedRevision: number
  readonly keys: number
}

/** The transport's view of another node. */
export interface ServedPeer {
  readonly id: NodeId
  readonly connected: boolean
  /** Milliseconds to it and back, smoothed; null without a connection. */
  readonly roundTripMs: number | null
  readonly messagesDropped: number
  /** Bytes waiting in the send buffer. */
  readonly bufferedBytes: number
}

/** Faults on purpose: messages between this node and another are thrown away while their direction is cut. */
export interface LinkControl {
  cut(peer: NodeId, direction: LinkDirection): void
  /** `peer` null heals all. */
  heal(peer: NodeId | null): void
  /** What is cut now. */
  list(): readonly { readonly peer: NodeId; readonly direction: LinkDirection }[]
}
