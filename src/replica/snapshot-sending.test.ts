import { expect, test } from "vitest"
import { bootstrapConfiguration, defaultRaftOptions, Raft, type Message } from "../core/index.ts"
import { createSnapshotStore } from "../storage/index.ts"
import { crc32 } from "../wire/index.ts"
import type { Observation } from "./observation.ts"
import { defaultReplicaLimits } from "./options.ts"
import { beginSending, createSnapshotSending, driveSending, onSnapshotRead } from "./snapshot-sending.ts"

const identity = { clusterId: "00000000000000c1", groupId: 0, nodeId: 1, incarnation: "00000000000000aa" }
const configuration = bootstrapConfiguration([1, 2, 3].map((id) => ({ id, name: "", peerAddress: "", clientAddress: "" })))
const snapshot = { lastIndex: 5, lastTerm: 1, configuration }

test("a chunk whose read ends after leadership did is not sent in the new leader's name", () => {
  const options = { ...defaultReplicaLimits, raft: { ...defaultRaftOptions, id: 1, seed: 1 }, identity, bootId: 1 }
  const start = { hardState: { term: 1, votedFor: null, commitIndex: 5 }, snapshot, entries: [] }
  const raft = Raft.create(options.raft, start, 0)
  const store = createSnapshotStore(identity, { meta: snapshot, file: "a", sizeBytes: 1_000, checksum: 7 })
  const sending = createSnapshotSending()
  beginSending(sending, store, 2, 0)
  elect(raft)
  const { role } = raft.state
  if (role.kind === "leader") role.progress.get(2)!.state = "snapshot"
  driveSending(sending, store, raft, options, 1_000)
  const messages: Message[] = []
  const read = () => onSnapshotRead(sending, 1, 0, new Uint8Array(100), raft, 1_000, store, messages, [])
  raft.stepDown("a test", 1_000)
  read()
  expect(messages).toEqual([])
})

test("a snapshot that rotted on the leader's own disk is not sent for ever, but another one, as soon as it was taken", () => {
  const options = { ...defaultReplicaLimits, raft: { ...defaultRaftOptions, id: 1, seed: 1 }, identity, bootId: 1, snapshotChunkBytes: 60 }
  const start = { hardState: { term: 1, votedFor: null, commitIndex: 5 }, snapshot, entries: [] }
  const raft = Raft.create(options.raft, start, 0)
  const good = Uint8Array.from({ length: 100 }, (_, i) => i)
  const stored = { meta: snapshot, file: "a", sizeBytes: 100, checksum: crc32(good) }
  const store = createSnapshotStore(identity, stored)
  const sending = createSnapshotSending()
  elect(raft)
  const { role } = raft.state
  if (role.kind === "leader") role.progress.get(2)!.state = "snapshot"
  beginSending(sending, store, 2, 1_000)
  const messages: Message[] = []
  const observations: Observation[] = []
  /** Reads whatever is asked for from `file`. */
  const drive = (file: Uint8Array): void => {
    driveSending(sending, store, raft, options, 1_000)
    for (let read = store.reads.shift(); read !== undefined; read = store.reads.shift()) {
      const data = file.subarray(read.offset, read.offset + read.lengthBytes)
      onSnapshotRead(sending, read.readId, read.offset, data, raft, 1_000, store, messages, observations)
      driveSending(sending, store, raft, options, 1_000)
    }
  }
  drive(good.with(70, 0))
  expect(messages).toMatchObject([{ kind: "installSnapshot", offset: 0, done: false }])
  expect(observations).toEqual([{ kind: "snapshotRotten", lastIndex: 5, file: "a" }])
  expect(store.isLatestRotten).toBe(true)
  store.latest = { ...stored }
  store.isLatestRotten = false
  drive(good)
  expect(messages.slice(1)).toMatchObject([
    { kind: "installSnapshot", offset: 0, done: false },
    { kind: "installSnapshot", offset: 60, done: true },
  ])
})

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
