/**
 * Reading a store back. It comes in the order of the keys, so `live` and `past` are bulk loaded; `changes` needs the order of the revisions,
 * which are dense above the compacted one, so that each version has its place in an array and nothing is sorted.
 */

import { AppendList } from "../../replica/index.ts"
import { ByteReader, MalformedBytes } from "../../wire/client/index.ts"
import { readI64, readLease } from "../../wire/kv/index.ts"
import {
  firstRevision,
  KeyRecord,
  type KeySlot,
  keyText,
  KeyVersion,
  lastOf,
  type MvccContents,
  openTextStore,
  type RevisionChanges,
  ValueArenas,
} from "../mvcc/index.ts"
import { chunkKind, formatVersion, magic } from "./format.ts"

/** Takes the chunks of a snapshot in order; `contents` gives the store. Both throw `MalformedBytes` on what is no such snapshot. */
export class SnapshotReader {
  private revision = 0
  private compactRevision = 0
  private expected: "header" | "versions" | "nothing" = "header"
  private versions = 0
  private readonly arenas = new ValueArenas()
  private readonly live: KeySlot[] = []
  private readonly past: KeyRecord[] = []
  /** Everything from the compacted revision on: what `changes` is made of. */
  private readonly recent: KeyVersion[] = []
  /** The versions of the key that is being read. */
  private group: KeyVersion[] = []
  private liveBytes = 0
  private historyBytes = 0

  write(chunk: Uint8Array): void {
    const reader = new ByteReader(chunk)
    const kind = reader.u8("a chunk's kind")
    if (this.expected === "header" && kind === chunkKind.header) this.readHeader(reader)
    else if (this.expected === "versions" && kind === chunkKind.versions) this.readVersions(reader)
    else if (this.expected === "versions" && kind === chunkKind.end) this.readEnd(reader)
    else
      throw new MalformedBytes(
        `a chunk of kind ${kind} where ${this.expected} should be: not a snapshot of a key-value store, or not all of it`,
      )
    reader.finish("a chunk")
  }

  contents(): MvccContents {
    if (this.expected !== "nothing") throw new MalformedBytes("the snapshot breaks off before its end")
    return {
      revision: this.revision,
      compactRevision: this.compactRevision,
      live: openTextStore(withTexts(this.live)),
      past: openTextStore(withTexts(this.past)),
      changes: changesOf(this.recent, Math.max(this.compactRevision, firstRevision + 1), this.revision),
      arenas: this.arenas,
      liveBytes: this.liveBytes,
      historyBytes: this.historyBytes,
    }
  }

  private readHeader(reader: ByteReader): void {
    if (reader.u32("the snapshot's first bytes") !== magic) throw new MalformedBytes("not a snapshot of a key-value store")
    const version = reader.u8("the format version")
    if (version !== formatVersion) {
      throw new MalformedBytes(`the snapshot has format version ${version}; this program reads version ${formatVersion}`)
    }
    this.revision = reader.u64("the revision")
    this.compactRevision = readI64(reader, "the compacted revision")
    if (this.revision < firstRevision) throw new MalformedBytes(`the revision is ${this.revision}, below that of an empty store`)
    if (this.compactRevision > this.revision) throw new MalformedBytes("the compacted revision is above the present one")
    this.expected = "versions"
  }

  private readVersions(reader: ByteReader): void {
    let text = ""
    while (reader.remaining > 0) {
      const version = this.readVersion(reader, text)
      text = version.text
      this.versions++
      this.addToGroup(version)
      if (version.modRevision >= this.compactRevision) this.recent.push(version)
    }
  }

  private readEnd(reader: ByteReader): void {
    this.closeGroup()
    const versions = reader.u64("the number of versions")
    if (versions !== this.versions) throw new MalformedBytes(`the snapshot should have ${versions} versions, but ${this.versions} came`)
    this.expected = "nothing"
  }

  private readVersion(reader: ByteReader, textBefore: string): KeyVersion {
    const createRevision = reader.u64("a create revision")
    const modRevision = reader.u64("a mod revision")
    const sub = reader.u32("a place in a revision")
    const count = reader.u64("a version")
    const lease = readLease(reader, "a lease")
    const keyBytes = reader.raw(reader.u32("a key's length"), "a key")
    const valueLength = reader.u32("a value's length")
    const text = keyBytes.length === 0 ? textBefore : keyText(keyBytes)
    if (text === "") throw new MalformedBytes("a chunk's first version has no key")
    if (modRevision <= firstRevision || modRevision > this.revision)
      throw new MalformedBytes(`a version is of revision ${modRevision}, but the store is at ${this.revision}`)
    const version = new KeyVersion(text, createRevision, modRevision, sub, count, lease)
    this.arenas.place(version, reader.raw(valueLength, "a value"), 0, valueLength)
    return version
  }

  private addToGroup(version: KeyVersion): void {
    const before = this.group.at(-1)
    if (before !== undefined && before.text !== version.text) {
      if (version.text < before.text) throw new MalformedBytes("the snapshot's keys are out of order")
      this.closeGroup()
    } else if (before !== undefined) {
      const isLater = version.modRevision > before.modRevision || (version.modRevision === before.modRevision && version.sub > before.sub)
      if (!isLater) throw new MalformedBytes("the versions of a key are out of order")
      // A chunk's border gave the key a second string.
      version.text = before.text
    }
    this.group.push(version)
  }

  /** The last version of a key is what it is now, unless it is a tombstone; the others are what it was. */
  private closeGroup(): void {
    const { group } = this
    const last = group.at(-1)
    if (last === undefined) return
    for (const version of group) this.historyBytes += version.sizeBytes
    if (!last.isTombstone) {
      this.historyBytes -= last.sizeBytes
      this.liveBytes += last.sizeBytes
    }
    if (last.isTombstone) this.past.push(new KeyRecord(nobody, group))
    else this.live.push(group.length === 1 ? last : new KeyRecord(nobody, group))
    this.group = []
  }
}

/** Records that were read belong to no store: the first change copies them. */
const nobody = {}

function* withTexts<Slot extends KeySlot>(slots: readonly Slot[]): IterableIterator<[string, Slot]> {
  for (const slot of slots) yield [lastOf(slot).text, slot]
}

/** The changes of each revision. Every revision above the first has some, or it would not have come about. */
function changesOf(versions: readonly KeyVersion[], first: number, last: number): AppendList<RevisionChanges> {
  if (last - first >= versions.length) throw new MalformedBytes("the snapshot has more revisions than changes")
  const byRevision = Array.from({ length: last - first + 1 }, (): KeyVersion | KeyVersion[] | undefined => undefined)
  for (const version of versions) {
    const at = version.modRevision - first
    const others = byRevision[at]
    if (others === undefined) byRevision[at] = version
    else if (Array.isArray(others)) others.push(version)
    else byRevision[at] = [others, version]
  }
  const list = new AppendList<RevisionChanges>(first)
  for (const changes of byRevision) {
    if (changes === undefined) throw new MalformedBytes(`nothing in the snapshot is of revision ${list.end}`)
    list.push(inOrder(list.end, changes))
  }
  return list
}

function inOrder(revision: number, changes: KeyVersion | KeyVersion[]): RevisionChanges {
  const sorted = Array.isArray(changes) ? changes.sort((a, b) => a.sub - b.sub) : [changes]
  if (sorted.some((version, place) => version.sub !== place))
    throw new MalformedBytes(`the changes of revision ${revision} are not all there`)
  return sorted.length === 1 ? sorted[0]! : sorted
}
