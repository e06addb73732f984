/** The round-trip time to a peer: measured by the handshake, then by each pulse, and smoothed as in TCP (RFC 6298). */

import type { Pulse } from "./pulse.ts"

/** The most writes that are remembered until a pulse confirms them; between two pulses there are seldom more. */
const writesMax = 1024
const smoothing = 1 / 8

export class RoundTrip {
  #smoothedMs: number | null = null
  #sentBytes = 0
  /** Of write n, at n modulo `writesMax`: the bytes sent in all, this write included, and when it was sent. */
  readonly #endBytes = new Float64Array(writesMax)
  readonly #atMs = new Float64Array(writesMax)
  #writes = 0

  /** In milliseconds; null before the first measurement of this connection. */
  get smoothedMs(): number | null {
    return this.#smoothedMs
  }

  /** A new connection was made; its handshake took this long. */
  begin(handshakeMs: number): void {
    this.#smoothedMs = handshakeMs
    this.#sentBytes = 0
    this.#writes = 0
  }

  /** The connection was closed. */
  end(): void {
    this.#smoothedMs = null
  }

  onWrite(lengthBytes: number, nowMs: number): void {
    const slot = this.#writes % writesMax
    this.#sentBytes += lengthBytes
    this.#endBytes[slot] = this.#sentBytes
    this.#atMs[slot] = nowMs
    this.#writes += 1
  }

  /** A pulse says which byte arrived last. Ignored if that byte was sent too long ago, or never. */
  onPulse({ receivedBytes, heldMs }: Pulse, nowMs: number): void {
    const sentAtMs = this.#whenSent(receivedBytes)
    if (sentAtMs === null) return
    const measuredMs = Math.max(0, nowMs - sentAtMs - heldMs)
    this.#smoothedMs = this.#smoothedMs === null ? measuredMs : this.#smoothedMs + (measuredMs - this.#smoothedMs) * smoothing
  }

  #whenSent(receivedBytes: number): number | null {
    const underWayBytes = (this.#sentBytes - receivedBytes) % 0x1_0000_0000
    const lastByte = this.#sentBytes - underWayBytes
    const oldest = Math.max(0, this.#writes - writesMax)
    for (let write = this.#writes - 1; write >= oldest; write--) {
      const startBytes = write === 0 ? 0 : write === oldest ? Infinity : this.#endBytes[(write - 1) % writesMax]!
      if (startBytes < lastByte) return lastByte <= this.#endBytes[write % writesMax]! ? this.#atMs[write % writesMax]! : null
    }
    return null
  }
}
