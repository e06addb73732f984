import { describe, expect, it } from "vitest"
import { bootstrapConfiguration } from "../core/index.ts"
import type { StorageIdentity } from "./disk.ts"
import { latestFile, readLatest } from "./log-latest.ts"
import { append, completeLogRequest, createLogStore, nextLogRequest, recordOwn } from "./log-store.ts"
import { MemoryDisk } from "./memory-disk.ts"
import { RecoveryError } from "./recovery-error.ts"
import { recover } from "./recovery.ts"
import { segmentFile } from "./segment.ts"

const identity: StorageIdentity = { clusterId: "00000000000000c1", groupId: 0, nodeId: 1, incarnation: "00000000000000a1" }
const bootstrap = bootstrapConfiguration([{ id: 1, name: "one", peerAddress: "127.0.0.1:1", clientAddress: "" }])
const limits = { zeroAheadBytes: 0, batchesInFlightMax: 1 }

/** One more start on the disk, with so many entries; the segments are short. */
function live(disk: MemoryDisk, count: number, segmentBytesMax = 700): void {
  const recovered = recover(disk, identity)
  const store = createLogStore(identity, recovered, bootstrap, { ...limits, segmentBytesMax })
  const life = (recovered.own?.life ?? 0) + 1
  recordOwn(store, {
    life,
    nonce: life,
    genesis: null,
    hasBegun: true,
    isPartial: false,
    isCondemned: false,
    isTooLate: false,
    previousNonces: [],
  })
  const run = () => {
    for (let request = nextLogRequest(store); request !== null; request = nextLogRequest(store))
      completeLogRequest(store, disk.perform(request))
  }
  run()
  for (let i = 0; i < count; i++) {
    const index = store.contents.lastIndex + 1
    const entry = { index, term: 1, kind: "command", data: new Uint8Array(100), configuration: null, encoded: null } as const
    append(store, { number: i + 1, hardState: { term: 1, votedFor: null, commitIndex: 0 }, entries: [{ ...entry }] })
    run()
  }
}

function refusal(disk: MemoryDisk): RecoveryError {
  try {
    recover(disk, identity)
  } catch (error) {
    if (error instanceof RecoveryError) return error
    throw error
  }
  throw new Error("it was not refused")
}

describe("a log whose end is gone", () => {
  it("is told from one that was never written: its last segment is missing", () => {
    const disk = new MemoryDisk()
    live(disk, 12)
    const last = readLatest(disk)!.segment
    expect(last).toBeGreaterThan(2)
    disk.perform({ id: 0, lane: "log", operations: [{ kind: "remove", file: segmentFile(last) }] })
    expect(refusal(disk)).toMatchObject({ file: segmentFile(last), message: expect.stringContaining("this segment is missing") as string })
  })

  it("or it was cut before a start that stood in it", () => {
    const disk = new MemoryDisk()
    live(disk, 1, 10_000)
    const lengthBytes = recover(disk, identity).resume.segments[0]!.sizeBytes
    live(disk, 1, 10_000)
    disk.perform({ id: 0, lane: "log", operations: [{ kind: "truncate", file: segmentFile(1), lengthBytes }] })
    expect(refusal(disk).message).toContain("the log was cut short: start 2 of this server stood in it, and now it ends in start 1")
  })

  it("does not matter where the note is damaged, missing, or of another disk: the log is read as it is", () => {
    for (const change of [
      (bytes: Uint8Array) => bytes.map((byte, at) => (at === 20 ? byte ^ 1 : byte)),
      (bytes: Uint8Array) => bytes.slice(0, 35),
      () => null,
    ]) {
      const disk = new MemoryDisk()
      live(disk, 3)
      const changed = change(disk.read(latestFile, 0, 36))
      if (changed === null) disk.perform({ id: 0, lane: "log", operations: [{ kind: "remove", file: latestFile }] })
      else disk.put(latestFile, changed)
      expect(readLatest(disk)).toBeNull()
      live(disk, 3)
      expect(recover(disk, identity).own?.life).toBe(2)
      expect(readLatest(disk)?.life).toBe(2)
    }
  })

  it("is never claimed after a loss of power, wherever it strikes while a segment or a life begins", () => {
    const disk = new MemoryDisk()
    live(disk, 3)
    const recovered = recover(disk, identity)
    const store = createLogStore(identity, recovered, bootstrap, { ...limits, segmentBytesMax: 700 })
    recordOwn(store, { ...recovered.own!, life: 2 })
    const data = new Uint8Array(900)
    for (let request = nextLogRequest(store); request !== null; request = nextLogRequest(store)) {
      for (let performed = 0; performed <= request.operations.length; performed++) {
        for (const survives of [true, false]) {
          const one = disk.clone()
          one.perform({ ...request, operations: request.operations.slice(0, performed) })
          one.crash(() => survives)
          expect(() => recover(one, identity), `${performed} operations of request ${request.id}`).not.toThrow()
        }
      }
      completeLogRequest(store, disk.perform(request))
      if (store.contents.lastIndex < 6) {
        const entry = { index: store.contents.lastIndex + 1, term: 1, kind: "command", data, configuration: null, encoded: null } as const
        append(store, { number: entry.index, hardState: null, entries: [{ ...entry }] })
      }
    }
    expect(readLatest(disk)!.segment).toBeGreaterThan(2)
  })
})

describe("a log that was cut within its first batch", () => {
  it.each([0, 60, 72, 100, 140])("to %i bytes is told from one that never was", (lengthBytes) => {
    const disk = new MemoryDisk()
    for (let start = 0; start < 3; start++) live(disk, 5, 100_000)
    expect(readLatest(disk)).toMatchObject({ segment: 1, life: 3 })
    disk.perform({ id: 0, lane: "log", operations: [{ kind: "truncate", file: segmentFile(1), lengthBytes }] })
    expect(refusal(disk).message).toMatch(/missing|cut short/)
  })
})
