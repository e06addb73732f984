/**
 * Performs the disk requests of `storage` on real files: the only place where Oarlock writes data.
 *
 * Each lane has a queue. The log lane writes synchronously (a copy into the page cache, some microseconds) and syncs on the thread pool, so
 * that the event loop goes on while the disk turns; the snapshot lane does both there, because its buffers are large. Batches of the log
 * overlap: one is written while the syncs of those before it are under way, and all are completed in order (`log-syncs.ts`). One
 * exception: where the disk is quick and idle between requests, a small sync of the log is made synchronously. That saves the two thread
 * hand-overs, about a third of a write's latency for a single client (see `SyncPolicy`).
 *
 * No operation is ever retried here: the replica decides what a failure means.
 */

import fs from "node:fs"
import path from "node:path"
import type { DiskCompletion, DiskErrorCode, DiskLane, DiskOperation, DiskRequest } from "../../storage/index.ts"
import { createLogSyncs, logSyncsAtOnceMax, type LogSyncs } from "./log-syncs.ts"
import { openFileTable } from "./open-files.ts"
import type { OpenFile, OpenFileTable } from "./open-files.ts"

/**
 * - `async`: every sync goes to the thread pool.
 * - `adaptive`: syncs of the log are made on the event loop's own thread while they are quick (`quickSyncMs`) and the lane was idle before the request, as
 *   with a single client; under load every sync goes to the thread pool. The default.
 */
export type SyncPolicy = "async" | "adaptive"

export interface NodeDiskOptions {
  readonly syncPolicy?: SyncPolicy
  /** Called with the duration of every fdatasync and fsync. */
  readonly onSync?: (durationMs: number, lane: DiskLane) => void
  /** A monotonic clock in milliseconds; tests bring their own. */
  readonly now?: () => number
}

/** The most files kept open; the least recently used is closed first. */
export const openFilesMax = 32

/** `adaptive` makes a sync on the event loop only while the smoothed duration of a sync stays below this. A slow disk must not hold up heartbeats. */
export const quickSyncMs = 0.5

/** `adaptive` makes a sync on the event loop only for requests of at most this many bytes: larger ones wait for the bandwidth of the disk. */
export const quickSyncBytesMax = 16 << 10

/** `adaptive` treats a lane as idle once it has had nothing to do for this long. */
export const idleBeforeQuickSyncMs = 0.1

interface Lane {
  readonly name: DiskLane
  readonly queue: DiskRequest[]
  /** Oldest first. More than one only while all of them are batches whose sync is under way. */
  readonly underWay: Progress[]
  /** True while `#next` runs for this lane: a request that completes synchronously must not start the next one from within itself. */
  draining: boolean
  /** When the last request of this lane ended, on the monotonic clock; minus infinity before the first. */
  endedMs: number
}

/** A request under way. */
interface Progress {
  readonly request: DiskRequest
  readonly lane: Lane
  readonly startedMs: number
  readonly quick: boolean
  /** The operation under way. */
  position: number
  data: Uint8Array | null
  /** True for a batch that is written and waits for its sync: the next request may begin. */
  isWritten: boolean
  /** How the request ended; undefined until then. Reported once all requests before it have ended. */
  outcome: NodeJS.ErrnoException | null | undefined
}

type Finish = (error: NodeJS.ErrnoException | null) => void

/** A disk in one folder. Completions arrive through `onCompletion`, some of them before `perform` returns. */
export class NodeDisk {
  readonly #folder: string
  readonly #onCompletion: (completion: DiskCompletion) => void
  readonly #syncPolicy: SyncPolicy
  readonly #onSync: (durationMs: number, lane: DiskLane) => void
  readonly #now: () => number
  readonly #files: OpenFileTable
  readonly #syncs: LogSyncs = createLogSyncs((file, slot, finish) => this.#syncBeside(file, slot, finish))
  readonly #lanes: Record<DiskLane, Lane> = { log: newLane("log"), snapshot: newLane("snapshot") }
  /** Exponentially smoothed duration of a sync of the log, in milliseconds. */
  #smoothedSyncMs = 0
  #closed = false
  #whenIdle: (() => void) | null = null

  constructor(folder: string, onCompletion: (completion: DiskCompletion) => void, options: NodeDiskOptions = {}) {
    this.#folder = folder
    this.#onCompletion = onCompletion
    this.#syncPolicy = options.syncPolicy ?? "adaptive"
    this.#onSync = options.onSync ?? (() => {})
    this.#now = options.now ?? (() => performance.now())
    this.#files = openFileTable(openFilesMax)
  }

  /** Requests that were taken and are not completed yet. */
  get pending(): number {
    const { log, snapshot } = this.#lanes
    return log.queue.length + snapshot.queue.length + log.underWay.length + snapshot.underWay.length
  }

  /** Takes a request. It starts at once if its lane is free, and is answered by exactly one completion. After `close` it is ignored. */
  perform(request: DiskRequest): void {
    if (this.#closed) return
    const lane = this.#lanes[request.lane]
    lane.queue.push(request)
    this.#next(lane)
  }

  /** Drops queued requests, waits for those under way, closes all files. Resolves when the folder is no longer used. */
  async close(): Promise<void> {
    this.#closed = true
    for (const lane of Object.values(this.#lanes)) lane.queue.length = 0
    if (this.pending > 0) await new Promise<void>((resolve) => (this.#whenIdle = resolve))
    this.#files.closeAll()
  }

  #next(lane: Lane): void {
    if (lane.draining) return
    lane.draining = true
    for (let request = takeNext(lane); request !== null; request = takeNext(lane)) {
      const startedMs = this.#now()
      const quick = lane.underWay.length === 0 && this.#isQuick(request, lane, startedMs)
      const progress: Progress = { request, lane, startedMs, quick, position: 0, data: null, isWritten: false, outcome: undefined }
      lane.underWay.push(progress)
      this.#advance(progress)
    }
    lane.draining = false
    if (this.#closed && this.pending === 0) this.#whenIdle?.()
  }

  #isQuick(request: DiskRequest, lane: Lane, nowMs: number): boolean {
    if (this.#syncPolicy === "async" || lane.name !== "log") return false
    const wasIdle = nowMs - lane.endedMs >= idleBeforeQuickSyncMs
    return wasIdle && this.#smoothedSyncMs < quickSyncMs && writtenBytes(request) <= quickSyncBytesMax
  }

  /** Performs operations until one has to be waited for, or all are done, or one fails. */
  #advance(progress: Progress): void {
    const { operations } = progress.request
    let inThisCall = true
    while (progress.position < operations.length) {
      let waiting = true
      this.#perform(operations[progress.position]!, progress, (error) => {
        if (error !== null) return this.#end(progress, error)
        progress.position++
        waiting = false
        if (!inThisCall) this.#advance(progress)
      })
      if (waiting) {
        inThisCall = false
        return
      }
    }
    this.#end(progress, null)
  }

  #end(progress: Progress, error: NodeJS.ErrnoException | null): void {
    const { lane } = progress
    progress.outcome = error
    for (let oldest = lane.underWay[0]; oldest?.outcome !== undefined; oldest = lane.underWay[0]) {
      lane.underWay.shift()
      lane.endedMs = this.#now()
      this.#complete(oldest, oldest.outcome)
    }
    this.#next(lane)
  }

  #complete(progress: Progress, error: NodeJS.ErrnoException | null): void {
    const { request, lane, startedMs, position, data } = progress
    const operation = request.operations[position]
    if (error === null || operation === undefined) {
      this.#onCompletion({ id: request.id, ok: true, data, durationMs: lane.endedMs - startedMs })
    } else {
      const message = explain(operation, this.#folder, error)
      const code = codeOf(operation, error)
      // No write may leave a hole in the log where one before it failed.
      const refused = lane.name === "log" && operation.kind === "write" ? lane.queue.splice(0) : []
      this.#onCompletion({ id: request.id, ok: false, code, operation: position, message })
      for (const { id } of refused) this.#onCompletion({ id, ok: false, code, operation: 0, message })
    }
  }

  /** Calls `finish` exactly once, possibly before it returns. */
  #perform(operation: DiskOperation, progress: Progress, finish: Finish): void {
    try {
      switch (operation.kind) {
        case "write":
          return this.#write(operation.file, operation.offset, operation.data, progress.lane, finish)
        case "sync":
          return this.#sync(operation.file, progress, finish)
        case "truncate":
          fs.ftruncateSync(this.#open(operation.file).descriptor, operation.lengthBytes)
          return finish(null)
        case "rename":
          this.#forget(operation.from)
          this.#forget(operation.to)
          fs.renameSync(path.join(this.#folder, operation.from), path.join(this.#folder, operation.to))
          return finish(null)
        case "remove":
          this.#forget(operation.file)
          fs.rmSync(path.join(this.#folder, operation.file), { force: true })
          return finish(null)
        case "syncDirectory":
          return this.#syncDirectory(progress, finish)
        case "read":
          return this.#read(operation.file, operation.offset, operation.lengthBytes, progress, finish)
        default:
          operation satisfies never
      }
    } catch (error) {
      finish(error as NodeJS.ErrnoException)
    }
  }

  #open(file: string): OpenFile {
    return this.#files.open(file, path.join(this.#folder, file))
  }

  #write(file: string, offset: number, data: readonly Uint8Array[], lane: Lane, finish: Finish): void {
    const open = this.#open(file)
    if (lane.name === "log") {
      writeFully(open.descriptor, data, offset)
      return finish(null)
    }
    this.#files.hold(open)
    writeFullyAsync(open.descriptor, data, offset, (error) => {
      this.#files.release(open)
      finish(error)
    })
  }

  #sync(file: string, progress: Progress, finish: Finish): void {
    const startedMs = this.#now()
    if (progress.quick) {
      fs.fdatasyncSync(this.#open(file).descriptor)
      this.#measured(startedMs, progress.lane)
      return finish(null)
    }
    if (progress.lane.name === "log" && isBatch(progress.request)) {
      progress.isWritten = true
      this.#syncs.add(file, finish)
      return
    }
    const open = this.#open(file)
    this.#files.hold(open)
    fs.fdatasync(open.descriptor, (error) => {
      this.#files.release(open)
      this.#measured(startedMs, progress.lane)
      finish(error)
    })
  }

  /** A sync of the log beside others, through a descriptor of its own: see `log-syncs.ts`. */
  #syncBeside(file: string, slot: number, finish: Finish): void {
    const startedMs = this.#now()
    let open: OpenFile
    try {
      open = this.#files.open(slot === 0 ? file : `${file}#${slot}`, path.join(this.#folder, file))
    } catch (error) {
      return finish(error as NodeJS.ErrnoException)
    }
    this.#files.hold(open)
    fs.fdatasync(open.descriptor, (error) => {
      this.#files.release(open)
      this.#measured(startedMs, this.#lanes.log)
      finish(error)
    })
  }

  #forget(file: string): void {
    this.#files.forget(file)
    for (let slot = 1; slot < logSyncsAtOnceMax; slot++) this.#files.forget(`${file}#${slot}`)
  }

  #syncDirectory(progress: Progress, finish: Finish): void {
    const startedMs = this.#now()
    const descriptor = fs.openSync(this.#folder, "r")
    fs.fsync(descriptor, (error) => {
      fs.closeSync(descriptor)
      this.#measured(startedMs, progress.lane)
      finish(error)
    })
  }

  #read(file: string, offset: number, lengthBytes: number, progress: Progress, finish: Finish): void {
    // Opened without creating it: a missing file is an error, not an empty file.
    const open = this.#files.openExisting(file, path.join(this.#folder, file))
    const buffer = Buffer.allocUnsafeSlow(lengthBytes)
    this.#files.hold(open)
    readFullyAsync(open.descriptor, buffer, offset, (error, bytesRead) => {
      this.#files.release(open)
      progress.data = new Uint8Array(buffer.buffer, buffer.byteOffset, bytesRead)
      finish(error)
    })
  }

  #measured(startedMs: number, lane: Lane): void {
    const durationMs = this.#now() - startedMs
    if (lane.name === "log") this.#smoothedSyncMs += (durationMs - this.#smoothedSyncMs) / 8
    this.#onSync(durationMs, lane.name)
  }
}

/** The request that can begin now: any in an idle lane, and a batch if all before it are written batches. */
function takeNext(lane: Lane): DiskRequest | null {
  const next = lane.queue[0]
  if (next === undefined) return null
  const canOverlap = lane.name === "log" && isBatch(next) && lane.underWay.every((progress) => progress.isWritten)
  if (lane.underWay.length > 0 && !canOverlap) return null
  lane.queue.shift()
  return next
}

/** Whether a request is one write and its sync: only such requests may overlap. */
function isBatch(request: DiskRequest): boolean {
  const { operations } = request
  return operations.length === 2 && operations[0]!.kind === "write" && operations[1]!.kind === "sync"
}

function newLane(name: DiskLane): Lane {
  return { name, queue: [], underWay: [], draining: false, endedMs: Number.NEGATIVE_INFINITY }
}

function writtenBytes(request: DiskRequest): number {
  let bytes = 0
  for (const operation of request.operations) {
    if (operation.kind === "write") for (const chunk of operation.data) bytes += chunk.byteLength
  }
  return bytes
}

/** `writev` may write less than it was given, as on a nearly full disk: goes on until all is written or an error says why not. */
function writeFully(descriptor: number, data: readonly Uint8Array[], offset: number): void {
  let rest = data.filter((chunk) => chunk.byteLength > 0)
  while (rest.length > 0) {
    const written =
      rest.length === 1
        ? fs.writeSync(descriptor, rest[0]!, 0, rest[0]!.byteLength, offset)
        : fs.writevSync(descriptor, batch(rest), offset)
    offset += written
    rest = dropBytes(rest, written)
  }
}

function writeFullyAsync(descriptor: number, data: readonly Uint8Array[], offset: number, finish: Finish): void {
  const rest = data.filter((chunk) => chunk.byteLength > 0)
  if (rest.length === 0) return finish(null)
  fs.writev(descriptor, batch(rest), offset, (error, written) => {
    if (error !== null) return finish(error)
    writeFullyAsync(descriptor, dropBytes(rest, written), offset + written, finish)
  })
}

function readFullyAsync(
  descriptor: number,
  buffer: Buffer,
  offset: number,
  finish: (error: NodeJS.ErrnoException | null, bytesRead: number) => void,
  have = 0,
): void {
  if (have === buffer.byteLength) return finish(null, have)
  fs.read(descriptor, buffer, have, buffer.byteLength - have, offset + have, (error, count) => {
    if (error !== null) return finish(error, have)
    if (count === 0) return finish(null, have)
    readFullyAsync(descriptor, buffer, offset, finish, have + count)
  })
}

/** The operating system takes at most this many buffers in one `writev` (IOV_MAX). */
export const buffersPerWriteMax = 1024

function batch(chunks: Uint8Array[]): Uint8Array[] {
  return chunks.length <= buffersPerWriteMax ? chunks : chunks.slice(0, buffersPerWriteMax)
}

/** `chunks` without their first `count` bytes. */
function dropBytes(chunks: Uint8Array[], count: number): Uint8Array[] {
  let first = 0
  while (first < chunks.length && count >= chunks[first]!.byteLength) count -= chunks[first++]!.byteLength
  const rest = chunks.slice(first)
  if (count > 0) rest[0] = rest[0]!.subarray(count)
  return rest
}

function codeOf(operation: DiskOperation, error: NodeJS.ErrnoException): DiskErrorCode {
  const noSpace = error.code === "ENOSPC" || error.code === "EDQUOT"
  // A sync that reports a full disk has lost data that was already written, so it counts as a failure and not as `full` (a failed sync is never retried).
  return noSpace && operation.kind !== "sync" && operation.kind !== "syncDirectory" ? "full" : "failed"
}

function explain(operation: DiskOperation, folder: string, error: NodeJS.ErrnoException): string {
  const place =
    operation.kind === "syncDirectory" ? folder : path.join(folder, operation.kind === "rename" ? operation.from : operation.file)
  const what = {
    write: `could not write ${operation.kind === "write" ? `at offset ${operation.offset} of` : ""}`,
    sync: "could not sync",
    truncate: "could not set the length of",
    rename: "could not rename",
    remove: "could not remove",
    syncDirectory: "could not sync the folder",
    read: "could not read",
  }[operation.kind]
  return `${what} ${place}: ${error.code ?? "error"} (${error.message})`
}
