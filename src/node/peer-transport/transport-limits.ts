/** Every bound of the peer transport, by name (listed in docs/limits.md). */

/** Bounds and timings of the connections between peers; each has a default in `defaultTransportLimits`. */
export interface TransportLimits {
  /** The most bytes that wait for one peer on each of its two connections; further messages are dropped and counted. Raft sends again what is needed. */
  readonly sendBufferBytesMax: number
  /** The most bytes kept for a peer while it is dialed. */
  readonly dialBufferBytesMax: number
  /** The longest frame accepted from a peer. */
  readonly frameBytesMax: number
  /** The most accepted connections, TLS handshakes included; more are closed at once. */
  readonly inboundConnectionsMax: number
  /** The most accepted connections without a hello; one more replaces the oldest. */
  readonly greetingConnectionsMax: number
  /** The most servers that have called and are not members: they wait to be added, or were removed. One more replaces the oldest. */
  readonly strangersMax: number
  /** From the start of a dial (or an accept) to the end of the handshake, in milliseconds. */
  readonly handshakeTimeoutMs: number
  /** How long a refused caller has to read the reason before the connection is closed, in milliseconds. */
  readonly refusedMs: number
  /** From the first byte of a frame to its last, in milliseconds. */
  readonly frameArrivalMs: number
  /** The first wait before dialing again, in milliseconds. */
  readonly redialFirstMs: number
  /** The longest wait before dialing again, in milliseconds: the wait doubles up to it. */
  readonly redialCapMs: number
  /** How often the receiving end of a connection says that bytes arrived, in milliseconds. */
  readonly pulseMs: number
  /** How long bytes may be sent without a pulse before a connection counts as dead, in milliseconds. */
  readonly silenceMaxMs: number
  /** How long an unused connection (for snapshots, or of a former member) stays open, in milliseconds. */
  readonly idleMs: number
}

/** The limits of a node that is opened without `transportLimits`. */
export const defaultTransportLimits: TransportLimits = {
  sendBufferBytesMax: 64 << 20,
  dialBufferBytesMax: 1 << 20,
  frameBytesMax: 16 << 20,
  inboundConnectionsMax: 1_024,
  greetingConnectionsMax: 128,
  strangersMax: 32,
  handshakeTimeoutMs: 3_000,
  refusedMs: 1_000,
  frameArrivalMs: 30_000,
  redialFirstMs: 50,
  redialCapMs: 1_000,
  pulseMs: 500,
  silenceMaxMs: 4_000,
  idleMs: 30_000,
}

/** Why `limits` are wrong, as a sentence; null if they are right. */
export function explainBadTransportLimits(limits: TransportLimits): string | null {
  for (const [name, value] of Object.entries(limits)) {
    if (!Number.isSafeInteger(value) || value < 1) return `${name} is ${value}; it must be an integer above 0`
  }
  const { pulseMs, silenceMaxMs, redialFirstMs, redialCapMs } = limits
  if (silenceMaxMs < 2 * pulseMs) {
    return `silenceMaxMs is ${silenceMaxMs}, but a sign of life comes only every ${pulseMs} ms (pulseMs), so that every connection would be cut again and again: raise silenceMaxMs to at least ${2 * pulseMs}, or lower pulseMs`
  }
  if (redialCapMs < redialFirstMs) {
    return `redialCapMs is ${redialCapMs}, below redialFirstMs (${redialFirstMs}), and the longest wait cannot be shorter than the first: raise redialCapMs, or lower redialFirstMs`
  }
  return null
}
