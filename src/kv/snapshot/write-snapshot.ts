/** Writing a store down, chunk by chunk, as slowly as the reader likes. */

import { ByteWriter } from "../../wire/client/index.ts"
import { writeI64, writeLease } from "../../wire/kv/index.ts"
import { everyKey, type Location, type MvccStore, type Records, visibleVersions } from "../mvcc/index.ts"
import { chunkBytes, chunkKind, formatVersion, magic } from "./format.ts"

/** Room for a chunk, and for the version that goes beyond its end, if that is not large. */
const chunkCapacity = chunkBytes + chunkBytes / 16

/** The chunks of a store's snapshot. The store must not change until the last one: give it a clone. */
export function* writeSnapshot(store: MvccStore): IterableIterator<Uint8Array> {
  yield header(store)
  const { records } = store
  const out = new ByteWriter(4096)
  const versions: Location[] = []
  let written = 0
  for (const latest of everyKey(store)) {
    let isSameKey = false
    // Oldest first.
    for (let i = visibleVersions(store, latest, versions) - 1; i >= 0; i--) {
      if (out.length === 0) out.u8(chunkKind.versions)
      writeVersion(out, records, versions[i]!, isSameKey)
      isSameKey = true
      written++
      if (out.length < chunkBytes) continue
      yield out.bytes.subarray(0, out.length)
      out.reset(chunkCapacity)
      isSameKey = false
    }
  }
  if (out.length > 0) yield out.take()
  yield end(written)
}

function header(store: MvccStore): Uint8Array {
  const out = new ByteWriter(32)
  out.u8(chunkKind.header)
  out.u32(magic)
  out.u8(formatVersion)
  out.u64(store.revision)
  writeI64(out, store.compactRevision)
  return out.take()
}

function end(versions: number): Uint8Array {
  const out = new ByteWriter(16)
  out.u8(chunkKind.end)
  out.u64(versions)
  return out.take()
}

function writeVersion(out: ByteWriter, records: Records, version: Location, isSameKey: boolean): void {
  out.u64(records.createRevision(version))
  out.u64(records.modRevision(version))
  out.u32(records.sub(version))
  out.u64(records.version(version))
  writeLease(out, records.lease(version))
  if (isSameKey) out.u32(0)
  else writeBytes(out, records.key(version))
  writeBytes(out, records.value(version))
}

function writeBytes(out: ByteWriter, bytes: Uint8Array): void {
  out.u32(bytes.length)
  out.raw(bytes)
}
