// A story is told step by step, and where it does not come out as it says, the line is named with what was found.

import { describe, expect, it } from "vitest"
import { production } from "../state/build.ts"
import { brokenRules } from "./broken-rules.ts"
import { parseScenario } from "./parse-scenario.ts"
import { runScenario, ScenarioRun, type ScenarioRunOptions } from "./scenario-run.ts"

/** A rule of our own, beside those that everybody knows. */
const rules = new Map([...brokenRules, ["sleep", production]])

function story(...lines: readonly string[]): ReturnType<typeof parseScenario> {
  return parseScenario(["# It is told (Raft §5).", "cluster 1 2 3", ...lines].join("\n"), "a.scenario", rules)
}

function failureOf(lines: readonly string[], options: ScenarioRunOptions = {}): string {
  const run = new ScenarioRun(story(...lines), options)
  while (run.step());
  return run.failure?.message ?? "it came out as it says"
}

describe("ScenarioRun", () => {
  it("tells a story event by event, and says which line it is at", () => {
    const run = new ScenarioRun(story("elect 1", "write 1 x=5", "settle", "expect write committed"))
    const told: { line: string | undefined; events: number }[] = []
    let before = 0
    for (let goesOn = true; goesOn;) {
      const line = run.current?.text
      goesOn = run.step()
      const { eventNumber } = run.world
      expect(eventNumber - before).toBeLessThanOrEqual(1)
      if (told.length === 0 || told.at(-1)?.line !== line) told.push({ line, events: 0 })
      told.at(-1)!.events += eventNumber - before
      before = eventNumber
    }
    expect(told.map(({ line }) => line)).toEqual([undefined, "elect 1", "write 1 x=5", "settle", "expect write committed"])
    // Asking and expecting take no time; the others do.
    expect(told.map(({ events }) => events > 0)).toEqual([true, true, false, true, false])
    expect(run.isOver).toBe(true)
    expect(run.current).toBeNull()
    expect(run.failure).toBeNull()
    expect(run.step()).toBe(false)
  })

  it("goes on to the end of a line, or of the story", () => {
    const run = new ScenarioRun(story("elect 1", "run for 1 s", "expect 1 leads"))
    run.finishCommand()
    expect(run.current?.text).toBe("elect 1")
    run.finishCommand()
    expect(run.world.views.map(({ role }) => role)).toEqual(["leader", "follower", "follower"])
    const { now } = run.world
    run.finishCommand()
    expect(run.world.now).toBe(now + 1000)
    run.finish()
    expect(run.isOver).toBe(true)
  })

  it("answers what holds at the moment, without touching the story", () => {
    const run = new ScenarioRun(story("elect 1", "write 1 x=5", "settle", "expect 1 holds x=5"))
    const holds = { kind: "servers", servers: [1], holds: "each", claim: { kind: "holds", key: "x", value: "5", not: false } } as const
    run.finishCommand()
    run.finishCommand()
    const hash = run.world.hash()
    expect(run.look(holds)).toEqual({ holds: false, found: "1 holds no x" })
    expect(run.world.hash()).toBe(hash)
    run.finish()
    expect(run.look(holds).holds).toBe(true)
  })

  it("gives the same world twice", () => {
    const scenario = story("elect 2", "write 3 x=1", "crash 2 losing power", "run for 1 s", "expect leaders 1")
    expect(runScenario(scenario).hash()).toBe(runScenario(scenario).hash())
  })
})

describe("a story that does not come out as it says", () => {
  it.each<[lines: string[], message: string]>([
    [
      ["elect 1", "expect 1 leads, 2 term 7, 1 term 1"],
      'a.scenario:4:17: expected "2 term 7": 2 has term 1\n  expect 1 leads, 2 term 7, 1 term 1\n                  ^^^^^^^^',
    ],
    [["elect 1", "  expect 2 leads"], 'a.scenario:4:10: expected "2 leads": 2 is a follower\n    expect 2 leads\n           ^^^^^^^'],
    [["crash 1", "expect 1 term 0"], 'expected "1 term 0": 1 is down'],
    [["expect write committed"], 'expected "write committed": nobody has asked for a write'],
    [["elect 1", "write 1 x=5", "expect write committed"], 'expected "write committed": it waits for an answer'],
    [["elect 1", "write 1 x=5", "settle", "expect write unknown"], "it was committed at index 2"],
    [["elect 1", "expect 1 log 1 1"], 'expected "1 log 1 1": 1 has log 1:noop'],
    [["elect 1", "write 1 x=5", "settle", "expect 1 log 1 1:x=6"], "1 has log 1:noop 1:x=5"],
    [["elect 1", "write 1 x=5", "settle", "read 1 x", "settle", "expect read answered 6"], "it was answered 5 at index 2"],
    [["crash 1 2 3", "expect nobody follower, all term 0"], 'expected "all term 0": no server is up'],
    [["elect 1", "expect violation of election-safety"], 'expected "violation of election-safety": no invariant is violated'],
    [["expect the append to 1 is on its way"], "no message is on its way"],
    [["isolate 1", "run until 1 leads within 1 s", "expect 1 leads"], '1000 ms passed without "1 leads": 1 is a preCandidate'],
    [["isolate 1", "elect 1", "expect 1 leads"], "1 did not come to lead within 5000 ms: 1 is a preCandidate of term 0"],
    [["drop the snapshot chunk to 1", "expect leaders 1"], "no such message was on its way within 5000 ms"],
    [["retry 1 by A", "expect leaders 0"], "client A has asked for nothing yet"],
    [
      ["elect 1", "write 1 x=5 by A", "retry 2 by A", "expect leaders 1"],
      "may not repeat a write that may have been done without a session",
    ],
  ])("%j says why", (lines, message) => {
    expect(failureOf(lines)).toContain(message)
  })

  it("stops where an invariant is violated, unless that is what it tells of", () => {
    const run = new ScenarioRun(story("elect 1", "run for 1 s", "expect 1 leads"))
    run.finishCommand()
    run.world.fail("some-invariant", "somebody broke it")
    while (run.step());
    expect(run.failure?.message).toContain("a.scenario:3:1: the invariant some-invariant is violated: somebody broke it")
    expect(failureOf(["run for 1 s", "expect no violation"])).toBe("it came out as it says")
  })
})

describe("a broken rule", () => {
  const breakable = ["break sleep violates election-safety", "run for 2 s", "expect leaders 1"]

  it("is one that somebody knows", () => {
    expect(() => new ScenarioRun(story(...breakable), { broken: true })).toThrow(
      /nobody knows how to break "sleep"; known are: commit-old-terms-by-counting, vote-for-any-log/,
    )
    expect(() => new ScenarioRun(story("expect leaders 0"), { broken: true })).toThrow("this scenario offers no rule to break")
  })

  it("has to lead to the violation that the story names", () => {
    expect(failureOf(breakable)).toBe("it came out as it says")
    expect(failureOf(breakable, { broken: true, rules })).toContain(
      'with "sleep" broken, election-safety should be violated, but nothing is violated',
    )
  })
})
