// What callers learn: exactly-once sessions, forwarded proposals under repeated and lost messages, limits, cancellation.

import { describe, expect, test } from "vitest"
import { defaultRaftOptions, type Message, type NodeId } from "../../src/core/index.ts"
import { defaultReplicaLimits, type Outcome, type SessionToken } from "../../src/replica/index.ts"
import { between, TestCluster } from "./cluster.ts"
import { asText, text } from "./counter-machine.ts"

function open(cluster: TestCluster, node: NodeId): number {
  const outcome = cluster.outcome(cluster.ask(node, (id) => ({ kind: "openSession", id })))
  if (outcome.kind !== "committed") throw new Error(outcome.message)
  expect(outcome.result).toHaveLength(8)
  const sessionId = Number(new DataView(outcome.result.buffer, outcome.result.byteOffset).getBigUint64(0))
  expect(sessionId).toBe(outcome.index)
  return sessionId
}

const token = (sessionId: number, sequence: number, answeredBelow = 1): SessionToken => ({ sessionId, sequence, answeredBelow })

function told(outcome: Outcome): string {
  return outcome.kind === "committed" ? asText(outcome.result) : outcome.kind === "rejected" ? outcome.reason : outcome.kind
}

describe("a session", () => {
  test("makes a retry exactly-once, on any server, under any leader", () => {
    const cluster = new TestCluster([1, 2, 3])
    const first = cluster.untilLeader()
    const session = open(cluster, 2)
    expect(told(cluster.outcome(cluster.propose(first, "add x 5", token(session, 1))))).toBe("5")
    cluster.crash(first)
    const second = cluster.untilLeader()
    expect(told(cluster.outcome(cluster.propose(second, "add x 5", token(session, 1))))).toBe("5")
    cluster.start(first)
    cluster.untilEqual()
    expect(told(cluster.outcome(cluster.propose(first, "add x 5", token(session, 1))))).toBe("5")
    expect(told(cluster.outcome(cluster.propose(first, "add x 5", token(session, 2))))).toBe("10")
    expect(told(cluster.outcome(cluster.propose(first, "add x 5", token(session, 1, 2))))).toBe("sequenceForgotten")
    cluster.untilEqual()
    for (const { machine } of cluster.running) expect(machine.query("x")).toBe(10)
  })

  test("that is closed, or was never opened, is refused and nothing is applied", () => {
    const cluster = new TestCluster([1, 2, 3])
    const leader = cluster.untilLeader()
    const session = open(cluster, leader)
    const close = (): Outcome => cluster.outcome(cluster.ask(leader, (id) => ({ kind: "closeSession", id, sessionId: session })))
    expect(close().kind).toBe("committed")
    expect(told(close())).toBe("sessionExpired")
    expect(told(cluster.outcome(cluster.propose(leader, "add x 5", token(session, 1))))).toBe("sessionExpired")
    expect(told(cluster.outcome(cluster.propose(leader, "add x 5", token(99_999, 1))))).toBe("sessionExpired")
    expect(cluster.answer(cluster.read(leader, "x"))).toMatchObject({ answer: 0 })
  })

  test("is refused where its numbers fit no log entry: nobody could apply one", () => {
    const cluster = new TestCluster([1, 2, 3])
    const leader = cluster.untilLeader()
    const before = cluster.replica(leader).status().lastLogIndex
    for (const sessionId of [2 ** 53, -1, 1.5, Number.NaN]) {
      const id = cluster.ask(leader, (one) => ({ kind: "keepSession", id: one, sessionId }))
      expect(cluster.outcomes.get(id)).toMatchObject({ kind: "rejected", reason: "sessionExpired" })
      const other = cluster.propose(leader, "add x 1", token(1, sessionId))
      expect(cluster.outcomes.get(other)).toMatchObject({ kind: "rejected", reason: "sessionExpired" })
    }
    const id = cluster.ask(leader, (one) => ({ kind: "keepSession", id: one, sessionId: Number.MAX_SAFE_INTEGER }))
    expect(cluster.outcome(id)).toMatchObject({ kind: "rejected", reason: "sessionExpired" })
    expect(cluster.replica(leader).status().lastLogIndex).toBe(before + 1)
  })

  test("expires by the log's time alone: never in an idle cluster, then with the first command, on all servers at the same entry", () => {
    const cluster = new TestCluster([1, 2, 3], { limits: { sessionTimeoutMs: 1_000 } })
    const leader = cluster.untilLeader()
    const idle = open(cluster, leader)
    const kept = open(cluster, leader)
    const keep = (): Outcome => cluster.outcome(cluster.ask(leader, (id) => ({ kind: "keepSession", id, sessionId: kept })))
    for (let i = 0; i < 3; i++) {
      cluster.run(300)
      expect(keep().kind).toBe("committed")
    }
    cluster.run(80)
    expect(cluster.replica(leader).status().sessions).toBe(2)
    cluster.run(900)
    expect(cluster.replica(leader).status().sessions).toBe(2)
    expect(keep().kind).toBe("committed")
    cluster.untilEqual()
    for (const { replica, observations } of cluster.running) {
      expect(replica!.status().sessions).toBe(1)
      expect(observations.filter(({ kind }) => kind === "sessionExpired")).toEqual([{ kind: "sessionExpired", sessionId: idle }])
    }
    expect(new Set(cluster.running.map(({ replica }) => replica!.replicatedHash())).size).toBe(1)
  })

  test("has at least its whole timeout again after a failover: the cluster's clock stood still", () => {
    const cluster = new TestCluster([1, 2, 3], { limits: { sessionTimeoutMs: 1_000 } })
    const leader = cluster.untilLeader()
    const session = open(cluster, leader)
    for (const id of [1, 2, 3]) cluster.crash(id)
    cluster.run(100_000)
    for (const id of [1, 2, 3]) cluster.start(id)
    const next = cluster.untilLeader()
    cluster.run(500)
    expect(told(cluster.outcome(cluster.propose(next, "add x 5", token(session, 1))))).toBe("5")
  })
})

describe("the cluster's clock", () => {
  test("never goes back, runs with the leader's clock, and stands still without one", () => {
    const cluster = new TestCluster([1, 2, 3])
    const timeOf = (): number => Number(told(cluster.outcome(cluster.propose(cluster.untilLeader(), "time"))))
    const first = timeOf()
    cluster.run(1_000)
    const second = timeOf()
    expect(second - first).toBeGreaterThanOrEqual(1_000)
    expect(second - first).toBeLessThan(1_020)
    cluster.crash(cluster.leader!)
    const third = timeOf()
    expect(third).toBeGreaterThanOrEqual(second)
    expect(third - second).toBeLessThan(100)
    cluster.run(1_000)
    const fourth = timeOf()
    expect(fourth - third).toBeGreaterThanOrEqual(1_000)
    expect(fourth - third).toBeLessThan(1_020)
  })
})

describe("a forwarded proposal", () => {
  function withFollower(): { cluster: TestCluster; leader: NodeId; follower: NodeId } {
    const cluster = new TestCluster([1, 2, 3])
    const leader = cluster.untilLeader()
    cluster.untilEqual()
    return { cluster, leader, follower: leader === 1 ? 2 : 1 }
  }

  test("is applied once, however often the network repeats it, at once or after later ones", () => {
    for (const laterMs of [1, 2, 40]) {
      const { cluster, leader, follower } = withFollower()
      cluster.repeatedAfter = ({ kind }) => (kind === "forwardProposals" ? laterMs : 0)
      const ids = [1, 2, 3].map(() => {
        cluster.run(5)
        return cluster.propose(follower, "add x 1")
      })
      expect(ids.map((id) => told(cluster.outcome(id)))).toEqual(["1", "2", "3"])
      cluster.run(100)
      expect(cluster.answer(cluster.read(leader, "x"))).toMatchObject({ answer: 3 })
    }
  })

  test("is never called rejected by a copy of it that comes late", () => {
    const { cluster, leader, follower } = withFollower()
    const copies: Message[] = []
    cluster.isLost = (message) => {
      if (message.kind === "forwardProposals") copies.push(message)
      return false
    }
    const answersTo = (message: Message): Message[] =>
      cluster.feed(leader, { kind: "message", message })!.messages.filter(({ kind }) => kind === "forwardProposalsReply")
    const id = cluster.propose(follower, "add x 1")
    expect(told(cluster.outcome(id))).toBe("1")
    const taken = copies[0]!
    const { term } = cluster.replica(leader).status()
    const decided = [{ rejected: [1], reason: "repeated" }]
    expect(answersTo(taken)).toMatchObject(decided)
    // The leader loses touch and steps down, in the same term: it remembers that it took the first copy.
    cluster.isLost = ({ to }) => to === leader
    cluster.until(() => cluster.replica(leader).status().role !== "leader")
    expect(cluster.replica(leader).status().term).toBe(term)
    expect(answersTo(taken)).toMatchObject(decided)
    // One that it never saw it can refuse for certain.
    const unseen = { ...taken, proposals: [{ id: 999, data: renumbered(taken, 999) }] } as Message
    expect(answersTo(unseen)).toMatchObject([{ rejected: [999], reason: "notLeader" }])
    // After a restart it remembers nothing, and says so.
    cluster.crash(leader)
    cluster.start(leader)
    cluster.run(5)
    expect(cluster.replica(leader).status().term).toBe(term)
    expect(answersTo(taken)).toMatchObject([{ reason: "lostLeadership" }])
  })

  function renumbered(message: Message, number: number): Uint8Array {
    if (message.kind !== "forwardProposals") throw new Error(message.kind)
    const data = message.proposals[0]!.data.slice()
    new DataView(data.buffer).setUint32(12, number, true)
    return data
  }

  test("that never arrived is rejected once an entry of the next leader's is applied, and no earlier", () => {
    const { cluster, leader, follower } = withFollower()
    cluster.isLost = ({ kind }) => kind === "forwardProposals"
    const id = cluster.propose(follower, "add x 1")
    cluster.run(1_000)
    expect(cluster.outcomes.has(id)).toBe(false)
    cluster.crash(leader)
    expect(cluster.outcome(id)).toMatchObject({ kind: "rejected", reason: "lostLeadership" })
  })

  test("that was lost is sent again to a leader that leads on: soon after its connection broke, else after an election timeout", () => {
    for (const [isTold, afterMs] of [
      [true, defaultRaftOptions.heartbeatIntervalMs],
      [false, defaultRaftOptions.electionTimeoutMaxMs],
    ] as const) {
      const { cluster, leader, follower } = withFollower()
      cluster.isLost = ({ kind }) => kind === "forwardProposals"
      const id = cluster.propose(follower, "add x 1")
      cluster.run(1)
      cluster.isLost = () => false
      if (isTold) cluster.feed(follower, { kind: "unreachable", peer: leader })
      cluster.run(afterMs - 2)
      expect(cluster.outcomes.has(id)).toBe(false)
      cluster.run(20)
      expect(told(cluster.outcome(id))).toBe("1")
    }
  })

  test("that its leader has waits for the log for as long as that takes, and is not sent over and over", () => {
    const { cluster, follower } = withFollower()
    let copies = 0
    // Nothing gets onto a quorum, and yet everybody hears the leader and it hears them.
    cluster.isLost = (message) => {
      if (message.kind === "forwardProposals") copies++
      return message.kind === "appendEntries" && message.entries.length > 0
    }
    const id = cluster.propose(follower, "add x 1")
    cluster.run(defaultReplicaLimits.forwardTimeoutMs + 1_000)
    expect(cluster.outcomes.has(id)).toBe(false)
    expect(copies).toBe(2)
    cluster.isLost = () => false
    expect(told(cluster.outcome(id))).toBe("1")
  })

  test("forwardTimeoutMs: without a word of it for so long it is unknown, and counts no more; not a moment earlier", () => {
    const { cluster, follower } = withFollower()
    cluster.isLost = ({ kind }) => kind === "forwardProposals"
    const id = cluster.propose(follower, "add x 1")
    cluster.run(defaultReplicaLimits.forwardTimeoutMs - 5)
    expect(cluster.outcomes.has(id)).toBe(false)
    cluster.run(10)
    expect(cluster.outcome(id)).toMatchObject({ kind: "unknown" })
    expect(cluster.replica(follower).status().pendingProposals).toBe(0)
  })

  test("that was refused is refused again, when the answer was lost", () => {
    const cluster = new TestCluster([1, 2, 3], { raft: { uncommittedBytesMax: 2_000 } })
    const leader = cluster.untilLeader()
    cluster.untilEqual()
    const follower = leader === 1 ? 2 : 1
    const third = [1, 2, 3].find((id) => id !== leader && id !== follower)!
    cluster.isLost = ({ from, to, kind }) =>
      (kind === "appendEntriesReply" && to === leader) || from === third || kind === "forwardProposalsReply"
    cluster.propose(follower, `add x 1 ${"y".repeat(1_800)}`)
    cluster.run(5)
    const second = cluster.propose(follower, `add x 1 ${"y".repeat(1_800)}`)
    cluster.run(5)
    expect(cluster.outcomes.has(second)).toBe(false)
    cluster.isLost = () => false
    cluster.run(defaultRaftOptions.electionTimeoutMaxMs + 10)
    expect(cluster.outcome(second)).toMatchObject({ kind: "rejected", reason: "overloaded", leader })
  })

  test("is refused by the leader's limits, and its caller is told why and by whom", () => {
    const cluster = new TestCluster([1, 2, 3], { raft: { uncommittedBytesMax: 2_000 } })
    const leader = cluster.untilLeader()
    cluster.untilEqual()
    const follower = leader === 1 ? 2 : 1
    const third = [1, 2, 3].find((id) => id !== leader && id !== follower)!
    cluster.isLost = ({ from, to, kind }) => (kind === "appendEntriesReply" && to === leader) || from === third
    const first = cluster.propose(follower, `add x 1 ${"y".repeat(1_800)}`)
    cluster.run(5)
    const second = cluster.propose(follower, `add x 1 ${"y".repeat(1_800)}`)
    expect(cluster.outcome(second)).toMatchObject({ kind: "rejected", reason: "overloaded", leader })
    cluster.isLost = () => false
    expect(told(cluster.outcome(first))).toBe("1")
  })

  test("that makes no sense never gets into the log, and harms nobody", () => {
    const { cluster, leader, follower } = withFollower()
    const { term } = cluster.replica(leader).status()
    const before = cluster.replica(leader).status().lastLogIndex
    for (const data of [new Uint8Array(0), text("not an envelope at all, just text"), new Uint8Array(60).fill(1)]) {
      const effects = cluster.feed(leader, {
        kind: "message",
        message: { kind: "forwardProposals", from: follower, to: leader, term, proposals: [{ id: 1, data }] },
      })
      expect(effects!.messages).toMatchObject([{ kind: "forwardProposalsReply", rejected: [1], reason: "invalidChange" }])
    }
    expect(cluster.replica(leader).status().lastLogIndex).toBe(before)
    expect(cluster.running).toHaveLength(3)
  })
})

describe("a proposal", () => {
  test("is rejected where no leader is known", () => {
    const cluster = new TestCluster([1, 2, 3])
    const id = cluster.propose(1, "add x 1")
    expect(cluster.outcome(id, 5)).toMatchObject({ kind: "rejected", reason: "noLeader", leader: null })
  })

  test("that is too large is rejected, on the leader and on a follower, and the others of its batch are not", () => {
    const cluster = new TestCluster([1, 2, 3], { raft: { proposalBytesMax: 1_000 } })
    cluster.untilLeader()
    cluster.untilEqual()
    for (const node of [1, 2, 3]) {
      const base = node * 100_000
      const commands = ["add x 1", `add x 1 ${"y".repeat(1_000)}`, "add x 1"]
      cluster.feed(node, {
        kind: "propose",
        proposals: commands.map((command, i) => ({ id: base + i, command: text(command), session: null })),
      })
      expect(cluster.outcome(base).kind).toBe("committed")
      expect(cluster.outcome(base + 1)).toMatchObject({ kind: "rejected", reason: "tooLarge" })
      expect(cluster.outcome(base + 2).kind).toBe("committed")
    }
  })

  test("is refused as overloaded above the limits, and taken again when there is room", () => {
    const cluster = new TestCluster([1, 2, 3], { limits: { pendingProposalsMax: 4 } })
    const leader = cluster.untilLeader()
    const ids = Array.from({ length: 5 }, () => cluster.propose(leader, "add x 1"))
    expect(cluster.outcomes.get(ids[4]!)).toMatchObject({ kind: "rejected", reason: "overloaded" })
    expect(ids.slice(0, 4).map((id) => cluster.outcome(id).kind)).toEqual(Array(4).fill("committed"))
    expect(cluster.outcome(cluster.propose(leader, "add x 1")).kind).toBe("committed")
  })

  test("that its caller cancels is unknown at once, and is not answered a second time when it is committed", () => {
    const cluster = new TestCluster([1, 2, 3])
    const leader = cluster.untilLeader()
    const id = cluster.propose(leader, "add x 1")
    const read = cluster.read(leader, "x")
    cluster.feed(leader, { kind: "cancel", ids: [id, read, 77_777] })
    expect(cluster.outcomes.get(id)?.kind).toBe("unknown")
    expect(cluster.reads.get(read)?.kind).toBe("rejected")
    cluster.run(100)
    expect(cluster.answer(cluster.read(leader, "x"))).toMatchObject({ answer: 1 })
    expect(cluster.replica(leader).status()).toMatchObject({ pendingProposals: 0, pendingReads: 0, pendingProposalBytes: 0 })
  })
})

describe("a read", () => {
  test("waits for the index that its caller has seen elsewhere", () => {
    const cluster = new TestCluster([1, 2, 3])
    const leader = cluster.untilLeader()
    cluster.untilEqual()
    const follower = leader === 1 ? 2 : 1
    cluster.isLost = between([follower], [1, 2, 3])
    const outcome = cluster.outcome(cluster.propose(leader, "add x 1"))
    const index = outcome.kind === "committed" ? outcome.index : 0
    const read = cluster.read(follower, "x", "stale", index)
    const old = cluster.read(follower, "x", "stale", index - 1)
    cluster.run(20)
    expect(cluster.reads.get(old)).toMatchObject({ kind: "answered", answer: 0 })
    expect(cluster.reads.has(read)).toBe(false)
    cluster.isLost = () => false
    expect(cluster.answer(read)).toMatchObject({ kind: "answered", answer: 1 })
  })

  test("that was lost on its way to the leader is asked again", () => {
    const cluster = new TestCluster([1, 2, 3])
    const leader = cluster.untilLeader()
    cluster.untilEqual()
    const follower = leader === 1 ? 2 : 1
    for (const kind of ["readIndex", "readIndexReply"]) {
      let lost = 0
      cluster.isLost = (message) => message.kind === kind && ++lost <= 2
      expect(cluster.answer(cluster.read(follower, "x"))).toMatchObject({ kind: "answered" })
      expect(lost).toBeGreaterThan(2)
    }
  })

  test("on a follower outlives its leader: it is asked again at the next one", () => {
    const cluster = new TestCluster([1, 2, 3])
    const leader = cluster.untilLeader()
    cluster.untilEqual()
    const follower = leader === 1 ? 2 : 1
    cluster.crash(leader)
    const read = cluster.read(follower, "x")
    expect(cluster.answer(read)).toMatchObject({ kind: "answered" })
  })

  test("is rejected once nobody confirmed it for long enough, and never answered without", () => {
    const cluster = new TestCluster([1, 2, 3], { limits: { readTimeoutMs: 2_000 } })
    const leader = cluster.untilLeader()
    cluster.untilEqual()
    const follower = leader === 1 ? 2 : 1
    cluster.isLost = ({ kind }) => kind === "readIndex"
    const read = cluster.read(follower, "x")
    cluster.run(1_990)
    expect(cluster.reads.has(read)).toBe(false)
    cluster.run(20)
    expect(cluster.reads.get(read)).toMatchObject({ kind: "rejected", reason: "noLeader" })
  })

  test("whose query throws fails alone", () => {
    const cluster = new TestCluster([1, 2, 3])
    const leader = cluster.untilLeader()
    const bad = cluster.read(leader, "!")
    const good = cluster.read(leader, "x")
    expect(cluster.answer(bad)).toMatchObject({ kind: "failed", message: "there is no counter of that name" })
    expect(cluster.answer(good)).toMatchObject({ kind: "answered" })
  })

  test("by lease needs no message while the lease holds, and becomes linearizable where leases are off", () => {
    for (const leaseReads of [true, false]) {
      const cluster = new TestCluster([1, 2, 3], { raft: { leaseReads } })
      const leader = cluster.untilLeader()
      cluster.run(100)
      const effects = cluster.feed(leader, { kind: "read", reads: [{ id: 9_000, query: "x", consistency: "lease", minimumIndex: 0 }] })
      expect(effects!.reads).toHaveLength(leaseReads ? 1 : 0)
      expect(cluster.answer(9_000)).toMatchObject({ kind: "answered" })
    }
  })

  test("above the limit of waiting ones is refused", () => {
    const cluster = new TestCluster([1, 2, 3], { limits: { pendingReadsMax: 2 } })
    const leader = cluster.untilLeader()
    const ids = [1, 2, 3].map(() => cluster.read(leader, "x"))
    expect(cluster.reads.get(ids[2]!)).toMatchObject({ kind: "rejected", reason: "overloaded" })
    for (const id of ids.slice(0, 2)) expect(cluster.answer(id)).toMatchObject({ kind: "answered" })
  })
})
