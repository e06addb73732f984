/** Tests that look for planted bugs again, from the seed that found each of them last time. */

import { expect, test } from "vitest"
import { catalogue } from "./catalogue/index.ts"
import { hunt } from "./hunt.ts"
import { readRecorded } from "./recorded.ts"

/** A change elsewhere reshuffles what the seeds do: then the next few must do as well. */
const seedsMax = 12

/** Defines one test for each bug under these titles of the catalogue. */
export function findAgain(...titles: readonly string[]): void {
  const recorded = readRecorded()
  const mutants = catalogue.flatMap(([title, mutants]) => (titles.includes(title) ? mutants : []))
  test.each(mutants)("found: $name", { timeout: 180_000 }, async (mutant) => {
    const finding = await hunt(mutant, recorded[mutant.name]?.seed ?? 1, seedsMax)
    if (finding === null) expect.fail(`not found in ${seedsMax} seeds; see what \`npm run sensitivity ${mutant.name}\` says`)
    expect(mutant.foundBy, finding.reason).toContain(finding.checker)
    expect(finding.control(), "the same run without the bug").toBeNull()
  })
}
