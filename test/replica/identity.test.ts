/** Greetings that come late, starts that nobody meets, verdicts in the middle of an election: what lives and beginnings have to stand. */

import { describe, expect, test } from "vitest"
import { bootstrapConfiguration, type Message } from "../../src/core/index.ts"
import { genesisOf } from "../../src/replica/peers.ts"
import { SimulatedDisk } from "../../src/simulator/disk/disk.ts"
import { livesRememberedMax } from "../../src/wire/index.ts"
import { between, memberOf, TestCluster } from "./cluster.ts"

const three = bootstrapConfiguration([1, 2, 3].map(memberOf))

/** Three servers that have met, one of which leads; `back` and `other` are the two that follow. */
function metCluster(): { cluster: TestCluster; leader: number; back: number; other: number } {
  const cluster = new TestCluster([1, 2, 3])
  cluster.mayHalt = true
  cluster.run(10)
  cluster.meet(1, 2)
  cluster.meet(1, 3)
  cluster.meet(2, 3)
  const leader = cluster.untilLeader()
  cluster.untilEqual()
  const [back, other] = [1, 2, 3].filter((id) => id !== leader) as [number, number]
  return { cluster, leader, back, other }
}

/** Commits an entry on `leader` and `back` alone, then puts the disk of `back` to where it was before. */
function putBack({ cluster, leader, back, other }: ReturnType<typeof metCluster>): void {
  const older = cluster.node(back).disk.clone()
  cluster.isLost = between([other], [leader, back])
  expect(cluster.outcome(cluster.propose(leader, "+1")).kind).toBe("committed")
  cluster.crash(back)
  Object.assign(cluster.node(back), { disk: older })
  cluster.start(back)
  cluster.run(5)
}

describe("a greeting of a life that has ended", () => {
  test("comes late, and condemns nobody: only the server itself can confirm a verdict about its disk", () => {
    const { cluster, leader, back } = metCluster()
    // Life 2 says hello, and its packet is late; it is killed, starts as life 3, and meets the leader.
    cluster.crash(back)
    cluster.start(back)
    cluster.run(5)
    const late = cluster.replica(back).introduce()
    cluster.crash(back)
    cluster.start(back)
    cluster.run(5)
    expect(cluster.meet(leader, back)).toEqual([null, null])
    cluster.run(5)
    cluster.feed(leader, { kind: "introduced", peer: back, introduction: late, welcomedUs: false })
    cluster.run(5)
    expect(cluster.replica(leader).status().rolledBackPeers).toEqual([])
    expect(cluster.meet(leader, back)).toEqual([null, null])
    expect(cluster.replica(back).status().isRolledBack).toBe(false)
  })
})

describe("a disk that was put back", () => {
  test("is noticed also where it was started a few times before it met anybody", () => {
    const { cluster, leader, back, other } = metCluster()
    const older = cluster.node(back).disk.clone()
    cluster.crash(back)
    cluster.start(back)
    cluster.run(5)
    // Everybody has met its second life, in which it acknowledges a write that `other` does not have.
    expect(cluster.meet(leader, back)).toEqual([null, null])
    expect(cluster.meet(other, back)).toEqual([null, null])
    cluster.isLost = between([other], [leader, back])
    expect(cluster.outcome(cluster.propose(leader, "+1")).kind).toBe("committed")
    cluster.crash(back)
    Object.assign(cluster.node(back), { disk: older })
    cluster.isLost = () => true
    for (let start = 0; start < 3; start++) {
      if (start > 0) cluster.crash(back)
      cluster.start(back)
      cluster.run(5)
    }
    cluster.crash(leader)
    expect(cluster.meet(other, back)).toContain("rolledBack")
    cluster.isLost = () => false
    cluster.run(3_000)
    expect(cluster.leader).toBeNull()
  })

  test("and hears so while it is a candidate does not become leader by a vote that comes later", () => {
    const stage = metCluster()
    const { cluster, leader, back, other } = stage
    putBack(stage)
    cluster.isLost = ({ from, to, kind }) => from === leader || to === leader || (from === other && kind === "requestVoteReply")
    cluster.until(() => cluster.replica(back).status().role === "candidate" && cluster.replica(other).status().votedFor === back)
    const { term } = cluster.replica(back).status()
    const refusal = cluster.replica(leader).judgePeer(back, cluster.replica(back).introduce())!
    expect(refusal.code).toBe("rolledBack")
    // One turn of the event loop after a stall: the refusal, then the vote.
    cluster.feed(
      back,
      { kind: "refusedBy", peer: leader, refusal },
      { kind: "message", message: { kind: "requestVoteReply", from: other, to: back, term, granted: true } },
    )
    expect(cluster.replica(back).status()).toMatchObject({ isRolledBack: true, role: "follower" })
    cluster.isLost = between([back], [leader, other])
    cluster.run(5_000)
    expect(cluster.node(leader).halted).toBeNull()
  })

  test("and hears so while its vote waits for the disk does not give that vote", () => {
    const { cluster, leader, back, other } = metCluster()
    cluster.isLost = ({ from, to }) => from === leader || to === leader
    const isCandidate = (id: number): boolean => cluster.replica(id).status().role === "candidate"
    cluster.until(() => isCandidate(other) || isCandidate(back))
    const [candidate, voter] = isCandidate(other) ? [other, back] : [back, other]
    const votes: Message[] = []
    cluster.isLost = (message) => {
      if (message.kind === "requestVoteReply" && message.from === voter && message.granted) votes.push(message)
      return message.from === leader || message.to === leader
    }
    cluster.node(voter).trouble = "stalled"
    cluster.run(5)
    expect(cluster.replica(voter).status().votedFor).toBe(candidate)
    cluster.feed(voter, { kind: "refusedBy", peer: leader, refusal: { code: "rolledBack", message: "it went back" } })
    cluster.mend(voter)
    cluster.run(10)
    expect(votes).toEqual([])
  })

  test("and says so is not counted, on whichever connection its acknowledgements come", () => {
    const { cluster, leader, back, other } = metCluster()
    cluster.isLost = between([other], [leader, back])
    const introduction = { ...cluster.replica(back).introduce(), isCondemned: true }
    cluster.feed(leader, { kind: "introduced", peer: back, introduction, welcomedUs: false })
    expect(cluster.replica(leader).status().rolledBackPeers).toEqual([back])
    const written = cluster.propose(leader, "+1")
    cluster.run(120)
    expect(cluster.outcomes.get(written)).toBeUndefined()
  })
})

test("livesRememberedMax: so many earlier starts a server names, and one that its peers met is found among them", () => {
  const { cluster, leader, back } = metCluster()
  const self = cluster.replica(back).introduce()
  const later = (count: number, met: number) => {
    const unmet = Array.from({ length: count }, (_, position) => 1_000 + position)
    return {
      ...self,
      term: 100,
      lastIndex: 1_000,
      life: self.life + count + 1,
      nonce: 7,
      previousNonces: [...unmet, met].slice(0, livesRememberedMax),
    }
  }
  const judge = (count: number, met: number) => cluster.replica(leader).judgePeer(back, later(count, met))?.code ?? null
  expect(judge(livesRememberedMax - 1, self.nonce)).toBeNull()
  expect(judge(livesRememberedMax - 1, self.nonce + 1)).toBe("rolledBack")
  expect(judge(livesRememberedMax, self.nonce + 1)).toBeNull()
  for (let start = 0; start < livesRememberedMax + 3; start++) {
    cluster.crash(back)
    cluster.start(back)
    cluster.run(5)
  }
  expect(cluster.replica(back).introduce().previousNonces).toHaveLength(livesRememberedMax)
})

describe("a new cluster", () => {
  test("begins only with first members that know this server, too: one that merely called does not count as met", () => {
    const cluster = new TestCluster([1, 2, 3], { beginWithout: [] })
    cluster.run(10)
    cluster.meet(1, 2)
    cluster.run(5)
    // 3 calls both, and dies before their welcome comes: it has met nobody.
    const hello = cluster.replica(3).introduce()
    for (const id of [1, 2]) cluster.feed(id, { kind: "introduced", peer: 3, introduction: hello, welcomedUs: false })
    cluster.crash(3)
    cluster.run(3_000)
    expect([1, 2].map((id) => cluster.replica(id).status().waitsFor)).toEqual([[3], [3]])
    expect(cluster.leader).toBeNull()
  })

  test("is not begun once more by a wiped server that was told so in an earlier life", () => {
    const cluster = new TestCluster([1, 2, 3], { beginWithout: [] })
    cluster.run(10)
    cluster.meet(1, 2)
    cluster.meet(1, 3)
    cluster.meet(2, 3)
    cluster.untilLeader()
    for (const id of [2, 3]) {
      cluster.crash(id)
      cluster.incarnations.set(id, `00000000000000b${id}`)
      Object.assign(cluster.node(id), { disk: new SimulatedDisk() })
      cluster.start(id, three)
    }
    cluster.run(10)
    for (const id of [2, 3]) expect(cluster.meet(1, id)[0]).toBe("unknownIncarnation")
    cluster.run(10)
    for (const id of [1, 2, 3]) {
      cluster.crash(id)
      if (id === 1) {
        cluster.incarnations.set(1, "00000000000000b1")
        Object.assign(cluster.node(1), { disk: new SimulatedDisk() })
      }
      cluster.start(id, three)
    }
    cluster.run(10)
    cluster.meet(1, 2)
    cluster.meet(1, 3)
    cluster.meet(2, 3)
    cluster.run(3_000)
    expect(cluster.leader).toBeNull()
  })

  test("is learned by a newcomer from a server that has welcomed it, not from one that only called", () => {
    const cluster = new TestCluster([1, 2, 3])
    cluster.run(10)
    cluster.start(4)
    cluster.run(5)
    const genesis = genesisOf("00000000000000c1", bootstrapConfiguration([7, 8].map(memberOf)))
    const stranger = { ...cluster.replica(1).introduce(), incarnation: "00000000000000ee", genesis }
    cluster.feed(4, { kind: "introduced", peer: 7, introduction: stranger, welcomedUs: false })
    cluster.run(5)
    expect(cluster.meet(1, 4)).toEqual([null, null])
  })
})
