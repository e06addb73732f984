import { expect, test } from "vitest"
import { bootstrapConfiguration, defaultRaftOptions, Raft, type InstallSnapshot } from "../../core/index.ts"
import { createSnapshotStore } from "../../storage/index.ts"
import { encodeSnapshotHeader } from "../../storage/snapshot-file.ts"
import { createEffects } from "../effect.ts"
import { defaultReplicaLimits } from "../options/options.ts"
import { createSnapshotReceiving, onSnapshotChunk } from "./snapshot-receiving.ts"

const identity = { clusterId: "00000000000000c1", groupId: 0, nodeId: 2, incarnation: "00000000000000aa" }
const configuration = bootstrapConfiguration([1, 2, 3].map((id) => ({ id, name: "", peerAddress: "", clientAddress: "" })))

function firstChunk(from: number, term: number, lastIndex: number): InstallSnapshot {
  const snapshot = { lastIndex, lastTerm: 1, configuration }
  const data = encodeSnapshotHeader({ ...identity, nodeId: from }, snapshot)
  return { kind: "installSnapshot", from, to: 2, term, snapshot, sizeBytes: data.length + 500, checksum: 1, offset: 0, data, done: false }
}

test("a new leader's older snapshot is taken though the former leader's newer one was never finished", () => {
  const start = {
    hardState: { term: 2, votedFor: null, commitIndex: 0 },
    snapshot: { lastIndex: 0, lastTerm: 0, configuration },
    entries: [],
  }
  const options = {
    ...defaultReplicaLimits,
    raft: { ...defaultRaftOptions, id: 2, seed: 1 },
    identity,
    bootId: 1,
  }
  const raft = Raft.create(options.raft, start, 0)
  const receiving = createSnapshotReceiving()
  const effects = createEffects()
  const replies = effects.messages
  const receiver = { receiving, snapshots: createSnapshotStore(identity, null), raft, options }
  const receive = (chunk: InstallSnapshot) => onSnapshotChunk(receiver, chunk, effects)
  const newer = firstChunk(1, 1, 20)
  receive(newer)
  expect(replies.at(-1)).toMatchObject({ lastIndex: 20, nextOffset: newer.data.length })
  // A late chunk of the same leader's older snapshot changes nothing.
  receive(firstChunk(1, 1, 10))
  expect(replies.at(-1)).toMatchObject({ lastIndex: 10, nextOffset: 0 })
  expect(receiving.current).toEqual({ lastIndex: 20, from: 1 })
  const older = firstChunk(3, 2, 10)
  receive(older)
  expect(replies.at(-1)).toMatchObject({ lastIndex: 10, nextOffset: older.data.length })
  expect(receiving.current).toEqual({ lastIndex: 10, from: 3 })
})

test("that a snapshot is not needed any more is said once the leader's term is on disk: it counts as an acknowledgement in that term", () => {
  const entry = { index: 1, term: 1, kind: "noop", data: new Uint8Array(0), configuration: null, encoded: null } as const
  const start = {
    hardState: { term: 1, votedFor: null, commitIndex: 1 },
    snapshot: { lastIndex: 0, lastTerm: 0, configuration },
    entries: [entry],
  }
  const options = { ...defaultReplicaLimits, raft: { ...defaultRaftOptions, id: 2, seed: 1 }, identity, bootId: 1 }
  const raft = Raft.create(options.raft, start, 0)
  const effects = createEffects()
  const receiver = { receiving: createSnapshotReceiving(), snapshots: createSnapshotStore(identity, null), raft, options }
  raft.receive(firstChunk(3, 4, 1), 0)
  for (const chunk of raft.takeReady(0).snapshotChunks) onSnapshotChunk(receiver, chunk, effects)
  expect([...effects.messages, ...raft.takeReady(0).messages]).toEqual([])
  raft.persisted(raft.takeWrite()!.number, 0)
  expect(raft.takeReady(0).messages).toEqual([expect.objectContaining({ kind: "installSnapshotReply", term: 4, lastIndex: 1, done: true })])
})
