/** The named limits of the client port, before it is known who speaks there. `docs/limits.md` lists them. */

export interface ClientPortLimits {
  /**
   * Connections at once on all client addresses. One more takes the place of the oldest that has not told its protocol yet, or else of the native one that
   * has been idle for longest; where all are busy it is closed as it comes.
   */
  readonly clientConnectionsMax: number
  /** How long a connection may say nothing at all before its first byte, in milliseconds. */
  readonly silentMs: number
  /** How long a client may take from its first byte to enough of them to know its protocol, in milliseconds. */
  readonly sniffTimeoutMs: number
  /** From the first bytes of a TLS handshake to its end, in milliseconds. */
  readonly tlsHandshakeMs: number
  /** How long a client that was turned away in words may take to read them, in milliseconds. */
  readonly turnedAwayMs: number
}

export const defaultClientPortLimits: ClientPortLimits = {
  clientConnectionsMax: 20_000,
  silentMs: 60_000,
  sniffTimeoutMs: 10_000,
  tlsHandshakeMs: 10_000,
  turnedAwayMs: 1_000,
}
