// Each rule that fires in a small story is told in a sentence with its section, and says what was compared.

import { describe, expect, test } from "vitest"
import type { WorldAction } from "../state/action.ts"
import { calmOptions, type WorldOptions } from "../state/options.ts"
import { World } from "../world/world.ts"
import { Chronicle, type Moment } from "./chronicle.ts"
import { sentenceOf } from "./explain.ts"
import { createTrace, type Trace } from "./trace.ts"

/** Servers without clients of their own; every election and every write is in the script. */
function story(
  script: readonly (readonly [atMs: number, action: WorldAction])[],
  lengthMs: number,
  more: Partial<WorldOptions> = {},
): Trace {
  const options: WorldOptions = {
    ...calmOptions,
    seed: 3,
    clients: { ...calmOptions.clients, count: 0 },
    raft: { ...calmOptions.raft, preVote: false },
    script: script.map(([atMs, action]) => ({ atMs, action })),
    ...more,
  }
  const world = World.create(options)
  while (world.now < lengthMs && world.step() !== null);
  return createTrace(world, { coreVersion: "1.2.3", mode: "script" })
}

function momentsOf(trace: Trace): readonly Moment[] {
  const chronicle = new Chronicle(trace)
  const moments: Moment[] = []
  for (let moment = chronicle.next(); moment !== null; moment = chronicle.next()) moments.push(moment)
  expect(chronicle.finish().isSame).toBe(true)
  return moments
}

const told = (trace: Trace): readonly string[] => momentsOf(trace).flatMap(({ explanations }) => explanations.map(sentenceOf))
const put = (node: number): WorldAction => ({ kind: "request", client: 100, node, operation: { kind: "put", register: 1 } })
const isolate = (fault: number, node: number, others: readonly number[]): WorldAction[] => [
  { kind: "cut", fault, from: [node], to: others },
  { kind: "cut", fault, from: others, to: [node] },
]

describe("an election", () => {
  const sentences = told(story([[10, { kind: "timeout", node: 1 }]], 60))

  test.each([
    "S1 has term 1 and its vote for itself on disk: now it asks S2, S3, §5.2, Figure 2 (persistent state)",
    "S2 adopts term 1 from S1, having been in term 0, §5.1",
    "S2 votes for S1 in term 1: S1's log ends at the beginning, not before its own at the beginning; the answer waits for its disk, §5.2, §5.4.1",
    "S2 has its vote for S1 in term 1 on disk: now the answer may leave, Figure 2 (persistent state)",
    "S3 appends 1 of S1 behind the beginning, where the logs agree; the answer waits for its disk, §5.3",
    "S2 follows S1, the leader of term 1, §5.2",
    "S3 learns that 1 is committed, §5.3",
  ])("tells: %s", (sentence) => expect(sentences).toContain(sentence))

  test("tells why it began, with the time on the candidate's own clock", () => {
    const because = /^S1 campaigns in the new term 1 and votes for itself: heard from no leader for \d+ ms, §5\.2$/
    expect(sentences.filter((sentence) => because.test(sentence))).toHaveLength(1)
  })

  test("tells what made its entry committed", () => {
    expect(sentences.filter((sentence) => sentence.startsWith("S1 commits 1: "))).toEqual([
      expect.stringMatching(/^S1 commits 1: a majority has it on disk \(S1, S\d\), and it is of its own term 1, §5\.3, §5\.4\.2$/),
    ])
  })
})

test("a candidate whose log is behind is refused, with both logs", () => {
  const sentences = told(
    story(
      [
        [10, { kind: "timeout", node: 1 }],
        ...isolate(1, 3, [1, 2]).map((action) => [40, action] as const),
        [50, put(1)],
        [80, { kind: "heal", fault: 1 }],
        [80.1, { kind: "timeout", node: 3 }],
      ],
      100,
    ),
  )
  expect(sentences).toContain("S2 adopts term 2 from S3, having been in term 1, §5.1")
  expect(sentences).toContain("S2 refuses S3 its vote: S3's log ends at (term 1, index 1), behind its own at (term 1, index 2), §5.4.1")
  expect(sentences.some((sentence) => /^S1 adopts term 2 from S3, having been in term 1, and steps down, §5\.1$/.test(sentence))).toBe(true)
})

test("a second candidate of a term is refused by servers that have voted", () => {
  const sentences = told(
    story(
      [
        [10, { kind: "timeout", node: 1 }],
        [10, { kind: "timeout", node: 2 }],
      ],
      40,
    ),
  )
  expect(sentences).toContain("S1 refuses S2 its vote: it has voted for itself in term 1, §5.2")
  expect(sentences).toContain("S2 refuses S1 its vote: it has voted for itself in term 1, §5.2")
})

test("a leader that was cut off hears the newer term, and its leftovers are removed", () => {
  const sentences = told(
    story(
      [
        [10, { kind: "timeout", node: 1 }],
        ...isolate(1, 1, [2, 3]).map((action) => [40, action] as const),
        [50, put(1)],
        [70, { kind: "timeout", node: 2 }],
        [120, { kind: "heal", fault: 1 }],
      ],
      250,
    ),
  )
  expect(sentences.some((sentence) => sentence.startsWith("S1 adopts term 2 from S") && sentence.includes("having been in term 1"))).toBe(
    true,
  )
  expect(sentences).toContain("S1 removes its entries 2: they contradict the leader's, which are not of term 1, §5.3")
})

test("with PreVote, a server that lost touch is told why it would not win, and the term stays", () => {
  const raft = { ...calmOptions.raft, preVote: true }
  const sentences = told(
    story(
      [
        [10, { kind: "timeout", node: 1 }],
        [60, { kind: "timeout", node: 3 }],
      ],
      90,
      { raft },
    ),
  )
  expect(sentences.some((sentence) => /^S3 asks around who would vote for it in term 2: .*, dissertation §9\.6$/.test(sentence))).toBe(true)
  expect(sentences.some((sentence) => /^S1 would not vote for S3: it leads, dissertation §4\.2\.3$/.test(sentence))).toBe(true)
  expect(sentences.some((sentence) => sentence.includes("adopts term 2"))).toBe(false)
})

describe("a chronicle", () => {
  test("names every message, says what became of it, and when its copies arrive", () => {
    const moments = momentsOf(
      story(
        [
          [10, { kind: "timeout", node: 1 }],
          [30, { kind: "crash", node: 3, powerLoss: true }],
          [31, { kind: "cut", fault: 1, from: [1], to: [2] }],
          [40, put(1)],
        ],
        60,
      ),
    )
    const sent = moments.flatMap((moment) => moment.sent.map((message) => ({ ...message, at: moment.at })))
    const first = sent.find(({ name }) => name === "S1>S2#1")!
    expect(first).toMatchObject({ fate: "onItsWay", message: { kind: "requestVote" } })
    const arrivals = moments.flatMap(({ arrival, at }) => (arrival === null ? [] : [{ ...arrival, at }]))
    expect(arrivals.find(({ name }) => name === "S1>S2#1")).toMatchObject({ fate: "taken", at: first.arrivesAt[0] })
    const late = sent.filter(({ at }) => at >= 40)
    expect(late.find(({ message }) => message.to === 2)).toMatchObject({ fate: "cut", arrivesAt: [] })
    expect(late.find(({ message }) => message.to === 3)).toMatchObject({ fate: "down", arrivesAt: [] })
    expect(new Set(sent.map(({ name }) => name)).size).toBe(sent.length)
  })

  test("tells what strikes and scripts did, and how the servers stand", () => {
    const faults = [{ kind: "crash", everyMs: 30, lastsMs: 20 }] as const
    const moments = momentsOf(story([[5, { kind: "timeout", node: 2 }]], 300, { faults }))
    expect(moments.find(({ event }) => event?.kind === "script")?.actions).toEqual([{ kind: "timeout", node: 2 }])
    const strikes = moments.filter(({ event }) => event?.kind === "strike")
    expect(strikes.length).toBeGreaterThan(2)
    for (const { actions, nodes } of strikes) {
      expect(actions.length).toBeGreaterThan(0)
      for (const action of actions) expect(action.kind === "crash" && nodes[action.node - 1]).toMatchObject({ isUp: false, life: 0 })
    }
  })

  test("keeps account of messages that wait for a server that is busy", () => {
    const moments = momentsOf(
      story([[10, { kind: "timeout", node: 1 }]], 400, { busyMsMax: 20, network: { ...calmOptions.network, duplicateRate: 0.5 } }),
    )
    const waited = moments.flatMap(({ arrival }) => (arrival?.fate === "waits" ? [arrival.name] : []))
    expect(waited.length).toBeGreaterThan(3)
    const arrived = moments.flatMap(({ arrival }) => (arrival === null ? [] : [arrival.name]))
    const taken = moments.flatMap((moment) => moment.taken)
    const took = moments.flatMap(({ steps }) => steps.flatMap(({ events }) => events.filter(({ kind }) => kind === "message")))
    expect(taken).toHaveLength(took.length)
    expect(arrived).toEqual(expect.arrayContaining(taken))
    expect(new Set(taken).size).toBe(taken.length)
  })
})
