/** Writing a store down, chunk by chunk, as slowly as the reader likes. */

import { ByteWriter } from "../../wire/client/index.ts"
import { writeI64, writeLease } from "../../wire/kv/index.ts"
import { countForgotten, everyKey, KeyRecord, type KeyVersion, type MvccStore } from "../mvcc/index.ts"
import { chunkBytes, chunkKind, formatVersion, magic } from "./format.ts"

/** The chunks of a store's snapshot. The store must not change until the last one: give it a clone. */
export function* writeSnapshot(store: MvccStore): IterableIterator<Uint8Array> {
  yield header(store)
  const out = new ByteWriter(4096)
  let written = 0
  /** The key of the version before in this chunk; no key is empty. */
  let text = ""
  for (const version of visibleVersions(store)) {
    if (out.length === 0) out.u8(chunkKind.versions)
    writeVersion(out, version, version.text === text)
    text = version.text
    written++
    if (out.length < chunkBytes) continue
    yield out.take()
    out.length = 0
    text = ""
  }
  if (out.length > 0) yield out.take()
  yield end(written)
}

/** What reads at the compacted revision or later can see, key by key, oldest first. */
function* visibleVersions(store: MvccStore): IterableIterator<KeyVersion> {
  for (const slot of everyKey(store)) {
    if (!(slot instanceof KeyRecord)) yield slot
    else for (let i = countForgotten(slot, store.compactRevision); i < slot.length; i++) yield slot.at(i)
  }
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

function writeVersion(out: ByteWriter, version: KeyVersion, isSameKey: boolean): void {
  out.u64(version.createRevision)
  out.u64(version.modRevision)
  out.u32(version.sub)
  out.u64(version.version)
  writeLease(out, version.lease)
  if (isSameKey) out.u32(0)
  else writeText(out, version.text)
  out.u32(version.length)
  out.raw(version.value)
}

function writeText(out: ByteWriter, text: string): void {
  out.u32(text.length)
  const at = out.reserve(text.length)
  for (let i = 0; i < text.length; i++) out.bytes[at + i] = text.charCodeAt(i)
}
