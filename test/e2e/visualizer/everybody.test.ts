/** For everybody: whoever listens, uses keys or a finger, or wants nothing to move. */

import { readFileSync } from "node:fs"
import { createRequire } from "node:module"
import type { AxeResults } from "axe-core"
import { expect, test } from "vitest"
import { button, desktop, pause, serverAt, useVisualizer } from "./browser.ts"

const visualizer = useVisualizer()

const axeSource = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8")

/** In the dark nothing is different but colours. */
function rulesFor(colorScheme: "light" | "dark"): string {
  const runOnly = colorScheme === "dark" ? { runOnly: ["color-contrast"] } : {}
  return JSON.stringify({ resultTypes: ["violations"], ...runOnly })
}

for (const colorScheme of ["light", "dark"] as const) {
  test.each([
    "#/learn",
    "#/learn/1-electing-a-leader/2",
    "#/play",
    "#/scenarios",
    "#/scenarios/replication/figure-8",
    "#/replay",
    "#/nowhere",
  ])(`%s has no serious barrier, ${colorScheme}`, async (hash) => {
    const page = await visualizer.visit(hash, { viewport: desktop, colorScheme, bypassCSP: true })
    if (await page.locator(".topology").isVisible()) await serverAt(page, 1).click()
    await page.addScriptTag({ content: axeSource })
    const { violations } = (await page.evaluate(`axe.run(${rulesFor(colorScheme)})`)) as AxeResults
    const serious = violations.filter(({ impact }) => impact === "serious" || impact === "critical")
    expect(serious.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 120)).join(" | ")}`)).toEqual([])
  })
}

test.each(["light", "dark"] as const)("no view behind a tab, no menu and no export has a serious barrier, %s", async (colorScheme) => {
  const page = await visualizer.visit(1, { viewport: desktop, colorScheme, bypassCSP: true })
  await pause(page)
  await page.keyboard.press("b")
  await page.addScriptTag({ content: axeSource })
  const serious = async (where: string): Promise<readonly string[]> => {
    const { violations } = (await page.evaluate(`axe.run(${JSON.stringify(where)})`)) as AxeResults
    return violations
      .filter(({ impact }) => impact === "serious" || impact === "critical")
      .map(({ id, nodes }) => `${id}: ${nodes[0]!.html}`)
  }
  for (const [tab, inside] of [
    ["Space-time", ".space-time"],
    ["Pending", ".pending"],
    ["Compare", ".compare"],
  ] as const) {
    await page.getByRole("tab", { name: tab }).click()
    await page.locator(inside).waitFor()
    expect(await serious(".tab-panel"), tab).toEqual([])
  }
  await button(page, "Export").click()
  await page.locator(".export").waitFor()
  expect(await serious(".about"), "Export").toEqual([])
  await serverAt(page, 2).click({ button: "right" })
  await page.getByRole("menu").waitFor()
  expect(await serious(".menu"), "Menu").toEqual([])
})

test("with reduced motion nothing is animated", async () => {
  const page = await visualizer.visit(1, { viewport: desktop, reducedMotion: "reduce" })
  await serverAt(page, 1).click()
  await page.waitForTimeout(500)
  expect(await page.evaluate("document.getAnimations().length")).toBe(0)
})

test("a finger alone crashes, parts and writes on a small phone", async () => {
  const page = await visualizer.visit(1, { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true })
  await page.getByRole("button", { name: "Pause" }).first().tap()
  await serverAt(page, 2).tap()
  await button(page, "Write").tap()
  await button(page, "Isolate").tap()
  await expect.poll(() => page.locator(".link.cut").count()).toBe(4)
  await button(page, "Crash").tap()
  await expect.poll(() => serverAt(page, 2).getAttribute("class")).toContain("down")
  await button(page, "One event on").tap()
  expect(await page.evaluate("document.documentElement.scrollWidth")).toBeLessThanOrEqual(360)
})
