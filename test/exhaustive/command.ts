/** `npm run exhaustive`: searches, shows how far it is, and tells what it found. Exit code 1 if a property was broken, 2 for a command it does not understand. */

import { StateSearch, tellStory, type SearchReport } from "../../src/simulator/exhaustive/index.ts"
import { help, readCommand, type Command } from "./command-line.ts"
import { plantedBugs } from "./planted-bugs.ts"

/** Situations between two looks at the clock. */
const portion = 5_000
const progressEveryMs = 2_000

const command = understand()
if (command?.kind === "help") process.stdout.write(help)
else if (command?.kind === "bugs") process.stdout.write(plantedBugs.map(({ name }) => `${name}\n`).join(""))
else if (command?.kind === "search") run(new StateSearch(command.options))

function understand(): Command | null {
  try {
    return readCommand(process.argv.slice(2))
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\nnpm run exhaustive -- --help says what can be set.\n`)
    process.exitCode = 2
    return null
  }
}

function run(search: StateSearch): void {
  const startedAt = performance.now()
  let shownAt = startedAt
  while (search.advance(portion)) {
    const now = performance.now()
    if (now - shownAt < progressEveryMs) continue
    shownAt = now
    process.stdout.write(`${describe(search.report, now - startedAt)}\n`)
  }
  const { report } = search
  process.stdout.write(`${describe(report, performance.now() - startedAt)}\n${describeEnd(report)}\n`)
  if (report.violation === null) return
  process.stdout.write(`\n${tellStory(search, report.violation)}\n`)
  process.exitCode = 1
}

function describe({ states, depth, waiting, steps, serverStates, messages, coreSteps, bytes }: SearchReport, ms: number): string {
  const rate = Math.round((states / Math.max(ms, 1)) * 1000)
  return [
    `depth ${depth}: ${count(states)} situations (${count(rate)} a second), ${count(waiting)} waiting, ${count(steps)} steps`,
    `${count(serverStates)} server states, ${count(messages)} messages, ${count(coreSteps)} steps of the core, ${count(bytes / 2 ** 20)} MB`,
  ].join("; ")
}

function describeEnd({ end }: SearchReport): string {
  switch (end) {
    case "explored":
      return "Everything was explored, and no property is ever broken."
    case "violation":
      return "A property is broken. A shortest way to it:"
    case "depth":
    case "states":
    case "memory":
      return `Stopped at the limit of ${end}; up to there no property is broken.`
    case null:
      return "Not finished."
    default:
      return end satisfies never
  }
}

function count(number: number): string {
  return Math.round(number).toLocaleString("en-US")
}
