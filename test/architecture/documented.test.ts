// Every public name has a docstring. The reports in `api/` say which names are public, and mark those without one; `npm run api` keeps them true.

import { readdirSync, readFileSync } from "node:fs"
import { expect, test } from "vitest"

const reports = readdirSync("api").filter((file) => file.endsWith(".api.md"))

test("there is a report for each entry of the package that promises something", () => {
  const { exports } = JSON.parse(readFileSync("package.json", "utf8")) as { readonly exports: Readonly<Record<string, unknown>> }
  const promising = Object.keys(exports).filter(
    (entry) => entry.startsWith("./") && !entry.endsWith("/internal") && !entry.endsWith(".json"),
  )
  expect(reports.toSorted()).toEqual(promising.map((entry) => `${entry.slice(2)}.api.md`).toSorted())
})

test.each(reports)("%s names nothing that is not documented", (report) => {
  const lines = readFileSync(`api/${report}`, "utf8").split("\n")
  expect(lines.length).toBeGreaterThan(20)
  const undocumented = lines.flatMap((line, position) => (line.includes("(undocumented)") ? [lines[position + 1]!.trim()] : []))
  expect(undocumented).toEqual([])
})
