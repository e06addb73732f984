/**
 * What the receiving end of a connection says now and then: how many bytes have arrived, and how long ago the last of them did. The sender learns that
 * the connection lives, and, since it knows when those bytes left, how long the way there and back takes.
 *
 *     0  u32 bytes that arrived after the handshake, modulo 2^32
 *     4  u32 microseconds since the last of them
 */

import { ByteReader, ByteWriter } from "../../wire/index.ts"

const pulseBytes = 8

export interface Pulse {
  /** Modulo 2^32. */
  readonly receivedBytes: number
  readonly heldMs: number
}

export function encodePulse({ receivedBytes, heldMs }: Pulse): Uint8Array {
  const writer = new ByteWriter(pulseBytes)
  writer.u32(receivedBytes >>> 0)
  writer.u32(Math.min(Math.round(heldMs * 1000), 0xffff_ffff))
  return writer.take()
}

/** Puts pulses together again, wherever TCP has cut them. */
export class PulseReader {
  #rest: Uint8Array = new Uint8Array(0)

  /** The latest whole pulse that ends in `chunk`; null if none does. */
  push(chunk: Uint8Array): Pulse | null {
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk])
    const whole = bytes.length - (bytes.length % pulseBytes)
    this.#rest = bytes.subarray(whole)
    if (whole === 0) return null
    const reader = new ByteReader(bytes, whole - pulseBytes)
    return { receivedBytes: reader.u32("the bytes of a pulse"), heldMs: reader.u32("the age of a pulse") / 1000 }
  }
}
