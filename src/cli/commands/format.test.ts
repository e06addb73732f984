import { describe, expect, test } from "vitest"
import { OarlockError } from "../../client/index.ts"
import type { ClusterStatus } from "../../server/index.ts"
import { explainClientError } from "../connecting/connect.ts"
import { exitCode } from "../terminal/cli-error.ts"
import { styleFor } from "../terminal/output.ts"
import { formatChaosStatus } from "./chaos.ts"
import { formatMembers } from "./member.ts"
import { parseKeys } from "./range.ts"
import { formatStatus, partByCluster, type StatusReport, type StatusRow } from "./status.ts"
import { formatInspection } from "./wal.ts"
import { describeChange } from "./watch-leader.ts"

const plain = styleFor(false, {})
const member = (id: number, standing: StatusRow["member"]["standing"] = "voter") => ({
  id,
  name: `n${id}`,
  peerAddress: `h${id}:2380`,
  clientAddress: `h${id}:2379`,
  standing,
})

function self(id: number, change: object): NonNullable<StatusRow["self"]> {
  return {
    id,
    name: `n${id}`,
    role: "follower",
    term: 7,
    votedFor: 2,
    votesGranted: [],
    commitIndex: 12,
    lastApplied: 12,
    firstLogIndex: 1,
    lastLogIndex: 12,
    snapshotIndex: 0,
    snapshotBytes: 0,
    snapshotActivity: "idle",
    logBytes: 0,
    diskBytes: 1536,
    disk: "ok",
    heartbeatAgeMs: 3,
    electionInMs: 100,
    transferringTo: null,
    sessions: 0,
    pendingProposals: 0,
    pendingReads: 0,
    utcMs: 0,
    uptimeMs: 1,
    pid: 1,
    halted: null,
    identity: { life: 1, genesis: null, waitsFor: [], isRolledBack: false, isRemoved: false, rolledBackPeers: [], refusals: [] },
    ...change,
  }
}

describe("oarlock status", () => {
  const report: StatusReport = {
    clusterId: "0123456789abcdef",
    leaderId: 2,
    term: 7,
    isJoint: false,
    genesis: "00000000000000e1",
    otherClusters: [],
    rows: [
      {
        member: member(1),
        isMember: true,
        self: self(1, { lastApplied: 10, disk: "full" }),
        error: null,
        logLines: { linesLost: 3, trouble: "the disk that it goes to is full" },
        follower: { id: 1, matchIndex: 11, nextIndex: 13, state: "replicate", lag: 1, contactAgeMs: 2 },
      },
      {
        member: member(2),
        isMember: true,
        self: self(2, { role: "leader" }),
        error: null,
        logLines: { linesLost: 0, trouble: null },
        follower: null,
      },
      {
        member: member(3),
        isMember: true,
        self: null,
        error: "nothing listens on h3:2379",
        logLines: null,
        follower: { id: 3, matchIndex: 0, nextIndex: 5, state: "probe", lag: 12, contactAgeMs: null },
      },
      {
        member: member(4, "learner"),
        isMember: true,
        self: self(4, { role: "leader", term: 6 }),
        error: null,
        logLines: { linesLost: 0, trouble: null },
        follower: null,
      },
    ],
  }

  test("a row for each member: those that are down, those that lag, and a leader that does not know yet that it is none", () => {
    expect(formatStatus(report, plain)).toBe(
      [
        "NODE  ROLE         TERM  COMMIT  APPLIED  LAG           DISK  LEADER'S VIEW               CLIENTS",
        "n1    follower        7      12       10    2  1.5 KiB full!  match 11 next 13 replicate  h1:2379",
        "n2    leader          7      12       12    0        1.5 KiB  (leads)                     h2:2379",
        "n3    unreachable     -       -        -    -              -  match 0 next 5 probe        h3:2379",
        "n4    old leader      6      12       12    0        1.5 KiB  -                           h4:2379",
        "",
        "n3: nothing listens on h3:2379",
        "n1: it serves, but its log cannot be written: the disk that it goes to is full; 3 lines are lost",
      ].join("\n"),
    )
  })

  test("what stands between a member and its vote is a line each", () => {
    const identity = {
      life: 2,
      genesis: "00000000000000e1",
      waitsFor: [],
      isRolledBack: false,
      isRemoved: false,
      rolledBackPeers: [],
      refusals: [],
    }
    const row = (id: number, change: object): StatusRow => ({
      ...report.rows[1]!,
      member: member(id),
      self: self(id, { identity: { ...identity, ...change } }),
    })
    const refusals = [{ peer: 2, code: "otherBeginning", message: "server 3 belongs to a cluster that began with other members" }]
    const rows = [row(1, { isRolledBack: true }), row(2, { rolledBackPeers: [1], waitsFor: [3] }), row(3, { refusals, isRemoved: true })]
    const text = formatStatus({ ...report, rows }, plain)
    expect(text).toContain(
      "n1: its disk has gone back in time, so it has no vote: remove it, and add it under a new id with an empty data folder.",
    )
    expect(text).toContain("n2: it has seen that the disk of n1 went back in time; remove it")
    expect(text).toContain("n2: a new cluster; it waits to meet n3 before the first election.")
    expect(text).toContain("n3: it was removed from the cluster.")
    expect(text).toContain("n3: n2 refuses it: server 3 belongs to a cluster that began with other members")
  })

  test("where one began on the operator's word, it says what the others that wait have to be told", () => {
    const waiting = { ...self(2, {}).identity, waitsFor: [1, 3] }
    const rows = [
      { ...report.rows[1]!, member: member(1), self: self(1, {}) },
      { ...report.rows[1]!, self: self(2, { identity: waiting }) },
    ]
    const text = formatStatus({ ...report, rows, leaderId: null }, plain)
    expect(text).toContain(
      "n2: a new cluster; it waits to meet n1, node 3 before the first election. n1 did not wait for all (--begin-without): unless it gets entries of a leader soon, start n2 with the same.",
    )
  })

  test("a server that was removed is a row that says so, and what to do", () => {
    const identity = { ...self(5, {}).identity, isRemoved: true }
    const rows = [...report.rows.slice(1, 2), { ...report.rows[1]!, member: member(5), isMember: false, self: self(5, { identity }) }]
    const text = formatStatus({ ...report, rows }, plain)
    expect(text).toMatch(/\nn5 +removed +7 /)
    expect(text).toContain("n5: it was removed from the cluster. Stop it;")
  })

  test("two clusters with one token are shown apart, under a warning that says what to do", () => {
    const rows = [{ ...report.rows[1]!, member: { ...member(1), clientAddress: "x1:2379" }, self: self(1, { term: 3, role: "leader" }) }]
    const other: StatusReport = { ...report, leaderId: 1, term: 3, genesis: "00000000000000e2", rows }
    const text = formatStatus({ ...report, otherClusters: [other] }, plain)
    const [words, first, , second] = text.split(/\n\n/)
    const [warning, , twoWords] = words!.split("\n")
    expect(warning).toBe(
      "Warning: these are servers of 2 clusters, some with the same token: they began by themselves, with other first members, and know nothing of each other. What is written to one is not in the other.",
    )
    expect(twoWords).toContain("name the servers of one cluster in --endpoints")
    expect(first).toMatch(/^Cluster 1 of 2 \(id 0123456789abcdef, genesis 00000000000000e1\)\nNODE /)
    expect(second).toMatch(/^Cluster 2 of 2 \(id 0123456789abcdef, genesis 00000000000000e2\)\nNODE .*\nn1 +leader +3 /)
  })

  test("answers are parted by token and genesis; a node that has not heard of its genesis belongs to the cluster of its token", () => {
    const answer = (genesis: string | null, clusterId = "c1") =>
      ({ clusterId, self: { identity: { genesis } } }) as unknown as ClusterStatus
    const answers = new Map([
      ["a", answer(null)],
      ["b", answer("e1")],
      ["c", answer("e2")],
      ["d", answer("e1")],
      ["e", answer("e1", "c2")],
      ["f", answer(null, "c3")],
    ])
    expect(partByCluster(answers).map((views) => [...views.keys()])).toEqual([["b", "d", "a"], ["c"], ["e"], ["f"]])
  })

  test("without a leader, and in the middle of a membership change, it says so", () => {
    const text = formatStatus({ ...report, leaderId: null, isJoint: true }, plain)
    expect(text).toContain("No node leads: it takes a majority of the voters.")
    expect(text).toContain("both the old and the new voters")
  })
})

test("oarlock member list", () => {
  expect(formatMembers([member(1), { ...member(12, "promoting"), clientAddress: "" }])).toBe(
    ["ID  NAME  STANDING   PEERS     CLIENTS", " 1  n1    voter      h1:2380   h1:2379", "12  n12   promoting  h12:2380  -"].join("\n"),
  )
})

test("oarlock chaos status lists processes and cut links", () => {
  const node = { id: 1, name: "n1", client: "c1", peer: "p1", log: "n1.log" }
  const nodes = [
    { ...node, pid: 41, state: "running" as const, leads: true },
    { ...node, id: 2, name: "n2", pid: null, state: "killed" as const, leads: false },
  ]
  expect(formatChaosStatus({ message: "", nodes, cutLinks: [{ from: 1, to: 2 }], term: 3 })).toBe(
    [
      "NODE  PROCESS  STATE    LEADS   CLIENTS  LOG",
      "n1         41  running  term 3  c1       n1.log",
      "n2          -  killed           c1       n1.log",
      "",
      "Cut links:",
      "  n1 → n2",
    ].join("\n"),
  )
})

test("oarlock wal inspect shows what is wrong beside what it is", () => {
  const row = {
    file: "1.log",
    offset: 72,
    type: "entry" as const,
    index: 1,
    term: 1,
    bytes: 33,
    kind: "command" as const,
    detail: "0 bytes of payload",
    ok: true,
    problem: null,
  }
  const bad = {
    ...row,
    offset: 105,
    type: "end" as const,
    index: null,
    term: null,
    kind: null,
    detail: "damaged",
    ok: false,
    problem: "bad checksum",
  }
  expect(formatInspection([row, bad]).split("\n").slice(1)).toEqual([
    "1.log      72  command      1     1     33  0 bytes of payload",
    "1.log     105  end                      33  damaged: bad checksum",
  ])
})

describe("oarlock watch-leader", () => {
  const status = (id: number, standing: "voter" | "learner" = "voter") => ({ ...member(id), standing, matchIndex: null })
  const state = { term: 3, leader: 1, configurationIndex: 0, members: [status(1), status(2)], genesis: null }

  test.each<[string, Parameters<typeof describeChange>, string | null]>([
    ["the first state", [null, state], "n1 leads term 3"],
    ["nothing new", [state, state], null],
    ["another leader", [state, { ...state, term: 4, leader: 2 }], "n2 leads term 4"],
    ["no leader", [state, { ...state, term: 4, leader: null }], "nobody leads (term 4)"],
    [
      "another member",
      [state, { ...state, members: [...state.members, status(3, "learner")] }],
      "the members are now n1, n2, n3 (learner)",
    ],
  ])("%s", (_title, [before, now], text) => expect(describeChange(before, now)).toBe(text))
})

describe("exit codes of what the client says", () => {
  const error = (code: OarlockError["code"], outcome: "rejected" | "unknown") =>
    new OarlockError(code, 'put "a": no', { outcome, operation: 'put "a"' })

  test.each<[OarlockError["code"], "rejected" | "unknown", number]>([
    ["unreachable", "rejected", exitCode.unreachable],
    ["timeout", "rejected", exitCode.unreachable],
    ["timeout", "unknown", exitCode.unknown],
    ["connectionLost", "unknown", exitCode.unknown],
    ["unknownMember", "rejected", exitCode.notFound],
    ["overloaded", "rejected", exitCode.failed],
    ["compacted", "rejected", exitCode.failed],
  ])("%s, %s: %d", (code, outcome, expected) => expect(explainClientError(error(code, outcome), false).exitCode).toBe(expected))
})

describe("which keys", () => {
  test.each<[Parameters<typeof parseKeys>, unknown]>([
    [[undefined, undefined, false], { prefix: "" }],
    [["a", undefined, false], { from: new TextEncoder().encode("a") }],
    [["a", "m", false], { from: new TextEncoder().encode("a"), to: "m" }],
    [["a/", undefined, true], { prefix: "a/" }],
  ])("%j", (args, keys) => expect(parseKeys(...args)).toEqual(keys))

  test.each<Parameters<typeof parseKeys>>([
    [undefined, undefined, true],
    ["a", "b", true],
  ])("a prefix of %s to %s makes no sense", (...args) => expect(() => parseKeys(...args)).toThrow("--prefix needs one argument"))
})
