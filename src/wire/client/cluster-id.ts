/**
 * A cluster's id as bytes: an unsigned 64-bit number, little endian like everything here. In words it is 16 lower-case hexadecimal digits,
 * because not every language has integers of that size.
 */

import type { ByteReader } from "../bytes/byte-reader.ts"
import type { ByteWriter } from "../bytes/byte-writer.ts"

/** The identity of a cluster (`genesis`), as the same bytes; nothing where none is known. The last of what it stands in. */
export function writeGenesis(out: ByteWriter, genesis: string | null): void {
  if (genesis !== null) writeClusterId(out, genesis)
}

/** Null where nothing follows, and for 0. */
export function readGenesis(reader: ByteReader): string | null {
  if (reader.remaining === 0) return null
  const genesis = readClusterId(reader, "the genesis")
  return genesis === noCluster ? null : genesis
}

/** Stands for "any cluster" where an id may be left out. */
export const noCluster = "0000000000000000"

/** `id` is 16 hexadecimal digits, written as a little-endian `u64`. */
export function writeClusterId(out: ByteWriter, id: string): void {
  if (!/^[0-9a-f]{16}$/.test(id)) throw new RangeError(`cluster id "${id}" is not 16 lower-case hexadecimal digits`)
  out.u32(Number.parseInt(id.slice(8), 16))
  out.u32(Number.parseInt(id.slice(0, 8), 16))
}

export function readClusterId(reader: ByteReader, field: string): string {
  const low = reader.u32(field)
  const high = reader.u32(field)
  return high.toString(16).padStart(8, "0") + low.toString(16).padStart(8, "0")
}
