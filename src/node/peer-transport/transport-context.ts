/** What the two ends of a connection share: who we are, what we know of the others, and where news goes. */

import type { Message, NodeId } from "../../core/index.ts"
import type { Introduction, PeerRefusal } from "../../wire/index.ts"
import type { NodeLog } from "../errors/log.ts"
import type { PeerTls } from "./tls.ts"
import type { TransportLimits } from "./transport-limits.ts"

export interface TransportContext {
  readonly clusterId: string
  readonly groupId: number
  readonly nodeId: NodeId
  /** Where peers reach this node. */
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

/** The rules by which this node shakes hands: the replica's (`replica/peers.ts`), asked by both ends of every connection. */
export interface Handshake {
  /** What this node says of itself. */
  readonly introduce: () => Introduction
  /** What it holds against a peer; null if nothing. */
  readonly judge: (peer: NodeId, introduction: Introduction) => PeerRefusal | null
  /** A peer has said who it is, whatever `judge` says to it. `welcomedUs`: in answer to our own call. */
  readonly onIntroduced: (peer: NodeId, introduction: Introduction, welcomedUs: boolean) => void
  /** Calls `onMet` once this node's disk knows the peer in that life: not before does anything that it says count. Never if `isGone` by then. */
  readonly whenMet: (peer: NodeId, introduction: Introduction, isGone: () => boolean, onMet: () => void) => void
  /** A peer would not shake hands with this node. */
  readonly onRefused: (peer: NodeId, refusal: PeerRefusal) => void
}

/** How a peer is called in log lines. */
export function peerText(peer: NodeId, address: string): string {
  return `node ${peer} at ${address === "" ? "an unknown address" : address}`
}
