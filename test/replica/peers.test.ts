/** Who may speak: lives of disks, beginnings of clusters, servers that were removed. Whole replicas that are introduced to each other by hand. */

import { describe, expect, test } from "vitest"
import { bootstrapConfiguration } from "../../src/core/index.ts"
import { genesisOf, strangersMax } from "../../src/replica/peers.ts"
import { memberOf, TestCluster } from "./cluster.ts"

/** Three servers that have met, and whose leader has committed a command. */
function acquainted(): { readonly cluster: TestCluster; readonly leader: number; readonly followers: readonly [number, number] } {
  const cluster = new TestCluster([1, 2, 3])
  cluster.run(10)
  meetAll(cluster)
  const leader = cluster.untilLeader()
  add(cluster, leader)
  cluster.untilEqual()
  const [one, other] = [1, 2, 3].filter((id) => id !== leader)
  return { cluster, leader, followers: [one!, other!] }
}

function meetAll(cluster: TestCluster): void {
  for (const one of [1, 2, 3]) for (const other of [1, 2, 3]) if (one < other) expect(cluster.meet(one, other)).toEqual([null, null])
  cluster.run(5)
}

function add(cluster: TestCluster, node: number): void {
  expect(cluster.outcome(cluster.propose(node, "+1")).kind).toBe("committed")
}

/** The server dies, its disk becomes what `folder` was, and it starts on that. */
function putBack(cluster: TestCluster, id: number, disk: ReturnType<typeof copyOf>): void {
  cluster.crash(id)
  Object.assign(cluster.node(id), { disk })
  cluster.start(id)
  cluster.run(5)
}

function copyOf(cluster: TestCluster, id: number) {
  return cluster.node(id).disk.clone()
}

function restart(cluster: TestCluster, id: number): void {
  cluster.crash(id)
  cluster.start(id)
  cluster.run(5)
}

describe("a disk that was put back to an older state of itself", () => {
  test("starts with a life that was met before, and is refused, named, not counted, and told", () => {
    const { cluster, leader, followers } = acquainted()
    const [back, other] = followers
    const older = copyOf(cluster, back)
    restart(cluster, back)
    expect(cluster.meet(leader, back)).toEqual([null, null])
    expect(cluster.meet(other, back)).toEqual([null, null])
    add(cluster, leader)
    cluster.untilEqual()
    putBack(cluster, back, older)
    expect(cluster.meet(leader, back)).toEqual(["rolledBack", null])
    expect(cluster.replica(leader).status().rolledBackPeers).toEqual([back])
    const status = cluster.replica(back).status()
    expect(status).toMatchObject({ isRolledBack: true, life: 2 })
    expect(status.refusals).toEqual([
      { peer: leader, code: "rolledBack", message: expect.stringMatching(/second time|is not its own/) as string },
    ])
    expect(cluster.replica(leader).raft.promiseOf(back)?.index ?? 0).toBe(0)
  })

  test("stays refused in all its later lives, also by those who were started anew themselves", () => {
    const { cluster, leader, followers } = acquainted()
    const [back] = followers
    const older = copyOf(cluster, back)
    restart(cluster, back)
    cluster.meet(leader, back)
    cluster.run(5)
    putBack(cluster, back, older)
    expect(cluster.meet(leader, back)[0]).toBe("rolledBack")
    cluster.run(5)
    for (let life = 0; life < 3; life++) restart(cluster, back)
    restart(cluster, leader)
    expect(cluster.replica(leader).status().rolledBackPeers).toEqual([back])
    expect(cluster.replica(back).status().isRolledBack).toBe(true)
    expect(cluster.meet(leader, back)).toEqual(["rolledBack", null])
  })

  test("tells those who cannot know: nobody lets it vote", () => {
    const { cluster, leader, followers } = acquainted()
    const [back, other] = followers
    const older = copyOf(cluster, back)
    restart(cluster, back)
    cluster.meet(leader, back)
    cluster.run(5)
    putBack(cluster, back, older)
    // The other one never met the later life.
    const unknowing = cluster.replica(other).judgePeer(back, cluster.replica(back).introduce())
    expect(unknowing).toBeNull()
    cluster.meet(leader, back)
    cluster.run(5)
    expect(cluster.meet(other, back)[0]).toBe("rolledBack")
    expect(cluster.replica(back).raft.state.isBarred).toBe(true)
  })

  test("shows by its log where its life does not: the copy was taken in the life that it had", () => {
    const { cluster, leader, followers } = acquainted()
    const [back, other] = followers
    const older = copyOf(cluster, back)
    for (let i = 0; i < 3; i++) add(cluster, leader)
    cluster.untilEqual()
    putBack(cluster, back, older)
    expect(cluster.replica(leader).judgePeer(back, cluster.replica(back).introduce())?.message).toMatch(
      /its log ends at entry \d+, and it has acknowledged/,
    )
    // A follower has had no promise from it, and cannot tell.
    expect(cluster.replica(other).judgePeer(back, cluster.replica(back).introduce())).toBeNull()
  })

  test("shows by its term: it has forgotten a vote", () => {
    const cluster = new TestCluster([1, 2, 3])
    cluster.run(10)
    meetAll(cluster)
    const older = copyOf(cluster, 2)
    cluster.isLost = ({ kind, to }) => to === 3 || kind === "appendEntries"
    cluster.until(() => [1, 2].some((id) => cluster.replica(id).raft.promiseOf(id === 1 ? 2 : 1) !== null))
    const [asked, voter] = cluster.replica(1).raft.promiseOf(2) === null ? [2, 1] : [1, 2]
    if (voter === 1) return
    putBack(cluster, voter, older)
    expect(cluster.replica(asked).judgePeer(voter, cluster.replica(voter).introduce())?.message).toMatch(
      /starts in term 0, and has made promises in term/,
    )
  })

  test("is not suspected for a loss of power, a truncated tail, or a start that nobody met", () => {
    const { cluster, leader, followers } = acquainted()
    const [one] = followers
    for (let life = 0; life < 3; life++) {
      add(cluster, leader)
      restart(cluster, one)
    }
    expect(cluster.meet(leader, one)).toEqual([null, null])
    // Entries that were never committed go away when another leader takes over; what it acknowledged of them it need not keep.
    cluster.isLost = ({ kind, to }) => to !== one && kind === "appendEntries"
    cluster.propose(leader, "+1")
    cluster.run(20)
    cluster.isLost = ({ from, to }) => from === leader || to === leader
    cluster.until(() => cluster.leader !== leader && cluster.leader !== null)
    cluster.isLost = () => false
    cluster.untilEqual()
    restart(cluster, one)
    for (const id of [1, 2, 3]) if (id !== one) expect(cluster.meet(id, one)).toEqual([null, null])
  })
})

test("a server that a later leader took entries away from, and that has not caught up, is not suspected by the one that it acknowledged them to", () => {
  const cluster = new TestCluster([1, 2, 3, 4, 5], { raft: { appendEntriesMax: 1 } })
  const first = cluster.untilLeader()
  add(cluster, first)
  cluster.untilEqual()
  const [follower, ...others] = [1, 2, 3, 4, 5].filter((id) => id !== first) as [number, number, number, number]
  // The follower alone acknowledges ten entries, which are never committed.
  cluster.isLost = ({ from, to }) => (from === first && to !== follower) || (from !== follower && to === first)
  for (let i = 0; i < 10; i++) cluster.propose(first, "+1")
  cluster.run(30)
  const acknowledged = cluster.replica(first).raft.promiseOf(follower)!
  expect(acknowledged.index).toBe(acknowledged.committedIndex + 10)
  // The others elect a leader and commit; the follower hears the beginning of it, the former leader all.
  const isPair = (id: number): boolean => id === first || id === follower
  cluster.isLost = ({ from, to }) => isPair(from) !== isPair(to)
  cluster.until(() => others.includes(cluster.leader ?? 0))
  const second = cluster.untilLeader()
  for (let i = 0; i < 20; i++) add(cluster, second)
  const limit = acknowledged.committedIndex + 3
  cluster.isLost = (message) =>
    message.to === follower &&
    (message.from === first || (message.kind === "appendEntries" && message.prevLogIndex >= limit && message.entries.length > 0))
  cluster.until(() => cluster.replica(follower).raft.lastIndex <= limit && cluster.replica(first).raft.commitIndex > acknowledged.index)
  restart(cluster, follower)
  expect(cluster.replica(follower).raft.lastIndex).toBeLessThan(acknowledged.index)
  expect(cluster.replica(first).judgePeer(follower, cluster.replica(follower).introduce())).toBeNull()
  expect(cluster.replica(first).raft.promiseOf(follower)).toMatchObject({ committedIndex: acknowledged.committedIndex })
})

describe("the beginning of a cluster", () => {
  test("waits until every first member was met, and says for whom", () => {
    const cluster = new TestCluster([1, 2, 3], { beginWithout: [] })
    cluster.run(2_000)
    expect(cluster.leader).toBeNull()
    expect(cluster.replica(1).raft.state.term).toBe(0)
    expect(cluster.replica(1).status().waitsFor).toEqual([2, 3])
    expect(cluster.node(1).observations).toContainEqual(expect.objectContaining({ kind: "waitsToBegin", waitsFor: [2, 3] }))
    cluster.meet(1, 2)
    cluster.run(2_000)
    expect(cluster.leader).toBeNull()
    expect(cluster.replica(1).status().waitsFor).toEqual([3])
    cluster.meet(1, 3)
    cluster.meet(2, 3)
    cluster.untilLeader()
    expect(cluster.node(1).observations).toContainEqual(expect.objectContaining({ kind: "clusterBegins", without: [] }))
  })

  test("is what requests hear of that come before it, with what to do, on every server that waits", () => {
    const cluster = new TestCluster([1, 2, 3], { beginWithout: [] })
    cluster.run(10)
    cluster.meet(1, 2)
    const why = /^the first election of a new cluster waits until this server has met server 3: start it\. .*--begin-without/
    expect(cluster.replica(1).status().noLeaderBecause).toMatch(why)
    const refused = { kind: "rejected", reason: "noLeader", message: expect.stringMatching(why) as string }
    expect(cluster.outcome(cluster.propose(1, "+1"))).toMatchObject(refused)
    expect(cluster.answer(cluster.read(2, "x"))).toMatchObject(refused)
    cluster.meet(1, 3)
    cluster.meet(2, 3)
    const leader = cluster.untilLeader()
    expect(cluster.replica(leader).status().noLeaderBecause).toBeNull()
    add(cluster, leader)
  })

  test("with the operator's word to one of two only: it says that the other needs it, and so does the other", () => {
    const cluster = new TestCluster([])
    const three = bootstrapConfiguration([1, 2, 3].map(memberOf))
    cluster.words.set(1, [3]).set(2, [])
    cluster.start(1, three)
    cluster.start(2, three)
    cluster.run(10)
    cluster.meet(1, 2)
    cluster.run(500)
    expect(cluster.leader).toBeNull()
    // It had not begun when it was met; the next handshake tells.
    cluster.meet(1, 2)
    expect(cluster.node(2).observations).toContainEqual(expect.objectContaining({ kind: "waitsToBegin", waitsFor: [3], begunBy: 1 }))
    expect(cluster.replica(1).status().noLeaderBecause).toMatch(
      /^this server has begun the cluster without some first members, as the operator said \(server 3\), .* each was told the same/,
    )
    expect(cluster.replica(2).status().noLeaderBecause).toMatch(/also where one of them has begun already$/)
    cluster.crash(2)
    cluster.words.set(2, [3])
    cluster.start(2, three)
    cluster.run(10)
    cluster.meet(1, 2)
    add(cluster, cluster.untilLeader())
  })

  test("is remembered: from then on a majority suffices as ever", () => {
    const cluster = new TestCluster([1, 2, 3], { beginWithout: [] })
    cluster.run(10)
    meetAll(cluster)
    cluster.run(5)
    for (const id of [1, 2, 3]) cluster.crash(id)
    for (const id of [1, 2]) cluster.start(id)
    cluster.untilLeader()
  })

  test("on the operator's word goes without some, which then vote once they have entries, and not before", () => {
    const cluster = new TestCluster([1, 2, 3], { beginWithout: [3] })
    cluster.crash(3)
    cluster.run(10)
    cluster.meet(1, 2)
    const leader = cluster.untilLeader()
    expect(cluster.node(leader).observations).toContainEqual(expect.objectContaining({ kind: "clusterBegins", without: [3] }))
    const configuration = bootstrapConfiguration([1, 2, 3].map(memberOf))
    cluster.isLost = ({ kind, to }) => kind === "appendEntries" && to === 3
    cluster.start(3, configuration)
    cluster.run(10)
    for (const id of [1, 2]) cluster.meet(id, 3)
    cluster.run(500)
    expect(cluster.replica(3).raft.state.isBarred).toBe(true)
    cluster.isLost = () => false
    cluster.untilEqual()
    expect(cluster.replica(3).raft.state.isBarred).toBe(false)
  })

  test("with other first members is another cluster, whatever the token", () => {
    const cluster = new TestCluster([1])
    cluster.untilLeader()
    const three = bootstrapConfiguration([1, 2, 3].map(memberOf))
    cluster.start(2, three)
    cluster.run(10)
    expect(cluster.meet(1, 2)).toEqual(["otherBeginning", "otherBeginning"])
    expect(genesisOf("00000000000000c1", three)).not.toBe(genesisOf("00000000000000c2", three))
    expect(cluster.replica(2).status().genesis).toBe(genesisOf("00000000000000c1", three))
  })

  test("is learned by a newcomer from the first server that it meets, and kept", () => {
    const { cluster } = acquainted()
    cluster.start(4)
    cluster.run(10)
    expect(cluster.replica(4).status().genesis).toBeNull()
    expect(cluster.meet(1, 4)).toEqual([null, null])
    cluster.run(5)
    restart(cluster, 4)
    expect(cluster.replica(4).status().genesis).toBe(cluster.replica(1).status().genesis)
    const stranger = { ...cluster.replica(1).introduce(), genesis: "00000000000000ff" }
    expect(cluster.replica(4).judgePeer(9, stranger)?.code).toBe("otherBeginning")
  })
})

test("a removed server is refused also by those that were started since, hears it, and says so", () => {
  const { cluster, leader, followers } = acquainted()
  const [gone, other] = followers
  const change = cluster.ask(leader, (id) => ({ kind: "changeMembership", id, changes: [{ kind: "remove", id: gone }], version: null }))
  expect(cluster.outcome(change).kind).toBe("committed")
  cluster.untilEqual([leader, other])
  restart(cluster, other)
  cluster.untilEqual([leader, other])
  expect(cluster.meet(other, gone)[0]).toBe("removed")
  expect(cluster.replica(gone).status().refusals).toEqual([expect.objectContaining({ peer: other, code: "removed" })])
  expect(cluster.node(gone).observations).toContainEqual(expect.objectContaining({ kind: "refusedBy", peer: other, code: "removed" }))
  expect(cluster.replica(other).status().rolledBackPeers).toEqual([])
  // A restart makes it forget who led, not that it is out of it.
  cluster.isLost = ({ from, to }) => from === gone || to === gone
  restart(cluster, gone)
  cluster.meet(other, gone)
  const because = expect.stringMatching(/^this server was removed from the cluster: ask another one/) as string
  expect(cluster.replica(gone).status()).toMatchObject({ isRemoved: true, noLeaderBecause: because })
  expect(cluster.outcome(cluster.propose(gone, "+1"))).toMatchObject({ reason: "noLeader", message: because })
})

test(`strangersMax: ${strangersMax} strangers are remembered, and members always`, () => {
  const { cluster } = acquainted()
  const introduction = cluster.replica(2).introduce()
  const lifeOf = (id: number) => ({ ...introduction, incarnation: id.toString(16).padStart(16, "0") })
  for (let id = 100; id <= 100 + strangersMax; id++) {
    cluster.feed(1, { kind: "introduced", peer: id, introduction: lifeOf(id), welcomedUs: false })
  }
  cluster.run(5)
  expect(cluster.replica(1).hasMet(100, lifeOf(100))).toBe(false)
  expect(cluster.replica(1).hasMet(101, lifeOf(101))).toBe(true)
  expect(cluster.replica(1).hasMet(2, introduction)).toBe(true)
  restart(cluster, 1)
  expect(cluster.replica(1).hasMet(2, introduction)).toBe(true)
  expect(cluster.replica(1).hasMet(100 + strangersMax, lifeOf(100 + strangersMax))).toBe(true)
})
