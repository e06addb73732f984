/**
 * A pulse, which the receiving end of a connection sends every `pulseMs`: how many bytes have arrived, and how long ago the last of them did. From it
 * the sender learns that the connection works, and its round-trip time, because it knows when it sent those bytes.
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

/** Reassembles pulses from the chunks of a TCP stream. */
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
