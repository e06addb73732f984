/**
 * What the HTTP side needs from a node: a narrow face, so that its tests put a plain object there and `start-server.ts` an embedded node.
 */

import type { LinkDirection } from "../../node/index.ts"

export type { LinkDirection }
import type { NodeId } from "../../core/index.ts"
import type { Observation, ReplicaStatus } from "../../replica/index.ts"
import type { ClusterTimings } from "../http/cluster-status.ts"

/** A node, as the HTTP endpoints see it. */
export interface ServedNode {
  /** 16 hexadecimal digits. */
  readonly clusterId: string
  /** The node's name. */
  readonly name: string
  /** Where clients reach this node, `host:port`. */
  readonly clientAddress: string
  /** Its timings in milliseconds. */
  readonly timings: ClusterTimings
  /** What the replica knows at this moment. */
  status(): ReplicaStatus
  /** The replica's monotonic clock, in milliseconds: what the moments in `status` are measured on. */
  now(): number
  /** Returns once this node has applied everything that was committed when it was called (ReadIndex); rejects with a sentence otherwise. */
  confirm(timeoutMs: number): Promise<void>
  /** The store as far as this node has applied. */
  store(): StoreFigures
  /** Its connections to the other servers. */
  peers(): readonly ServedPeer[]
  /** How often its event loop was blocked since the process was started, and for how many milliseconds in all. */
  loop(): { readonly stalls: number; readonly stalledMs: number }
  /** Bytes in the data folder. */
  diskBytes(): number
  /** Calls `listener` for every observation until the returned function is called. */
  onObservation(listener: (observation: Observation) => void): () => void
  /** Cuts connections on purpose; null where nobody may. */
  readonly links: LinkControl | null
}

/** Figures of the key-value store, as far as this node has applied. */
export interface StoreFigures {
  /** The revision of the latest write. */
  readonly revision: number
  /** Reads of revisions below this one are refused; 0 if nothing was compacted. */
  readonly compactedRevision: number
  /** How many keys there are now. */
  readonly keys: number
}

/** The connection to one other server. */
export interface ServedPeer {
  /** The other server. */
  readonly id: NodeId
  /** Whether messages can be sent to it. */
  readonly connected: boolean
  /** Milliseconds to it and back, smoothed; null without a connection. */
  readonly roundTripMs: number | null
  /** Messages that were not sent since the process was started, because there was no connection or no room. */
  readonly messagesDropped: number
  /** Bytes that wait to be sent. */
  readonly bufferedBytes: number
}

/** Faults on purpose: messages between this node and another are thrown away while their direction is cut. */
export interface LinkControl {
  /** Throws messages to and from `peer` away from now on, in this direction. */
  cut(peer: NodeId, direction: LinkDirection): void
  /** Ends the cuts of `peer`; of all servers if it is null. */
  heal(peer: NodeId | null): void
  /** The cuts that are in force. */
  list(): readonly { readonly peer: NodeId; readonly direction: LinkDirection }[]
}
