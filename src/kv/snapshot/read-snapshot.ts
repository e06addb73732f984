/**
 * Reading a store back. It comes in the order of the keys, so the indexes are bulk loaded; `changes` needs the order of the revisions, which
 * are dense above the compacted one, so that each change has its place in an array and nothing is sorted.
 */

import { ByteReader, WireError } from "../../wire/client/index.ts"
import { readI64, readLease } from "../../wire/kv/index.ts"
import {
  ChangeRows,
  Column,
  firstRevision,
  keyText,
  type Location,
  type MvccContents,
  nowhere,
  openTextStore,
  Records,
} from "../mvcc/index.ts"
import { chunkKind, formatVersion, magic } from "./format.ts"

/** The row of a version whose change was compacted. */
const noRow = -1

/** Takes the chunks of a snapshot in order; `contents` gives the store. Both throw `WireError` on what is no such snapshot. */
export class SnapshotReader {
  private revision = 0
  private compactRevision = 0
  private expected: "header" | "versions" | "nothing" = "header"
  private versions = 0
  private readonly records = new Records()
  private readonly latest = new Column()
  private readonly live: [string, number][] = []
  private readonly past: [string, number][] = []
  /** Of each version from the compacted revision on, itself and the one it replaced: what `changes` is made of. */
  private readonly made: Location[] = []
  private readonly replaced: Location[] = []
  /** The key that is being read, and its latest version so far. */
  private text = ""
  private youngest: Location = nowhere
  private liveBytes = 0
  private historyBytes = 0

  write(chunk: Uint8Array): void {
    const reader = new ByteReader(chunk)
    const kind = reader.u8("a chunk's kind")
    if (this.expected === "header" && kind === chunkKind.header) this.readHeader(reader)
    else if (this.expected === "versions" && kind === chunkKind.versions) this.readVersions(reader)
    else if (this.expected === "versions" && kind === chunkKind.end) this.readEnd(reader)
    else
      throw new WireError(`a chunk of kind ${kind} where ${this.expected} should be: not a snapshot of a key-value store, or not all of it`)
    reader.finish("a chunk")
  }

  contents(): MvccContents {
    if (this.expected !== "nothing") throw new WireError("the snapshot breaks off before its end")
    return {
      revision: this.revision,
      compactRevision: this.compactRevision,
      live: openTextStore(this.live),
      past: openTextStore(this.past),
      latest: this.latest,
      freeIds: [],
      changes: this.changes(Math.max(this.compactRevision, firstRevision + 1)),
      records: this.records,
      liveBytes: this.liveBytes,
      historyBytes: this.historyBytes,
    }
  }

  private readHeader(reader: ByteReader): void {
    if (reader.u32("the snapshot's first bytes") !== magic) throw new WireError("not a snapshot of a key-value store")
    const version = reader.u8("the format version")
    if (version !== formatVersion) {
      throw new WireError(`the snapshot has format version ${version}; this program reads version ${formatVersion}`)
    }
    this.revision = reader.u64("the revision")
    this.compactRevision = readI64(reader, "the compacted revision")
    if (this.revision < firstRevision) throw new WireError(`the revision is ${this.revision}, below that of an empty store`)
    if (this.compactRevision > this.revision) throw new WireError("the compacted revision is above the present one")
    this.expected = "versions"
  }

  private readVersions(reader: ByteReader): void {
    for (let isFirst = true; reader.remaining > 0; isFirst = false) {
      this.readVersion(reader, isFirst)
      this.versions++
    }
  }

  private readEnd(reader: ByteReader): void {
    this.closeKey()
    const versions = reader.u64("the number of versions")
    if (versions !== this.versions) throw new WireError(`the snapshot should have ${versions} versions, but ${this.versions} came`)
    this.expected = "nothing"
  }

  private readVersion(reader: ByteReader, isFirst: boolean): void {
    const createRevision = reader.u64("a create revision")
    const modRevision = reader.u64("a mod revision")
    const sub = reader.u32("a place in a revision")
    const version = reader.u64("a version")
    const lease = readLease(reader, "a lease")
    const key = reader.raw(reader.u32("a key's length"), "a key")
    const value = reader.raw(reader.u32("a value's length"), "a value")
    if (isFirst && key.length === 0) throw new WireError("a chunk's first version has no key")
    if (modRevision <= firstRevision || modRevision > this.revision)
      throw new WireError(`a version is of revision ${modRevision}, but the store is at ${this.revision}`)
    if (key.length > 0) this.beginKey(keyText(key))
    const { records, youngest } = this
    if (youngest !== nowhere && !this.isLater(modRevision, sub)) throw new WireError("the versions of a key are out of order")
    const location = records.ofPair(key.length > 0 ? key : records.key(youngest), value)
    const replacedBytes = youngest === nowhere ? 0 : records.sizeBytes(youngest)
    records.label(location, noRow, replacedBytes, modRevision, sub, createRevision, version, lease)
    this.historyBytes += records.sizeBytes(location)
    if (modRevision >= this.compactRevision) {
      this.made.push(location)
      this.replaced.push(youngest)
    }
    this.youngest = location
  }

  private isLater(modRevision: number, sub: number): boolean {
    const before = this.records.modRevision(this.youngest)
    return modRevision > before || (modRevision === before && sub > this.records.sub(this.youngest))
  }

  /** A chunk's border brings the same key again. */
  private beginKey(text: string): void {
    if (text === this.text) return
    if (text < this.text) throw new WireError("the snapshot's keys are out of order")
    this.closeKey()
    this.text = text
  }

  /** The last version of a key is what it is now, unless it is a tombstone; the others are what it was. */
  private closeKey(): void {
    const { records, youngest } = this
    if (youngest === nowhere) return
    const isDeleted = records.isTombstone(youngest)
    if (!isDeleted) {
      this.historyBytes -= records.sizeBytes(youngest)
      this.liveBytes += records.sizeBytes(youngest)
    }
    const keys = isDeleted ? this.past : this.live
    keys.push([this.text, this.latest.end])
    this.latest.push(youngest)
    this.youngest = nowhere
  }

  /** The rows of all changes, whose revisions are from `first` on. Every revision has some, or it would not have come about. */
  private changes(first: number): ChangeRows {
    const { records, made, replaced } = this
    const revisions = this.revision - first + 1
    if (revisions > made.length) throw new WireError("the snapshot has more revisions than changes")
    /** The row of each revision's first change, and of what would come after the last. */
    const starts = new Float64Array(Math.max(0, revisions) + 1)
    for (const version of made) starts[records.modRevision(version) - first + 1]!++
    for (let i = 1; i < starts.length; i++) {
      if (starts[i] === 0) throw new WireError(`nothing in the snapshot is of revision ${first + i - 1}`)
      starts[i]! += starts[i - 1]!
    }
    const order = new Float64Array(made.length).fill(noRow)
    for (const [i, version] of made.entries()) {
      const at = records.modRevision(version) - first
      const row = starts[at]! + records.sub(version)
      if (row >= starts[at + 1]! || order[row] !== noRow) throw new WireError(`the changes of revision ${first + at} are not all there`)
      order[row] = i
      records.setRow(version, row)
    }
    const rows = new ChangeRows()
    for (const i of order) rows.push(made[i]!, replaced[i]!)
    return rows
  }
}
