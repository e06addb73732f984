/** Thousands of entries on nine servers: all within reach, few of them in the page. As many columns exist for ten thousand, only slower to make. */

import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, expect, test } from "vitest"
import { calmOptions, createTrace, World, writeTrace, type WorldOptions } from "../../../src/simulator/index.ts"
import { press, useVisualizer } from "./browser.ts"

const visualizer = useVisualizer()
const folder = mkdtempSync(join(tmpdir(), "oarlock-long-log-"))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const entries = 5_200

/** A run that begins with these logs on all disks and ends with a leader, as a file. */
function longRun(nodes: number): string {
  const options: WorldOptions = { seed: 5, ...calmOptions, nodes, clients: { ...calmOptions.clients, count: 0 } }
  const world = World.create(options)
  const terms = Array.from({ length: entries }, (_, position) => 1 + Math.floor(position / 1_000))
  for (const node of world.nodeIds) world.act({ kind: "writeLog", node, term: terms.at(-1)!, terms })
  const hasLeader = (): boolean => world.views.some(({ role, commitIndex }) => role === "leader" && commitIndex > entries)
  while (!hasLeader() && world.step() !== null);
  const file = join(folder, "long.json")
  writeFileSync(file, writeTrace(createTrace(world, { coreVersion: "0.1.0", mode: "script" })))
  return file
}

test("entry 5,000 is reached, the tail is followed, and the page stays small", async () => {
  const page = await visualizer.visit("#/replay")
  await page.getByLabel("Choose a file").setInputFiles(longRun(9))
  const log = page.locator(".log-scroll")
  await log.waitFor()
  const tail = page.locator(".log-scroll th", { hasText: /^5201$/ })
  await tail.waitFor()
  expect(Number(await page.evaluate("document.querySelectorAll('*').length"))).toBeLessThanOrEqual(1_500)
  await log.evaluate("(document.querySelector('.log-scroll').scrollLeft = 4999 * 64)")
  await page.locator(".log-scroll th", { hasText: /^5000$/ }).waitFor()
  expect(await page.locator('[data-log="9"] td.entry').first().textContent()).toMatch(/^[56]/)
  expect(Number(await page.evaluate("document.querySelectorAll('*').length"))).toBeLessThanOrEqual(1_500)
  // A reader who has scrolled away is not moved by what happens meanwhile.
  await press(page, "ArrowLeft", 3)
  await expect.poll(() => page.locator(".log-scroll th", { hasText: /^5000$/ }).count()).toBe(1)
})
