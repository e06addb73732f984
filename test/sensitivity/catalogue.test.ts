// The catalogue itself: every bug has its place in the sources as they are today, a name of its own, and checkers that exist.

import { readFileSync } from "node:fs"
import { expect, test } from "vitest"
import { checkers } from "../../src/simulator/internal.ts"
import { mutants } from "./catalogue/index.ts"
import { changedSource, mutatedBuild } from "./mutant.ts"
import { pageFile, readRecorded, renderPage } from "./recorded.ts"

/** What the run itself notices, beside the checkers. */
const ofTheRun = ["liveness", "progress", "load", "halt", "recovery", "disk", "replica", "answers", "messages", "handshake", "reads"]

test("there are at least forty, each under a name of its own", () => {
  const names = mutants.map(({ name }) => name)
  expect(names.length).toBeGreaterThanOrEqual(40)
  expect(new Set(names).size).toBe(names.length)
})

test.each(mutants)("stands in the sources: $name", ({ changes }) => {
  for (const { file } of changes) expect(changedSource(file, changes)).not.toBe(changedSource(file, []))
})

test.each(mutants)("is looked for by checkers that exist: $name", ({ foundBy }) => {
  const known = [...checkers.map(({ name }) => name), ...ofTheRun]
  expect(foundBy.length).toBeGreaterThan(0)
  expect(known).toEqual(expect.arrayContaining([...foundBy]))
})

test("a change that finds no place, or two, is stale, and says so", async () => {
  const gone = { file: "core/election/election.ts", from: "no such line", to: "" }
  expect(() => changedSource(gone.file, [gone])).toThrow(
    "stale mutant: src/core/election/election.ts has 0 places that read:\nno such line",
  )
  const everywhere = { file: "core/election/election.ts", from: "state", to: "" }
  await expect(mutatedBuild({ changes: [everywhere] })).rejects.toThrow(/stale mutant: src\/core\/election\/election\.ts has \d+ places/)
})

test("docs/sensitivity.md is what `npm run sensitivity` last wrote", () => {
  const recorded = readRecorded()
  expect(Object.keys(recorded).toSorted()).toEqual(mutants.map(({ name }) => name).toSorted())
  expect(readFileSync(pageFile, "utf8")).toBe(renderPage(recorded))
})
