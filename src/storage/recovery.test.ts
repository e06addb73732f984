import { describe, expect, it } from "vitest"
import type { Configuration, Entry, HardState } from "../core/index.ts"
import type { PeerStanding } from "../wire/index.ts"
import type { StorageIdentity } from "./disk.ts"
import { latestFile } from "./log-latest.ts"
import { append, compactLog, completeLogRequest, createLogStore, nextLogRequest, recordPeer, type LogStore } from "./log-store.ts"
import { MemoryDisk } from "./memory-disk.ts"
import { RecoveryError } from "./recovery-error.ts"
import { recover, type Recovered } from "./recovery.ts"
import { encodeSegmentHeader, segmentFile } from "./segment.ts"
import { completeSnapshotRequest, nextSnapshotRequest } from "./snapshot-requests.ts"
import { addSnapshotChunk, beginSnapshot, createSnapshotStore, finishSnapshot } from "./snapshot-store.ts"

const identity: StorageIdentity = { clusterId: "00000000000000c1", groupId: 0, nodeId: 1, incarnation: "00000000000000a1" }

function standing(incarnation: string): PeerStanding {
  return { incarnation, life: 1, nonce: 7, isCondemned: false }
}
const bootstrap: Configuration = {
  index: 0,
  voters: [1],
  votersOutgoing: [],
  learners: [],
  promoting: [],
  learnersNext: [],
  members: [{ id: 1, name: "one", peerAddress: "127.0.0.1:2380", clientAddress: "127.0.0.1:2379" }],
  highestId: 1,
}
const limits = { segmentBytesMax: 900, zeroAheadBytes: 0, batchesInFlightMax: 2 }

function command(index: number, term: number, text = `set ${index} in ${term}`): Entry {
  const data = Uint8Array.from(text, (character) => character.charCodeAt(0))
  return { index, term, kind: "command", data, configuration: null, encoded: null }
}

function snapshotAt(lastIndex: number, lastTerm: number) {
  return { lastIndex, lastTerm, configuration: { ...bootstrap, index: lastIndex } }
}

function storeSnapshot(disk: MemoryDisk, lastIndex: number, lastTerm: number): string {
  const store = createSnapshotStore(identity, null)
  beginSnapshot(store, snapshotAt(lastIndex, lastTerm))
  addSnapshotChunk(
    store,
    Uint8Array.from({ length: 300 }, (_, i) => i),
  )
  finishSnapshot(store)
  for (let request = nextSnapshotRequest(store); request !== null; request = nextSnapshotRequest(store)) {
    completeSnapshotRequest(store, disk.perform(request))
  }
  return store.latest!.file
}

function open(disk: MemoryDisk): LogStore {
  const store = createLogStore(identity, recover(disk, identity), bootstrap, limits)
  run(store, disk)
  return store
}

function run(store: LogStore, disk: MemoryDisk): void {
  for (let request = nextLogRequest(store); request !== null; request = nextLogRequest(store)) {
    const progress = completeLogRequest(store, disk.perform(request))
    expect(progress.kind).toBe("done")
  }
}

/** Several segments: votes without entries, entries, a replaced tail, a peer. */
function logOfSeveralSegments(): { readonly disk: MemoryDisk; readonly store: LogStore } {
  const disk = new MemoryDisk()
  const store = open(disk)
  let number = 0
  const write = (hardState: HardState | null, entries: Entry[]): void => {
    append(store, { number: ++number, hardState, entries })
    run(store, disk)
  }
  write({ term: 1, votedFor: 1, commitIndex: 0 }, [])
  for (let index = 1; index <= 12; index += 2) write(null, [command(index, 1), command(index + 1, 1)])
  write({ term: 2, votedFor: null, commitIndex: 5 }, [command(10, 2), command(11, 2)])
  recordPeer(store, 2, standing("00000000000000b2"))
  write({ term: 3, votedFor: 1, commitIndex: 10 }, [command(12, 3)])
  for (let index = 13; index <= 18; index++) write(null, [command(index, 3)])
  write({ term: 4, votedFor: 2, commitIndex: 17 }, [])
  return { disk, store }
}

interface Digest {
  readonly term: number
  readonly votedFor: number | null
  readonly entries: readonly string[]
}

function digest(hardState: HardState, entries: readonly Entry[]): Digest {
  const texts = entries.map((entry) => `${entry.index}.${entry.term} ${String.fromCharCode(...entry.data)}`)
  return { term: hardState.term, votedFor: hardState.votedFor, entries: texts }
}

function digestOf(recovered: Recovered): Digest {
  return digest(recovered.hardState, recovered.entries)
}

function refusal(disk: MemoryDisk): RecoveryError | null {
  try {
    recover(disk, identity)
    return null
  } catch (error) {
    if (error instanceof RecoveryError) return error
    throw error
  }
}

function flipped(bytes: Uint8Array, at: number, bit: number): Uint8Array {
  const copy = bytes.slice()
  copy[at] = copy[at]! ^ (1 << bit)
  return copy
}

describe("recovery of a log that was synced", () => {
  it("refuses every flipped bit, naming a segment and a byte", () => {
    const { disk } = logOfSeveralSegments()
    const files = disk.list().filter((file) => file.endsWith(".wal"))
    expect(files.length).toBeGreaterThan(2)
    for (const file of files) {
      const bytes = disk.read(file, 0, disk.sizeBytes(file))
      for (let at = 0; at < bytes.length; at++) {
        const damaged = disk.clone()
        damaged.put(file, flipped(bytes, at, at % 8))
        const error = refusal(damaged)
        expect(error, `${file}, byte ${at}`).not.toBeNull()
        expect(files).toContain(error!.file)
        expect(error!.message).toMatch(/\.wal/)
      }
    }
  })

  it("refuses a segment that was cut anywhere, unless it is the last: of that it keeps a prefix that was written once, and says what it cut", () => {
    const { disk } = logOfSeveralSegments()
    const files = disk.list().filter((file) => file.endsWith(".wal"))
    const states = statesOf(disk)
    for (const file of files) {
      const bytes = disk.read(file, 0, disk.sizeBytes(file))
      for (let length = 0; length < bytes.length; length++) {
        const cut = disk.clone()
        cut.put(file, bytes.slice(0, length))
        if (file !== files.at(-1)) {
          expect(refusal(cut), `${file} cut at ${length}`).not.toBeNull()
          continue
        }
        // With less than its header it looks as if it had never been begun, but a note beside the log says otherwise.
        if (length < 72) {
          expect(refusal(cut)?.message, `${file} cut at ${length}`).toContain("this segment is missing")
          continue
        }
        const recovered = recover(cut, identity)
        expect(states).toContainEqual(digestOf(recovered))
        expect(recovered.notices.length).toBeLessThanOrEqual(1)
        // What is repaired stays repaired.
        open(cut)
        const again = recover(cut, identity)
        expect(digestOf(again)).toEqual(digestOf(recovered))
        expect(again.notices).toEqual([])
      }
    }
  })

  it("does not mind damage to the zeros ahead of the log", () => {
    const { disk } = logOfSeveralSegments()
    const file = disk.list().findLast((name) => name.endsWith(".wal"))!
    const end = disk.sizeBytes(file)
    const whole = digestOf(recover(disk, identity))
    for (let at = end + 33; at < end + 2000; at += 61) {
      const corrupt = new Uint8Array(end + 2000)
      corrupt.set(disk.read(file, 0, end))
      corrupt[at] = 1 << (at % 8)
      const copy = disk.clone()
      copy.put(file, corrupt)
      expect(digestOf(recover(copy, identity))).toEqual(whole)
    }
  })

  it("refuses a missing segment in the middle or at the beginning", () => {
    const { disk } = logOfSeveralSegments()
    const files = disk.list()
    for (const file of files.slice(0, -1)) {
      const gone = disk.clone()
      gone.delete(file)
      expect(refusal(gone)).toMatchObject({ file, message: expect.stringContaining("missing") as string })
    }
  })
})

/** Every state that the log passed through, record by record: what a cut may leave. */
function statesOf(disk: MemoryDisk): Digest[] {
  const states: Digest[] = []
  const whole = recover(disk, identity)
  const last = disk.list().findLast((name) => name.endsWith(".wal"))!
  const bytes = disk.read(last, 0, disk.sizeBytes(last))
  const withoutLast = disk.clone()
  withoutLast.delete(last)
  withoutLast.delete(latestFile)
  states.push(digestOf(recover(withoutLast, identity)))
  let previous = states[0]!
  // The records of the last segment only append or vote, one after the other.
  for (const entry of whole.entries) {
    if (entry.index > previous.entries.length) {
      previous = { ...previous, entries: [...previous.entries, digest(whole.hardState, [entry]).entries[0]!] }
      states.push(previous)
    }
  }
  states.push(digestOf(whole))
  expect(bytes.length).toBeGreaterThan(0)
  return states
}

describe("recovery tells whose data it is", () => {
  it("refuses the data of another cluster, group, server or incarnation", () => {
    const { disk } = logOfSeveralSegments()
    const others: Partial<StorageIdentity>[] = [
      { clusterId: "00000000000000c2" },
      { groupId: 1 },
      { nodeId: 2 },
      { incarnation: "00000000000000a2" },
    ]
    for (const other of others) {
      expect(() => recover(disk, { ...identity, ...other })).toThrow(/not of|not 0000/)
    }
    expect(recover(disk, { ...identity, incarnation: null }).identity).toEqual(identity)
    expect(recover(new MemoryDisk(), null).identity).toBeNull()
  })

  it("refuses a segment that was copied in from another disk", () => {
    const { disk } = logOfSeveralSegments()
    const file = disk.list()[1]!
    const bytes = disk.read(file, 0, disk.sizeBytes(file))
    const foreign = { ...identity, incarnation: "00000000000000ff" }
    bytes.set(encodeSegmentHeader({ identity: foreign, sequence: 2, firstIndex: 1, previousBytes: 0 }))
    disk.put(file, bytes)
    expect(refusal(disk)?.message).toContain("incarnation 00000000000000ff")
  })

  it("refuses a newer format version and says what to start", () => {
    const { disk } = logOfSeveralSegments()
    const file = disk.list()[0]!
    const bytes = disk.read(file, 0, disk.sizeBytes(file))
    bytes[8] = 2
    disk.put(file, bytes)
    expect(refusal(disk)?.message).toMatch(/format version 2.*newer Oarlock/)
  })

  it("refuses snapshots without their log", () => {
    const disk = new MemoryDisk()
    storeSnapshot(disk, 10, 1)
    expect(refusal(disk)?.message).toContain("the log that belongs to it is gone")
  })
})

describe("recovery after a crash in the middle of things", () => {
  it("starts as new if the very first segment was never synced", () => {
    const disk = new MemoryDisk()
    const store = createLogStore(identity, recover(disk, identity), bootstrap, limits)
    const [write] = nextLogRequest(store)!.operations
    disk.perform({ id: 1, lane: "log", operations: [write!] })
    const whole = disk.read(segmentFile(1), 0, 10_000)
    for (const length of [0, 1, 71]) {
      disk.put(segmentFile(1), whole.slice(0, length))
      expect(recover(disk, identity).identity).toBeNull()
    }
    open(disk)
    expect(recover(disk, identity).identity).toEqual(identity)
  })

  it("removes leftovers: unfinished snapshots, older snapshots, segments that are not needed", () => {
    const { disk, store } = logOfSeveralSegments()
    disk.put("snapshot-00000000000000000009-00000000000000000001.snap.1.tmp", Uint8Array.of(1))
    const older = storeSnapshot(disk, 10, 2)
    const newer = storeSnapshot(disk, 16, 3)
    compactLog(store, snapshotAt(16, 3), 14)
    // The marker is durable, but the process dies before it removes the segments.
    completeLogRequest(store, disk.perform(nextLogRequest(store)!))
    const filesBefore = disk.list().length
    const recovered = recover(disk, identity)
    expect(recovered.notices.join("\n")).toContain("never finished")
    const again = createLogStore(identity, recovered, bootstrap, limits)
    run(again, disk)
    expect(disk.list()).not.toContain(older)
    expect(disk.list()).toContain(newer)
    expect(disk.list().some((file) => file.endsWith(".tmp"))).toBe(false)
    expect(disk.list().length).toBeLessThan(filesBefore - 2)
    expect(recover(disk, identity).entries.at(-1)!.index).toBe(18)
  })

  it("bears any subset of superfluous segments, but misses one that is needed", () => {
    const { disk, store } = logOfSeveralSegments()
    storeSnapshot(disk, 18, 3)
    compactLog(store, snapshotAt(18, 3), 19)
    completeLogRequest(store, disk.perform(nextLogRequest(store)!))
    const segments = disk.list().filter((file) => file.endsWith(".wal"))
    const superfluous = segments.slice(0, -1)
    for (let subset = 0; subset < 1 << superfluous.length; subset++) {
      const partly = disk.clone()
      superfluous.forEach((file, i) => (subset >> i) & 1 && partly.delete(file))
      expect(recover(partly, identity).hardState).toMatchObject({ term: 4, votedFor: 2 })
    }
    disk.delete(segments.at(-1)!)
    expect(refusal(disk)?.file).toBe(segments.at(-1))
  })

  it("takes a received snapshot whose arrival the log does not mention yet, and drops the log that it replaces", () => {
    const { disk } = logOfSeveralSegments()
    storeSnapshot(disk, 50, 9)
    const recovered = recover(disk, identity)
    expect(recovered.entries).toEqual([])
    expect(recovered.snapshot?.lastIndex).toBe(50)
    expect(recovered.hardState.commitIndex).toBe(50)
    const store = createLogStore(identity, recovered, bootstrap, limits)
    run(store, disk)
    append(store, { number: 1, hardState: { term: 9, votedFor: null, commitIndex: 50 }, entries: [command(51, 9)] })
    run(store, disk)
    expect(recover(disk, identity).entries.map((entry) => entry.index)).toEqual([51])
  })

  it("drops a log that contradicts the snapshot, and keeps one that agrees with it", () => {
    const { disk } = logOfSeveralSegments()
    const contradicted = disk.clone()
    storeSnapshot(contradicted, 15, 9)
    expect(recover(contradicted, identity).entries).toEqual([])
    storeSnapshot(disk, 15, 3)
    expect(recover(disk, identity).entries.at(-1)!.index).toBe(18)
  })
})

describe("recovery with a damaged snapshot", () => {
  const damage = (disk: MemoryDisk, file: string): void => {
    const bytes = disk.read(file, 0, disk.sizeBytes(file))
    disk.put(file, flipped(bytes, bytes.length >> 1, 3))
  }

  it("goes on from the older one if the log has everything behind it, and says so", () => {
    const { disk } = logOfSeveralSegments()
    storeSnapshot(disk, 10, 2)
    damage(disk, storeSnapshot(disk, 16, 3))
    const recovered = recover(disk, identity)
    expect(recovered.snapshot?.lastIndex).toBe(10)
    expect(recovered.entries.at(-1)!.index).toBe(18)
    expect(recovered.notices.join("\n")).toMatch(/damaged snapshot .*16.*the log continues from the older/)
  })

  it("goes on from the beginning if the log is whole", () => {
    const { disk } = logOfSeveralSegments()
    damage(disk, storeSnapshot(disk, 16, 3))
    const recovered = recover(disk, identity)
    expect(recovered.snapshot?.lastIndex).toBe(0)
    expect(recovered.entries).toHaveLength(18)
  })

  it.each([
    ["ends before it", 50, 4],
    ["says otherwise where it ended", 16, 4],
  ])("refuses the one that had just been received, if the log %s: it was acknowledged, and must not be forgotten", (_, index, term) => {
    const { disk } = logOfSeveralSegments()
    storeSnapshot(disk, 10, 2)
    const file = storeSnapshot(disk, index, term)
    expect(recover(disk, identity).snapshot?.lastIndex).toBe(index)
    damage(disk, file)
    expect(refusal(disk)?.file).toBe(file)
  })

  it("refuses every flipped bit and every cut of a snapshot that the log needs", () => {
    const { disk, store } = logOfSeveralSegments()
    const file = storeSnapshot(disk, 16, 3)
    compactLog(store, snapshotAt(16, 3), 17)
    run(store, disk)
    const bytes = disk.read(file, 0, disk.sizeBytes(file))
    for (let at = 0; at < bytes.length; at++) {
      const flippedDisk = disk.clone()
      flippedDisk.put(file, flipped(bytes, at, at % 8))
      expect(refusal(flippedDisk)?.file, `byte ${at}`).toBe(file)
      const cut = disk.clone()
      cut.put(file, bytes.slice(0, at))
      expect(refusal(cut)?.file, `cut at ${at}`).toBe(file)
    }
    disk.delete(file)
    expect(refusal(disk)?.message).toContain("no snapshot here covers")
  })
})
