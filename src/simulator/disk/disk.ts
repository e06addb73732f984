/**
 * One node's simulated disk, honest about what fsync promises and about nothing else.
 *
 * A write is seen by reads at once and durable only after a `sync` of its file; a creation, rename or removal only after a
 * `syncDirectory`. At a loss of power every sector that was written since the last sync is found as it was at some moment since then, each
 * sector at a moment of its own: so writes vanish, survive, are torn, and overtake each other, but a sector is never half of anything. A
 * file that was growing may end at any byte on the way. Unsynced directory changes survive up to some point in their order, as
 * journaling file systems have it. Syncing a file does not make its name durable: POSIX does not say so, even where Linux does it.
 */

import type { DiskOperation, DiskReader } from "../../storage/index.ts"
import { below, draw, pick, purposes } from "../ground/randomness.ts"
import { SharedList } from "../ground/shared-list.ts"
import { copyOf } from "../ground/slab.ts"
import { emptyContent, flipBit, readBytes, resize, writeBytes, type FileContent } from "./file-content.ts"

export const sectorBytes = 512

/** A file apart from its names. Never changed: a change makes a new one under the same id. */
interface Inode {
  readonly id: number
  readonly written: FileContent
  readonly durable: FileContent
  /** What leads from `durable` to `written`. */
  readonly unsynced: readonly FileChange[]
  /** Where the writes of the latest sync begin. What is before has something durable behind it. */
  readonly lastSyncedFrom: number
  /** For every change of `durable`, the lowest offset that it can have changed. */
  readonly changedFrom: SharedList<number>
}

type FileChange =
  | { readonly kind: "write"; readonly offset: number; readonly data: Uint8Array }
  | { readonly kind: "truncate"; readonly lengthBytes: number }

type DirectoryChange =
  | { readonly kind: "create"; readonly file: string; readonly inode: number }
  | { readonly kind: "rename"; readonly from: string; readonly to: string }
  | { readonly kind: "remove"; readonly file: string }

/** Names to inodes. */
type Directory = Map<string, number>

/** What a loss of power did, for traces and coverage. */
export interface PowerLoss {
  readonly vanished: number
  readonly torn: number
  readonly survived: number
  readonly directoryChangesUndone: number
}

export interface DurableFile {
  readonly file: string
  /** Tells files of the same name apart. */
  readonly inode: number
  readonly content: FileContent
  /** For every change that it went through, the lowest offset that can have changed. */
  readonly changedFrom: SharedList<number>
}

export class SimulatedDisk {
  private inodes = new Map<number, Inode>()
  private directory: Directory = new Map()
  private durableDirectory: Directory = new Map()
  private directoryChanges: DirectoryChange[] = []
  private nextInode = 1

  /**
   * Performs one operation and returns the bytes of a `read`, otherwise null. Throws an `Error` on what no disk can do (reading a file
   * that is not there): that is a bug of the caller.
   */
  perform(operation: DiskOperation): Uint8Array | null {
    switch (operation.kind) {
      case "write": {
        const inode = this.open(operation.file)
        const data = copyOf(operation.data)
        this.inodes.set(inode.id, {
          id: inode.id,
          written: writeBytes(inode.written, operation.offset, data),
          durable: inode.durable,
          unsynced: [...inode.unsynced, { kind: "write", offset: operation.offset, data }],
          lastSyncedFrom: inode.lastSyncedFrom,
          changedFrom: inode.changedFrom,
        })
        return null
      }
      case "truncate": {
        const inode = this.open(operation.file)
        const { lengthBytes } = operation
        this.inodes.set(inode.id, {
          ...inode,
          written: resize(inode.written, lengthBytes),
          unsynced: [...inode.unsynced, { kind: "truncate", lengthBytes }],
        })
        return null
      }
      case "sync": {
        const inode = this.find(operation.file)
        if (inode.unsynced.length === 0) return null
        this.inodes.set(inode.id, {
          id: inode.id,
          written: inode.written,
          durable: inode.written,
          unsynced: [],
          lastSyncedFrom: syncedFrom(inode),
          changedFrom: noteChange(inode, lowestUnsynced(inode)),
        })
        return null
      }
      case "rename":
        this.changeDirectory({ kind: "rename", from: operation.from, to: operation.to })
        return null
      case "remove":
        if (this.directory.has(operation.file)) this.changeDirectory({ kind: "remove", file: operation.file })
        return null
      case "syncDirectory":
        if (this.directoryChanges.length === 0) return null
        this.durableDirectory = new Map(this.directory)
        this.directoryChanges = []
        this.forgetUnnamed()
        return null
      case "read":
        return readBytes(this.find(operation.file).written, operation.offset, operation.lengthBytes)
      default:
        return operation satisfies never
    }
  }

  /** Power is lost: what was not synced fares as `seed` and the two ids decide. What is left is durable. */
  losePower(seed: number, node: number, crash: number): PowerLoss {
    const loss = { vanished: 0, torn: 0, survived: 0, directoryChangesUndone: 0 }
    const kept = below(this.directoryChanges.length + 1, seed, purposes.directorySurvives, node, crash)
    loss.directoryChangesUndone = this.directoryChanges.length - kept
    const directory = new Map(this.durableDirectory)
    for (const change of this.directoryChanges.slice(0, kept)) applyToDirectory(directory, change)
    for (const inode of this.inodes.values()) {
      if (inode.unsynced.length === 0) continue
      const fate = draw(seed, purposes.crashedWrite, node, crash, inode.id) % 4
      const content = afterLoss(inode, fate, (purpose, part) => draw(seed, purpose, node, crash, inode.id * 65_536 + part))
      if (fate === 0) loss.vanished += 1
      else if (fate === 1) loss.survived += 1
      else loss.torn += 1
      this.inodes.set(inode.id, { ...inode, written: content, durable: content, unsynced: [], changedFrom: noteChange(inode, 0) })
    }
    this.settle(directory)
    return loss
  }

  /** The worst loss of power: nothing unsynced survives. What a promise may count on. */
  loseEverythingUnsynced(): void {
    for (const inode of this.inodes.values()) {
      this.inodes.set(inode.id, { ...inode, written: inode.durable, unsynced: [] })
    }
    this.settle(new Map(this.durableDirectory))
  }

  /**
   * Flips one bit among the durable bytes of one file of that kind, chosen by `seed` and the two numbers; every later read gets it like
   * that. False if there is nothing to rot. The latest write of a log is spared: damaged, it looks like one that was never finished, and no log
   * without a second copy can tell the two apart.
   */
  rot(target: "log" | "snapshot", seed: number, node: number, number: number): boolean {
    const suffix = target === "log" ? ".wal" : ".snap"
    const ids = [...this.durableDirectory].filter(([file]) => file.endsWith(suffix)).toSorted(([a], [b]) => (a < b ? -1 : 1))
    const rottable = ({ durable, lastSyncedFrom }: Inode): number => (target === "log" ? lastSyncedFrom : durable.lengthBytes)
    const candidates = ids.map(([, id]) => this.inodes.get(id)!).filter((inode) => rottable(inode) > 0)
    if (candidates.length === 0) return false
    const inode = pick(candidates, seed, purposes.corruptFile, node, number)
    const bit = below(rottable(inode) * 8, seed, purposes.corruptBit, node, number)
    const changedFrom = noteChange(inode, bit >> 3)
    this.inodes.set(inode.id, { ...inode, durable: flipBit(inode.durable, bit), written: flipBit(inode.written, bit), changedFrom })
    return true
  }

  /**
   * Where a write to `file` that loses its way may land so that it shows: on older bytes of the same file, with a durable write behind them.
   * Null if there is no such place.
   */
  placeToMisdirect(file: string, offset: number, lengthBytes: number, roll: number): number | null {
    const id = this.directory.get(file)
    const inode = id === undefined ? undefined : this.inodes.get(id)
    if (inode === undefined || lengthBytes === 0) return null
    const room = Math.min(inode.lastSyncedFrom, offset) - lengthBytes
    return room <= 0 ? null : Math.floor(roll * room)
  }

  /** Whether a loss of power now could lose anything. */
  get hasUnsynced(): boolean {
    if (this.directoryChanges.length > 0) return true
    for (const inode of this.inodes.values()) if (inode.unsynced.length > 0) return true
    return false
  }

  /** The files that would be there if power failed now and nothing unsynced survived, in the order of the directory. */
  durableFiles(): readonly DurableFile[] {
    const files: DurableFile[] = []
    for (const [file, id] of this.durableDirectory) {
      const { durable: content, changedFrom } = this.inodes.get(id)!
      files.push({ file, inode: id, content, changedFrom })
    }
    return files
  }

  /** What a process that starts now would read. */
  reader(): DiskReader {
    return {
      list: () => [...this.directory.keys()].toSorted(),
      sizeBytes: (file) => this.find(file).written.lengthBytes,
      read: (file, offset, lengthBytes) => readBytes(this.find(file).written, offset, lengthBytes),
    }
  }

  clone(): SimulatedDisk {
    const copy = new SimulatedDisk()
    copy.inodes = new Map(this.inodes)
    copy.directory = new Map(this.directory)
    copy.durableDirectory = new Map(this.durableDirectory)
    copy.directoryChanges = this.directoryChanges.slice()
    copy.nextInode = this.nextInode
    return copy
  }

  /** Every name with its written bytes, for hashing and for tests. */
  *files(): Generator<{ readonly file: string; readonly written: Uint8Array; readonly durable: Uint8Array | null }> {
    for (const file of [...this.directory.keys()].toSorted()) {
      const inode = this.find(file)
      const durablyNamed = this.durableDirectory.get(file) === inode.id
      yield {
        file,
        written: readBytes(inode.written, 0, inode.written.lengthBytes),
        durable: durablyNamed ? readBytes(inode.durable, 0, inode.durable.lengthBytes) : null,
      }
    }
  }

  private open(file: string): Inode {
    const id = this.directory.get(file)
    if (id !== undefined) return this.inodes.get(id) as Inode
    if (file === "" || file.includes("/")) throw new Error(`"${file}" is not the name of a file`)
    const inode: Inode = {
      id: this.nextInode++,
      written: emptyContent,
      durable: emptyContent,
      unsynced: [],
      lastSyncedFrom: 0,
      changedFrom: new SharedList(),
    }
    this.inodes.set(inode.id, inode)
    this.changeDirectory({ kind: "create", file, inode: inode.id })
    return inode
  }

  private find(file: string): Inode {
    const id = this.directory.get(file)
    if (id === undefined) throw new Error(`there is no file "${file}"`)
    return this.inodes.get(id) as Inode
  }

  private changeDirectory(change: DirectoryChange): void {
    if (change.kind === "rename") this.find(change.from)
    applyToDirectory(this.directory, change)
    this.directoryChanges.push(change)
  }

  private settle(directory: Directory): void {
    this.directory = directory
    this.durableDirectory = new Map(directory)
    this.directoryChanges = []
    this.forgetUnnamed()
  }

  private forgetUnnamed(): void {
    const named = new Set([...this.directory.values(), ...this.durableDirectory.values()])
    for (const id of this.inodes.keys()) if (!named.has(id)) this.inodes.delete(id)
  }
}

function applyToDirectory(directory: Directory, change: DirectoryChange): void {
  switch (change.kind) {
    case "create":
      directory.set(change.file, change.inode)
      return
    case "rename": {
      const inode = directory.get(change.from)
      if (inode === undefined) return
      directory.delete(change.from)
      directory.set(change.to, inode)
      return
    }
    case "remove":
      directory.delete(change.file)
      return
    default:
      change satisfies never
  }
}

function noteChange({ changedFrom }: Inode, offset: number): SharedList<number> {
  const changes = changedFrom.clone()
  changes.push(offset)
  return changes
}

function lowestUnsynced({ unsynced }: Inode): number {
  let lowest = Infinity
  for (const change of unsynced) lowest = Math.min(lowest, change.kind === "write" ? change.offset : change.lengthBytes)
  return lowest
}

/** Where the earliest unsynced write begins that is more than zeros laid out ahead; where the latest sync did, if there is none. */
function syncedFrom({ unsynced, lastSyncedFrom }: Inode): number {
  let from = Infinity
  for (const change of unsynced) {
    if (change.kind === "write" && change.data.length > 0 && change.data[0] !== 0) from = Math.min(from, change.offset)
    if (change.kind === "truncate") from = Math.min(from, lastSyncedFrom, change.lengthBytes)
  }
  return from === Infinity ? lastSyncedFrom : from
}

/** What became of the unsynced changes of a file: 0 all vanished, 1 all survived, 2 cut off at some byte of growth, 3 every sector for itself. */
function afterLoss(
  inode: Inode,
  fate: number,
  roll: (purpose: typeof purposes.tornAt | typeof purposes.sectorSurvives, part: number) => number,
): FileContent {
  if (fate === 0) return inode.durable
  if (fate === 1) return inode.written
  const versions = [inode.durable]
  const touched = new Set<number>()
  for (const change of inode.unsynced) {
    const latest = versions.at(-1)!
    if (change.kind === "truncate") {
      versions.push(resize(latest, change.lengthBytes))
      continue
    }
    versions.push(writeBytes(latest, change.offset, change.data))
    const lastSector = Math.floor((change.offset + change.data.length - 1) / sectorBytes)
    for (let sector = Math.floor(change.offset / sectorBytes); sector <= lastSector; sector++) touched.add(sector)
  }
  const from = versions[roll(purposes.tornAt, 0) % versions.length]!
  const to = versions[roll(purposes.tornAt, 1) % versions.length]!
  if (fate === 2) {
    const shorter = Math.min(from.lengthBytes, to.lengthBytes)
    const grownBytes = Math.abs(to.lengthBytes - from.lengthBytes)
    return resize(inode.written, Math.min(inode.written.lengthBytes, shorter + (roll(purposes.tornAt, 2) % (grownBytes + 1))))
  }
  let torn = inode.durable
  for (const sector of touched) {
    const version = versions[roll(purposes.sectorSurvives, sector) % versions.length]!
    const bytes = new Uint8Array(sectorBytes)
    bytes.set(readBytes(version, sector * sectorBytes, sectorBytes))
    torn = writeBytes(torn, sector * sectorBytes, bytes)
  }
  return resize(torn, to.lengthBytes)
}
