// A model of the log, record by record, against crashes that keep any sectors of what was not synced.

import fc from "fast-check"
import { describe, expect, it } from "vitest"
import type { Configuration, Entry, HardState } from "../core/index.ts"
import type { StorageIdentity } from "./disk.ts"
import {
  append,
  compactLog,
  completeLogRequest,
  createLogStore,
  nextLogRequest,
  recordPeerIncarnation,
  restartLog,
  type LogItem,
  type LogStore,
} from "./log-store.ts"
import { MemoryDisk } from "./memory-disk.ts"
import { recover, type Recovered } from "./recovery.ts"
import { completeSnapshotRequest, nextSnapshotRequest } from "./snapshot-requests.ts"
import { addSnapshotChunk, beginSnapshot, createSnapshotStore, finishSnapshot } from "./snapshot-store.ts"

const identity: StorageIdentity = { clusterId: "00000000000000c1", groupId: 0, nodeId: 1, incarnation: "00000000000000a1" }
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

function run(store: LogStore, disk: MemoryDisk): void {
  for (let request = nextLogRequest(store); request !== null; request = nextLogRequest(store)) {
    const progress = completeLogRequest(store, disk.perform(request))
    expect(progress.kind).toBe("done")
  }
}

interface Model {
  hardState: HardState
  entries: Map<number, Entry>
  lastIndex: number
  peers: Map<number, string>
}

function cloneModel(model: Model): Model {
  return { ...model, entries: new Map(model.entries), peers: new Map(model.peers) }
}

/** What may be found after each record of `item`. */
function applyToModel(model: Model, item: LogItem, states: Model[]): void {
  switch (item.kind) {
    case "write":
      for (const entry of item.write.entries) {
        for (const index of model.entries.keys()) if (index >= entry.index) model.entries.delete(index)
        model.entries.set(entry.index, entry)
        model.lastIndex = entry.index
        states.push(cloneModel(model))
      }
      return
    case "restart":
      model.entries.clear()
      model.lastIndex = item.snapshot.lastIndex
      states.push(cloneModel(model))
      return
    case "compact":
      for (const index of model.entries.keys()) if (index < item.keepFrom) model.entries.delete(index)
      states.push(cloneModel(model))
      break
    case "peerIncarnation":
      model.peers.set(item.peer, item.incarnation)
      states.push(cloneModel(model))
      break
    default:
      item satisfies never
  }
}

function fits(recovered: Recovered, model: Model): boolean {
  const found = new Map(recovered.entries.map((entry) => [entry.index, entry]))
  const { term, votedFor } = recovered.hardState
  if (term !== model.hardState.term || votedFor !== model.hardState.votedFor) return false
  const hasPeers = [1, 2, 3].every((peer) => recovered.peerIncarnations.get(peer) === model.peers.get(peer))
  if (!hasPeers) return false
  const lastIndex = recovered.entries.at(-1)?.index ?? recovered.snapshot!.lastIndex
  // A snapshot that is ahead of the log replaces it, whether or not the log got to say so.
  if (recovered.snapshot!.lastIndex > model.lastIndex) return recovered.entries.length === 0
  if (lastIndex !== model.lastIndex) return false
  return [...model.entries.values()].every((entry) => {
    const other = found.get(entry.index)
    return other !== undefined && other.term === entry.term && String(other.data) === String(entry.data)
  })
}

type Step =
  | { readonly kind: "append"; readonly count: number; readonly back: number; readonly newTerm: boolean; readonly bytes: number }
  | { readonly kind: "vote"; readonly for: number }
  | { readonly kind: "peer"; readonly id: number }
  | { readonly kind: "snapshot"; readonly behind: number; readonly tail: number }
  | { readonly kind: "install"; readonly ahead: number }

const steps: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant("append" as const),
      count: fc.integer({ min: 1, max: 5 }),
      back: fc.integer({ min: 0, max: 4 }),
      newTerm: fc.boolean(),
      bytes: fc.constantFrom(0, 1, 40, 500, 1500),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("vote" as const), for: fc.integer({ min: 1, max: 3 }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("peer" as const), id: fc.integer({ min: 2, max: 3 }) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("snapshot" as const),
      behind: fc.integer({ min: 0, max: 4 }),
      tail: fc.integer({ min: 0, max: 4 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("install" as const), ahead: fc.integer({ min: 1, max: 5 }) }) },
)

interface Round {
  readonly steps: readonly Step[]
  /** How many operations of the last request were performed before the crash. */
  readonly performed: number
  readonly keeps: number
  readonly zeroAhead: boolean
}

const rounds: fc.Arbitrary<Round[]> = fc.array(
  fc.record({
    steps: fc.array(fc.array(steps, { minLength: 1, maxLength: 3 }), { maxLength: 6 }).map((batches) => batches.flat()),
    performed: fc.integer({ min: 0, max: 3 }),
    keeps: fc.nat(0xffff_ffff),
    zeroAhead: fc.boolean(),
  }),
  { minLength: 1, maxLength: 5 },
)

describe("recovery after a power failure", () => {
  it("keeps what must survive old segments, wherever the head of a new one was torn", () => {
    const disk = new MemoryDisk()
    const tight = { segmentBytesMax: 600, zeroAheadBytes: 0 }
    const open = (on: MemoryDisk): LogStore => {
      const store = createLogStore(identity, recover(on, identity), bootstrap, tight)
      run(store, on)
      return store
    }
    const store = open(disk)
    recordPeerIncarnation(store, 2, "00000000000000b2")
    append(store, { number: 1, hardState: { term: 1, votedFor: 1, commitIndex: 0 }, entries: [command(1, 1, "x".repeat(300))] })
    run(store, disk)
    append(store, { number: 2, hardState: null, entries: [command(2, 1, "y".repeat(300))] })
    run(store, disk)
    const last = disk.list().at(-1)!
    const whole = disk.read(last, 0, disk.sizeBytes(last))
    for (let length = 0; length < whole.length; length++) {
      const torn = disk.clone()
      torn.put(last, whole.slice(0, length))
      const again = open(torn)
      append(again, { number: 1, hardState: null, entries: [command(2, 1, "z".repeat(300))] })
      run(again, torn)
      storeSnapshot(torn, 2, 1)
      compactLog(again, snapshotAt(2, 1), 3)
      run(again, torn)
      const recovered = recover(torn, identity)
      expect(recovered.peerIncarnations.get(2), `torn at ${length}`).toBe("00000000000000b2")
      expect(recovered.hardState).toMatchObject({ term: 1, votedFor: 1 })
    }
  })

  it("never calls committed what the interrupted batch was about to replace", () => {
    const disk = new MemoryDisk()
    const store = createLogStore(identity, recover(disk, identity), bootstrap, { segmentBytesMax: 1 << 20, zeroAheadBytes: 0 })
    run(store, disk)
    const leftovers = [1, 2, 3, 4].map((index) => command(index, 1))
    append(store, { number: 1, hardState: { term: 1, votedFor: null, commitIndex: 2 }, entries: leftovers })
    run(store, disk)
    const file = disk.list().at(-1)!
    const before = disk.sizeBytes(file)
    // The next leader's entries replace 3 and 4, and arrive with the news that they are committed.
    const replacement = [3, 4, 5].map((index) => command(index, 2))
    append(store, { number: 2, hardState: { term: 2, votedFor: null, commitIndex: 5 }, entries: replacement })
    run(store, disk)
    const whole = disk.read(file, 0, disk.sizeBytes(file))
    for (let length = before; length <= whole.length; length++) {
      const torn = disk.clone()
      torn.put(file, whole.slice(0, length))
      const { entries, hardState } = recover(torn, identity)
      expect(hardState.commitIndex, `torn at ${length}`).toBeGreaterThanOrEqual(2)
      const committed = entries.filter(({ index }) => index > 2 && index <= hardState.commitIndex)
      expect(
        committed.map(({ term }) => term).filter((term) => term !== 2),
        `torn at ${length}`,
      ).toEqual([])
    }
  })

  it("finds all that was synced, and of the interrupted batch at most a prefix, whichever sectors survived", () => {
    fc.assert(fc.property(rounds, crashAndRecover), { numRuns: 400 })
  })
})

function crashAndRecover(plan: readonly Round[]): void {
  const disk = new MemoryDisk()
  let model: Model = { hardState: { term: 0, votedFor: null, commitIndex: 0 }, entries: new Map(), lastIndex: 0, peers: new Map() }
  for (const round of plan) {
    const roundLimits = { segmentBytesMax: 2500, zeroAheadBytes: round.zeroAhead ? 3000 : 0 }
    const recoveredBefore = recover(disk, identity)
    const store = createLogStore(identity, recoveredBefore, bootstrap, roundLimits)
    run(store, disk)
    const world: World = { store, disk, acknowledged: cloneModel(model), model, snapshotIndex: recoveredBefore.snapshot?.lastIndex ?? 0 }
    for (const [i, step] of round.steps.entries()) {
      perform(step, world, i + 1)
      // The last steps stay queued for the request that the crash interrupts.
      if (i % 3 === 2 && i < round.steps.length - 2) flush(world)
    }
    const possible: Model[] = [cloneModel(world.acknowledged)]
    const items = store.queue.slice()
    const request = nextLogRequest(store)
    const after = afterItems(world.acknowledged, items, possible)
    if (request !== null) {
      const operations = request.operations.slice(0, round.performed)
      disk.perform({ ...request, operations })
      if (operations.length === request.operations.length) possible.splice(0, possible.length, after)
    }
    let coins = round.keeps
    disk.crash((_, sector) => {
      coins = Math.imul(coins ^ (sector + 0x9e37), 0x85ebca6b) >>> 0
      return (coins & 4) !== 0
    })
    const recovered = recover(disk, identity)
    // The last that fits: entries that a compaction gave up may be there once more, and be gone the next time.
    const match = possible.findLast((one) => fits(recovered, one))
    if (match === undefined) {
      throw new Error(
        `recovered ${JSON.stringify(recovered.entries.map((entry) => [entry.index, entry.term]))}, which is none of ${possible.length} possible states`,
      )
    }
    model = {
      hardState: recovered.hardState,
      lastIndex: recovered.entries.at(-1)?.index ?? recovered.snapshot!.lastIndex,
      peers: new Map(recovered.peerIncarnations),
      entries: new Map(recovered.entries.filter(({ index }) => match.entries.has(index)).map((entry) => [entry.index, entry])),
    }
  }
}

interface World {
  readonly store: LogStore
  readonly disk: MemoryDisk
  /** What was confirmed to be durable. */
  acknowledged: Model
  /** With what is queued. */
  readonly model: Model
  snapshotIndex: number
}

function flush(world: World): void {
  world.acknowledged = afterItems(world.acknowledged, world.store.queue.slice(), [])
  run(world.store, world.disk)
}

/** The state after a batch; each state on the way goes to `states`. The batch record, with term and vote, comes first. */
function afterItems(before: Model, items: readonly LogItem[], states: Model[]): Model {
  const model = cloneModel(before)
  for (const item of items) if (item.kind === "write" && item.write.hardState !== null) model.hardState = item.write.hardState
  states.push(cloneModel(model))
  for (const item of items) applyToModel(model, item, states)
  return model
}

function perform(step: Step, world: World, number: number): void {
  const { store, disk, model, snapshotIndex } = world
  const { term: currentTerm } = model.hardState
  switch (step.kind) {
    case "append": {
      const from = Math.max(snapshotIndex + 1, model.lastIndex + 1 - step.back)
      const term = currentTerm + (step.newTerm || step.back > 0 || currentTerm === 0 ? 1 : 0)
      const entries = Array.from({ length: step.count }, (_, i) => command(from + i, term, "x".repeat(step.bytes)))
      const hardState = term === currentTerm ? null : { term, votedFor: null, commitIndex: snapshotIndex }
      append(store, { number, hardState, entries })
      if (hardState !== null) model.hardState = hardState
      applyToModel(model, { kind: "write", write: { number, hardState, entries } }, [])
      return
    }
    case "vote": {
      const hardState = { term: currentTerm + 1, votedFor: step.for, commitIndex: snapshotIndex }
      append(store, { number, hardState, entries: [] })
      model.hardState = hardState
      return
    }
    case "peer":
      recordPeerIncarnation(store, step.id, String(number).padStart(16, "0"))
      return
    case "snapshot": {
      // Only what is durable can be applied and put into a snapshot.
      flush(world)
      const index = Math.max(snapshotIndex, model.lastIndex - step.behind)
      const term = model.entries.get(index)?.term
      if (term === undefined || index === snapshotIndex) return
      storeSnapshot(disk, index, term)
      compactLog(store, snapshotAt(index, term), Math.max(1, index + 1 - step.tail))
      world.snapshotIndex = index
      return
    }
    case "install": {
      flush(world)
      if (currentTerm === 0) return
      const index = model.lastIndex + step.ahead
      storeSnapshot(disk, index, currentTerm)
      restartLog(store, snapshotAt(index, currentTerm))
      model.entries.clear()
      model.lastIndex = index
      world.snapshotIndex = index
      return
    }
    default:
      step satisfies never
  }
}
