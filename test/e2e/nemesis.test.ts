/** Half a minute of the nemesis: five real servers, large values, faults of all kinds. `npm run nemesis` does the same for ten minutes. */

import { expect, test } from "vitest"
import { runNemesis } from "../nemesis/nemesis.ts"

test("real servers that are killed, stopped, cut off and replaced give no wrong answer", { timeout: 240_000 }, async () => {
  const lines: string[] = []
  const options = { minutes: 0.5, seed: 7, nodes: 5, clients: 6, keys: 20, valueBytesMax: 1_572_000, memoryMib: 1500, json: false }
  const report = await runNemesis(options, (line) => lines.push(line))
  expect(report.violations).toEqual([])
  expect(report.kept).toBeNull()
  expect(report.keysLinearizable).toBe(report.keys)
  expect(report.answered).toBeGreaterThan(100)
  expect(Object.keys(report.faults).length).toBeGreaterThan(2)
  expect(lines.at(-1)).toMatch(/^judging \d+ operations/)
})
