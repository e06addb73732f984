// A bound that no test reaches hides whatever happens there. So docs/limits.md names, for every bound, a test that goes to it: a test whose title begins
// with the bound's name and a colon, or a scenario that sets it.

import { existsSync, readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { describe, expect, test } from "vitest"
import { limitTables, reachedRows } from "./limits-page.ts"

const root = fileURLToPath(new URL("../../", import.meta.url))
const bounds = [...limitTables()].flatMap(([table, rows]) => rows.map(({ name, last }) => `${table === "Fixed" ? last : table} ${name}`))
const reached = reachedRows()
const named = reached.flatMap(({ place, names }) => names.map((name) => `${place} ${name}`))

describe("docs/limits.md", () => {
  test("names a test for every bound", () => {
    expect(bounds.filter((bound) => !named.includes(bound))).toEqual([])
  })

  test("names no test for what is no bound, and none twice", () => {
    expect(named.filter((bound, position) => !bounds.includes(bound) || named.indexOf(bound) !== position)).toEqual([])
  })

  test.each(reached)("is right that $file reaches bounds of $place", ({ file, names }) => {
    expect(existsSync(`${root}${file}`), `${file} does not exist`).toBe(true)
    const text = readFileSync(`${root}${file}`, "utf8")
    const isReached = (name: string): boolean =>
      file.endsWith(".scenario") ? text.includes(`\noption ${name} `) : new RegExp(`["'\`]${name}: `).test(text)
    expect(names.filter((name) => !isReached(name))).toEqual([])
  })
})
