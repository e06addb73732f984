/**
 * A disk in memory that keeps apart what is durable and what is not: for tests, and for shells that have no files.
 *
 * What was written can be read at once. A crash takes away what no sync has covered: contents sector by sector, as real disks
 * lose them, and names until the folder is synced.
 */

import type { DiskCompletion, DiskErrorCode, DiskOperation, DiskReader, DiskRequest } from "./disk.ts"
import { sectorBytes } from "./segment-reader.ts"

interface MemoryFile {
  /** What reads see. */
  contents: Uint8Array
  /** The contents that a crash certainly leaves. */
  durable: Uint8Array
}

/** Whether a sector (its number in the file) that was written but not synced survives a crash all the same. */
export type KeepsSector = (file: string, sector: number) => boolean

/** The failure that `failNext` has asked for. */
interface PlannedFailure {
  readonly kind: DiskOperation["kind"]
  readonly code: DiskErrorCode
}

/** A `DiskReader` that also performs requests, at once. Files live in memory and end with the object. */
export class MemoryDisk implements DiskReader {
  #files = new Map<string, MemoryFile>()
  /** The files whose names a crash leaves. */
  #durableFiles = new Map<string, MemoryFile>()
  #failure: PlannedFailure | null = null

  /** Performs a request at once. */
  perform(request: DiskRequest): DiskCompletion {
    let data: Uint8Array | null = null
    for (const [position, operation] of request.operations.entries()) {
      if (this.#failure?.kind === operation.kind) {
        const { code } = this.#failure
        this.#failure = null
        const message = code === "full" ? "no space left on device" : "input/output error"
        return { id: request.id, ok: false, code, operation: position, message: `${operation.kind}: ${message}` }
      }
      data = this.#performOne(operation) ?? data
    }
    return { id: request.id, ok: true, data, durationMs: 0 }
  }

  /** The next operation of this kind fails. */
  failNext(kind: DiskOperation["kind"], code: DiskErrorCode): void {
    this.#failure = { kind, code }
  }

  /** A power failure: what was not synced is gone, except for the sectors for which `keeps` returns true. Names that were not synced are gone. */
  crash(keeps: KeepsSector = () => false): void {
    this.#files = new Map(this.#durableFiles)
    for (const [name, file] of this.#files) {
      file.contents = survivors(name, file, keeps)
      file.durable = file.contents
    }
  }

  /** The names of all files, ascending. */
  list(): readonly string[] {
    return [...this.#files.keys()].toSorted()
  }

  /** The length of a file as writes left it, synced or not. Throws if there is no such file. */
  sizeBytes(file: string): number {
    return this.#open(file).contents.length
  }

  /** A copy of bytes of a file as writes left them, synced or not. Throws if there is no such file. */
  read(file: string, offset: number, lengthBytes: number): Uint8Array {
    return this.#open(file).contents.slice(offset, offset + lengthBytes)
  }

  /** Puts a file on the disk, durable: how tests plant damage. */
  put(file: string, contents: Uint8Array): void {
    const planted = { contents, durable: contents }
    this.#files.set(file, planted)
    this.#durableFiles.set(file, planted)
  }

  /** Takes a file away for good. */
  delete(file: string): void {
    this.#files.delete(file)
    this.#durableFiles.delete(file)
  }

  /** An independent copy. */
  clone(): MemoryDisk {
    const copy = new MemoryDisk()
    const copies = new Map<MemoryFile, MemoryFile>()
    const copyOf = (file: MemoryFile): MemoryFile => {
      const known = copies.get(file) ?? { ...file }
      copies.set(file, known)
      return known
    }
    for (const [name, file] of this.#files) copy.#files.set(name, copyOf(file))
    for (const [name, file] of this.#durableFiles) copy.#durableFiles.set(name, copyOf(file))
    copy.#failure = this.#failure
    return copy
  }

  #performOne(operation: DiskOperation): Uint8Array | null {
    switch (operation.kind) {
      case "write": {
        const file = this.#files.get(operation.file) ?? { contents: new Uint8Array(0), durable: new Uint8Array(0) }
        this.#files.set(operation.file, file)
        file.contents = written(file.contents, operation.offset, operation.data)
        return null
      }
      case "sync": {
        const file = this.#open(operation.file)
        file.durable = file.contents
        return null
      }
      case "truncate": {
        const file = this.#open(operation.file)
        const cut = new Uint8Array(operation.lengthBytes)
        cut.set(file.contents.subarray(0, operation.lengthBytes))
        file.contents = cut
        return null
      }
      case "rename": {
        const file = this.#open(operation.from)
        this.#files.delete(operation.from)
        this.#files.set(operation.to, file)
        return null
      }
      case "remove":
        this.#files.delete(operation.file)
        return null
      case "syncDirectory":
        this.#durableFiles = new Map(this.#files)
        return null
      case "read":
        return this.read(operation.file, operation.offset, operation.lengthBytes)
      default:
        operation satisfies never
        return null
    }
  }

  #open(name: string): MemoryFile {
    const file = this.#files.get(name)
    if (file === undefined) throw new Error(`${name}: no such file`)
    return file
  }
}

/** Always a new array, because the old one may be the durable contents. */
function written(contents: Uint8Array, offset: number, data: readonly Uint8Array[]): Uint8Array {
  const lengthBytes = data.reduce((sum, bytes) => sum + bytes.length, 0)
  const result = new Uint8Array(Math.max(contents.length, offset + lengthBytes))
  result.set(contents)
  let at = offset
  for (const bytes of data) {
    result.set(bytes, at)
    at += bytes.length
  }
  return result
}

function survivors(name: string, file: MemoryFile, keeps: KeepsSector): Uint8Array {
  const { contents, durable } = file
  if (contents === durable) return durable
  const sectors = Math.ceil(Math.max(contents.length, durable.length) / sectorBytes)
  const kept: number[] = []
  for (let sector = 0; sector < sectors; sector++) if (keeps(name, sector)) kept.push(sector)
  const last = kept.at(-1)
  const result = new Uint8Array(Math.max(durable.length, last === undefined ? 0 : Math.min(contents.length, (last + 1) * sectorBytes)))
  result.set(durable)
  for (const sector of kept) result.set(contents.subarray(sector * sectorBytes, (sector + 1) * sectorBytes), sector * sectorBytes)
  return result
}
