/** For everybody: people who listen, who use keys or a finger, or who want nothing to move. */

import { readFileSync } from "node:fs"
import { createRequire } from "node:module"
import type { AxeResults } from "axe-core"
import { expect, test } from "vitest"
import { button, desktop, leaderOf, pause, press, serverAt, useVisualizer } from "./browser.ts"

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

test("what is written on a message can be read in the dark, also where its dot was another message before", async () => {
  const page = await visualizer.visit(1, { viewport: desktop, colorScheme: "dark" })
  const light = "rgb(233, 237, 243)"
  const colors = (): Promise<readonly string[]> =>
    page.evaluate(`[...document.querySelectorAll(".message.reply text")].map((glyph) => getComputedStyle(glyph).fill)`)
  const seen: string[] = []
  await expect.poll(async () => seen.push(...(await colors()))).toBeGreaterThan(20)
  expect(new Set(seen)).toEqual(new Set([light]))
})

test("with reduced motion nothing is animated", async () => {
  const page = await visualizer.visit(1, { viewport: desktop, reducedMotion: "reduce" })
  await serverAt(page, 1).click()
  await page.waitForTimeout(500)
  expect(await page.evaluate("document.getAnimations().length")).toBe(0)
})

/** How well colours can be told from each other, as WCAG counts (from 1 to 21): `of` of what matches, and of the paper or of `against`. */
const contrasts = `
  window.brush = document.createElement("canvas").getContext("2d", { willReadFrequently: true })
  window.brightness = (color) => {
    brush.fillStyle = color
    brush.fillRect(0, 0, 1, 1)
    const [red, green, blue] = [...brush.getImageData(0, 0, 1, 1).data].map((part) => {
      const share = part / 255
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
    })
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05
  }
  window.contrast = (selector, of, against) => {
    const style = getComputedStyle(document.querySelector(selector))
    const paper = against === undefined ? getComputedStyle(document.body).backgroundColor : style.getPropertyValue(against)
    const [one, other] = [brightness(style.getPropertyValue(of)), brightness(paper)]
    return Math.max(one, other) / Math.min(one, other)
  }
`

test.each(["light", "dark"] as const)(
  "in the system's own colours nothing vanishes, nor is told by colour alone, %s",
  async (colorScheme) => {
    const page = await visualizer.visit(1, { viewport: desktop, colorScheme, forcedColors: "active" })
    await pause(page)
    await serverAt(page, await leaderOf(page)).click()
    await button(page, "Isolate").click()
    await button(page, "Write").click()
    // Until the write is there: time stands still.
    await press(page, "ArrowRight", 5)
    await page.locator("td.uncommitted").first().waitFor()
    await page.evaluate(contrasts)
    const seen = [
      ["a[aria-current=page]", "background-color"],
      [".controls .main", "background-color"],
      [".log-name.selected", "background-color"],
      [".link", "stroke"],
      [".server .body", "stroke"],
      [".caption", "fill"],
      [".server .crown", "fill"],
      [".tape .election", "stroke"],
    ] as const
    for (const [selector, of] of seen) expect(await page.evaluate(`contrast("${selector}", "${of}")`), selector).toBeGreaterThan(3)
    for (const selector of ["a[aria-current=page]", ".controls .main", ".log-name.selected"]) {
      expect(await page.evaluate(`contrast("${selector}", "color", "background-color")`), selector).toBeGreaterThan(4.5)
    }
    const styleOf = (selector: string, name: string) =>
      page.evaluate(`getComputedStyle(document.querySelector("${selector}")).getPropertyValue("${name}")`)
    expect(await styleOf("td.uncommitted", "border-left-style")).toBe("dashed")
    expect(await styleOf("td.committed:not(.uncommitted)", "border-left-style")).toBe("solid")
    expect(await page.evaluate(`getComputedStyle(document.querySelector("td.line-after"), "::after").borderLeftWidth`)).toBe("3px")
  },
)

test("a finger alone crashes, parts and writes on a small phone", async () => {
  const page = await visualizer.visit(1, { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true })
  await page.getByRole("button", { name: "Pause" }).first().tap()
  await serverAt(page, 2).tap()
  // What it can do is in sight, beside what it is about.
  const { y, height } = (await button(page, "Write").boundingBox())!
  expect(y + height).toBeLessThan(740)
  await button(page, "Write").tap()
  await button(page, "Isolate").tap()
  await expect.poll(() => page.locator(".link.cut").count()).toBe(4)
  // Wherever the pause fell: until something is on its way.
  const targets = page.locator(".message .target")
  while ((await targets.count()) === 0) await button(page, "One event on").tap()
  const target = (await targets.first().boundingBox())!
  expect(Math.min(target.width, target.height)).toBeGreaterThanOrEqual(23.9)
  await button(page, "Crash").tap()
  await expect.poll(() => serverAt(page, 2).getAttribute("class")).toContain("down")
  await button(page, "One event on").tap()
  expect(await page.evaluate("document.documentElement.scrollWidth")).toBeLessThanOrEqual(360)
})
