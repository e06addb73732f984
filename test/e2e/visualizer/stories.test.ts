/** The scenarios in a browser. */

import { expect, test } from "vitest"
import { phone, press, useVisualizer } from "./browser.ts"

const visualizer = useVisualizer()

test("Figure 8 with its rule broken turns red", async () => {
  const page = await visualizer.visit("#/scenarios/replication/figure-8")
  await page.getByLabel("break the rule").check()
  await page.getByLabel("Event", { exact: true }).press("End")
  expect(await page.locator(".invariants h2").textContent()).toMatch(/^✕ State Machine Safety is violated at event \d+$/)
})

test("on a phone a broken rule is told above the ring, leads to what it says, and is marked on the tape also from before it", async () => {
  const page = await visualizer.visit("#/scenarios/replication/figure-8", { viewport: phone })
  await page.getByLabel("break the rule").check()
  await page.getByLabel("Event", { exact: true }).press("End")
  await page.getByRole("button", { name: /^✕ State Machine Safety is violated at event \d+$/ }).click()
  await page.locator(".invariants", { hasText: "server 5 committed term 3 at index 2" }).waitFor()
  await page.getByLabel("Event", { exact: true }).press("Home")
  await expect.poll(() => page.locator(".broken-rule").count()).toBe(0)
  expect(await page.locator(".tape .violation").count()).toBe(1)
})

test("one is found and told by keyboard alone", async () => {
  const page = await visualizer.visit("#/scenarios")
  const link = page.getByRole("link", { name: "Clean election", exact: true })
  const isFocused = async (): Promise<boolean> => (await link.and(page.locator(":focus")).count()) > 0
  let tabs = 0
  for (; tabs < 200 && !(await isFocused()); tabs++) await page.keyboard.press("Tab")
  expect(tabs).toBeLessThan(10)
  await page.keyboard.press("Enter")
  await page.locator(".stage-caption").waitFor()
  await page.keyboard.press("Tab")
  await press(page, "ArrowRight", 80)
  await expect.poll(() => page.locator(".server.leader").count()).toBe(1)
})

test("a lease on a slow clock: the stale read is flagged, and both operations are named", async () => {
  const page = await visualizer.visit("#/scenarios/reads/lease-read-with-a-slow-clock")
  await page.getByLabel("Event", { exact: true }).press("End")
  expect(await page.locator(".invariants h2").textContent()).toMatch(/^✕ Fresh Reads is violated at event \d+$/)
  const [read, write] = await page.locator(".judgement li").allTextContents()
  expect(read).toMatch(/^get x, asked S1: 1, as of index 2/)
  expect(write).toMatch(/^put x=2, asked S2: committed at index 4/)
})

test("playing pauses at the next purge, and the log shows where it was", async () => {
  const page = await visualizer.visit("#/scenarios/replication/uncommitted-entries-are-purged")
  await page.getByLabel("purge").check()
  await page.getByLabel("speed").selectOption("10000")
  await page.getByRole("button", { name: "Play", exact: true }).waitFor()
  expect(await page.locator(".event-log li.present").textContent()).toMatch(/S1 removes its entries/)
  await expect.poll(() => page.locator('[data-log="1"] .replaced, [data-log="1"] .purged').count()).toBe(1)
  expect(await page.locator('[data-log="1"] td.entry').last().textContent()).toContain("x=2")
})
