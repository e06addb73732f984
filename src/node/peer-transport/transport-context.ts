/** What the two ends of a connection share: who we are, what we know of the others, and where news goes. */

import type { Message, NodeId } from "../../core/index.ts"
import type { Log } from "../log.ts"
import type { PeerTls } from "./tls.ts"
import type { TransportLimits } from "./transport-limits.ts"

export interface TransportContext {
  readonly clusterId: string
  readonly groupId: number
  readonly nodeId: NodeId
  readonly incarnation: string
  /** Where peers reach this node. */
  readonly peerAddress: string
  readonly tls: PeerTls | null
  readonly limits: TransportLimits
  readonly log: Log
  /** A monotonic clock, in milliseconds. */
  readonly now: () => number
  /** The incarnation under which a peer is known, or null. */
  readonly knownIncarnation: (peer: NodeId) => string | null
  /** Whether the peer was a member once and is none any more. */
  readonly isRemoved: (peer: NodeId) => boolean
  readonly onMessage: (message: Message) => void
  /** A handshake succeeded; the incarnation is the known one, or the first that we hear of. */
  readonly onIncarnation: (peer: NodeId, incarnation: string) => void
  /** A connection to the peer was lost or could not be made. */
  readonly onUnreachable: (peer: NodeId) => void
}

/** How a peer is called in log lines. */
export function peerText(peer: NodeId, address: string): string {
  return `node ${peer} at ${address === "" ? "an unknown address" : address}`
}
