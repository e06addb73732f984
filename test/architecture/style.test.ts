// Keeps the checkable part of house style true for every file, and proves on planted files that it would notice.

import { describe, expect, it } from "vitest"
import { sourceTree } from "./source-tree.ts"
import { sourceLinesMax, styleProblems } from "./style.ts"

describe("house style", () => {
  it("holds for every file", () => {
    const files = sourceTree("src", "test", "bench")
    const found = files.flatMap(({ path, text }) => styleProblems(path, text).map((problem) => `${path} ${problem}`))
    expect(found).toEqual([])
  })

  it("wants an opening comment in a source", () => {
    expect(styleProblems("src/core/a.ts", "export const a = 1\n")).toHaveLength(1)
    expect(styleProblems("src/core/a.ts", "// The concept.\n\nexport const a = 1\n")).toEqual([])
    expect(styleProblems("src/core/a.ts", "/** The concept. */\n\nexport const a = 1\n")).toEqual([])
  })

  it("wants kebab-case names of files and folders", () => {
    expect(styleProblems("src/core/appendEntries.ts", "//")).toEqual([`"appendEntries" is not in kebab-case`])
    expect(styleProblems("src/core/Log/log.ts", "//")).toEqual([`"Log" is not in kebab-case`])
    expect(styleProblems("src/core/append-entries.test.ts", "")).toEqual([])
  })

  it("wants a source to end by the line limit", () => {
    const lines = (count: number): string => "//\n".repeat(count)
    expect(styleProblems("src/core/a.ts", lines(sourceLinesMax - 1))).toEqual([])
    expect(styleProblems("src/core/a.ts", lines(sourceLinesMax))).toEqual([])
    expect(styleProblems("src/core/a.ts", lines(sourceLinesMax + 1))).toHaveLength(1)
  })

  it.each(["it", "test", "describe"])("wants no %s switched off or on alone", (called) => {
    for (const modifier of ["only", "skip", "todo"]) {
      const text = `${called}.${modifier}("a title", () => {})`
      expect(styleProblems("src/core/a.test.ts", text)).toEqual([`leaves ${called}.${modifier} behind`])
    }
    expect(styleProblems("src/core/a.test.ts", `${called}.each([1])("a title", () => {})`)).toEqual([])
  })
})
