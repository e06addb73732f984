import { describe, expect, it } from "vitest"
import type { Configuration, Entry } from "../core/index.ts"
import type { PeerStanding } from "../wire/index.ts"
import type { DiskOperation, DiskRequest, StorageIdentity } from "./disk.ts"
import {
  append,
  cloneLogStore,
  compactLog,
  completeLogRequest,
  createLogStore,
  hashLogStore,
  hasRoomForBatch,
  isLogIdle,
  nextLogRequest,
  noteCommitIndex,
  recordPeer,
  restartLog,
  retryLog,
  type LogLimits,
  type LogProgress,
  type LogStore,
} from "./log-store.ts"
import { MemoryDisk } from "./memory-disk.ts"
import { recover } from "./recovery.ts"
import { readSegment } from "./segment-reader.ts"
import { segmentHeaderBytes } from "./segment.ts"
import { completeSnapshotRequest, nextSnapshotRequest } from "./snapshot-requests.ts"
import { addSnapshotChunk, beginSnapshot, createSnapshotStore, finishSnapshot } from "./snapshot-store.ts"

const identity: StorageIdentity = { clusterId: "00000000000000c1", groupId: 0, nodeId: 1, incarnation: "00000000000000a1" }

function standing(incarnation: string): PeerStanding {
  return { incarnation, life: 1, nonce: 7, isCondemned: false }
}
const bootstrap: Configuration = {
  index: 0,
  voters: [1, 2, 3],
  votersOutgoing: [],
  learners: [],
  promoting: [],
  learnersNext: [],
  members: [1, 2, 3].map((id) => ({ id, name: `n${id}`, peerAddress: `127.0.0.1:${2380 + id}`, clientAddress: "" })),
  highestId: 3,
}
const small: LogLimits = { segmentBytesMax: 1000, zeroAheadBytes: 0, batchesInFlightMax: 1 }
const overlapping: LogLimits = { ...small, batchesInFlightMax: 2 }

function command(index: number, term: number, text = `command ${index}`): Entry {
  const data = Uint8Array.from(text, (character) => character.charCodeAt(0))
  return { index, term, kind: "command", data, configuration: null, encoded: null }
}

function commands(from: number, through: number, term: number): Entry[] {
  return Array.from({ length: through - from + 1 }, (_, i) => command(from + i, term))
}

function snapshotAt(lastIndex: number, lastTerm: number) {
  return { lastIndex, lastTerm, configuration: { ...bootstrap, index: lastIndex } }
}

function run(store: LogStore, disk: MemoryDisk): LogProgress[] {
  const progress: LogProgress[] = []
  for (let request = nextLogRequest(store); request !== null; request = nextLogRequest(store)) {
    progress.push(completeLogRequest(store, disk.perform(request)))
  }
  return progress
}

function open(disk: MemoryDisk, limits: LogLimits = small): LogStore {
  const store = createLogStore(identity, recover(disk, identity), bootstrap, limits)
  run(store, disk)
  return store
}

function hard(term: number, votedFor: number | null = null, commitIndex = 0) {
  return { term, votedFor, commitIndex }
}

function kinds(request: DiskRequest | null): DiskOperation["kind"][] {
  return request?.operations.map((operation) => operation.kind) ?? []
}

function plain(entries: readonly Entry[]) {
  return entries.map(({ index, term, kind, data }) => ({ index, term, kind, text: String.fromCharCode(...data) }))
}

describe("the log store", () => {
  it("makes the first segment durable, file before folder, before it is ready", () => {
    const disk = new MemoryDisk()
    const store = createLogStore(identity, recover(disk, null), bootstrap, small)
    expect(store.status).toBe("starting")
    const request = nextLogRequest(store)
    expect(kinds(request)).toEqual(["write", "sync", "syncDirectory", "write", "sync", "syncDirectory"])
    expect(nextLogRequest(store)).toBeNull()
    const progress = completeLogRequest(store, disk.perform(request!))
    expect(progress).toEqual({ kind: "done", persisted: null, becameReady: true, recovered: false })
    expect(store.status).toBe("ready")
    disk.crash()
    const recovered = recover(disk, identity)
    expect(recovered.snapshot).toEqual({ lastIndex: 0, lastTerm: 0, configuration: bootstrap })
    expect(recovered.identity).toEqual(identity)
  })

  it("gives back after a crash what it said was persisted", () => {
    const disk = new MemoryDisk()
    const store = open(disk)
    append(store, { number: 1, hardState: hard(3, 2), entries: commands(1, 5, 3) })
    recordPeer(store, 2, standing("00000000000000b2"))
    expect(run(store, disk)).toEqual([{ kind: "done", persisted: 1, becameReady: false, recovered: false }])
    disk.crash()
    const recovered = recover(disk, identity)
    expect(recovered.hardState).toEqual(hard(3, 2))
    expect(plain(recovered.entries)).toEqual(plain(commands(1, 5, 3)))
    expect(recovered.peers).toEqual(new Map([[2, standing("00000000000000b2")]]))
    expect(recovered.notices).toEqual([])
  })

  it("commits as a group: what comes while a request is under way goes into the next one, with one sync", () => {
    const disk = new MemoryDisk()
    const store = open(disk)
    append(store, { number: 1, hardState: hard(1), entries: [command(1, 1)] })
    const first = nextLogRequest(store)!
    append(store, { number: 2, hardState: null, entries: [command(2, 1)] })
    append(store, { number: 3, hardState: hard(2, 1), entries: [command(3, 2)] })
    append(store, { number: 4, hardState: null, entries: [] })
    expect(nextLogRequest(store)).toBeNull()
    expect(completeLogRequest(store, disk.perform(first))).toMatchObject({ persisted: 1 })
    const second = nextLogRequest(store)!
    expect(kinds(second)).toEqual(["write", "sync"])
    expect(completeLogRequest(store, disk.perform(second))).toMatchObject({ persisted: 4 })
    expect(isLogIdle(store)).toBe(true)
    disk.crash()
    expect(recover(disk, identity).entries).toHaveLength(3)
  })

  it("has as many batches in flight as it may, and confirms them in order", () => {
    const disk = new MemoryDisk()
    const store = open(disk, overlapping)
    const requests: DiskRequest[] = []
    for (let index = 1; index <= 4; index++) {
      append(store, { number: index, hardState: index === 1 ? hard(1) : null, entries: [command(index, 1)] })
      const request = nextLogRequest(store)
      if (request !== null) requests.push(request)
    }
    expect(requests).toHaveLength(2)
    expect(hasRoomForBatch(store)).toBe(false)
    expect(isLogIdle(store)).toBe(false)
    expect(completeLogRequest(store, disk.perform(requests[0]!))).toMatchObject({ persisted: 1 })
    expect(hasRoomForBatch(store)).toBe(true)
    const third = nextLogRequest(store)!
    expect(completeLogRequest(store, disk.perform(requests[1]!))).toMatchObject({ persisted: 2 })
    expect(completeLogRequest(store, disk.perform(third))).toMatchObject({ persisted: 4 })
    expect(isLogIdle(store)).toBe(true)
    disk.crash()
    expect(recover(disk, identity).entries).toHaveLength(4)
  })

  it("does not take a completion for an earlier one's", () => {
    const disk = new MemoryDisk()
    const store = open(disk, overlapping)
    append(store, { number: 1, hardState: hard(1), entries: [command(1, 1)] })
    nextLogRequest(store)
    append(store, { number: 2, hardState: null, entries: [command(2, 1)] })
    const second = nextLogRequest(store)!
    expect(() => completeLogRequest(store, disk.perform(second))).toThrow("out of order")
  })

  it("says in each batch how much was synced when it was sealed", () => {
    const disk = new MemoryDisk()
    const store = open(disk, { ...overlapping, segmentBytesMax: 1 << 20 })
    for (let index = 1; index <= 3; index++) {
      append(store, { number: index, hardState: index === 1 ? hard(1) : null, entries: [command(index, 1)] })
      const request = nextLogRequest(store)
      if (index === 1 || request === null) continue
      for (const { batch, requestId } of store.inFlight) completeLogRequest(store, disk.perform({ id: requestId!, lane: "log", ...batch }))
    }
    run(store, disk)
    const [file] = disk.list()
    const offsets: number[] = []
    const synced: number[] = []
    for (const step of readSegment(disk, { file: file!, sequence: 1, groupId: 0, startOffset: segmentHeaderBytes, endOffset: null })) {
      if (step.kind !== "record" || step.record.kind !== "batch") continue
      offsets.push(step.record.offset)
      synced.push(step.record.syncedBytes)
    }
    expect(offsets).toHaveLength(4)
    // The third was sealed while the second was under way.
    expect(synced).toEqual([0, offsets[1], offsets[1], offsets[3]])
  })

  it("begins a segment only when nothing else is in flight, and lets nothing follow until it is durable", () => {
    const disk = new MemoryDisk()
    const store = open(disk, overlapping)
    append(store, { number: 1, hardState: hard(1), entries: [command(1, 1, "x".repeat(400))] })
    const first = nextLogRequest(store)!
    append(store, { number: 2, hardState: null, entries: [command(2, 1, "y".repeat(400))] })
    expect(nextLogRequest(store)).toBeNull()
    completeLogRequest(store, disk.perform(first))
    const second = nextLogRequest(store)!
    expect(kinds(second)).toEqual(["write", "sync", "syncDirectory", "write", "sync"])
    append(store, { number: 3, hardState: null, entries: [command(3, 1)] })
    expect(nextLogRequest(store)).toBeNull()
    completeLogRequest(store, disk.perform(second))
    run(store, disk)
    expect(recover(disk, identity).entries).toHaveLength(3)
  })

  it("writes all batches again, in order and one by one, from the one on that found no room", () => {
    const disk = new MemoryDisk()
    const store = open(disk, { segmentBytesMax: 1 << 20, zeroAheadBytes: 50_000, batchesInFlightMax: 3 })
    const entries = commands(1, 4, 1)
    const requests = entries.slice(0, 3).map((entry, i) => {
      append(store, { number: i + 1, hardState: i === 0 ? hard(1) : null, entries: [entry] })
      return nextLogRequest(store)!
    })
    completeLogRequest(store, disk.perform(requests[0]!))
    disk.failNext("write", "full")
    expect(completeLogRequest(store, disk.perform(requests[1]!))).toMatchObject({ kind: "full" })
    append(store, { number: 4, hardState: null, entries: [entries[3]!] })
    retryLog(store)
    // The third may still be at work: to write the second again now could put its zeros over the third.
    expect(nextLogRequest(store)).toBeNull()
    expect(completeLogRequest(store, disk.perform(requests[2]!))).toEqual({
      kind: "done",
      persisted: null,
      becameReady: false,
      recovered: false,
    })
    const again = nextLogRequest(store)!
    expect(again.operations).toEqual(requests[1]!.operations)
    expect(nextLogRequest(store)).toBeNull()
    expect(completeLogRequest(store, disk.perform(again))).toMatchObject({ persisted: 2, recovered: true })
    const third = nextLogRequest(store)!
    expect(third.operations).toEqual(requests[2]!.operations)
    expect(nextLogRequest(store)).toBeNull()
    expect(completeLogRequest(store, disk.perform(third))).toMatchObject({ persisted: 3, recovered: false })
    run(store, disk)
    disk.crash()
    expect(recover(disk, identity).entries).toHaveLength(4)
  })

  it("never confirms what is behind a failed sync", () => {
    const disk = new MemoryDisk()
    const store = open(disk, overlapping)
    append(store, { number: 1, hardState: hard(1), entries: [command(1, 1)] })
    const first = nextLogRequest(store)!
    append(store, { number: 2, hardState: null, entries: [command(2, 1)] })
    const second = nextLogRequest(store)!
    disk.failNext("sync", "failed")
    expect(completeLogRequest(store, disk.perform(first))).toMatchObject({ kind: "failed" })
    expect(completeLogRequest(store, disk.perform(second))).toMatchObject({ kind: "done", persisted: null })
    expect(store.status).toBe("failed")
    expect(nextLogRequest(store)).toBeNull()
  })

  it("writes a batch that was encoded together as one buffer behind the batch record", () => {
    const disk = new MemoryDisk()
    const store = open(disk)
    append(store, { number: 1, hardState: hard(1), entries: commands(1, 10, 1) })
    const [write] = nextLogRequest(store)!.operations
    expect(write).toMatchObject({ kind: "write" })
    expect(write?.kind === "write" && write.data.length).toBe(2)
  })

  it("replaces the tail where a later write begins at an index that is there already", () => {
    const disk = new MemoryDisk()
    const store = open(disk)
    append(store, { number: 1, hardState: hard(1), entries: commands(1, 6, 1) })
    append(store, { number: 2, hardState: hard(2), entries: commands(4, 5, 2) })
    run(store, disk)
    const { entries } = recover(disk, identity)
    expect(entries.map((entry) => [entry.index, entry.term])).toEqual([
      [1, 1],
      [2, 1],
      [3, 1],
      [4, 2],
      [5, 2],
    ])
  })

  it("segmentBytesMax: a batch that just fits goes into the segment, one that is a byte longer begins the next, and a longer one is not split", () => {
    const filesAfter = (commandBytes: number) => {
      const disk = new MemoryDisk()
      const store = open(disk)
      append(store, { number: 1, hardState: hard(1), entries: [command(1, 1, "x".repeat(commandBytes))] })
      run(store, disk)
      return disk
        .list()
        .filter((file) => file.endsWith(".wal"))
        .map((file) => disk.sizeBytes(file))
    }
    const [before] = filesAfter(0)
    const fits = small.segmentBytesMax - before!
    expect(filesAfter(fits - 1)).toEqual([small.segmentBytesMax - 1])
    expect(filesAfter(fits)).toEqual([small.segmentBytesMax])
    expect(filesAfter(fits + 1)).toHaveLength(2)
    expect(filesAfter(5000)[1]).toBeGreaterThan(5000)
  })

  it("zeroAheadBytes: a batch of up to an eighth of them that reaches the end of the file is followed by so many zeros, a longer one by none", () => {
    // A batch's own record and an entry's stand around the command.
    const around = 61 + 33
    const aheadAfter = (zeroAheadBytes: number, batchBytes: number) => {
      const disk = new MemoryDisk()
      const store = open(disk, { segmentBytesMax: 1 << 20, zeroAheadBytes, batchesInFlightMax: 1 })
      append(store, { number: 1, hardState: hard(1), entries: [command(1, 1, "x".repeat(batchBytes - around))] })
      run(store, disk)
      const { sizeBytes, fileBytes } = store.contents.segments[0]!
      expect(disk.sizeBytes(disk.list()[0]!)).toBe(fileBytes)
      return fileBytes - sizeBytes
    }
    expect([199, 200, 201].map((batchBytes) => aheadAfter(1600, batchBytes))).toEqual([1600, 1600, 0])
    expect(aheadAfter(0, 200)).toBe(0)
  })

  it("batchesInFlightMax: so many batches are under way, and what comes then waits for the first of them", () => {
    for (const batchesInFlightMax of [1, 2, 3]) {
      const disk = new MemoryDisk()
      const store = open(disk, { segmentBytesMax: 1 << 20, zeroAheadBytes: 0, batchesInFlightMax })
      const requests: DiskRequest[] = []
      for (let index = 1; index <= 4; index++) {
        append(store, { number: index, hardState: index === 1 ? hard(1) : null, entries: [command(index, 1)] })
        const request = nextLogRequest(store)
        if (request !== null) requests.push(request)
      }
      expect(requests).toHaveLength(batchesInFlightMax)
      expect(hasRoomForBatch(store)).toBe(false)
      completeLogRequest(store, disk.perform(requests[0]!))
      expect(nextLogRequest(store)).not.toBeNull()
      expect(nextLogRequest(store)).toBeNull()
    }
  })

  it("begins a new segment where the old one would grow too long, and goes on there after a restart", () => {
    const disk = new MemoryDisk()
    let store = open(disk)
    for (let index = 1; index <= 30; index++) {
      append(store, { number: index, hardState: index === 1 ? hard(1, 3) : null, entries: [command(index, 1)] })
      run(store, disk)
      if (index % 7 === 0) {
        disk.crash()
        store = open(disk)
      }
    }
    const segments = disk.list()
    expect(segments.length).toBeGreaterThan(3)
    for (const file of segments) expect(disk.sizeBytes(file)).toBeLessThanOrEqual(small.segmentBytesMax)
    disk.crash()
    const recovered = recover(disk, identity)
    expect(plain(recovered.entries)).toEqual(plain(commands(1, 30, 1)))
    expect(recovered.hardState.votedFor).toBe(3)
  })

  it("carries the commit index along, never beyond the log that is there", () => {
    const disk = new MemoryDisk()
    const store = open(disk)
    append(store, { number: 1, hardState: hard(1), entries: commands(1, 3, 1) })
    run(store, disk)
    noteCommitIndex(store, 2)
    expect(nextLogRequest(store)).toBeNull()
    append(store, { number: 2, hardState: null, entries: [command(4, 1)] })
    run(store, disk)
    expect(recover(disk, identity).hardState.commitIndex).toBe(2)
  })

  it("removes whole segments behind the kept tail, and what must survive them stands in those that stay", () => {
    const disk = new MemoryDisk()
    const store = open(disk)
    append(store, { number: 1, hardState: hard(7, 2), entries: [] })
    recordPeer(store, 3, standing("00000000000000b3"))
    for (let index = 1; index <= 40; index++) {
      append(store, { number: index + 1, hardState: null, entries: [command(index, 7)] })
      run(store, disk)
    }
    const before = disk.list().length
    planted(disk, 30, 7)
    compactLog(store, snapshotAt(30, 7), 25)
    run(store, disk)
    expect(disk.list().length).toBeLessThan(before)
    disk.crash()
    const recovered = recover(disk, identity)
    const first = recovered.entries[0]!.index
    expect(first).toBeLessThanOrEqual(25)
    expect(first).toBeGreaterThan(1)
    expect(recovered.entries.at(-1)!.index).toBe(40)
    expect(recovered.hardState).toMatchObject({ term: 7, votedFor: 2 })
    expect(recovered.peers.get(3)).toEqual(standing("00000000000000b3"))
    expect(recovered.snapshot).toEqual(snapshotAt(30, 7))
  })

  it("begins no segment beside a batch that is under way, also where an entry is longer once it is encoded", () => {
    const configuration: Entry = {
      index: 3,
      term: 1,
      kind: "configuration",
      data: new Uint8Array(0),
      configuration: bootstrap,
      encoded: null,
    }
    const begun: string[] = []
    for (let segmentBytesMax = 600; segmentBytesMax < 1100; segmentBytesMax += 10) {
      const disk = new MemoryDisk()
      const store = open(disk, { ...overlapping, segmentBytesMax })
      append(store, { number: 1, hardState: hard(1), entries: [command(1, 1, "x".repeat(100))] })
      run(store, disk)
      append(store, { number: 2, hardState: null, entries: [command(2, 1, "x".repeat(100))] })
      const first = nextLogRequest(store)!
      append(store, { number: 3, hardState: null, entries: [{ ...configuration }] })
      const second = nextLogRequest(store)
      begun.push(kinds(second).join(" "))
      // Power fails: all of the later batch is on the disk by chance, and nothing of the one before it.
      if (second !== null) disk.perform(second)
      expect(() => recover(disk, identity), `segments of ${segmentBytesMax} bytes`).not.toThrow()
      expect(first.operations[0]).toMatchObject({ kind: "write" })
    }
    expect(new Set(begun)).toEqual(new Set(["", "write sync"]))
  })

  it("removes old segments in the snapshot lane, beside the log's own request", () => {
    const disk = new MemoryDisk()
    const store = open(disk)
    for (let index = 1; index <= 20; index++) {
      append(store, { number: index, hardState: index === 1 ? hard(1) : null, entries: [command(index, 1)] })
      run(store, disk)
    }
    compactLog(store, snapshotAt(20, 1), 21)
    completeLogRequest(store, disk.perform(nextLogRequest(store)!))
    append(store, { number: 21, hardState: null, entries: [command(21, 1)] })
    const removal = nextLogRequest(store)!
    expect(removal.lane).toBe("snapshot")
    expect(new Set(kinds(removal))).toEqual(new Set(["remove", "syncDirectory"]))
    expect(nextLogRequest(store)!.lane).toBe("log")
  })

  it("starts anew behind a received snapshot", () => {
    const disk = new MemoryDisk()
    const store = open(disk)
    append(store, { number: 1, hardState: hard(2), entries: commands(1, 9, 2) })
    run(store, disk)
    planted(disk, 100, 2)
    restartLog(store, snapshotAt(100, 2))
    append(store, { number: 2, hardState: null, entries: [command(101, 2)] })
    run(store, disk)
    const recovered = recover(disk, identity)
    expect(recovered.entries.map((entry) => entry.index)).toEqual([101])
    expect(recovered.hardState.commitIndex).toBe(100)
    expect(recovered.snapshot).toEqual(snapshotAt(100, 2))
  })

  it("keeps its writes when the disk is full, tries the same bytes again when told, and says when there is room", () => {
    const disk = new MemoryDisk()
    const store = open(disk)
    append(store, { number: 1, hardState: hard(1), entries: [command(1, 1)] })
    disk.failNext("write", "full")
    const first = nextLogRequest(store)!
    expect(completeLogRequest(store, disk.perform(first))).toEqual({ kind: "full", message: "write: no space left on device" })
    append(store, { number: 2, hardState: null, entries: [command(2, 1)] })
    expect(store.status).toBe("full")
    expect(nextLogRequest(store)).toBeNull()
    retryLog(store)
    const again = nextLogRequest(store)!
    expect(again.id).not.toBe(first.id)
    expect(again.operations).toEqual(first.operations)
    expect(completeLogRequest(store, disk.perform(again))).toEqual({ kind: "done", persisted: 1, becameReady: false, recovered: true })
    expect(run(store, disk)).toEqual([{ kind: "done", persisted: 2, becameReady: false, recovered: false }])
  })

  it("fails for good after a failed sync, also if the disk calls it full", () => {
    for (const code of ["full", "failed"] as const) {
      const disk = new MemoryDisk()
      const store = open(disk)
      append(store, { number: 1, hardState: hard(1), entries: [] })
      disk.failNext("sync", code)
      expect(run(store, disk)).toEqual([{ kind: "failed", message: expect.stringMatching(/^sync: /) as string }])
      retryLog(store)
      append(store, { number: 2, hardState: hard(2), entries: [] })
      expect(nextLogRequest(store)).toBeNull()
      expect(store.status).toBe("failed")
    }
  })

  it("refuses a gap, a term that goes back, and a compaction beyond the snapshot", () => {
    const store = open(new MemoryDisk())
    append(store, { number: 1, hardState: hard(5), entries: commands(1, 3, 5) })
    expect(() => append(store, { number: 2, hardState: null, entries: [command(5, 5)] })).toThrow("leave a gap")
    expect(() => append(store, { number: 2, hardState: hard(4), entries: [] })).toThrow("went backwards")
    expect(() => append(store, { number: 2, hardState: null, entries: [command(4, 6)] })).toThrow("newer than the term on disk")
    expect(() => compactLog(store, snapshotAt(2, 5), 4)).toThrow("no snapshot covers")
  })

  it("clones to an independent store with the same hash", () => {
    const disk = new MemoryDisk()
    const store = open(disk)
    append(store, { number: 1, hardState: hard(1), entries: commands(1, 3, 1) })
    const request = nextLogRequest(store)!
    const copy = cloneLogStore(store)
    expect(hashLogStore(copy)).toBe(hashLogStore(store))
    completeLogRequest(store, disk.perform(request))
    expect(hashLogStore(copy)).not.toBe(hashLogStore(store))
    completeLogRequest(copy, { id: request.id, ok: true, data: null, durationMs: 1 })
    expect(hashLogStore(copy)).toBe(hashLogStore(store))
  })

  it("writes zeros ahead of the log, which are no records", () => {
    const disk = new MemoryDisk()
    const store = open(disk, { segmentBytesMax: 1 << 20, zeroAheadBytes: 100_000, batchesInFlightMax: 2 })
    append(store, { number: 1, hardState: hard(1), entries: commands(1, 3, 1) })
    run(store, disk)
    const [file] = disk.list()
    expect(disk.sizeBytes(file!)).toBeGreaterThan(100_000)
    const recovered = recover(disk, identity)
    expect(recovered.entries).toHaveLength(3)
    expect(recovered.notices).toEqual([])
    const sizeBefore = disk.sizeBytes(file!)
    const again = open(disk, { segmentBytesMax: 1 << 20, zeroAheadBytes: 100_000, batchesInFlightMax: 2 })
    append(again, { number: 1, hardState: null, entries: [command(4, 1)] })
    run(again, disk)
    expect(disk.sizeBytes(file!)).toBe(sizeBefore)
    expect(recover(disk, identity).entries).toHaveLength(4)
  })
})

/** A snapshot file as the snapshot store would leave it, made by hand in `snapshot-store.test.ts`'s stead. */
function planted(disk: MemoryDisk, lastIndex: number, lastTerm: number): void {
  const store = createSnapshotStore(identity, null)
  beginSnapshot(store, snapshotAt(lastIndex, lastTerm))
  addSnapshotChunk(store, Uint8Array.of(1, 2, 3))
  finishSnapshot(store)
  for (let request = nextSnapshotRequest(store); request !== null; request = nextSnapshotRequest(store)) {
    completeSnapshotRequest(store, disk.perform(request))
  }
}
