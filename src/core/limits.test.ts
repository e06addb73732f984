// The bounds of the core: at the edge, one inside, one outside.

import { describe, expect, test } from "vitest"
import { memberNamed, RaftCluster } from "../../test/paper/raft-cluster.ts"
import type { AppendEntries } from "./message.ts"
import { defaultRaftOptions } from "./options.ts"

const { electionTimeoutMinMs, electionTimeoutMaxMs, heartbeatIntervalMs, clockDriftMax } = defaultRaftOptions

/** A leader of three that has settled. */
function led(options: ConstructorParameters<typeof RaftCluster>[1] = {}): RaftCluster {
  const cluster = new RaftCluster([1, 2, 3], options)
  cluster.elect(1)
  return cluster
}

/** How many bytes the entries of each append to `peer` have, that are on the wire. */
function sizesOf(cluster: RaftCluster, peer: number): number[][] {
  const appends: AppendEntries[] = cluster.take("appendEntries", peer)
  return appends.filter(({ entries }) => entries.length > 0).map(({ entries }) => entries.map(({ data }) => data.length))
}

function propose(cluster: RaftCluster, ...lengths: readonly number[]) {
  const result = cluster.node(1).propose(lengths.map((length) => new Uint8Array(length)))
  cluster.collect(1)
  return result.ok ? "ok" : result.reason
}

describe("moments", () => {
  test("electionTimeoutMinMs: nobody campaigns before it, and everybody does by the larger end", () => {
    for (let seed = 0; seed < 50; seed++) {
      const raft = new RaftCluster([1, 2, 3], { seed }).node(1)
      raft.wake(electionTimeoutMinMs - 0.001)
      expect(raft.state.role.kind).toBe("follower")
      raft.wake(electionTimeoutMaxMs)
      expect(raft.state.role.kind).toBe("preCandidate")
    }
  })

  test("electionTimeoutMaxMs: a leader that hears nobody for so long steps down, and not a moment earlier", () => {
    const cluster = led()
    const heardAt = cluster.now
    cluster.node(1).wake(heardAt + electionTimeoutMaxMs - 0.001)
    expect(cluster.role(1)).toBe("leader")
    cluster.node(1).wake(heardAt + electionTimeoutMaxMs)
    expect(cluster.role(1)).toBe("follower")
  })

  test("heartbeatIntervalMs: an idle leader is silent until then", () => {
    const cluster = led()
    const dueAt = cluster.leader(1).heartbeatDueAt
    expect(dueAt - cluster.now).toBe(heartbeatIntervalMs)
    cluster.node(1).wake(dueAt - 0.001)
    cluster.collect(1)
    expect(cluster.wire).toEqual([])
    cluster.node(1).wake(dueAt)
    cluster.collect(1)
    expect(cluster.wire.map(({ kind, to }) => [kind, to])).toEqual([["appendEntries", 2], ["appendEntries", 3]]) // oxfmt-ignore
  })

  test("clockDriftMax: a lease ends so much before the smallest election timeout", () => {
    const cluster = led({ leaseReads: true })
    cluster.advance(heartbeatIntervalMs)
    const leaseMs = electionTimeoutMinMs * (1 - clockDriftMax)
    const sentAt = cluster.leader(1).confirmedSentAt
    expect(cluster.node(1).leaseReadIndex(sentAt + leaseMs - 0.001)).toBe(1)
    expect(cluster.node(1).leaseReadIndex(sentAt + leaseMs)).toBeNull()
  })
})

describe("messages", () => {
  test("appendBytesMax: entries of as many bytes travel together, one byte more in two messages, and a larger entry alone", () => {
    const sent = (...lengths: readonly number[]) => {
      const cluster = led({ appendBytesMax: 10 })
      propose(cluster, ...lengths)
      return sizesOf(cluster, 2)
    }
    expect(sent(5, 4)).toEqual([[5, 4]])
    expect(sent(5, 5)).toEqual([[5, 5]])
    expect(sent(5, 6)).toEqual([[5], [6]])
    expect(sent(11, 1)).toEqual([[11], [1]])
    expect(sent(1, 11)).toEqual([[1], [11]])
  })

  test("appendBytesMax: a configuration counts with the bytes that it has on the wire", () => {
    const cluster = led({ appendBytesMax: 100 })
    cluster.passes = ({ to }) => to !== 3
    const member = { ...memberNamed(4), name: "n".repeat(100) }
    expect(cluster.node(1).changeMembership([{ kind: "addLearner", member }], null, cluster.now).ok).toBe(true)
    expect(propose(cluster, 1)).toBe("ok")
    expect(sizesOf(cluster, 2)).toEqual([[0], [1]])
  })

  test("appendEntriesMax: as many entries travel together, one more begins the next message", () => {
    const sent = (count: number) => {
      const cluster = led({ appendEntriesMax: 3 })
      propose(cluster, ...Array<number>(count).fill(1))
      return sizesOf(cluster, 2).map((sizes) => sizes.length)
    }
    expect([sent(2), sent(3), sent(4)]).toEqual([[2], [3], [3, 1]])
  })

  test("inflightMessagesMax: nothing more is sent to a follower that has not answered as many", () => {
    const cluster = led({ inflightMessagesMax: 2 })
    const sent = [1, 2, 3].map(() => {
      propose(cluster, 1)
      return sizesOf(cluster, 2).length
    })
    expect(sent).toEqual([1, 1, 0])
  })

  test("inflightBytesMax: nothing more is sent to a follower once as many bytes are on their way", () => {
    for (const [first, isFull] of [
      [9, false],
      [10, true],
      [11, true],
    ] as const) {
      // oxfmt-ignore
      const cluster = led({ inflightBytesMax: 10 })
      propose(cluster, first)
      expect(sizesOf(cluster, 2)).toEqual([[first]])
      propose(cluster, 1)
      expect(sizesOf(cluster, 2)).toEqual(isFull ? [] : [[1]])
    }
  })
})

describe("refusals", () => {
  test("proposalBytesMax: a proposal of as many bytes is taken, one byte more is too large", () => {
    const cluster = led({ proposalBytesMax: 4 })
    expect([3, 4, 5].map((length) => propose(cluster, length))).toEqual(["ok", "ok", "tooLarge"])
  })

  test("uncommittedBytesMax: as many bytes may wait to be committed, not one more; a larger proposal is taken where nothing waits", () => {
    const answers = (...lengths: readonly number[]) => {
      const cluster = led({ uncommittedBytesMax: 8 })
      cluster.passes = () => false
      return lengths.map((length) => propose(cluster, length))
    }
    expect(answers(5, 2, 1, 1)).toEqual(["ok", "ok", "ok", "overloaded"])
    expect(answers(5, 4)).toEqual(["ok", "overloaded"])
    expect(answers(9, 1)).toEqual(["ok", "overloaded"])
  })

  test("pendingReadsMax: as many reads wait for one round, not one more", () => {
    const cluster = led({ pendingReadsMax: 2 })
    expect([1, 2, 3].map((id) => cluster.node(1).requestRead(id))).toEqual([null, null, "overloaded"])
  })

  test("promotionLagMax: a learner that is so far behind the commit index is promoted, one entry further it is not", () => {
    for (const [behind, isPromoted] of [
      [1023, true],
      [1024, true],
      [1025, false],
    ] as const) {
      // oxfmt-ignore
      const cluster = new RaftCluster([1, 2])
      cluster.elect(1)
      cluster.join(3)
      expect(cluster.node(1).changeMembership([{ kind: "addLearner", member: memberNamed(3) }], null, cluster.now).ok).toBe(true)
      cluster.collect(1)
      cluster.settle()
      cluster.passes = ({ from, to }) => from !== 3 && to !== 3
      propose(cluster, ...Array<number>(behind).fill(1))
      cluster.settle()
      const result = cluster.node(1).changeMembership([{ kind: "promote", id: 3 }], null, cluster.now)
      expect(result.ok ? "ok" : result.reason).toBe(isPromoted ? "ok" : "notCaughtUp")
    }
  })

  test("unconfirmedRoundsMax: a leader that nobody answers begins no further round, and says all the same that it leads", () => {
    const cluster = led({ preVote: false })
    cluster.passes = ({ from }) => from === 1
    const role = cluster.leader(1)
    const before = role.round
    const beat = () => {
      cluster.node(1).wake(role.heartbeatDueAt)
      cluster.collect(1)
      return cluster.take("appendEntries", 2).length
    }
    const open = role.roundsSentAt.length
    for (let i = open; i < 4095; i++) beat()
    expect([beat(), role.round - before]).toEqual([1, 4096 - open])
    expect(cluster.node(1).requestRead(1)).toBeNull()
    expect([beat(), role.round - before, role.roundsSentAt.length]).toEqual([1, 4096 - open, 4096])
    cluster.collect(1)
    expect(role.readsConfirming).toBeNull()
  })
})
