// Bounds of the replica that need no cluster: at the edge, one inside, one outside.

import { describe, expect, test } from "vitest"
import { CounterMachine } from "../../test/replica/counter-machine.ts"
import { bootstrapConfiguration, defaultRaftOptions, Raft, type InstallSnapshot, type LogIndex } from "../core/index.ts"
import {
  MemoryDisk,
  addSnapshotChunk,
  beginSnapshot,
  completeSnapshotRequest,
  createSnapshotStore,
  finishSnapshot,
  nextSnapshotRequest,
  type LogStore,
} from "../storage/index.ts"
import { createApplied, type Applied } from "./apply.ts"
import { createDiskHealth } from "./disk-health.ts"
import { createEffects } from "./effect.ts"
import { defaultReplicaLimits, type ReplicaOptions } from "./options/options.ts"
import { createRecentEvents, describeRecentEvents, noteEvent } from "./recent-events.ts"
import { createSnapshotReceiving, onSnapshotChunk } from "./snapshots/snapshot-receiving.ts"
import { beginSending, createSnapshotSending, driveSending } from "./snapshots/snapshot-sending.ts"
import { compactBehind, createSnapshotTaking, maybeBeginSnapshot } from "./snapshots/snapshot-taking.ts"

const identity = { clusterId: "00000000000000c1", groupId: 0, nodeId: 1, incarnation: "00000000000000aa" }
const configuration = bootstrapConfiguration([1, 2, 3].map((id) => ({ id, name: "", peerAddress: "", clientAddress: "" })))
const snapshot = { lastIndex: 5, lastTerm: 1, configuration }
const options: ReplicaOptions = { ...defaultReplicaLimits, raft: { ...defaultRaftOptions, id: 1, seed: 1 }, identity, bootId: 1 }

function raftOf(term: number): Raft {
  const hardState = { term, votedFor: null, commitIndex: 0 }
  return Raft.create(options.raft, { hardState, snapshot: { lastIndex: 0, lastTerm: 0, configuration }, entries: [] }, 0)
}

test("recentEventsMax: as many events are told of a halt, and the oldest of one more is forgotten", () => {
  const told = (count: number) => {
    const recent = createRecentEvents(3)
    for (let at = 1; at <= count; at++) noteEvent(recent, at, { kind: "wake" })
    return describeRecentEvents(recent).map((line) => Number.parseInt(line))
  }
  expect([told(2), told(3), told(4)]).toEqual([[1, 2], [1, 2, 3], [2, 3, 4]]) // oxfmt-ignore
})

describe("a snapshot on its way in", () => {
  test("snapshotWriteBytesMax: its sender is told to go on until as many bytes wait for the disk", () => {
    const { bytes, sizeBytes, checksum } = storedSnapshot()
    const answersTo = (firstBytes: number) => {
      const receiving = createSnapshotReceiving()
      const effects = createEffects()
      const data = bytes.subarray(0, firstBytes)
      const chunk: InstallSnapshot = {
        kind: "installSnapshot",
        from: 2,
        to: 1,
        term: 1,
        snapshot,
        sizeBytes,
        checksum,
        offset: 0,
        data,
        done: false,
      }
      const snapshots = createSnapshotStore({ ...identity, nodeId: 1 }, null)
      onSnapshotChunk({ receiving, snapshots, raft: raftOf(1), options: { ...options, snapshotWriteBytesMax: 100 } }, chunk, effects)
      return [effects.messages.length, receiving.owed?.nextOffset ?? 0]
    }
    expect([answersTo(99), answersTo(100), answersTo(101)]).toEqual([[1, 0], [0, 100], [0, 101]]) // oxfmt-ignore
  })
})

describe("a snapshot on its way out", () => {
  /** A leader's stream to server 2 that began at moment 0, and of which one chunk was read and sent. */
  function streaming() {
    const raft = raftOf(1)
    elect(raft)
    const { role } = raft.state
    if (role.kind === "leader") role.progress.get(2)!.state = "snapshot"
    const store = createSnapshotStore(identity, { meta: snapshot, file: "a", sizeBytes: 100_000, checksum: 7 })
    const sender = { sending: createSnapshotSending(), snapshots: store, raft, options, now: 1_000 }
    beginSending(sender, 2)
    const drive = (now: number) => {
      sender.now = now
      driveSending(sender)
      return sender.sending.streams.get(2)
    }
    return { drive, store }
  }

  test("snapshotResendMs: what was not confirmed is sent again at that moment, not earlier", () => {
    const { drive } = streaming()
    expect(drive(1_000 + options.snapshotResendMs - 0.001)?.isProbing).toBe(false)
    expect(drive(1_000 + options.snapshotResendMs)?.isProbing).toBe(true)
  })

  test("snapshotSilenceMaxMs: it is given up at that moment, not earlier", () => {
    const { drive } = streaming()
    expect(drive(1_000 + options.snapshotSilenceMaxMs - 0.001)).toBeDefined()
    expect(drive(1_000 + options.snapshotSilenceMaxMs)).toBeUndefined()
  })

  test("snapshotChunkBytes: as many bytes are asked of the disk at once, or what is left of a smaller file", () => {
    const { drive, store } = streaming()
    drive(1_000)
    expect(store.reads).toMatchObject([{ offset: 0, lengthBytes: 100_000 }])
    const large = createSnapshotStore(identity, { meta: snapshot, file: "a", sizeBytes: options.snapshotChunkBytes + 1, checksum: 7 })
    const raft = raftOf(1)
    elect(raft)
    const { role } = raft.state
    if (role.kind === "leader") role.progress.get(2)!.state = "snapshot"
    const sender = { sending: createSnapshotSending(), snapshots: large, raft, options, now: 1_000 }
    beginSending(sender, 2)
    driveSending(sender)
    expect(large.reads).toMatchObject([{ offset: 0, lengthBytes: options.snapshotChunkBytes }])
  })
})

describe("the weight of the log", () => {
  const applied = (lastApplied: LogIndex, bytes: number): Applied => ({ ...createApplied(new CounterMachine()), lastApplied, bytes })

  test("markBytesMax: it is marked each time as many bytes were applied, not a byte earlier", () => {
    const taking = createSnapshotTaking()
    const never = { ...options, keptTailBytes: 4 << 20, snapshotLogBytesMin: 1 << 40 }
    const snapshots = createSnapshotStore(identity, null)
    const taker = { taking, snapshots, raft: raftOf(1), disk: createDiskHealth(), options: never, now: 0 }
    const marksAt = (bytes: number) => {
      maybeBeginSnapshot({ ...taker, applied: applied(0, bytes) }, createEffects())
      return taking.marks.length
    }
    const mark = 256 << 10
    expect([marksAt(0), marksAt(mark - 1), marksAt(mark), marksAt(2 * mark + 1)]).toEqual([1, 1, 2, 3])
  })

  test("sendingTailBytesMax: for a follower that is being sent a snapshot as much log is kept, and no more", () => {
    const tail = 64 << 20
    const keptFrom = (bytes: number): LogIndex => {
      const taking = createSnapshotTaking()
      taking.marks = [{ index: 2, bytes: 100 }, { index: 9, bytes }] // oxfmt-ignore
      let kept = 0
      const compact = (_meta: unknown, keepFrom: number): void => {
        kept = keepFrom
      }
      const raft = { firstIndex: 1, compact } as unknown as Raft
      const log = { queue: [], commitIndex: 0 } as unknown as LogStore
      // What is being sent to server 2 covers nothing, so that server would need the whole log.
      const snapshots = createSnapshotStore(identity, { meta: { ...snapshot, lastIndex: 0 }, file: "a", sizeBytes: 100, checksum: 7 })
      const sending = createSnapshotSending()
      beginSending({ sending, snapshots, raft, options, now: 0 }, 2)
      const compactor = { taking, raft, log, applied: applied(9, bytes), sending, options: { ...options, keptTailBytes: 0 } }
      compactBehind(compactor, { ...snapshot, lastIndex: 9 }, createEffects())
      return kept
    }
    expect([keptFrom(100 + tail - 1), keptFrom(100 + tail), keptFrom(100 + tail + 1)]).toEqual([1, 3, 3])
  })
})

function storedSnapshot() {
  const disk = new MemoryDisk()
  const store = createSnapshotStore({ ...identity, nodeId: 2 }, null)
  beginSnapshot(store, snapshot)
  addSnapshotChunk(store, new Uint8Array(500))
  finishSnapshot(store)
  for (let request = nextSnapshotRequest(store); request !== null; request = nextSnapshotRequest(store)) {
    completeSnapshotRequest(store, disk.perform(request))
  }
  const { file, sizeBytes, checksum } = store.latest!
  return { bytes: disk.read(file, 0, sizeBytes), sizeBytes, checksum }
}

function elect(raft: Raft): void {
  raft.wake(raft.deadline)
  raft.takeReady(1_000)
  for (const kind of ["preVoteReply", "requestVoteReply"] as const) {
    const term = kind === "preVoteReply" ? raft.state.term + 1 : raft.state.term
    for (const from of [2, 3]) raft.receive({ kind, from, to: 1, term, granted: true }, 1_000)
    raft.takeReady(1_000)
    for (let write = raft.takeWrite(); write !== null; write = raft.takeWrite()) raft.persisted(write.number, 1_000)
    raft.takeReady(1_000)
  }
}
