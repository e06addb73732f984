// A folder that can be taken in at a glance: at most twenty source files beside each other, tests not counted.

import { posix } from "node:path"
import { expect, test } from "vitest"
import { isTest, sourceTree } from "./source-tree.ts"

const filesMax = 20

/** A folder that is a list of equals, one file for each. */
const catalogues = new Set(["src/simulator/checkers"])

test("no folder holds more source files than one can take in", () => {
  const counts = new Map<string, number>()
  for (const { path } of sourceTree("src", "web/src")) {
    if (isTest(path)) continue
    const folder = posix.dirname(path)
    counts.set(folder, (counts.get(folder) ?? 0) + 1)
  }
  expect(counts.size).toBeGreaterThan(40)
  const large = [...counts].filter(([folder, count]) => count > filesMax && !catalogues.has(folder)).map(([folder]) => folder)
  expect(large).toEqual([])
})
