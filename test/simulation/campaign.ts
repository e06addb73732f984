/**
 * Two thousand fixed seeds, dealt out to four test files so that they run beside each other. Every seed draws its own cluster of one to seven
 * servers and its own faults; all checkers look on after every step. A failing seed prints all that is needed to see it again.
 * They run what was built (`npm run build`).
 */

import { runSeed, type Coverage, type RunReport } from "oarlock/simulator"
import { addCoverage, createCoverage } from "oarlock/simulator/internal"
import { expect, test } from "vitest"

const seedsPerTest = 50

/** Defines tests that run the seeds from `first` through `last`, and one that says whether together they went through enough. */
export function campaign(first: number, last: number): void {
  const reports: RunReport[] = []

  for (let from = first; from <= last; from += seedsPerTest) {
    const through = Math.min(last, from + seedsPerTest - 1)
    test(`seeds ${from} to ${through} keep every rule, and recover once healed`, { timeout: 180_000 }, () => {
      for (let seed = from; seed <= through; seed++) reports.push(runSeed(seed))
    })
  }

  test("together they went through every kind of trouble, often enough to mean something", () => {
    const total = reports.map((report) => report.coverage).reduce(addCoverage, createCoverage())
    const seeds = last - first + 1
    expect(reports).toHaveLength(seeds)
    expect(new Set(reports.map((report) => report.options.nodes))).toEqual(new Set([1, 2, 3, 4, 5, 6, 7]))
    for (const [name, floor] of Object.entries(floorsPerSeed)) {
      expect.soft(total[name as keyof Coverage], name).toBeGreaterThanOrEqual(floor * seeds)
    }
  })
}

/** What an average seed has to go through. About half of what it does; a drop below says that something stopped happening. */
const floorsPerSeed: Partial<Coverage> = {
  elections: 1.5,
  preVotes: 4,
  stepDowns: 0.5,
  truncations: 0.1,
  transfers: 0.2,
  snapshotsTaken: 10,
  snapshotsInstalled: 0.3,
  compactions: 8,
  sessionsExpired: 2,
  diskFull: 0.3,
  diskStalls: 0.1,
  delivered: 500,
  dropped: 10,
  duplicated: 20,
  crashes: 1,
  powerLosses: 0.6,
  tornWrites: 0.08,
  lostWrites: 0.03,
  overlappingBatches: 20,
  halts: 0.03,
  pauses: 0.5,
  cuts: 2,
  wipes: 0.15,
  refused: 1,
  corruptBits: 0.1,
  misdirectedWrites: 0.015,
  refusedDisks: 0.1,
  replacements: 0.2,
  upgrades: 0.25,
  slowDisks: 0.3,
  clockSkews: 0.2,
  suspensions: 0.2,
  clockSteps: 0.2,
  clocksApart: 0.3,
  brokenLinks: 0.8,
  absences: 0.3,
  writes: 50,
  writesUnderFaults: 45,
  reads: 20,
}
