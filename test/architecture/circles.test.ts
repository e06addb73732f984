// No file imports, as the program runs, one that needs it in turn: each can be read, tested and replaced with what lies below it.

import { expect, test } from "vitest"
import { importCircles } from "./circles.ts"
import { isTest, sourceTree } from "./source-tree.ts"

test.each(["src", "web/src"])("%s has no circle of imports", (folder) => {
  const sources = sourceTree(folder).filter(({ path }) => !isTest(path))
  expect(sources.length).toBeGreaterThan(50)
  expect(importCircles(sources).map((circle) => circle.join(" > "))).toEqual([])
})

test("a circle through another file is told, one of types alone is none", () => {
  const source = (path: string, ...lines: readonly string[]) => ({ path, text: lines.join("\n") })
  const circle = [
    source("src/a.ts", 'import { b } from "./folder/b.ts"'),
    source("src/folder/b.ts", 'export { c } from "../c.ts"'),
    source("src/c.ts", 'import { type B, a } from "./a.ts"'),
  ]
  expect(importCircles(circle)).toEqual([["src/a.ts", "src/folder/b.ts", "src/c.ts", "src/a.ts"]])
  const types = [
    source("src/a.ts", 'import { b } from "./b.ts"'),
    source("src/b.ts", 'import type { A } from "./a.ts"', 'import { type Other } from "./a.ts"', 'export type { C } from "./a.ts"'),
  ]
  expect(importCircles(types)).toEqual([])
})
