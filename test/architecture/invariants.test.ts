// Keeps docs/invariants.md true: its first table is the list of checkers, in their order and in their words, and every file that it names is there.

import { existsSync, readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { describe, expect, test } from "vitest"
import { checkers } from "../../src/simulator/internal.ts"

const pagePath = new URL("../../docs/invariants.md", import.meta.url)
const page = readFileSync(fileURLToPath(pagePath), "utf8")

/** The rows of the table under a heading, as cells. */
function rowsUnder(heading: string): string[][] {
  const section = page.split(/^## /m).find((part) => part.startsWith(`${heading}\n`)) ?? ""
  const lines = section.split("\n").filter((line) => line.startsWith("|"))
  return lines.slice(2).map((line) =>
    line
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim()),
  )
}

const code = (text: string): string => `\`${text}\``

describe("docs/invariants.md", () => {
  test("lists every checker with its rule, its source and its name in TLA+", () => {
    const expected = checkers.map(({ name, rule, paper, tla }) => [
      `[${code(name)}](../src/simulator/checkers/${name}.ts)`,
      rule,
      paper,
      tla === null ? "–" : tla.split(", ").map(code).join(", "),
    ])
    expect(rowsUnder("After every step")).toEqual(expected)
  })

  test("names only files that exist", () => {
    const links = [...page.matchAll(/\]\((\.\.\/[^)]+)\)/g)].map((match) => match[1]!)
    expect(links.length).toBeGreaterThan(checkers.length)
    const missing = links.filter((link) => !existsSync(fileURLToPath(new URL(link, pagePath))))
    expect(missing).toEqual([])
  })

  test("has a test beside every checker", () => {
    const untested = checkers.filter(({ name }) => {
      return !existsSync(fileURLToPath(new URL(`../../src/simulator/checkers/${name}.test.ts`, import.meta.url)))
    })
    expect(untested).toEqual([])
  })
})
