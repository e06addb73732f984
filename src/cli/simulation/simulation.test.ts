// What a campaign computes beside running seeds: which options a seed gets, who runs which seed, and what it all comes to.

import { describe, expect, test } from "vitest"
import { swarmOptions } from "../../simulator/index.ts"
import { CliError } from "../terminal/cli-error.ts"
import { styleFor } from "../terminal/output.ts"
import { seedsOf } from "./campaign.ts"
import { parseDuration } from "./duration.ts"
import { createProgress, formatProgress, type CampaignState } from "./progress.ts"
import { asDrawn, flagsOf, optionsOf, parseNodes, parseSetting, requirePossible } from "./seed-options.ts"
import { parseResult, runSeedForResult, type SeedResult } from "./seed-result.ts"
import { count, formatSummary, inWords, rate, Summary } from "./summary.ts"

const plain = styleFor(false, {})

describe("the options of a seed", () => {
  test("are what it draws", () => expect(optionsOf(5, asDrawn)).toEqual(swarmOptions(5)))

  test("get as many servers as asked for, within a range by turns", () => {
    expect(optionsOf(5, { nodes: parseNodes("7"), set: [] }).nodes).toBe(7)
    const nodes = Array.from({ length: 7 }, (_, seed) => optionsOf(seed, { nodes: parseNodes("1-7"), set: [] }).nodes)
    expect(new Set(nodes)).toEqual(new Set([1, 2, 3, 4, 5, 6, 7]))
  })

  test("are changed at one place and nowhere else", () => {
    const changed = optionsOf(5, { nodes: null, set: [parseSetting("network.dropRate=0.5"), parseSetting("workload=keyValue")] })
    const drawn = swarmOptions(5)
    expect(changed).toEqual({ ...drawn, workload: "keyValue", network: { ...drawn.network, dropRate: 0.5 } })
  })

  test("can be asked for again with the same flags", () => {
    const spec = { nodes: parseNodes("1-7"), set: [parseSetting("workload=keyValue"), parseSetting("busyMsMax=2")] }
    expect(flagsOf(spec)).toBe(` --nodes 1-7 --set 'workload="keyValue"' --set 'busyMsMax=2'`)
    expect(flagsOf(asDrawn)).toBe("")
    expect(parseSetting('workload="keyValue"')).toEqual(parseSetting("workload=keyValue"))
  })

  test.each([
    ["network.dropRat=1", "--set network.dropRat: is no name that is known here"],
    ["network=1", "--set network: found 1, expected an object."],
    ["nodes=0", "--set nodes: found 0, expected an integer from 1 to 64."],
    ["faults.0=1", "--set faults"],
    ["seed.x=1", "--set seed: found"],
  ])("are refused if no world can be made of them: %s", (text, problem) => {
    expect(() => requirePossible({ nodes: null, set: [parseSetting(text)] }, 3)).toThrow(problem)
  })

  test.each(["", "0", "3-2", "65", "1-", "x", "-1"])("refuse %j servers", (text) => expect(() => parseNodes(text)).toThrow(CliError))
  test.each(["", "=1", "dropRate"])("refuse the setting %j", (text) => expect(() => parseSetting(text)).toThrow(CliError))
})

test.each([
  ["500ms", 500],
  ["90s", 90_000],
  ["10m", 600_000],
  ["1.5h", 5_400_000],
])("%s is %d ms", (text, ms) => expect(parseDuration(text, "--for")).toBe(ms))
test.each(["", "10", "m", "-1s", "0s", "1d", "999h"])("%j is no length of time", (text) =>
  expect(() => parseDuration(text, "--for")).toThrow(CliError),
)

describe("seeds dealt out by index", () => {
  test("are each run once, by one of the parts", () => {
    const parts = [0, 1, 2].map((index) => [...seedsOf(100, 10, index, 3)])
    expect(parts).toEqual([
      [100, 103, 106, 109],
      [101, 104, 107],
      [102, 105, 108],
    ])
  })

  test("go on at 0 after the last one", () => expect([...seedsOf(0xffff_ffff, 3, 0, 1)]).toEqual([0xffff_ffff, 0, 1]))
})

const result = (seed: number, more: Partial<SeedResult> = {}): SeedResult => ({
  seed,
  coreVersion: "1.0.0",
  nodes: 3,
  events: 1_000,
  simulatedMs: 6_000,
  wallMs: 10,
  hash: 1,
  violation: null,
  coverage: { crashes: 2 },
  ...more,
})

describe("a summary", () => {
  test("counts seeds, failures and what they went through", () => {
    const summary = new Summary()
    summary.add(result(1))
    summary.add(result(2, { coverage: { crashes: 1, cuts: 4 }, nodes: 5 }))
    summary.add(result(4, { coverage: {}, violation: { checker: "liveness", reason: "no leader" } }))
    const text = formatSummary(summary, 2_000, plain)
    expect(text).toMatch(/^crashes +█{13}░{7} +66 % +3 +1\.00$/m)
    expect(text).toMatch(/^cuts +█{7}░{13} +33 % +4 +1\.33$/m)
    expect(text).toMatch(/^torn writes +░{20} +0 % +0 +0\.00$/m)
    expect(text).toContain("3 seeds (1 to 4), 18.0 s of cluster time, 3,000 events in 2.0 s: 1.5 seeds/s, 9 simulated s/s")
    expect(text).toContain("3: 2   5: 1")
    expect(text).toMatch(/2 passed, 1 failed$/)
  })

  test("counts a seed once that comes twice, and notices if it did not end alike", () => {
    const summary = new Summary(true)
    expect([result(1), result(1), result(2), result(1, { changed: "--nodes 5", hash: 9 })].map((each) => summary.add(each))).toEqual([
      null,
      null,
      null,
      null,
    ])
    expect(summary.seeds).toBe(3)
    expect(summary.add(result(2, { hash: 3 }))).toMatch(/^seed 2 ended in hash 00000001 once and in 00000003 another time/)
  })
})

test("failuresListedMax: so many failing seeds are listed by name, all are counted", () => {
  const summary = new Summary()
  for (let seed = 1; seed <= 101; seed++) summary.add(result(seed, { violation: { checker: "liveness", reason: "no leader" } }))
  expect(summary.failed).toBe(101)
  expect(summary.failures.map(({ seed }) => seed)).toEqual(Array.from({ length: 100 }, (_, at) => at + 1))
})

describe("a line of results", () => {
  test("is what a seed came to, and is read back as it was", () => {
    const { result: real, trace } = runSeedForResult(
      3,
      {
        nodes: null,
        set: [
          ["safetyMs", 200],
          ["writesMin", 0],
        ],
      },
      "--set",
      "1.0.0",
      () => 0,
    )
    expect(real).toMatchObject({ seed: 3, violation: null, changed: "--set" })
    expect(trace).toBeNull()
    expect(parseResult(JSON.stringify(real))).toEqual(real)
  })

  test("of a failing seed comes with the trace that leads there", () => {
    const spec = {
      nodes: null,
      set: [
        ["safetyMs", 100],
        ["writesMin", 1e6],
        ["livenessTimeouts", 2],
      ] as const,
    }
    const { result: real, trace } = runSeedForResult(3, spec, "", "1.0.0", () => 0)
    expect(real.violation).not.toBeNull()
    expect(trace).toMatchObject({ seed: 3, end: { step: real.events, hash: real.hash, violation: real.violation } })
  })

  test.each([
    ['{"seed":1', "this is no whole line of JSON"],
    ["null", "this is no result of a seed: seed is no number"],
    ["{}", "this is no result of a seed: seed is no number"],
    [JSON.stringify({ ...result(1), hash: "x" }), "hash is no number"],
    [JSON.stringify({ ...result(1), coverage: { crashes: "2" } }), "coverage holds something else than numbers"],
    [JSON.stringify({ ...result(1), coverage: null }), "coverage holds something else than numbers"],
    [JSON.stringify({ ...result(1), violation: "bad" }), "violation is neither null nor a broken rule"],
  ])("%s is refused: %s", (line, problem) => expect(() => parseResult(line)).toThrow(problem))
})

describe("progress", () => {
  const state: CampaignState = { seeds: 250, failed: 1, simulatedMs: 1_500_000, elapsedMs: 10_000, seedsPlanned: 1_000, forMs: null }

  test("tells seeds, rates, failures and how long it will take", () => {
    expect(formatProgress(state)).toBe(
      "▕█████░░░░░░░░░░░░░░░▏ 250 of 1,000 seeds · 25 seeds/s · 150 simulated s/s · 1 failed · 30.0 s left",
    )
  })

  test("goes by the time where that ends first, and by nothing where nothing ends it", () => {
    expect(formatProgress({ ...state, seedsPlanned: null, forMs: 20_000 })).toMatch(/^▕█{10}░{10}▏ 250 seeds .* 10\.0 s left$/)
    expect(formatProgress({ ...state, seedsPlanned: null })).toBe("250 seeds · 25 seeds/s · 150 simulated s/s · 1 failed")
  })

  function written(isTTY: boolean): string[] {
    const texts: string[] = []
    const progress = createProgress({ isTTY, columns: 40, write: (text) => texts.push(text) })
    for (let elapsedMs = 0; elapsedMs <= 60_000; elapsedMs += 100) progress.show({ ...state, elapsedMs })
    progress.clear()
    return texts
  }

  test("redrawMs: redraws one line on a terminal so often, and clears it in the end", () => {
    const drawn = written(true)
    expect(drawn).toHaveLength(302)
    expect(drawn.every((text) => text.startsWith("\r\u001B[2K") && text.length <= 5 + 39)).toBe(true)
  })

  test("lineEveryMs: writes a line now and then where there is no terminal", () => {
    const lines = written(false)
    expect(lines).toHaveLength(2)
    expect(lines.every((text) => text.endsWith("\n") && !text.includes("\u001B"))).toBe(true)
  })
})

test("figures as people read them", () => {
  expect([count(0), count(999), count(1_000), count(12_345_678)]).toEqual(["0", "999", "1,000", "12,345,678"])
  expect([inWords("tornWrites"), inWords("cuts")]).toEqual(["torn writes", "cuts"])
  expect([rate(1, 0), rate(33, 10_000), rate(12_345, 10_000)]).toEqual([0, 3.3, 1_235])
})
