/**
 * The core alone: three servers in one thread, messages by reference, disks that are done at once. How many entries a second the algorithm
 * commits, in batches of 64 and one by one, and how many idle steps five servers take. The same loop over etcd's raft stands in `etcd-raft/`.
 * A process of its own, so that no other benchmark's heap or compiled code is in its way; prints one line of JSON.
 */

import { bootstrapConfiguration, defaultRaftOptions, Raft, type Message, type NodeId } from "oarlock/core"

export interface CoreFigures {
  readonly batched: number
  readonly single: number
  readonly idle: number
}

class Loop {
  readonly nodes = new Map<NodeId, Raft>()
  now = 0
  #queue: Message[] = []

  constructor(count: number) {
    const ids = Array.from({ length: count }, (_, i) => i + 1)
    const configuration = bootstrapConfiguration(ids.map((id) => ({ id, name: "", peerAddress: `n${id}`, clientAddress: "" })))
    const start = {
      hardState: { term: 0, votedFor: null, commitIndex: 0 },
      snapshot: { lastIndex: 0, lastTerm: 0, configuration },
      entries: [],
    }
    for (const id of ids) this.nodes.set(id, Raft.create({ ...defaultRaftOptions, id, seed: id }, start, 0))
    this.now = 1000
    this.node(1).wake(this.now)
    this.run()
  }

  node(id: NodeId): Raft {
    return this.nodes.get(id)!
  }

  collect(raft: Raft): void {
    for (;;) {
      const { messages } = raft.takeReady(this.now)
      for (const message of messages) this.#queue.push(message)
      const write = raft.takeWrite()
      if (write === null) return
      raft.persisted(write.number, this.now)
    }
  }

  /** Delivers until nothing is on its way; returns how many messages that were. */
  run(): number {
    this.collect(this.node(1))
    let delivered = 0
    while (this.#queue.length > 0) {
      const queue = this.#queue
      this.#queue = []
      for (const message of queue) {
        const raft = this.node(message.to)
        raft.receive(message, this.now)
        this.collect(raft)
      }
      delivered += queue.length
    }
    return delivered
  }

  /** Keeps a short log, as a snapshot policy would. */
  compact(): void {
    for (const raft of this.nodes.values()) raft.compact(raft.describeSnapshot(raft.commitIndex), raft.commitIndex)
  }
}

/** Payloads of 256 bytes, sliced from large blocks as the replica slices its batches. The Go loop does the same. */
class Pool {
  #block = new Uint8Array(1 << 16)
  #used = 0

  take(count: number): Uint8Array[] {
    const payloads: Uint8Array[] = []
    for (let i = 0; i < count; i++) {
      if (this.#used === this.#block.length) {
        this.#block = new Uint8Array(1 << 16)
        this.#used = 0
      }
      payloads.push(this.#block.subarray(this.#used, this.#used + 256))
      this.#used += 256
    }
    return payloads
  }
}

function proposals(batch: number, total: number): number {
  const loop = new Loop(3)
  const pool = new Pool()
  const started = performance.now()
  for (let done = 0; done < total; done += batch) {
    const payloads = pool.take(batch)
    const result = loop.node(1).propose(payloads)
    if (!result.ok) throw new Error(`a proposal was refused: ${result.reason}`)
    loop.run()
    if (done % 65_536 < batch) loop.compact()
  }
  const seconds = (performance.now() - started) / 1000
  if (loop.node(2).commitIndex !== total + 1) throw new Error(`only ${loop.node(2).commitIndex - 1} of ${total} entries were committed`)
  return total / seconds
}

function idleSteps(): number {
  const loop = new Loop(5)
  const started = performance.now()
  let steps = 0
  for (let beat = 0; beat < 60_000; beat++) {
    loop.now += 50
    loop.node(1).wake(loop.now)
    steps += loop.run()
  }
  return steps / ((performance.now() - started) / 1000)
}

function measureCore(): CoreFigures {
  proposals(64, 64_000)
  proposals(1, 20_000)
  return { batched: proposals(64, 1_280_000), single: proposals(1, 200_000), idle: idleSteps() }
}

process.stdout.write(`${JSON.stringify(measureCore())}\n`)
