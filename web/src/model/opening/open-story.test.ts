/** Every story that the page offers comes out in it as it does in the tests of the stories, rule kept and rule broken. */

import { readdirSync, readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { describe, expect, test } from "vitest"
import { readTrace, writeTrace } from "../../../../src/simulator/index.ts"
import { labelOfEntry } from "../world/entry-label.ts"
import { openStory } from "./open-story.ts"

const folder = fileURLToPath(new URL("../../../../scenarios/", import.meta.url))
const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".scenario"))

describe("told in the page", () => {
  test.each(files)("%s", (file) => {
    const { timeMachine, lines, failure, isSame } = openStory(readFileSync(folder + file, "utf8"), file, false)
    expect(failure).toBeNull()
    expect(isSame, "the same events, the same state").toBe(true)
    expect(timeMachine.step).toBe(0)
    expect(lines.length).toBeGreaterThan(1)
    const trace = timeMachine.trace({ coreVersion: "", mode: timeMachine.mode, build: timeMachine.buildName })
    expect(readTrace(writeTrace(trace)), "it can be shared and saved").toEqual(trace)
  })
})

test("Figure 8 with its rule broken turns State Machine Safety red, and no event before", () => {
  const file = "replication/figure-8.scenario"
  const { timeMachine } = openStory(readFileSync(folder + file, "utf8"), file, true)
  timeMachine.seek(timeMachine.end - 1)
  expect(timeMachine.world.violation).toBeNull()
  timeMachine.seek(timeMachine.end)
  expect(timeMachine.world.violation?.checker).toBe("state-machine-safety")
})

test("a jump to where a rule is broken shows it broken, also where the step began with a client that had just asked", () => {
  const told = files
    .map((file) => ({ file, text: readFileSync(folder + file, "utf8") }))
    .filter(({ text }) => /^break /m.test(text))
    .map(({ file, text }) => ({ file, timeMachine: openStory(text, file, true).timeMachine }))
  expect(told.length).toBeGreaterThanOrEqual(5)
  for (const { file, timeMachine } of told) {
    timeMachine.seek(timeMachine.end)
    const { checker } = timeMachine.world.violation!
    expect(timeMachine.branch.violatedAt, file).toBe(timeMachine.end)
    for (const step of [0, timeMachine.end - 1, timeMachine.end]) timeMachine.seek(step)
    expect(timeMachine.world.violation?.checker, file).toBe(checker)
    timeMachine.seek(Math.floor(timeMachine.end / 2))
    timeMachine.seek(timeMachine.end)
    expect(timeMachine.world.violation?.checker, file).toBe(checker)
  }
})

test("keys and values have the names that the story gave them", () => {
  const text = "# Names are kept (Raft §8).\ncluster 1 2 3\nelect 1\nwrite 1 color=red\nwrite 1 size=9\nsettle\nexpect 1 commit 3"
  const { timeMachine } = openStory(text, "names", false)
  timeMachine.seek(timeMachine.end)
  const labels = timeMachine.world.entriesOf(1, 1, 99).map((entry) => labelOfEntry(entry, timeMachine.options.workload, timeMachine.names))
  expect(labels).toEqual(["no-op", "color=red", "size=9"])
})
