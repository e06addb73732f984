// One class or type name for one thing: a search for a name finds one place. A test sees that no second thing takes a name.

import { expect, test } from "vitest"
import { isTest, sourceTree } from "./source-tree.ts"

test("no two files of src/ declare a type or a class of one name", () => {
  const files = new Map<string, Set<string>>()
  for (const { path, text } of sourceTree("src")) {
    if (isTest(path)) continue
    for (const [, name] of text.matchAll(/^export (?:abstract )?(?:class|interface|type|enum) (\w+)/gm)) {
      files.set(name!, (files.get(name!) ?? new Set()).add(path))
    }
  }
  expect(files.size).toBeGreaterThan(500)
  expect([...files].filter(([, paths]) => paths.size > 1)).toEqual([])
})
