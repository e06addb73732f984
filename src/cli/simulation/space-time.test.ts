// The picture: arrows from sender to receiver, losses marked, badges where a server changes, and never wider than the terminal.

import { describe, expect, test } from "vitest"
import { calmOptions, createTrace, World, type WorldAction } from "../../simulator/index.ts"
import { Chronicle, type Moment, type ServerStanding } from "../../simulator/internal.ts"
import { styleFor } from "../terminal/output.ts"
import { visibleWidth } from "../terminal/table.ts"
import { drawHeader, drawMoment, isWorthARow, wrap } from "./space-time.ts"

const plain = styleFor(false, {})

function drawn(nodes: number, columns: number): readonly string[] {
  const others = Array.from({ length: nodes - 1 }, (_, position) => position + 2)
  const script: { atMs: number; action: WorldAction }[] = [
    { atMs: 10, action: { kind: "timeout", node: 1 } },
    { atMs: 30, action: { kind: "cut", fault: 1, from: [1], to: others } },
    { atMs: 40, action: { kind: "timeout", node: 2 } },
    { atMs: 50, action: { kind: "crash", node: nodes, powerLoss: false } },
  ]
  const clients = { ...calmOptions.clients, count: 1 }
  const world = World.create({ ...calmOptions, seed: 3, nodes, clients, raft: { ...calmOptions.raft, preVote: false }, script })
  while (world.now < 120) world.step()
  const chronicle = new Chronicle(createTrace(world, { coreVersion: "1.2.3", mode: "script" }))
  const lines: string[] = []
  const options = { columns, style: plain }
  let before: readonly ServerStanding[] = []
  let last: Moment | null = null
  for (let moment = chronicle.next(); moment !== null; moment = chronicle.next()) {
    if (last === null) lines.push(drawHeader(moment.nodes, options))
    if (isWorthARow(moment)) lines.push(...drawMoment(moment, before, options))
    before = moment.nodes
    last = moment
  }
  return lines
}

describe("the picture of three servers", () => {
  const lines = drawn(3, 100)
  test("has a lane for each under its name", () => {
    expect(lines.slice(0, 2)).toEqual([
      "   STEP         MS   S1              S2              S3   ",
      "      1        0.0   │               ·               ·     S1 starts",
    ])
  })

  test("shows a vote asked for, to the right, and granted, to the left, with who became what", () => {
    expect(lines.some((line) => /┆── vote\? t1 ──▶│F1 +│ +S1>S2#1$/.test(line))).toBe(true)
    expect(lines.some((line) => /┃L1◀─+ vote t1 ─+│ +│ +S2>S1#1$/.test(line))).toBe(true)
  })

  test("draws past the lanes in between", () => {
    expect(lines.some((line) => /┃────────── append 1 ──────────▶│ +S1>S3#2$/.test(line))).toBe(true)
  })

  test("marks what is lost on its way, with the reason", () => {
    expect(lines.some((line) => /│─+ [a-z0-9 ]+ ─*✗┆? ?.* S1>S2#\d+: the link is cut$/.test(line))).toBe(true)
  })

  test("says what was done on purpose, and marks who goes down", () => {
    expect(lines.some((line) => line.endsWith("cut: nothing gets from 1 to 2,3"))).toBe(true)
    expect(lines.some((line) => /·† +S3 is killed$/.test(line))).toBe(true)
  })

  test("explains under the row", () => {
    expect(lines.join("\n")).toMatch(/· S2 adopts term 1 from S1, having been in term 0, §5\.1/)
  })
})

test.each([
  [3, 80],
  [5, 80],
  [5, 100],
  [7, 120],
])("%d servers fit %d columns", (nodes, columns) => {
  for (const line of drawn(nodes, columns)) expect(visibleWidth(line), line).toBeLessThanOrEqual(columns)
})

test("sentences break at spaces", () => {
  expect(wrap("one two three four", 9)).toEqual(["one two", "three", "four"])
  expect(wrap("unbreakable", 3)).toEqual(["unbreakable"])
})
