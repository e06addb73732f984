/** Every bound of the peer transport, by name (listed in docs/limits.md). */

export interface TransportLimits {
  /** Bytes waiting for one peer, on each of its connections; messages beyond are dropped and counted. Raft sends again what matters. */
  readonly sendBufferBytesMax: number
  /** Bytes kept for a peer while a connection to it is being made. */
  readonly dialBufferBytesMax: number
  /** The longest frame accepted from a peer. */
  readonly frameBytesMax: number
  /** Accepted connections that have not said who they are; more are closed at once. */
  readonly greetingConnectionsMax: number
  /** From the start of a dial (or an accept) to the end of the handshake, in milliseconds. */
  readonly handshakeTimeoutMs: number
  /** First wait before dialing again, and the longest, in milliseconds. */
  readonly redialFirstMs: number
  readonly redialCapMs: number
  /** How often the receiving end of a connection says that bytes arrived, in milliseconds. */
  readonly pulseMs: number
  /** A connection on which something was sent and no pulse came back for this long is dead, in milliseconds. */
  readonly silenceMaxMs: number
  /** A connection that nobody needs (a snapshot's, a former member's) closes after this long, in milliseconds. */
  readonly idleMs: number
}

export const defaultTransportLimits: TransportLimits = {
  sendBufferBytesMax: 64 << 20,
  dialBufferBytesMax: 1 << 20,
  frameBytesMax: 16 << 20,
  greetingConnectionsMax: 128,
  handshakeTimeoutMs: 3_000,
  redialFirstMs: 50,
  redialCapMs: 1_000,
  pulseMs: 500,
  silenceMaxMs: 4_000,
  idleMs: 30_000,
}
