import { beforeEach, describe, expect, test } from "vitest"
import { alertsOf } from "./alerts.ts"
import { Cluster, eventsKeptMax } from "./cluster.ts"
import { electionsOf } from "./elections.ts"
import { pictureOf, reachBetween, unreachableFrom } from "./picture.ts"
import { addressOf, eventOf, statusOf } from "./sample.ts"
import { verdictOf } from "./verdict.ts"

let cluster: Cluster
const at = 1_000_000

beforeEach(() => (cluster = new Cluster()))

/** All three answer at this moment. */
function everybodySays(leader: number | null, term: number): void {
  for (const id of [1, 2, 3]) cluster.onStatus(addressOf(id), statusOf(id, leader, term, { utcMs: at }), at, 2)
}

const verdict = (now = at + 100) => verdictOf(cluster, pictureOf(cluster, now))
const alerts = (now = at + 100) => alertsOf(cluster, pictureOf(cluster, now))

/** n2 leads and has lost n3. */
function loseThree(): void {
  everybodySays(2, 7)
  const leader = statusOf(2, 2, 7)
  const followers = leader.followers!.map((follower) => (follower.id === 3 ? { ...follower, contactAgeMs: 4000 } : follower))
  const connections = leader.connections.map((connection) => ({ ...connection, connected: connection.id !== 3 }))
  cluster.onStatus(addressOf(2), { ...leader, followers, connections }, at, 2)
  cluster.onFailure(addressOf(3), "no connection", at)
}

describe("the verdict", () => {
  test("names the leader, its term, since when, what can be lost, and whose word that is", () => {
    cluster.onEvents(addressOf(2), [eventOf(1, 2, at - 3 * 3_600_000, { kind: "becameLeader", term: 7, votes: [1, 2] })])
    everybodySays(2, 7)
    expect(verdict(at + 400)).toEqual({
      kind: "healthy",
      text: "Healthy · n2 leads term 7 for 3 h · can lose 1 more voter (design: 1)",
      source: "as n2 said 0.4 s ago",
    })
  })

  test("a lost voter leaves nothing to lose", () => {
    loseThree()
    expect(verdict()).toMatchObject({ kind: "degraded", text: expect.stringContaining("can lose no more voter (design: 1)") as string })
  })

  test("the followers' word counts while the page cannot reach the leader", () => {
    everybodySays(2, 7)
    cluster.onFailure(addressOf(2), "no connection", at)
    expect(verdict()).toMatchObject({ text: expect.stringContaining("n2 leads term 7") as string, source: "as n1 and n3 said 0.1 s ago" })
  })

  test("a leader of an older term is not the leader", () => {
    everybodySays(3, 8)
    cluster.onStatus(addressOf(2), statusOf(2, 2, 7), at, 2)
    expect(verdict().text).toContain("n3 leads term 8")
  })

  test("no leader and no majority", () => {
    cluster.onStatus(addressOf(1), statusOf(1, null, 7), at, 2)
    cluster.onFailure(addressOf(2), "no connection", at)
    cluster.onFailure(addressOf(3), "no connection", at)
    expect(verdict().text).toBe("No leader · 1 of 3 voters answer, a majority is 2")
    expect(alerts().map(({ id }) => id)).toContain("no-quorum")
  })

  test.each([
    ["outgoing", [1, 2], "1 of 3 outgoing voters", "1 of n1 and n2"],
    ["incoming", [4, 5], "1 of 3 incoming voters", "1 of n4 and n5"],
  ])("in a joint configuration, the %s half without a majority is named", (_title, down, half, who) => {
    const ids = [1, 2, 3, 4, 5, 6]
    for (const id of ids) {
      const status = statusOf(id, null, 7)
      const members = ids.map((member) => ({ ...status.members[0]!, id: member, name: `n${member}`, clientAddress: addressOf(member) }))
      const configuration = { ...status.configuration, voters: [4, 5, 6], votersOutgoing: [1, 2, 3] }
      cluster.onStatus(addressOf(id), { ...status, members, configuration }, at, 2)
    }
    for (const id of down) cluster.onFailure(addressOf(id), "no connection", at)
    expect(verdict().text).toBe(`No leader · ${half} answer, a majority is 2`)
    const alert = alerts().find(({ id }) => id === "no-quorum")
    expect(alert?.text).toContain(`No quorum: ${half} can be reached, 2 are needed.`)
    expect(alert?.advice).toContain(`Bring back ${who}: start`)
  })

  test("before the first answer it asks; when nobody answers it says down", () => {
    cluster.sight(addressOf(1))
    expect(verdict()).toMatchObject({ kind: "asking" })
    cluster.onFailure(addressOf(1), "no connection", at)
    expect(verdict()).toMatchObject({ kind: "down", text: "Down · none of 1 nodes answers" })
  })

  test("a node that has yet to answer is neither down nor missed, until its timeout", () => {
    const [one, two, three] = [1, 2, 3].map((id) => statusOf(id, 2, 7, { utcMs: at }))
    for (const id of [1, 2, 3]) cluster.sight(addressOf(id))
    const asking = (who: string) => ({ kind: "asking", text: "Asking the nodes …", source: `still to answer: ${who}` })
    cluster.onStatus(addressOf(1), one!, at, 2)
    expect([verdict(), alerts()]).toEqual([asking("n2 and n3"), []])
    // What the leader says of the others does not show how they are themselves.
    cluster.onStatus(addressOf(2), two!, at, 2)
    expect([verdict(), alerts()]).toEqual([asking("n3"), []])
    cluster.onStatus(addressOf(3), three!, at, 2)
    expect(verdict().kind).toBe("healthy")
    cluster = new Cluster()
    for (const id of [1, 2, 3]) cluster.sight(addressOf(id))
    cluster.onStatus(addressOf(1), statusOf(1, null, 7), at, 2)
    cluster.onFailure(addressOf(2), "no connection", at)
    expect([verdict().kind, alerts().map(({ id }) => id)]).toEqual(["asking", expect.not.arrayContaining(["no-quorum", "leaderless"])])
    cluster.onFailure(addressOf(3), "no answer within 1.5 s", at)
    expect(verdict().text).toBe("No leader · 1 of 3 voters answer, a majority is 2")
    expect(alerts().map(({ id }) => id)).toContain("no-quorum")
  })

  test("a cluster that went down keeps its last words, marked as such", () => {
    everybodySays(2, 7)
    for (const id of [1, 2, 3]) cluster.onFailure(addressOf(id), "no connection", at)
    expect(verdict(at + 5000)).toEqual({
      kind: "down",
      text: "Down · none of 3 nodes answers · the last one did 5.0 s ago",
      source: "what is shown below is what they said last",
    })
  })

  test("a page that slept does not take the past for the present", () => {
    everybodySays(2, 7)
    expect(verdict(at + 60_000)).toMatchObject({ kind: "asking", text: expect.stringMatching(/^Asking again/) as string })
  })

  test("a cluster of one can lose nobody, by design", () => {
    const status = statusOf(1, 1, 1)
    const configuration = { ...status.configuration, voters: [1] }
    cluster.onStatus(addressOf(1), { ...status, configuration, members: status.members.slice(0, 1), followers: [] }, at, 2)
    expect(verdict()).toMatchObject({ kind: "healthy", text: expect.stringContaining("can lose no more voter (design: 0)") as string })
  })
})

describe("two leaders", () => {
  test("in different terms are expected, and told as a notice", () => {
    everybodySays(3, 8)
    cluster.onStatus(addressOf(2), statusOf(2, 2, 7), at, 2)
    expect(alerts()).toContainEqual(expect.objectContaining({ id: "stale-n2", level: "notice" }))
    expect(verdict().kind).not.toBe("violation")
  })

  test("in the same term are a violation, even one after the other", () => {
    everybodySays(2, 7)
    cluster.onEvents(addressOf(3), [eventOf(1, 3, at, { kind: "becameLeader", term: 7, votes: [3] })])
    everybodySays(2, 8)
    expect(verdict()).toMatchObject({ kind: "violation", text: expect.stringContaining("term 7") as string })
    expect(alerts()[0]).toMatchObject({ level: "violation", text: "n2 and n3 both led term 7: Election Safety is broken." })
  })

  test("of another cluster, begun anew in the same place, are none", () => {
    everybodySays(2, 1)
    for (const id of [1, 2, 3]) cluster.onFailure(addressOf(id), "no connection", at)
    for (const id of [1, 2, 3]) {
      cluster.onStatus(addressOf(id), { ...statusOf(id, 3, 1), clusterId: "another" }, at + 10, 2)
    }
    expect(verdict().text).toContain("n3 leads term 1")
    expect(verdict().kind).toBe("healthy")
  })

  const won = eventOf(1, 3, at, { kind: "becameLeader", term: 5, votes: [3] })
  const stranger = { ...statusOf(3, 3, 5, { utcMs: at }), clusterId: "another" }

  test.each([
    ["before", () => [cluster.onEvents(addressOf(3), [won]), cluster.onStatus(addressOf(3), stranger, at, 2)]],
    ["after", () => [cluster.onStatus(addressOf(3), stranger, at, 2), cluster.onEvents(addressOf(3), [won])]],
  ])("of two clusters are none, whether events come %s the status", (_title, tell) => {
    for (const id of [1, 2]) cluster.onStatus(addressOf(id), statusOf(id, 1, 5, { utcMs: at }), at, 2)
    tell()
    expect(verdict().kind).not.toBe("violation")
    expect(alerts().map(({ id }) => id)).toContain(`stranger-${addressOf(3)}`)
    cluster.onFailure(addressOf(3), "no connection", at)
    cluster.onStatus(addressOf(3), statusOf(3, 1, 5, { utcMs: at }), at, 2)
    expect(verdict().kind).toBe("healthy")
  })

  test("are a violation too if the victory was told before the first status", () => {
    cluster.onEvents(addressOf(3), [won])
    everybodySays(1, 5)
    expect(verdict().kind).toBe("violation")
  })
})

describe("a node of another cluster at a member's address", () => {
  const stranger = { ...statusOf(3, 3, 99, { utcMs: at }), clusterId: "another" }

  /** n2 leads term 7, and where n3 was a node answers that leads term 99 of another cluster. */
  function meetStranger(): void {
    everybodySays(2, 7)
    cluster.onStatus(addressOf(3), stranger, at, 2)
  }

  test("is nobody's leader, however high its term", () => {
    meetStranger()
    expect(verdict()).toMatchObject({ kind: "degraded", text: expect.stringContaining("n2 leads term 7") as string })
    expect(pictureOf(cluster, at).nodes.map(({ name, sight }) => [name, sight?.status?.self.term])).toEqual([
      ["n1", 7],
      ["n2", 7],
      ["n3", 7],
    ])
    expect(alerts().map(({ id }) => id)).toEqual(["away-3", `stranger-${addressOf(3)}`])
  })

  test("is not asked for members, nor heard", () => {
    meetStranger()
    const members = stranger.members.map((member) => ({ ...member, clientAddress: "127.0.0.1:999" }))
    cluster.onStatus(addressOf(3), { ...stranger, members }, at, 2)
    cluster.onEvents(addressOf(3), [eventOf(1, 3, at, { kind: "becameLeader", term: 99, votes: [3] })])
    expect(cluster.knownAddresses()).not.toContain("127.0.0.1:999")
    expect([cluster.events, [...cluster.leaders.keys()]]).toEqual([[], [7]])
    expect(
      cluster
        .sight(addressOf(3))
        .ribbon.spans(at - 1, at + 1)
        .at(-1)?.role,
    ).toBe("away")
  })

  test("does not become the cluster that is shown when the others fall silent", () => {
    meetStranger()
    for (const id of [1, 2]) cluster.onFailure(addressOf(id), "no connection", at)
    cluster.onStatus(addressOf(3), stranger, at + 10, 2)
    expect(verdict().text).toMatch(/^Down · none of 3 nodes answers/)
    expect(alerts().map(({ id }) => id)).toEqual([`stranger-${addressOf(3)}`])
    everybodySays(2, 8)
    expect(verdict()).toMatchObject({ kind: "healthy", text: expect.stringContaining("n2 leads term 8") as string })
    expect(alerts()).toEqual([])
  })

  test("that begins anew for all of them leaves alone what this page hears, and has heard of it", () => {
    everybodySays(2, 7)
    for (const id of [1, 2, 3]) cluster.onFailure(addressOf(id), "no connection", at)
    // Its events may be heard before it is asked who it is.
    cluster.take({ kind: "feed", at, address: addressOf(3), feed: "open" })
    cluster.onEvents(addressOf(3), [eventOf(1, 3, at - 60_000, { kind: "becameLeader", term: 99, votes: [3] })])
    cluster.take({ kind: "feed", at, address: addressOf(1), feed: "lost" })
    cluster.onStatus(addressOf(3), stranger, at + 10, 2)
    expect(verdict().text).toContain("n3 leads term 99 for 60 s")
    expect([3, 1].map((id) => cluster.sight(addressOf(id)).feed)).toEqual(["open", "lost"])
    expect(cluster.sight(addressOf(1)).failure).toEqual({ since: at, because: "no connection" })
  })
})

describe("reachability", () => {
  test("a dead node is unreachable from the page and from every node that says so", () => {
    loseThree()
    const picture = pictureOf(cluster, at)
    expect(unreachableFrom(picture, picture.nodes[2]!)).toEqual(["this page", "n2"])
    expect(alerts().find(({ id }) => id === "away-3")?.text).toContain("n3 is unreachable from this page and n2.")
  })

  test("a node that was cut off is no witness against the others", () => {
    loseThree()
    const three = statusOf(3, null, 7, { role: "preCandidate" })
    cluster.onStatus(addressOf(3), { ...three, connections: three.connections.map((link) => ({ ...link, connected: false })) }, at, 2)
    expect(alerts().filter(({ id }) => id.startsWith("away"))).toEqual([
      expect.objectContaining({ id: "away-3", text: "n3 is unreachable from n2." }),
    ])
  })

  test("a node that does not answer cannot say whom it reaches", () => {
    loseThree()
    const { nodes } = pictureOf(cluster, at)
    expect(reachBetween(nodes[2]!, nodes[0]!)).toEqual({ state: "unknown", text: "cannot say" })
  })

  test("what was broken on purpose is told as such", () => {
    loseThree()
    const process = { id: 3, name: "n3", client: addressOf(3), pid: 5, state: "paused" as const }
    const found = alertsOf(cluster, pictureOf(cluster, at), { nodes: [process], cutLinks: [] })
    expect(found.find(({ id }) => id === "away-3")?.advice).toContain("paused on purpose")
  })

  /** What is said of whom while these links are cut, in both directions, and the node at one end says so. */
  function adviceWith(...links: readonly (readonly [number, number])[]): Record<string, string> {
    const cutLinks = links.flatMap(([a, b]) => [
      { from: a, to: b },
      { from: b, to: a },
    ])
    for (const id of [1, 2, 3]) {
      const cut = cutLinks.filter(({ from }) => from === id).map(({ to }) => ({ peer: to, direction: "both" as const }))
      cluster.onStatus(addressOf(id), { ...statusOf(id, 2, 7, { utcMs: at }), cutLinks: cut }, at, 2)
    }
    const found = alertsOf(cluster, pictureOf(cluster, at), { nodes: [], cutLinks })
    return Object.fromEntries(found.map(({ id, advice }) => [id, advice]))
  }

  test("of a leader that was isolated, and of nobody else, it is told that it was cut off", () => {
    const toOthers = "The way between it and n2 was cut on purpose: Heal mends it."
    expect(adviceWith([2, 1], [2, 3])).toEqual({
      "away-1": toOthers,
      "away-2": "It was cut off on purpose: Heal brings it back.",
      "away-3": toOthers,
    })
  })

  test("a single link that was cut cuts nobody off", () => {
    expect(adviceWith([1, 3])).toEqual({
      "away-1": "The way between it and n3 was cut on purpose: Heal mends it.",
      "away-3": "The way between it and n1 was cut on purpose: Heal mends it.",
    })
  })
})

describe("alerts", () => {
  test.each([
    ["a full disk", { disk: "full" as const }, "disk-n1"],
    ["a halt", { halted: "fsync failed" }, "halted-n1"],
    ["a clock that is off", { utcMs: at + 5000 }, "clock-n1"],
    ["entries still to apply", { lastApplied: 0, commitIndex: 9000 }, "apply-n1"],
  ])("%s", (_title, self, id) => {
    everybodySays(2, 7)
    cluster.onStatus(addressOf(1), statusOf(1, 2, 7, { utcMs: at, ...self }), at, 2)
    expect(alerts().map((alert) => alert.id)).toEqual([id])
  })

  test("a log that nobody reads, which costs no health", () => {
    everybodySays(2, 7)
    const logLines = { linesLost: 3, trouble: "its reader has closed it" }
    cluster.onStatus(addressOf(1), { ...statusOf(1, 2, 7, { utcMs: at }), logLines }, at, 2)
    expect(alerts()).toMatchObject([{ id: "log-n1", level: "notice", text: "n1 cannot write its log lines: its reader has closed it." }])
  })

  test("slow fsyncs, while they are fresh", () => {
    everybodySays(2, 7)
    cluster.sight(addressOf(1)).fsync = { at, count: 10, p50Ms: 50, p99Ms: 500 }
    expect(alerts().map(({ id }) => id)).toEqual(["fsync-n1"])
    everybodySays(2, 7)
    expect(alerts(at + 20_000)).toEqual([])
  })

  test("many elections in a minute", () => {
    everybodySays(2, 7)
    const won = [3, 4, 5, 6].map((term) => eventOf(term, 2, at, { kind: "becameLeader", term, votes: [1, 2] }))
    cluster.onEvents(addressOf(2), won)
    expect(alerts().map(({ id }) => id)).toEqual(["churn"])
    expect(alerts(at + 61_000)).toEqual([])
  })

  test("nobody leads, though enough voters answer, for longer than an election takes", () => {
    everybodySays(2, 7)
    for (const id of [1, 2, 3]) cluster.onStatus(addressOf(id), statusOf(id, null, 7, { utcMs: at }), at, 2)
    expect(alerts(at + 1_900)).toEqual([])
    expect(alerts(at + 2_000).map(({ id }) => id)).toEqual(["leaderless"])
  })

  test("a joint configuration", () => {
    const status = statusOf(2, 2, 7)
    cluster.onStatus(
      addressOf(2),
      { ...status, configuration: { ...status.configuration, voters: [2, 3], votersOutgoing: [1, 2, 3] } },
      at,
      2,
    )
    expect(alerts().find(({ id }) => id === "joint")?.text).toContain("a majority of n1, n2 and n3 and one of n2 and n3")
  })
})

describe("events", () => {
  test("of several nodes stand in the order of their times, corrected for the nodes' clocks", () => {
    cluster.onStatus(addressOf(1), statusOf(1, 2, 7, { utcMs: at + 10_000 }), at, 0)
    cluster.onStatus(addressOf(2), statusOf(2, 2, 7, { utcMs: at }), at, 0)
    cluster.onEvents(addressOf(2), [eventOf(1, 2, at, { kind: "leaderKnown", term: 7, leader: 2 })])
    cluster.onEvents(addressOf(1), [eventOf(1, 1, at + 9_000, { kind: "leaderKnown", term: 7, leader: 2 })])
    expect(cluster.events.map((heard) => [heard.event.name, heard.at])).toEqual([
      ["n1", at - 1000],
      ["n2", at],
    ])
  })

  test("of nodes on one clock stand in their order, however long the answers took", () => {
    const tookMs = 80
    // n3 read the clock at the beginning of the way there and back, n1 at its end: half of that apart each, though it is the same clock.
    cluster.onStatus(addressOf(1), statusOf(1, 1, 4, { utcMs: at }), at, tookMs)
    cluster.onStatus(addressOf(3), statusOf(3, 1, 4, { utcMs: at - tookMs - 1 }), at, tookMs)
    cluster.onEvents(addressOf(3), [eventOf(1, 3, at - 990, { kind: "leaderKnown", term: 4, leader: 1 })])
    cluster.onEvents(addressOf(1), [eventOf(1, 1, at - 1000, { kind: "becameCandidate", term: 4, because: "silence" })])
    expect(cluster.events.map((heard) => [heard.event.name, heard.at])).toEqual([
      ["n1", at - 1000],
      ["n3", at - 990],
    ])
    // One step beyond what the way explains.
    cluster.onStatus(addressOf(1), statusOf(1, 1, 4, { utcMs: at + 2 }), at, tookMs)
    expect(cluster.sight(addressOf(1)).clockAheadMs).toBe(tookMs / 2 + 2)
  })

  test("that were heard before the node's first status count, corrected, when that comes", () => {
    cluster.onFailure(addressOf(1), "no connection", at - 3000)
    cluster.onStatus(addressOf(2), statusOf(2, 1, 7, { utcMs: at }), at, 0)
    cluster.onEvents(addressOf(2), [eventOf(1, 2, at, { kind: "leaderKnown", term: 7, leader: 1 })])
    cluster.onEvents(addressOf(1), [eventOf(1, 1, at + 9_000, { kind: "becameLeader", term: 7, votes: [1, 2] })])
    cluster.onStatus(addressOf(1), statusOf(1, 1, 7, { utcMs: at + 10_000 }), at, 0)
    expect(cluster.events.map((heard) => [heard.event.name, heard.at])).toEqual([
      ["n1", at - 1000],
      ["n2", at],
    ])
    expect(cluster.sight(addressOf(1)).ribbon.marks).toEqual([
      { at: at - 3000, role: "away", term: 0 },
      { at: at - 1000, role: "leader", term: 7 },
    ])
  })

  test("older ones make room", () => {
    everybodySays(2, 7)
    const many = Array.from({ length: eventsKeptMax + 5 }, (_, place) =>
      eventOf(place + 1, 1, at + place, { kind: "sessionExpired", sessionId: place }),
    )
    cluster.onEvents(addressOf(1), many)
    expect(cluster.events).toHaveLength(eventsKeptMax)
    expect(cluster.events[0]!.event.id).toBe(6)
  })

  test("that were skipped are counted for each node", () => {
    cluster.onSkipped(addressOf(1), 3)
    cluster.onSkipped(addressOf(1), 4)
    expect(cluster.sight(addressOf(1)).skipped).toBe(7)
  })

  test("become elections with their causes", () => {
    cluster.onStatus(addressOf(2), statusOf(2, 2, 7, { utcMs: at }), at, 0)
    cluster.onEvents(addressOf(2), [
      eventOf(1, 2, at, { kind: "becamePreCandidate", term: 7, because: "silence" }, "n2 asks around (heard from no leader for 200 ms)"),
      eventOf(
        2,
        2,
        at + 1,
        { kind: "becameCandidate", term: 8, because: "quorum" },
        "n2 campaigns for term 8 (a quorum would vote for it)",
      ),
      eventOf(3, 2, at + 2, { kind: "becameLeader", term: 8, votes: [1, 2] }),
    ])
    expect(electionsOf(cluster.events)).toEqual([
      { term: 8, at: at + 1, candidates: [{ name: "n2", because: "heard from no leader for 200 ms" }], winner: { name: "n2", votes: 2 } },
    ])
  })

  test("of a node that had asked around in vain, and is handed the lead, tell of the handover", () => {
    cluster.onStatus(addressOf(2), statusOf(2, 2, 5, { utcMs: at }), at, 0)
    const asksAround = { kind: "becamePreCandidate", term: 4, because: "silence" } as const
    const handover = { kind: "becameCandidate", term: 5, because: "handover" } as const
    cluster.onEvents(addressOf(2), [
      eventOf(1, 2, at - 900, asksAround, "n2 asks around whether it could win term 5 (heard from no leader for 867 ms)"),
      eventOf(2, 2, at - 890, { kind: "becameFollower", term: 4, leader: 1, because: "n1 leads" }),
      eventOf(3, 2, at, handover, "n2 campaigns for term 5 (n1 handed leadership over)"),
    ])
    expect(electionsOf(cluster.events)[0]?.candidates).toEqual([{ name: "n2", because: "n1 handed leadership over" }])
  })
})
