/** What the last `npm run sensitivity` found, and the page that is made of it. */

import { readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { catalogue } from "./catalogue/index.ts"
import type { Smallest } from "./hunt.ts"
import type { Mutant } from "./mutant.ts"

/** How one planted bug was found. */
export interface Recorded {
  readonly seed: number
  /** Seeds tried from 1 on, this one included. */
  readonly tries: number
  readonly checker: string
  /** What the checker said. */
  readonly reason: string
  readonly nodes: number
  /** Events of the world up to the discovery. */
  readonly events: number
  readonly smallest: Smallest
}

export type RecordedFindings = Readonly<Record<string, Recorded>>

export const recordedFile = fileURLToPath(new URL("../../test/sensitivity/recorded.json", import.meta.url))
export const pageFile = fileURLToPath(new URL("../../docs/sensitivity.md", import.meta.url))

export function readRecorded(): RecordedFindings {
  return JSON.parse(readFileSync(recordedFile, "utf8")) as RecordedFindings
}

/** The text of `docs/sensitivity.md`. */
export function renderPage(recorded: RecordedFindings): string {
  const all = catalogue.flatMap(([, mutants]) => mutants)
  const tries = all.map(({ name }) => recorded[name]?.tries ?? 0).toSorted((a, b) => a - b)
  const first = tries.filter((count) => count === 1).length
  const sections = catalogue.flatMap(([title, mutants]) => ["", `## ${title}`, "", ...tableOf(mutants, recorded)])
  return `# Would the checks notice?

Checkers that have never complained prove little. So here are ${all.length} bugs, each a rule of the algorithm or of its storage changed in one place of the production code
while it is bundled (\`test/sensitivity/catalogue/\`), and each is found by the simulator: ${first} of them in the first
seed, all within ${tries.at(-1)}. The world and the checkers are the ones that everybody uses. The same run with the code as it is breaks no rule.

This page is written by \`npm run sensitivity\`, which looks for every bug from seed 1 on. Each \`npm test\` looks again, from the seed that found it.
*Seeds* says how many were tried, *events* how far the world had come: messages, disk completions, timers and faults. The last column is what
[the minimizer](simulator.md) made of that run, within a small budget: servers, deeds (faults, and what operators do), clients, and events.
${sections.join("\n")}
`
}

function tableOf(mutants: readonly Mutant[], recorded: RecordedFindings): string[] {
  return [
    "| the planted bug | rule | found by | seeds | events | smallest run |",
    "|---|---|---|--:|--:|---|",
    ...mutants.map(({ name, section }) => {
      const found = recorded[name]
      const how =
        found === undefined ? "not found yet | | |" : `\`${found.checker}\` | ${found.tries} | ${found.events} | ${sizeOf(found.smallest)}`
      return `| ${name} | ${section} | ${how} |`
    }),
  ]
}

function sizeOf({ nodes, deeds, clients, events }: Smallest): string {
  return [count(nodes, "server"), count(deeds, "deed"), count(clients, "client"), count(events, "event")].join(", ")
}

function count(amount: number, what: string): string {
  return `${amount} ${what}${amount === 1 ? "" : "s"}`
}
