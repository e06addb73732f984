// docs/scenarios.md is true: it names every command, option of its own and breakable rule, its examples can be read, and its table of scenarios is complete.

import { readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { describe, expect, it } from "vitest"
import { parseScenario, runScenario } from "../../src/simulator/index.ts"
import { brokenRules, scenarioVerbs } from "../../src/simulator/internal.ts"
import { files, read } from "./files.ts"

const page = readFileSync(fileURLToPath(new URL("../../docs/scenarios.md", import.meta.url)), "utf8")

/** The code in the first column of the tables under headings that match, with `|` unescaped. */
function examples(heading: RegExp): string[] {
  const sections = page.split(/^#{2,3} /m).filter((section) => heading.test(section.slice(0, section.indexOf("\n"))))
  const rows = sections.flatMap((section) => [...section.matchAll(/^\| (`.+?`) \| /gm)].map((match) => match[1]!))
  return rows.flatMap((cell) => [...cell.matchAll(/`([^`]+)`/g)].map((match) => match[1]!.replaceAll("\\|", "|")))
}

const head = "# It can be read (Raft §5)."

describe("docs/scenarios.md", () => {
  const commands = examples(/^(Time|Network|Messages|Servers|Clients and operators)$/)
  const conditions = examples(/^About/)
  const setups = examples(/^Setup$/)

  it.each(setups)("shows setup that can be read: %s", (line) => {
    const cluster = line.startsWith("cluster") ? [] : ["cluster 1 2 3"]
    parseScenario([head, ...cluster, line, "expect 1 leads"].join("\n"), "docs/scenarios.md")
  })

  it.each(commands)("shows a command that can be read: %s", (line) => {
    parseScenario([head, "cluster 1 2 3 4", line, "expect 1 leads"].join("\n"), "docs/scenarios.md")
  })

  it.each(conditions)("shows a condition that can be read: %s", (line) => {
    parseScenario([head, "cluster 1 2 3 4", `expect ${line}`].join("\n"), "docs/scenarios.md")
  })

  it("shows every command", () => {
    const shown = new Set([...commands, ...setups].map((line) => line.split(" ")[0]))
    expect(scenarioVerbs.filter((verb) => !shown.has(verb))).toEqual([])
  })

  it("names every rule that can be broken, and no other", () => {
    expect(examples(/^Broken rules$/)).toEqual([...brokenRules.keys()])
  })

  it("begins with a story that comes out as it says", () => {
    const stories = [...page.matchAll(/^```scenario\n(.*?)^```$/gms)].map((match) => match[1]!)
    expect(stories).toHaveLength(1)
    for (const story of stories) runScenario(parseScenario(story, "docs/scenarios.md"))
  })

  it("lists all scenarios with their morals and sources", () => {
    const rows = files.map((file) => {
      const { moral, source } = read(file)
      return `| [\`${file.split("/").slice(1).join("/").replace(".scenario", "")}\`](../${file}) | ${moral} | ${source} |`
    })
    const table = page.slice(page.indexOf("| scenario | moral | source |")).trimEnd()
    expect(table).toBe(["| scenario | moral | source |", "|---|---|---|", ...rows].join("\n"))
  })
})
