/**
 * A backend without a replica: it remembers what it was asked, and answers when the test says so, or by itself from a map.
 */

import type { MembershipChange } from "../../src/core/index.ts"
import type { BackendRequests, NativeBackend, BackendReceiver } from "../../src/server/native/index.ts"
import type { LeaderState, ServerStatus, ReadConsistency, SessionToken } from "../../src/wire/client/index.ts"
import { decodeKvCommand, encodeKvResponse, type KvAnswer, type KvQuery } from "../../src/wire/kv/index.ts"

export interface Asked {
  readonly receiver: BackendReceiver
  readonly tag: number
  readonly handle: number
  readonly kind:
    | "submit"
    | "read"
    | "openSession"
    | "keepSession"
    | "closeSession"
    | "changeMembership"
    | "transferLeadership"
    | "takeSnapshot"
  readonly command?: Uint8Array
  readonly session?: SessionToken | null
  readonly query?: KvQuery
  readonly consistency?: ReadConsistency
  readonly minimumIndex?: number
  readonly sessionId?: number
  readonly changes?: readonly MembershipChange[]
  readonly version?: number | null
  readonly to?: number | null
}

export class FakeBackend implements NativeBackend, BackendRequests {
  readonly requests: BackendRequests = this
  readonly sessionTimeToLiveMs = 60_000
  /** Not answered yet, oldest first. */
  readonly asked: Asked[] = []
  readonly cancelled: number[] = []
  /** Answer everything by itself, at once, from `store`. */
  isAutomatic = false
  readonly store = new Map<string, Uint8Array>()
  /** How often each command was applied, by its value, where the value is text. */
  readonly applied: string[] = []
  index = 0
  leader: LeaderState = {
    term: 3,
    leader: 1,
    configurationIndex: 0,
    members: [
      { id: 1, name: "n1", peerAddress: "127.0.0.1:1", clientAddress: "127.0.0.1:11", standing: "voter", matchIndex: 7 },
      { id: 2, name: "n2", peerAddress: "127.0.0.1:2", clientAddress: "127.0.0.1:12", standing: "learner", matchIndex: null },
    ],
    genesis: "00000000000000f1",
  }
  clusterId = "00000000000000c1"
  nodeId = 1
  readonly listeners = new Set<() => void>()
  private handles = 0
  private nextSession = 100
  private readonly sessions = new Map<number, Map<number, Uint8Array>>()
  private waiters: { count: number; done: () => void }[] = []

  submit(command: Uint8Array, session: SessionToken | null, receiver: BackendReceiver, tag: number): number {
    return this.ask({ kind: "submit", command, session, receiver, tag })
  }
  read(query: unknown, consistency: ReadConsistency, minimumIndex: number, receiver: BackendReceiver, tag: number): number {
    return this.ask({ kind: "read", query: query as KvQuery, consistency, minimumIndex, receiver, tag })
  }
  openSession(receiver: BackendReceiver, tag: number): number {
    return this.ask({ kind: "openSession", receiver, tag })
  }
  keepSession(sessionId: number, receiver: BackendReceiver, tag: number): number {
    return this.ask({ kind: "keepSession", sessionId, receiver, tag })
  }
  closeSession(sessionId: number, receiver: BackendReceiver, tag: number): number {
    return this.ask({ kind: "closeSession", sessionId, receiver, tag })
  }
  changeMembership(changes: readonly MembershipChange[], version: number | null, receiver: BackendReceiver, tag: number): number {
    return this.ask({ kind: "changeMembership", changes, version, receiver, tag })
  }
  transferLeadership(to: number | null, receiver: BackendReceiver, tag: number): number {
    return this.ask({ kind: "transferLeadership", to, receiver, tag })
  }
  takeSnapshot(receiver: BackendReceiver, tag: number): number {
    return this.ask({ kind: "takeSnapshot", receiver, tag })
  }
  cancel(handle: number): void {
    this.cancelled.push(handle)
    const position = this.asked.findIndex((asked) => asked.handle === handle)
    const [asked] = position < 0 ? [] : this.asked.splice(position, 1)
    if (asked !== undefined) queueMicrotask(() => asked.receiver.onUnknown(asked.tag, "cancelled"))
  }
  status(): ServerStatus {
    return {
      ...this.leader,
      clusterId: this.clusterId,
      nodeId: this.nodeId,
      role: this.leader.leader === this.nodeId ? "leader" : "follower",
      commitIndex: this.index,
      appliedIndex: this.index,
      firstIndex: 1,
      lastIndex: this.index,
      snapshotIndex: 0,
      revision: this.index + 1,
      compactedRevision: 0,
      disk: "ok",
      diskBytes: 4096,
      softwareVersion: "test",
    }
  }
  leaderState(): LeaderState {
    return this.leader
  }
  onLeaderChange(listener: () => void): () => void {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }
  clientAddressOf(node: number): string | null {
    return this.leader.members.find(({ id }) => id === node)?.clientAddress ?? null
  }

  changeLeader(leader: LeaderState): void {
    this.leader = leader
    for (const listener of this.listeners) listener()
  }

  /** Resolves once at least `count` requests wait for an answer. */
  async waitForAsked(count: number): Promise<Asked[]> {
    if (this.asked.length < count) await new Promise<void>((done) => this.waiters.push({ count, done }))
    return this.asked
  }

  /** Answers the oldest request as a replica would. */
  answerNext(): void {
    const asked = this.asked.shift()
    if (asked === undefined) throw new Error("nothing was asked")
    this.answer(asked)
  }

  private ask(asked: Omit<Asked, "handle">): number {
    this.handles++
    const full = { ...asked, handle: this.handles }
    if (this.isAutomatic) queueMicrotask(() => this.answer(full))
    else this.asked.push(full)
    for (const waiter of this.waiters) if (this.asked.length >= waiter.count) waiter.done()
    this.waiters = this.waiters.filter(({ count }) => this.asked.length < count)
    return this.handles
  }

  private answer({ kind, receiver, tag, command, session, query }: Asked): void {
    switch (kind) {
      case "submit":
        return receiver.onCommitted(tag, ++this.index, this.applyOnce(command!, session ?? null))
      case "read":
        return receiver.onAnswered(tag, this.index, this.query(query!))
      case "openSession": {
        const id = this.nextSession++
        this.sessions.set(id, new Map())
        return receiver.onCommitted(tag, ++this.index, Uint8Array.of(0, 0, 0, 0, 0, 0, 0, id))
      }
      default:
        return receiver.onCommitted(tag, ++this.index, new Uint8Array(0))
    }
  }

  private applyOnce(command: Uint8Array, session: SessionToken | null): Uint8Array {
    if (session === null) return this.apply(command)
    const results = this.sessions.get(session.sessionId)!
    const kept = results.get(session.sequence) ?? this.apply(command)
    results.set(session.sequence, kept)
    return kept
  }

  private apply(bytes: Uint8Array): Uint8Array {
    const command = decodeKvCommand(bytes)
    const revision = this.index + 1
    switch (command.kind) {
      case "put":
        this.store.set(text(command.key), command.value.slice())
        this.applied.push(text(command.value))
        return encodeKvResponse({ kind: "put", revision, prevKv: null })
      case "deleteRange":
        return encodeKvResponse({ kind: "deleteRange", revision, deleted: Number(this.store.delete(text(command.key))), prevKvs: [] })
      case "compact":
        return encodeKvResponse({ kind: "refused", reason: "compacted", message: "mvcc: required revision has been compacted" })
      case "txn":
        return encodeKvResponse({ kind: "txn", revision, succeeded: true, responses: [] })
    }
  }

  private query(query: KvQuery): KvAnswer {
    if (query.kind === "get") return { kind: "get", value: this.store.get(text(query.key)) ?? null }
    if (query.kind === "txn") return { kind: "txn", revision: this.index, succeeded: true, responses: [] }
    const value = this.store.get(text(query.key))
    const kvs = value === undefined ? [] : [{ key: query.key, value, createRevision: 1, modRevision: 2, version: 2, lease: 0n }]
    return { kind: "range", revision: this.index, kvs, more: false, count: kvs.length }
  }
}

function text(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("latin1")
}
