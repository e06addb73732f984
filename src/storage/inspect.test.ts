import { describe, expect, it } from "vitest"
import type { Configuration } from "../core/index.ts"
import type { PeerStanding } from "../wire/index.ts"
import type { StorageIdentity } from "./disk.ts"
import { inspectFolder, verifyFolder } from "./inspect.ts"
import { latestFile } from "./log-latest.ts"
import { append, completeLogRequest, createLogStore, nextLogRequest, recordPeer } from "./log-store.ts"
import { MemoryDisk } from "./memory-disk.ts"
import { recover } from "./recovery.ts"
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
  members: [{ id: 1, name: "", peerAddress: "", clientAddress: "" }],
  highestId: 1,
}

function folder(): MemoryDisk {
  const disk = new MemoryDisk()
  const log = createLogStore(identity, recover(disk, null), bootstrap, { segmentBytesMax: 700, zeroAheadBytes: 0, batchesInFlightMax: 2 })
  const run = (): void => {
    for (let request = nextLogRequest(log); request !== null; request = nextLogRequest(log)) completeLogRequest(log, disk.perform(request))
  }
  run()
  recordPeer(log, 2, standing("00000000000000b2"))
  for (let index = 1; index <= 5; index++) {
    const entry = { index, term: 1, kind: "command" as const, data: new Uint8Array(100).fill(index), configuration: null, encoded: null }
    append(log, { number: index, hardState: index === 1 ? { term: 1, votedFor: 1, commitIndex: 0 } : null, entries: [entry] })
    run()
  }
  const snapshots = createSnapshotStore(identity, null)
  beginSnapshot(snapshots, { lastIndex: 3, lastTerm: 1, configuration: bootstrap })
  addSnapshotChunk(snapshots, new Uint8Array(50))
  addSnapshotChunk(snapshots, new Uint8Array(60))
  finishSnapshot(snapshots)
  for (let request = nextSnapshotRequest(snapshots); request !== null; request = nextSnapshotRequest(snapshots)) {
    completeSnapshotRequest(snapshots, disk.perform(request))
  }
  return disk
}

describe("inspecting a data folder", () => {
  it("accounts for every byte of every file, in order", () => {
    const disk = folder()
    const rows = [...inspectFolder(disk)]
    expect(rows.every((row) => row.ok && row.problem === null)).toBe(true)
    for (const file of disk.list().filter((name) => name !== latestFile)) {
      let at = 0
      for (const row of rows.filter((one) => one.file === file && one.type !== "header")) {
        if (at === 0) at = row.offset
        expect(row.offset).toBe(at)
        at += row.bytes
      }
      expect(at).toBe(disk.sizeBytes(file))
    }
    const entries = rows.filter((row) => row.type === "entry")
    expect(entries.map((row) => [row.index, row.term, row.kind, row.detail])).toEqual(
      [1, 2, 3, 4, 5].map((index) => [index, 1, "command", "100 bytes of payload"]),
    )
    const types = new Set(rows.map((row) => row.type))
    expect(types).toEqual(new Set(["header", "batch", "snapshot", "peer", "entry", "end", "chunk", "footer"]))
  })

  it("shows damage where it is, and goes on with the next file", () => {
    const disk = folder()
    const [first] = disk.list()
    const bytes = disk.read(first!, 0, disk.sizeBytes(first!))
    bytes[400] = bytes[400]! ^ 1
    disk.put(first!, bytes)
    const rows = [...inspectFolder(disk)]
    const bad = rows.filter((row) => !row.ok)
    expect(bad).toHaveLength(1)
    expect(bad[0]).toMatchObject({ file: first, type: "end" })
    expect(bad[0]!.offset).toBeLessThanOrEqual(400)
    expect(bad[0]!.problem).toContain("checksum")
    expect(rows.at(-1)!.type).toBe("footer")
    const verdict = verifyFolder(disk)
    expect(verdict.ok).toBe(false)
    expect(verdict.problem).toContain(`${first}, byte ${bad[0]!.offset}`)
  })

  it("gives the verdict that a start would give", () => {
    const disk = folder()
    expect(verifyFolder(disk)).toMatchObject({ ok: true, problem: null, notices: [] })
    expect(verifyFolder(disk).recovered?.entries).toHaveLength(5)
    expect(verifyFolder(new MemoryDisk())).toMatchObject({ ok: true })
    const last = disk.list().findLast((file) => file.endsWith(".wal"))!
    disk.put(last, disk.read(last, 0, disk.sizeBytes(last) - 3))
    expect(verifyFolder(disk).notices[0]).toMatch(/^cut \d+ bytes off/)
    const snapshot = disk.list().at(-1)!
    disk.put(snapshot, disk.read(snapshot, 0, 150))
    const rows = [...inspectFolder(disk)].filter((row) => row.file === snapshot)
    expect(rows.at(-1)).toMatchObject({ ok: false, problem: "the snapshot ends here, before its footer" })
  })
})
