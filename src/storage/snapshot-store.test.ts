import { crc32 as zlibCrc32 } from "node:zlib"
import { describe, expect, it } from "vitest"
import type { Configuration } from "../core/index.ts"
import { installCrc32, tableCrc32 } from "../wire/index.ts"
import type { DiskOperation, DiskRequest, StorageIdentity } from "./disk.ts"
import { MemoryDisk } from "./memory-disk.ts"
import { snapshotChunks, verifySnapshot } from "./snapshot-choice.ts"
import { createSnapshotParser, parseSnapshot } from "./snapshot-file.ts"
import { completeSnapshotRequest, nextSnapshotRequest } from "./snapshot-requests.ts"
import {
  abandonReceived,
  abandonSnapshot,
  addSnapshotChunk,
  beginRestore,
  beginSnapshot,
  cloneSnapshotStore,
  continueRestore,
  createSnapshotStore,
  defaultSnapshotLimits,
  finishSnapshot,
  hashSnapshotStore,
  isSuperfluous,
  noteCorruptSnapshot,
  pinSnapshot,
  readSnapshot,
  receiveSnapshotPiece,
  unpinSnapshot,
  wantsSnapshotChunk,
  type SnapshotLimits,
  type SnapshotProgress,
  type SnapshotStore,
  type StoredSnapshot,
} from "./snapshot-store.ts"

const identity: StorageIdentity = { clusterId: "00000000000000c1", groupId: 0, nodeId: 1, incarnation: "00000000000000a1" }
const other: StorageIdentity = { ...identity, nodeId: 2, incarnation: "00000000000000b2" }
const configuration: Configuration = {
  index: 3,
  voters: [1, 2],
  votersOutgoing: [],
  learners: [],
  promoting: [],
  learnersNext: [],
  members: [1, 2].map((id) => ({ id, name: "", peerAddress: `127.0.0.1:${id}`, clientAddress: "" })),
  highestId: 2,
}
const limits: SnapshotLimits = { requestBytesMax: 256, pieceBytesMax: 10_000, chunkBytesMax: 10_000, pendingBytesMax: 1000 }

function metaAt(lastIndex: number) {
  return { lastIndex, lastTerm: 2, configuration }
}

/** Chunks of many lengths: none, one byte, longer than a request. */
const chunks = [0, 1, 100, 700, 256, 255, 2000].map((length, i) => new Uint8Array(length).fill(i + 1))

function run(store: SnapshotStore, disk: MemoryDisk, requests: DiskRequest[] = []): SnapshotProgress[] {
  const progress: SnapshotProgress[] = []
  for (let request = nextSnapshotRequest(store); request !== null; request = nextSnapshotRequest(store)) {
    requests.push(request)
    const one = completeSnapshotRequest(store, disk.perform(request))
    if (one !== null) progress.push(one)
  }
  return progress
}

/** Takes a whole snapshot as a replica does: a chunk whenever there is room. */
function take(store: SnapshotStore, disk: MemoryDisk, lastIndex: number, requests: DiskRequest[] = []): StoredSnapshot {
  beginSnapshot(store, metaAt(lastIndex))
  const progress: SnapshotProgress[] = []
  for (const chunk of chunks) {
    while (!wantsSnapshotChunk(store)) progress.push(...run(store, disk, requests))
    addSnapshotChunk(store, chunk)
  }
  finishSnapshot(store)
  progress.push(...run(store, disk, requests))
  expect(progress).toEqual([{ kind: "stored", origin: "taken", snapshot: store.latest }])
  return store.latest!
}

function fileOf(disk: MemoryDisk, snapshot: StoredSnapshot): Uint8Array {
  return disk.read(snapshot.file, 0, snapshot.sizeBytes)
}

function* pieces(snapshot: StoredSnapshot, bytes: Uint8Array, lengthBytes: number, from = 0) {
  const { meta, sizeBytes, checksum } = snapshot
  for (let offset = from; offset < bytes.length; offset += lengthBytes) {
    yield { snapshot: meta, sizeBytes, checksum, offset, data: bytes.slice(offset, offset + lengthBytes) }
  }
}

/** What a state machine gets back, at run time. */
function restoreAll(store: SnapshotStore, disk: MemoryDisk): Uint8Array[] {
  const restored: Uint8Array[] = []
  beginRestore(store)
  for (let isDone = false; !isDone; continueRestore(store)) {
    for (const progress of run(store, disk)) {
      if (progress.kind !== "restored") throw new Error(`a restore, and the store says ${progress.kind}`)
      restored.push(...progress.chunks)
      isDone = progress.done
    }
  }
  return restored
}

function joinedBytes(...parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]))
}

function sameBytes(list: readonly Uint8Array[]): string[] {
  return list.map((bytes) => [...bytes].join())
}

describe("taking a snapshot", () => {
  it("gives back the same chunks with the same borders, also after a crash", () => {
    const disk = new MemoryDisk()
    const store = createSnapshotStore(identity, null, limits)
    const stored = take(store, disk, 10)
    disk.crash()
    expect(disk.list()).toEqual([stored.file])
    expect(stored.file).toBe("snapshot-00000000000000000010-00000000000000000002.snap")
    expect(verifySnapshot(disk, stored.file, identity)).toEqual(stored)
    expect(sameBytes([...snapshotChunks(disk, stored)])).toEqual(sameBytes(chunks))
  })

  it("pieceBytesMax: a longer chunk stands in the file in pieces, and comes back as one to every reader", () => {
    for (const [pieceBytesMax, pieceCount] of [
      [2000, 7],
      [1999, 8],
      [2001, 7],
      [100, 36],
      [7, 477],
    ] as const) {
      const small = { ...limits, pieceBytesMax }
      const disk = new MemoryDisk()
      const stored = take(createSnapshotStore(identity, null, small), disk, 10)
      const bytes = fileOf(disk, stored)
      expect(new DataView(bytes.buffer, bytes.byteOffset + bytes.length - 12).getUint32(0, true), `${pieceBytesMax}`).toBe(pieceCount)
      disk.crash()
      expect(verifySnapshot(disk, stored.file, identity)).toEqual(stored)
      expect(sameBytes([...snapshotChunks(disk, stored)])).toEqual(sameBytes(chunks))
      for (const lengthBytes of [17, 99, 10_000]) {
        const receiver = createSnapshotStore(other, null, small)
        const own = new MemoryDisk()
        for (const piece of pieces(stored, bytes, lengthBytes)) {
          expect(receiveSnapshotPiece(receiver, piece).damaged).toBeNull()
          run(receiver, own)
        }
        expect(sameBytes(restoreAll(receiver, own))).toEqual(sameBytes(chunks))
      }
    }
  })

  it("pieceBytesMax: a chunk of more than 64 MiB is written and read with the limits that every server has", () => {
    installCrc32(zlibCrc32)
    const disk = new MemoryDisk()
    // In one request, because the disk of these tests copies the whole file each time.
    const store = createSnapshotStore(identity, null, { ...defaultSnapshotLimits, requestBytesMax: 128 << 20 })
    beginSnapshot(store, metaAt(10))
    const long = new Uint8Array((64 << 20) + 1)
    long[64 << 20] = 7
    for (const chunk of [long, new Uint8Array([9])]) addSnapshotChunk(store, chunk)
    finishSnapshot(store)
    run(store, disk)
    const [first, second] = [...snapshotChunks(disk, store.latest!)]
    expect([first!.length, first![64 << 20], [...second!]]).toEqual([(64 << 20) + 1, 7, [9]])
    installCrc32(tableCrc32)
  })

  it("chunkBytesMax: a piece of as many bytes is read, one of more is taken for damaged", () => {
    const disk = new MemoryDisk()
    const bytes = fileOf(disk, take(createSnapshotStore(identity, null, limits), disk, 10))
    const parse = (chunkBytesMax: number) => parseSnapshot(createSnapshotParser(), bytes, chunkBytesMax).length
    expect(parse(2001)).toBe(chunks.length)
    expect(parse(2000)).toBe(chunks.length)
    expect(() => parse(1999)).toThrow("a chunk of 2000 bytes; at most 1999 are allowed")
  })

  it("does not take a snapshot for whole that ends behind a piece which goes on", () => {
    const disk = new MemoryDisk()
    const stored = take(createSnapshotStore(identity, null, { ...limits, pieceBytesMax: 1500 }), disk, 10)
    const bytes = fileOf(disk, stored)
    const lastPiece = stored.sizeBytes - 28 - 508
    expect(() => parseSnapshot(createSnapshotParser(), joinedBytes(bytes.subarray(0, lastPiece), bytes.subarray(-28)), 1500)).toThrow(
      "the snapshot ends in the middle of a chunk",
    )
  })

  it("requestBytesMax: writes in requests of limited size, and syncs, renames, syncs the folder, in this order, at the end", () => {
    const requests: DiskRequest[] = []
    const disk = new MemoryDisk()
    take(createSnapshotStore(identity, null, limits), disk, 10, requests)
    const operations: DiskOperation[] = requests.flatMap((request) => request.operations)
    for (const operation of operations) {
      const length = operation.kind === "write" ? operation.data.reduce((sum, bytes) => sum + bytes.length, 0) : 0
      expect(length).toBeLessThanOrEqual(limits.requestBytesMax)
    }
    expect(operations.slice(-3).map((operation) => operation.kind)).toEqual(["sync", "rename", "syncDirectory"])
    expect(requests.every((request) => request.lane === "snapshot" && request.id % 2 === 0)).toBe(true)
  })

  it("wants no chunk while enough waits to be written", () => {
    const store = createSnapshotStore(identity, null, limits)
    expect(wantsSnapshotChunk(store)).toBe(false)
    beginSnapshot(store, metaAt(1))
    expect(wantsSnapshotChunk(store)).toBe(true)
    addSnapshotChunk(store, new Uint8Array(limits.requestBytesMax))
    expect(wantsSnapshotChunk(store)).toBe(false)
  })

  it("leaves the last good one alone when it is interrupted, at whichever operation", () => {
    const base = new MemoryDisk()
    const first = createSnapshotStore(identity, null, limits)
    const good = take(first, base, 10)
    const requests: DiskRequest[] = []
    take(cloneSnapshotStore(first), base.clone(), 20, requests)
    const operations = requests.flatMap((request) => request.operations)
    for (let count = 0; count <= operations.length; count++) {
      const disk = base.clone()
      disk.perform({ id: 0, lane: "snapshot", operations: operations.slice(0, count) })
      disk.crash(() => true)
      const snapshots = disk.list().filter((file) => file.endsWith(".snap"))
      expect(snapshots.length).toBeGreaterThan(0)
      for (const file of snapshots) expect(verifySnapshot(disk, file, identity)).not.toBeInstanceOf(Error)
      if (snapshots.length === 1 && count < operations.length - 2) expect(snapshots).toEqual([good.file])
    }
  })

  it("removes the older one once the newer one is durable", () => {
    const disk = new MemoryDisk()
    const store = createSnapshotStore(identity, null, limits)
    take(store, disk, 10)
    const second = take(store, disk, 20)
    expect(disk.list()).toEqual([second.file])
  })

  it("that turns out not to be needed leaves the newest one corrupt, if it was", () => {
    const [store, disk] = [createSnapshotStore(identity, null, limits), new MemoryDisk()]
    for (const index of [10, 9]) {
      beginSnapshot(store, metaAt(index))
      finishSnapshot(store)
      // The second one is still to be written when the first is found out.
      if (index === 10) run(store, disk)
    }
    noteCorruptSnapshot(store, store.latest!)
    run(store, disk)
    expect(store.latest!.meta.lastIndex).toBe(10)
    expect(store.isLatestCorrupt).toBe(true)
  })

  it("takes the place of a corrupt one that is as new, under the same name, and an older one does not", () => {
    const disk = new MemoryDisk()
    const store = createSnapshotStore(identity, null, limits)
    const stored = take(store, disk, 10)
    disk.put(stored.file, fileOf(disk, stored).fill(7, 20, 30))
    expect(verifySnapshot(disk, stored.file, identity)).toBeInstanceOf(Error)
    noteCorruptSnapshot(store, stored)
    expect([9, 10].map((lastIndex) => isSuperfluous(store, lastIndex))).toEqual([true, false])
    const again = take(store, disk, 10)
    expect(disk.list()).toEqual([stored.file])
    expect(verifySnapshot(disk, again.file, identity)).toEqual(again)
    expect(store.isLatestCorrupt).toBe(false)
    expect(isSuperfluous(store, 10)).toBe(true)
  })

  it("gives up when the disk is full, keeps the last good one, and can begin again", () => {
    const disk = new MemoryDisk()
    const store = createSnapshotStore(identity, null, limits)
    const good = take(store, disk, 10)
    beginSnapshot(store, metaAt(20))
    disk.failNext("write", "full")
    expect(run(store, disk)).toEqual([{ kind: "full", origin: "taken", message: "write: no space left on device" }])
    expect(store.taking).toBeNull()
    expect(store.latest).toEqual(good)
    expect(disk.list()).toEqual([good.file])
    take(store, disk, 21)
  })

  it("fails for good when a sync fails", () => {
    const disk = new MemoryDisk()
    const store = createSnapshotStore(identity, null, limits)
    beginSnapshot(store, metaAt(1))
    finishSnapshot(store)
    disk.failNext("sync", "full")
    expect(run(store, disk)).toMatchObject([{ kind: "failed" }])
    expect(nextSnapshotRequest(store)).toBeNull()
  })

  it("can be given up in the middle, also while a request is under way", () => {
    const disk = new MemoryDisk()
    const store = createSnapshotStore(identity, null, limits)
    beginSnapshot(store, metaAt(1))
    addSnapshotChunk(store, new Uint8Array(1000))
    const request = nextSnapshotRequest(store)!
    abandonSnapshot(store)
    expect(completeSnapshotRequest(store, disk.perform(request))).toBeNull()
    expect(disk.list()).toHaveLength(1)
    expect(run(store, disk)).toEqual([])
    expect(disk.list()).toEqual([])
    take(store, disk, 2)
  })
})

describe("receiving a snapshot", () => {
  const source = new MemoryDisk()
  const sent = take(createSnapshotStore(other, null, limits), source, 30)
  const bytes = fileOf(source, sent)

  it("stores the sender's bytes, whatever the pieces, and can restore from them", () => {
    for (const lengthBytes of [1, 7, 300, bytes.length]) {
      const disk = new MemoryDisk()
      const store = createSnapshotStore(identity, null, limits)
      const progress: SnapshotProgress[] = []
      for (const piece of pieces(sent, bytes, lengthBytes)) {
        expect(receiveSnapshotPiece(store, piece)).toEqual({ nextOffset: piece.offset + piece.data.length, damaged: null })
        progress.push(...run(store, disk))
      }
      expect(progress).toEqual([{ kind: "stored", origin: "received", snapshot: sent }])
      disk.crash()
      expect(sameBytes([...snapshotChunks(disk, store.latest!)])).toEqual(sameBytes(chunks))
    }
  })

  it("keeps nothing of the buffer that a piece comes in, be it one of Node's", () => {
    const disk = new MemoryDisk()
    const store = createSnapshotStore(identity, null, limits)
    const parser = createSnapshotParser()
    const parsed: Uint8Array[] = []
    const buffer = Buffer.alloc(100)
    for (const piece of pieces(sent, bytes, buffer.length)) {
      const data = buffer.subarray(0, piece.data.length)
      data.set(piece.data)
      receiveSnapshotPiece(store, { ...piece, data })
      parsed.push(...parseSnapshot(parser, data, limits.chunkBytesMax).map((chunk) => Uint8Array.from(chunk)))
      buffer.fill(0xee)
      run(store, disk)
    }
    expect(sameBytes([...snapshotChunks(disk, store.latest!)])).toEqual(sameBytes(chunks))
    expect(sameBytes(parsed)).toEqual(sameBytes(chunks))
  })

  it("resumes where it stopped: pieces that do not continue are dropped", () => {
    const disk = new MemoryDisk()
    const store = createSnapshotStore(identity, null, limits)
    const [first, second, third] = [...pieces(sent, bytes, 100)]
    expect(receiveSnapshotPiece(store, second!).nextOffset).toBe(0)
    expect(receiveSnapshotPiece(store, first!).nextOffset).toBe(100)
    expect(receiveSnapshotPiece(store, third!).nextOffset).toBe(100)
    expect(receiveSnapshotPiece(store, first!).nextOffset).toBe(100)
    for (const piece of pieces(sent, bytes, 100, 100)) {
      receiveSnapshotPiece(store, piece)
      run(store, disk)
    }
    expect(store.latest).toEqual(sent)
    expect(receiveSnapshotPiece(store, first!).nextOffset).toBe(sent.sizeBytes)
  })

  it("pendingBytesMax: drops pieces once as many bytes wait to be written", () => {
    const store = createSnapshotStore(identity, null, limits)
    let held = 0
    for (const piece of pieces(sent, bytes, 300)) held = receiveSnapshotPiece(store, piece).nextOffset
    expect(held).toBe(1200)
    run(store, new MemoryDisk())
    const [next] = pieces(sent, bytes, 300, held)
    expect(receiveSnapshotPiece(store, next!).nextOffset).toBe(1500)
    const heldWith = (pendingBytesMax: number) => {
      const other = createSnapshotStore(identity, null, { ...limits, pendingBytesMax })
      return [...pieces(sent, bytes, 300)].map((piece) => receiveSnapshotPiece(other, piece).nextOffset).at(-1)
    }
    expect([heldWith(899), heldWith(900), heldWith(901)]).toEqual([900, 900, 1200])
  })

  it("throws away what has one flipped bit, wherever it is, in words", () => {
    for (let at = 0; at < bytes.length; at += 3) {
      const copy = bytes.slice()
      copy[at] = copy[at]! ^ (1 << (at % 8))
      const store = createSnapshotStore(identity, null, { ...limits, pendingBytesMax: 1e9 })
      const results = [...pieces(sent, copy, 500)].map((piece) => receiveSnapshotPiece(store, piece))
      const damage = results.find((result) => result.damaged !== null)
      expect(damage?.nextOffset, `byte ${at}`).toBe(0)
      expect(damage!.damaged!.length).toBeGreaterThan(10)
      const disk = new MemoryDisk()
      run(store, disk)
      expect(store.latest).toBeNull()
      expect(disk.list().filter((file) => file.endsWith(".snap"))).toEqual([])
    }
  })

  it("refuses a snapshot of another cluster, or another one than was announced", () => {
    const foreign = createSnapshotStore({ ...identity, clusterId: "00000000000000ff" }, null, { ...limits, pendingBytesMax: 1e9 })
    const [whole] = pieces(sent, bytes, bytes.length)
    expect(receiveSnapshotPiece(foreign, whole!).damaged).toContain("cluster 00000000000000c1")
    const store = createSnapshotStore(identity, null, limits)
    expect(receiveSnapshotPiece(store, { ...whole!, snapshot: metaAt(31) }).damaged).toContain("announced as 31")
    expect(receiveSnapshotPiece(store, { ...whole!, checksum: 1 }).damaged).toContain("checksum")
    expect(receiveSnapshotPiece(store, { ...whole!, sizeBytes: bytes.length + 1 }).damaged).toContain("end")
    expect(receiveSnapshotPiece(store, { ...whole!, sizeBytes: bytes.length - 1 }).damaged).toContain("announced")
  })

  it("lets a newer snapshot replace an unfinished one, and an older one not", () => {
    const disk = new MemoryDisk()
    const store = createSnapshotStore(identity, null, limits)
    const newer = take(createSnapshotStore(other, null, limits), source, 40)
    const newerBytes = fileOf(source, newer)
    receiveSnapshotPiece(store, [...pieces(sent, bytes, 100)][0]!)
    run(store, disk)
    expect(receiveSnapshotPiece(store, [...pieces(newer, newerBytes, 100)][0]!).nextOffset).toBe(100)
    expect(receiveSnapshotPiece(store, [...pieces(sent, bytes, 100)][0]!).nextOffset).toBe(0)
    for (const piece of pieces(newer, newerBytes, 100, 100)) {
      receiveSnapshotPiece(store, piece)
      run(store, disk)
    }
    expect(store.latest).toEqual(newer)
    expect(disk.list()).toEqual([newer.file])
  })

  it("does not replace a newer one that was taken meanwhile, and can be given up", () => {
    const disk = new MemoryDisk()
    const store = createSnapshotStore(identity, null, limits)
    const [first, ...rest] = [...pieces(sent, bytes, 1000)]
    receiveSnapshotPiece(store, first!)
    run(store, disk)
    for (const piece of rest.slice(0, -1)) {
      receiveSnapshotPiece(store, piece)
      run(store, disk)
    }
    beginSnapshot(store, metaAt(35))
    receiveSnapshotPiece(store, rest.at(-1)!)
    finishSnapshot(store)
    const progress = run(store, disk)
    expect(progress.map((one) => one.kind === "stored" && [one.origin, one.snapshot.meta.lastIndex])).toEqual([
      ["received", 30],
      ["taken", 35],
    ])
    expect(disk.list()).toEqual([store.latest!.file])
    expect(store.latest!.meta.lastIndex).toBe(35)
    const newer = take(createSnapshotStore(other, null, limits), source, 50)
    receiveSnapshotPiece(store, [...pieces(newer, fileOf(source, newer), 100)][0]!)
    abandonReceived(store)
    run(store, disk)
    expect(disk.list()).toEqual([store.latest!.file])
  })
})

describe("reading a snapshot", () => {
  it("sends raw bytes, and keeps the file as long as it is pinned", () => {
    const disk = new MemoryDisk()
    const store = createSnapshotStore(identity, null, limits)
    const first = take(store, disk, 10)
    const bytes = fileOf(disk, first)
    pinSnapshot(store, first)
    pinSnapshot(store, first)
    const second = take(store, disk, 20)
    expect(disk.list()).toEqual([first.file, second.file])
    readSnapshot(store, first, 7, 100, 50)
    readSnapshot(store, first, 8, first.sizeBytes - 10, 50)
    expect(run(store, disk)).toEqual([
      { kind: "read", readId: 7, offset: 100, data: bytes.slice(100, 150) },
      { kind: "read", readId: 8, offset: first.sizeBytes - 10, data: bytes.slice(-10) },
    ])
    unpinSnapshot(store, first)
    run(store, disk)
    expect(disk.list()).toHaveLength(2)
    unpinSnapshot(store, first)
    run(store, disk)
    expect(disk.list()).toEqual([second.file])
    expect(() => unpinSnapshot(store, first)).toThrow("nobody had pinned")
  })

  it("restores step by step, only as fast as it is asked to", () => {
    const disk = new MemoryDisk()
    const store = createSnapshotStore(identity, null, limits)
    take(store, disk, 10)
    beginRestore(store)
    const received: Uint8Array[] = []
    for (let rounds = 0; ; rounds++) {
      expect(rounds).toBeLessThan(100)
      const progress = run(store, disk)
      expect(progress).toHaveLength(1)
      const [one] = progress
      if (one?.kind !== "restored") throw new Error("no chunks")
      received.push(...one.chunks)
      if (one.done) break
      continueRestore(store)
    }
    expect(sameBytes(received)).toEqual(sameBytes(chunks))
    expect(store.pins.size).toBe(0)
  })

  it("begins a restore anew on the newest when asked again", () => {
    const disk = new MemoryDisk()
    const store = createSnapshotStore(identity, null, limits)
    take(store, disk, 10)
    beginRestore(store)
    const old = nextSnapshotRequest(store)!
    beginRestore(store)
    expect(completeSnapshotRequest(store, disk.perform(old))).not.toMatchObject({ kind: "failed" })
    expect(store.pins.size).toBe(1)
  })

  it("fails in words if the file was damaged since", () => {
    const disk = new MemoryDisk()
    const store = createSnapshotStore(identity, null, limits)
    const { file, sizeBytes } = take(store, disk, 10)
    const bytes = disk.read(file, 0, sizeBytes)
    bytes[bytes.length - 60] = 0x77
    disk.put(file, bytes)
    beginRestore(store)
    const progress: SnapshotProgress[] = []
    while (progress.at(-1)?.kind !== "failed" && progress.length < 50) {
      progress.push(...run(store, disk))
      continueRestore(store)
    }
    expect(progress.at(-1)).toMatchObject({ kind: "failed", message: expect.stringContaining("damaged since it was written") as string })
  })
})

describe("a snapshot store", () => {
  it("clones to an independent store with the same hash", () => {
    const disk = new MemoryDisk()
    const store = createSnapshotStore(identity, null, limits)
    beginSnapshot(store, metaAt(5))
    addSnapshotChunk(store, Uint8Array.of(1, 2, 3))
    const copy = cloneSnapshotStore(store)
    expect(hashSnapshotStore(copy)).toBe(hashSnapshotStore(store))
    finishSnapshot(store)
    run(store, disk)
    expect(hashSnapshotStore(copy)).not.toBe(hashSnapshotStore(store))
    finishSnapshot(copy)
    run(copy, new MemoryDisk())
    expect(copy.latest).toEqual(store.latest)
    expect(hashSnapshotStore(copy)).toBe(hashSnapshotStore(store))
  })
})
