/** `npm run sensitivity [words]`: looks for all planted bugs, or for those whose name has the words in it, and writes down how they were found. */

import { writeFileSync } from "node:fs"
import { mutants } from "./catalogue/index.ts"
import { hunt } from "./hunt.ts"
import { pageFile, readRecorded, recordedFile, renderPage, type Recorded } from "./recorded.ts"

/** A bug that hides for longer is one that CI would miss, too. */
const seedsMax = 200

const words = process.argv.slice(2).join(" ")
const known = readRecorded()
const found = new Map<string, Recorded>()
let failures = 0

for (const mutant of mutants) {
  const { name, foundBy } = mutant
  const before = known[name]
  if (!name.includes(words)) {
    if (before !== undefined) found.set(name, before)
    continue
  }
  const finding = await hunt(mutant, 1, seedsMax)
  const problem =
    finding === null
      ? `not found in ${seedsMax} seeds`
      : foundBy.includes(finding.checker)
        ? finding.control()
        : `found by ${finding.checker}, which is not about it: ${finding.reason}`
  if (finding !== null && problem === null) {
    const { control: _control, smallest, ...recorded } = finding
    found.set(name, { ...recorded, smallest: smallest() })
  } else failures += 1
  const says = problem === null ? `seed ${finding!.seed}, ${finding!.checker}: ${finding!.reason}` : `PROBLEM: ${problem}`
  process.stdout.write(`${name}\n  ${says}\n`)
}

writeFileSync(recordedFile, `${JSON.stringify(Object.fromEntries(found), null, 2)}\n`)
writeFileSync(pageFile, renderPage(Object.fromEntries(found)))
process.exitCode = failures === 0 ? 0 : 1
