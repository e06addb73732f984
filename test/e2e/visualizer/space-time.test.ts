/** The space-time diagram, and what is selected in it: one thing lights up in every view. */

import type { Page } from "playwright-core"
import { expect, test } from "vitest"
import { button, field, leaderOf, pause, press, serverAt, stateHash, useVisualizer } from "./browser.ts"

const visualizer = useVisualizer()

const clock = async (page: Page): Promise<number> => Number(/event (\d+) of/.exec((await page.locator(".clock").textContent())!)![1])

/** A paused playground in which a message of the leader is on its way, and its name. */
async function withMessage(page: Page): Promise<string> {
  await pause(page)
  await serverAt(page, await leaderOf(page)).click()
  await button(page, "Time out").click()
  return (await page.locator(".message").first().getAttribute("data-message"))!
}

test("a message that is selected in one view is lit in all of them", async () => {
  const page = await visualizer.visit(7)
  const name = await withMessage(page)
  await page.getByRole("tab", { name: "Pending" }).click()
  await page.locator(`[data-pending="${name}"] .what`).click()
  await expect.poll(() => page.locator(`.message.selected[data-message="${name}"]`).count()).toBe(1)
  await expect.poll(() => page.locator(`.pending li.selected[data-pending="${name}"]`).count()).toBe(1)
  expect(await page.locator(".inspector h2").textContent()).toBe(name)
  await expect.poll(() => page.locator(".event-log li.linked").count()).toBeGreaterThan(0)
  await page.getByRole("tab", { name: "Space-time" }).click()
  await page.locator(`.space-time-drawing [data-flight="${name}"]`).waitFor()
  await page.keyboard.press("Escape")
  await expect.poll(() => page.locator(".selected[data-message], [data-flight], .event-log li.linked").count()).toBe(0)
})

test("a click on a line goes to where that message left, and marks its past and its future", async () => {
  const page = await visualizer.visit(7)
  await withMessage(page)
  await press(page, "ArrowRight", 30)
  await page.getByRole("tab", { name: "Space-time" }).click()
  const end = await clock(page)
  const drawing = page.locator(".space-time-drawing")
  await drawing.waitFor()
  // The middle of a whole line (its two ends are in the path), of that line which stands in the middle of those in view: messages came before and after it.
  const { x, y } = (await drawing.evaluate(
    `(svg => {
      const lines = [...svg.querySelectorAll(".flights.request")].flatMap((path) => [...path.getAttribute("d").matchAll(/M([\\d.-]+) ([\\d.-]+)L([\\d.-]+) ([\\d.-]+)M/g)])
      const inView = lines.map((match) => match.slice(1).map(Number)).filter(([x1, , x2]) => x1 > 100 && x2 < svg.clientWidth - 20).sort((a, b) => a[0] - b[0])
      const [x1, y1, x2, y2] = inView[inView.length >> 1]
      return { x: (x1 + x2) / 2, y: (y1 + y2) / 2 }
    })`.concat("(document.querySelector('.space-time-drawing'))"),
  )) as { x: number; y: number }
  await drawing.click({ position: { x, y } })
  await expect.poll(() => clock(page)).toBeLessThan(end)
  const name = (await page.locator("[data-flight]").getAttribute("data-flight"))!
  await expect.poll(() => page.locator(`.message.selected[data-message="${name}"]`).count()).toBe(1)
  await expect.poll(() => page.locator(".flights.past").count()).toBeGreaterThan(0)
  await expect.poll(() => page.locator(".flights.future").count()).toBeGreaterThan(0)
  await page.getByRole("combobox", { name: "by", exact: true }).selectOption("events")
  await expect.poll(() => page.locator(`[data-flight="${name}"]`).count()).toBe(1)
})

test("what the leader sent to a server that is cut off ends in a cross", async () => {
  const page = await visualizer.visit(7)
  await pause(page)
  await serverAt(page, ((await leaderOf(page)) % 5) + 1).click()
  await button(page, "Isolate").click()
  await press(page, "ArrowRight", 30)
  await page.getByRole("tab", { name: "Space-time" }).click()
  await page.locator(".flights.lost").first().waitFor({ state: "attached" })
})

test("why? goes to the event that set a value", async () => {
  const page = await visualizer.visit(7)
  await pause(page)
  const leader = await leaderOf(page)
  const end = await stateHash(page)
  await serverAt(page, leader).click()
  await button(page, "Why is role leader?").click()
  expect(await field(page, "role").textContent()).toBe("leader")
  expect(await page.locator(".event-log li.present").textContent()).toContain(`S${leader} leads term 1`)
  expect(await page.locator(".just-now").first().textContent()).toBe("set by this event")
  await page.keyboard.press("ArrowLeft")
  expect(await field(page, "role").textContent()).toBe("candidate")
  expect(await stateHash(page)).not.toBe(end)
})
