/**
 * A few cores in one place, for tests that read like the paper: messages lie in a list until the test delivers or loses them, disks complete at
 * once unless the test holds them, and time moves only by hand.
 */

import {
  bootstrapConfiguration,
  defaultRaftOptions,
  emptyConfiguration,
  Raft,
  type Entry,
  type Leader,
  type Member,
  type Message,
  type MessageKind,
  type NodeId,
  type RaftObservation,
  type RaftOptions,
  type RaftStart,
  type ReadReady,
} from "../../src/core/index.ts"

export class RaftCluster {
  readonly nodes = new Map<NodeId, Raft>()
  readonly reads = new Map<NodeId, ReadReady[]>()
  readonly observations = new Map<NodeId, RaftObservation[]>()
  /** What was sent and neither delivered nor lost. */
  wire: Message[] = []
  now = 0
  /** Nodes whose disk completes nothing. */
  readonly heldDisks = new Set<NodeId>()
  readonly #held = new Map<NodeId, number>()
  readonly #options: Partial<RaftOptions>
  /** Messages for which this is false are lost. */
  passes: (message: Message) => boolean = () => true

  constructor(ids: readonly NodeId[], options: Partial<RaftOptions> = {}) {
    this.#options = options
    const snapshot = { lastIndex: 0, lastTerm: 0, configuration: bootstrapConfiguration(ids.map(memberNamed)) }
    for (const id of ids) this.start(id, { hardState: { term: 0, votedFor: null, commitIndex: 0 }, snapshot, entries: [] })
  }

  start(id: NodeId, start: RaftStart): Raft {
    const raft = Raft.create({ ...defaultRaftOptions, id, seed: id * 7919, ...this.#options }, start, this.now)
    this.nodes.set(id, raft)
    this.reads.set(id, [])
    this.observations.set(id, [])
    this.collect(id)
    return raft
  }

  /** Starts a server that belongs to nothing yet. */
  join(id: NodeId): Raft {
    const snapshot = { lastIndex: 0, lastTerm: 0, configuration: emptyConfiguration }
    return this.start(id, { hardState: { term: 0, votedFor: null, commitIndex: 0 }, snapshot, entries: [] })
  }

  node(id: NodeId): Raft {
    const raft = this.nodes.get(id)
    if (raft === undefined) throw new Error(`there is no node ${id}`)
    return raft
  }

  role(id: NodeId): string {
    return this.node(id).state.role.kind
  }

  leader(id: NodeId): Leader {
    const { role } = this.node(id).state
    if (role.kind !== "leader") throw new Error(`node ${id} is a ${role.kind}`)
    return role
  }

  /** Takes what node `id` wants sent and written; its disk completes at once unless held. */
  collect(id: NodeId): void {
    const raft = this.node(id)
    for (;;) {
      const ready = raft.takeReady(this.now)
      this.wire.push(...ready.messages.filter((message) => this.passes(message)))
      this.reads.get(id)!.push(...ready.reads)
      this.observations.get(id)!.push(...ready.observations)
      const write = raft.takeWrite()
      if (write === null) return
      if (this.heldDisks.has(id)) this.#held.set(id, write.number)
      else raft.persisted(write.number, this.now)
    }
  }

  /** Completes everything that node `id`'s held disk has been asked for. */
  releaseDisk(id: NodeId): void {
    this.heldDisks.delete(id)
    const number = this.#held.get(id)
    this.#held.delete(id)
    if (number !== undefined) this.node(id).persisted(number, this.now)
    this.collect(id)
  }

  /** Delivers one message. */
  deliver(message: Message): void {
    const raft = this.nodes.get(message.to)
    if (raft === undefined) return
    raft.receive(message, this.now)
    this.collect(message.to)
  }

  /** Delivers until nothing is on its way, in order of sending. */
  settle(): void {
    for (let i = 0; this.wire.length > 0; i++) {
      if (i > 100_000) throw new Error("the cluster does not come to rest")
      this.deliver(this.wire.shift()!)
    }
  }

  /** Takes the messages of one kind off the wire. */
  take<K extends MessageKind>(kind: K, to?: NodeId): Extract<Message, { kind: K }>[] {
    const matches = (message: Message): boolean => message.kind === kind && (to === undefined || message.to === to)
    const taken = this.wire.filter(matches)
    this.wire = this.wire.filter((message) => !matches(message))
    return taken as Extract<Message, { kind: K }>[]
  }

  /** Lets `ms` pass; every node in `ids` (all, if left out) is woken whenever it asks to be, and messages arrive at once. */
  advance(ms: number, ids: readonly NodeId[] = [...this.nodes.keys()]): void {
    const end = this.now + ms
    this.settle()
    for (;;) {
      const due = Math.min(...ids.map((id) => this.node(id).deadline))
      if (due > end) break
      this.now = Math.max(this.now, due)
      for (const id of ids) {
        if (this.node(id).deadline > this.now) continue
        this.node(id).wake(this.now)
        this.collect(id)
      }
      this.settle()
    }
    this.now = end
  }

  /** Lets node `id` alone run out of patience, after everyone has lost touch with any leader, and settles. */
  elect(id: NodeId): void {
    this.timeout(id)
    this.settle()
    if (this.role(id) !== "leader") throw new Error(`node ${id} did not win: ${this.role(id)}`)
  }

  /** Node `id`'s election timer runs out, once everyone else has waited long enough to listen. */
  timeout(id: NodeId): void {
    this.now = Math.max(this.now + 1000, this.node(id).deadline)
    this.node(id).wake(this.now)
    this.collect(id)
  }

  propose(id: NodeId, ...texts: readonly string[]): void {
    const result = this.node(id).propose(texts.map((text) => new TextEncoder().encode(text)))
    if (!result.ok) throw new Error(`node ${id} refused a proposal: ${result.reason}`)
    this.collect(id)
  }

  /** Cuts the listed groups off from each other. */
  partition(...groups: readonly (readonly NodeId[])[]): void {
    const groupOf = (id: NodeId): number => groups.findIndex((group) => group.includes(id))
    this.passes = (message) => groupOf(message.from) === groupOf(message.to)
    this.wire = this.wire.filter(this.passes)
  }

  heal(): void {
    this.passes = () => true
  }

  /** The log of node `id` as text: `term:command`, no-ops as `term:`. */
  log(id: NodeId): string {
    const { state } = this.node(id)
    const from = state.log.base.index + 1
    const entries = this.node(id).lastIndex < from ? [] : this.node(id).entries(from, this.node(id).lastIndex)
    return entries.map(describe).join(" ")
  }

  committed(id: NodeId): string {
    const raft = this.node(id)
    return raft.commitIndex < raft.firstIndex ? "" : raft.entries(raft.firstIndex, raft.commitIndex).map(describe).join(" ")
  }
}

/** A member whose addresses follow from its id. */
export function memberNamed(id: NodeId): Member {
  return { id, name: `n${id}`, peerAddress: `127.0.0.1:${20_000 + id}`, clientAddress: "" }
}

/** A log as text (`1:a 1:b 2:c`) turned into entries from index 1. */
export function entriesOf(text: string): Entry[] {
  return text
    .split(" ")
    .filter((word) => word !== "")
    .map((word, i) => {
      const [term, command = ""] = word.split(":")
      return {
        index: i + 1,
        term: Number(term),
        kind: command === "" ? "noop" : "command",
        data: new TextEncoder().encode(command),
        configuration: null,
        encoded: null,
      }
    })
}

/** A start from a log as text; the configuration has the voters `ids`. */
export function startOf(ids: readonly NodeId[], text: string, term: number, commitIndex = 0, votedFor: NodeId | null = null): RaftStart {
  const configuration = bootstrapConfiguration(ids.map(memberNamed))
  return { hardState: { term, votedFor, commitIndex }, snapshot: { lastIndex: 0, lastTerm: 0, configuration }, entries: entriesOf(text) }
}

function describe(entry: Entry): string {
  if (entry.kind === "configuration")
    return `${entry.term}:{${entry.configuration!.voters.join(",")}${entry.configuration!.votersOutgoing.length > 0 ? "|" + entry.configuration!.votersOutgoing.join(",") : ""}}`
  return `${entry.term}:${new TextDecoder().decode(entry.data)}`
}
