/** What all connections of a node share: the node's identity, the rules of its handshakes, and the receivers of messages and events. */

import type { Message, NodeId } from "../../core/index.ts"
import type { Introduction, PeerRefusal } from "../../wire/index.ts"
import type { NodeLog } from "../errors/log.ts"
import type { PeerTls } from "./tls.ts"
import type { TransportLimits } from "./transport-limits.ts"

export interface TransportContext {
  readonly clusterId: string
  readonly groupId: number
  readonly nodeId: NodeId
  /** The address at which peers reach this node. */
  readonly peerAddress: string
  readonly tls: PeerTls | null
  readonly limits: TransportLimits
  readonly log: NodeLog
  /** A monotonic clock, in milliseconds. */
  readonly now: () => number
  readonly handshake: Handshake
  readonly onMessage: (message: Message) => void
  /** A connection to the peer was lost or could not be made. */
  readonly onUnreachable: (peer: NodeId) => void
}

/** The rules of this node's handshakes, which are the replica's (`replica/peers.ts`); used by both ends of every connection. */
export interface Handshake {
  /** This node's introduction of itself. */
  readonly introduce: () => Introduction
  /** Why a peer is refused; null if it is accepted. */
  readonly judge: (peer: NodeId, introduction: Introduction) => PeerRefusal | null
  /** A peer has introduced itself; called also if `judge` refuses it. `welcomedUs`: it did so as the answer to this node's own hello. */
  readonly onIntroduced: (peer: NodeId, introduction: Introduction, welcomedUs: boolean) => void
  /** Calls `onMet` once the peer's introduction is on this node's disk: its messages may not count before. Not called if `isGone()` by then. */
  readonly whenMet: (peer: NodeId, introduction: Introduction, isGone: () => boolean, onMet: () => void) => void
  /** A peer has refused this node. */
  readonly onRefused: (peer: NodeId, refusal: PeerRefusal) => void
}

/** The name of a peer in log lines. */
export function peerText(peer: NodeId, address: string): string {
  return `node ${peer} at ${address === "" ? "an unknown address" : address}`
}
