/** Traces that are opened in a browser. */

import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, expect, test } from "vitest"
import { oarlock } from "../terminal.ts"
import { button, press, useVisualizer } from "./browser.ts"

const visualizer = useVisualizer()

const folder = mkdtempSync(join(tmpdir(), "oarlock-visualizer-"))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

test("a failing trace of the simulator opens at its violation, and can be gone on from", async () => {
  // No protocol survives a disk that says "synced" and is not.
  const lying = ["--nodes", "3", "--set", "disk.lieRate=0.3", "--set", "safetyMs=500", "--failures-max", "1"]
  expect((await oarlock(["simulate", "--seeds", "40", ...lying, "--out", folder], { cwd: folder, patienceMs: 100_000 })).code).toBe(1)
  const file = join(
    folder,
    readdirSync(folder).find((name) => name.startsWith("seed-"))!,
  )
  const page = await visualizer.visit("#/replay")
  await page.getByLabel("Choose a file").setInputFiles(file)
  await page.locator(".invariants.violated").waitFor()
  expect(await page.locator(".same").textContent()).toContain("Replayed identically")
  await press(page, "ArrowLeft", 20)
  await expect.poll(() => page.locator(".invariants.violated").count()).toBe(0)
  await page.locator(".server:not(.down)").first().click()
  await button(page, "Crash").click()
  await expect.poll(() => page.locator(".tape").count()).toBe(2)
})

test("a file that is no trace is refused in words", async () => {
  const file = join(folder, "no-trace.json")
  writeFileSync(file, '{"formatVersion": 99}')
  const page = await visualizer.visit("#/replay")
  await page.getByLabel("Choose a file").setInputFiles(file)
  expect(await page.locator("[role=alert]").textContent()).toContain("no-trace.json is no trace that this version can replay")
})
