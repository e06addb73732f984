import { expect, test } from "vitest"
import { bootstrapConfiguration, defaultRaftOptions, Raft } from "../../core/index.ts"
import {
  addSnapshotChunk,
  beginSnapshot,
  completeSnapshotRequest,
  createSnapshotStore,
  finishSnapshot,
  MemoryDisk,
  nextSnapshotRequest,
  type SnapshotStore,
  type StoredSnapshot,
} from "../../storage/index.ts"
import { createEffects } from "../effect.ts"
import { defaultReplicaLimits } from "../options/options.ts"
import { beginSending, createSnapshotSending, driveSending, onSnapshotRead, onSnapshotReply } from "./snapshot-sending.ts"

const identity = { clusterId: "00000000000000c1", groupId: 0, nodeId: 1, incarnation: "00000000000000aa" }
const configuration = bootstrapConfiguration([1, 2, 3].map((id) => ({ id, name: "", peerAddress: "", clientAddress: "" })))
const snapshot = { lastIndex: 5, lastTerm: 1, configuration }

test("a chunk whose read ends after leadership did is not sent in the new leader's name", () => {
  const options = { ...defaultReplicaLimits, raft: { ...defaultRaftOptions, id: 1, seed: 1 }, identity, bootId: 1 }
  const start = { hardState: { term: 1, votedFor: null, commitIndex: 5 }, snapshot, entries: [] }
  const raft = Raft.create(options.raft, start, 0)
  const store = createSnapshotStore(identity, { meta: snapshot, file: "a", sizeBytes: 1_000, checksum: 7 })
  const sender = { sending: createSnapshotSending(), snapshots: store, raft, options, now: 0 }
  beginSending(sender, 2)
  sender.now = 1_000
  elect(raft)
  const { role } = raft.state
  if (role.kind === "leader") role.progress.get(2)!.state = "snapshot"
  driveSending(sender)
  const effects = createEffects()
  raft.stepDown("a test", 1_000)
  onSnapshotRead(sender, { kind: "read", readId: 1, offset: 0, data: new Uint8Array(100) }, effects)
  expect(effects.messages).toEqual([])
})

test.each([0.2, 0.5, 0.99])(
  "a snapshot that was damaged on the leader's own disk (at %f of it) is sent no further, and the next one is sent as soon as it is taken",
  (at) => {
    const options = {
      ...defaultReplicaLimits,
      raft: { ...defaultRaftOptions, id: 1, seed: 1 },
      identity,
      bootId: 1,
      snapshotChunkBytes: 60,
    }
    const start = { hardState: { term: 1, votedFor: null, commitIndex: 5 }, snapshot, entries: [] }
    const raft = Raft.create(options.raft, start, 0)
    const disk = new MemoryDisk()
    const store = createSnapshotStore(identity, null)
    const stored = takeSnapshot(store, disk)
    const good = disk.read(stored.file, 0, stored.sizeBytes)
    const corrupt = good.with(Math.floor(good.length * at), 0xa5)
    const sender = { sending: createSnapshotSending(), snapshots: store, raft, options, now: 1_000 }
    elect(raft)
    const { role } = raft.state
    if (role.kind === "leader") role.progress.get(2)!.state = "snapshot"
    beginSending(sender, 2)
    const { observations } = createEffects()
    /** Reads from `file` what the sender asks for, with a receiver that takes all of it, and returns what was sent. */
    const drive = (file: Uint8Array): Uint8Array => {
      const sent = new Uint8Array(file.length)
      let length = 0
      driveSending(sender)
      for (let read = store.reads.shift(); read !== undefined; read = store.reads.shift()) {
        const data = file.subarray(read.offset, read.offset + read.lengthBytes)
        const effects = createEffects()
        onSnapshotRead(sender, { kind: "read", readId: read.readId, offset: read.offset, data }, effects)
        observations.push(...effects.observations)
        for (const message of effects.messages) {
          if (message.kind !== "installSnapshot") continue
          sent.set(message.data, message.offset)
          length = Math.max(length, message.offset + message.data.length)
          const { lastIndex } = message.snapshot
          const reply = {
            kind: "installSnapshotReply",
            from: 2,
            to: 1,
            term: raft.state.term,
            lastIndex,
            nextOffset: length,
            done: false,
          } as const
          onSnapshotReply(sender, reply, effects)
        }
        driveSending(sender)
      }
      return sent.subarray(0, length)
    }
    expect(drive(corrupt).length).toBeLessThan(good.length)
    expect(observations).toEqual([{ kind: "snapshotCorrupt", lastIndex: 5, file: stored.file }])
    expect(store.isLatestCorrupt).toBe(true)
    takeSnapshot(store, disk)
    expect(drive(good)).toEqual(good)
  },
)

/** A snapshot with chunks that are longer than what is sent at once, through the same index each time. */
function takeSnapshot(store: SnapshotStore, disk: MemoryDisk): StoredSnapshot {
  beginSnapshot(store, snapshot)
  for (const length of [70, 200, 30]) addSnapshotChunk(store, new Uint8Array(length).fill(length))
  finishSnapshot(store)
  for (let request = nextSnapshotRequest(store); request !== null; request = nextSnapshotRequest(store)) {
    completeSnapshotRequest(store, disk.perform(request))
  }
  return store.latest!
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
  expect(raft.state.role.kind).toBe("leader")
}
