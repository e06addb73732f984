/** The pending queue: whatever waits to happen can be made to happen next. */

import { expect, test } from "vitest"
import { button, leaderOf, pause, press, serverAt, stateHash, useVisualizer } from "./browser.ts"

const visualizer = useVisualizer()

test("a message further down is delivered next, and the others wait on; a link to it replays the same", async () => {
  const page = await visualizer.visit(7)
  await pause(page)
  await serverAt(page, await leaderOf(page)).click()
  await button(page, "Time out").click()
  await page.getByRole("tab", { name: "Pending" }).click()
  const rows = page.locator("[data-pending]")
  await rows.first().waitFor()
  const first = (await rows.first().getAttribute("data-pending"))!
  const name = (await rows.last().getAttribute("data-pending"))!
  expect(name).not.toBe(first)
  await button(page, `Fire next: ${name}`).click()
  await expect.poll(() => page.locator(`[data-pending="${name}"]`).count()).toBe(0)
  // It may stand behind the answer to what was delivered.
  expect(await page.locator(`[data-pending="${first}"]`).count()).toBe(1)
  await expect.poll(() => page.locator(`[data-message="${name}"]`).count()).toBe(0)
  const hash = await stateHash(page)
  await button(page, "Share").click()
  await expect.poll(() => page.url()).toMatch(/#\/play\/[^/]{100}/)
  const other = await visualizer.visit(page.url().slice(visualizer.address.length))
  await expect.poll(() => stateHash(other)).toBe(hash)
  // What was looked at goes along.
  await other.locator(".pending").waitFor()
})

test("a timer further down runs out next: its server campaigns", async () => {
  const page = await visualizer.visit(7)
  await pause(page)
  await page.getByRole("tab", { name: "Pending" }).click()
  const timer = page.locator("[data-timer-of]").last()
  const id = Number(await timer.getAttribute("data-timer-of"))
  await timer.getByRole("button", { name: "Fire" }).click()
  await press(page, "ArrowRight", 1)
  await expect.poll(() => serverAt(page, id).getAttribute("class")).toMatch(/andidate/)
})
