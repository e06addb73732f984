/**
 * Reads a whole scenario: the moral with its source, the setup, and the commands, one a line. Whatever is wrong is a `ScenarioError` with the place,
 * what was expected and what was found.
 */

import { text as anyText } from "../../arguments/index.ts"
import { argument, instanceOf } from "../ground/read-arguments.ts"
import type { Build } from "../state/build.ts"
import { brokenRules } from "./broken-rules.ts"
import { LineReader } from "./line-reader.ts"
import { readCommand, verbs } from "./parse-command.ts"
import { readSetup, setupVerbs } from "./parse-setup.ts"
import { ScenarioError } from "./scenario-error.ts"
import type { PlacedCommand, Scenario, Setup } from "./scenario.ts"

/** The first words of all lines that the language knows. */
export const scenarioVerbs: readonly string[] = [...setupVerbs, ...verbs]

/** Reads `text`, which came from `file`. `rules`: those that a story may offer to break. Throws a `ScenarioError`. */
export function parseScenario(text: string, file: string, rules: ReadonlyMap<string, Build> = brokenRules): Scenario {
  argument("parseScenario", "text", text, anyText)
  argument("parseScenario", "file", file, anyText)
  argument("parseScenario", "rules", rules, instanceOf(Map, "a Map of builds by the names of their rules"))
  const lines = text.split(/\r?\n/)
  const heading = readHeading(lines, file)
  const { setup, commands } = readLines(lines, file, [...rules.keys()])
  return { file, ...heading, setup, commands }
}

interface Heading {
  readonly moral: string
  readonly source: string
  readonly notes: string
}

/** The comment at the top: a paragraph that ends in its source, in brackets, and perhaps more of them. */
function readHeading(lines: readonly string[], file: string): Heading {
  const end = lines.findIndex((line) => !line.startsWith("#"))
  const comment = lines.slice(0, end < 0 ? lines.length : end).map((line) => line.slice(1).trim())
  const gap = comment.indexOf("")
  const opening = comment.slice(0, gap < 0 ? comment.length : gap)
  const match = /^(?<moral>.+?) ?\((?<source>[^()]+)\)\.?$/.exec(opening.join(" "))
  if (match?.groups === undefined) {
    const [problem, line] =
      opening.length === 0
        ? ['expected a comment with the moral of the story and its source, such as "# Servers vote once per term (Raft §5.2)."', 1]
        : ['expected the source of the moral at its end, in brackets, such as "(Raft §5.2)."', opening.length]
    const shown = lines[line - 1] ?? ""
    throw new ScenarioError(file, { line, column: opening.length === 0 ? 1 : shown.length + 1 }, problem, shown)
  }
  const moral = `${match.groups["moral"]!.replace(/\.$/, "")}.`
  const notes = gap < 0 ? "" : paragraphs(comment.slice(gap + 1))
  return { moral, source: match.groups["source"]!, notes }
}

function paragraphs(comment: readonly string[]): string {
  return comment
    .join("\n")
    .split(/\n{2,}/)
    .map((paragraph) => paragraph.replaceAll("\n", " ").trim())
    .join("\n\n")
}

function readLines(lines: readonly string[], file: string, rules: readonly string[]): { setup: Setup; commands: readonly PlacedCommand[] } {
  let setup: Setup | null = null
  const commands: PlacedCommand[] = []
  for (const [position, text] of lines.entries()) {
    const servers = setup === null ? 0 : setup.nodes + setup.spares
    const line = new LineReader(file, text, position + 1, servers)
    if (line.isAtEnd) continue
    if (isSetup(line)) {
      if (commands.length > 0) line.failAt(line.peek(), `"${line.peek()!.text}" belongs before the first command`)
      const verb = line.peek()!.text
      setup = readSetup(line, setup, rules)
      line.wantEnd(`"${verb}"`)
      continue
    }
    if (setup === null) return line.fail('expected "cluster" and its servers first', ["cluster"])
    const { place, text: written } = line
    commands.push({ place, text: written, command: readCommand(line, setupVerbs) })
  }
  const last = commands.at(-1)
  if (setup === null || last?.command.kind !== "expect") {
    const end = lines.findLastIndex((line) => line.trim() !== "")
    const shown = lines[end] ?? ""
    throw new ScenarioError(
      file,
      { line: Math.max(1, end + 1), column: shown.length + 1 },
      'expected the story to end with "expect"',
      shown,
    )
  }
  return { setup, commands }
}

/** `log` sets a disk up, but only in front of a server and a colon; everything else is told by its first word. */
function isSetup(line: LineReader): boolean {
  return setupVerbs.some((verb) => line.sees(verb))
}
