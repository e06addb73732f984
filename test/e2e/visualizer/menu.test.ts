/** Menus, and what else is at hand for keys and fingers: tabs, undo, branches beside each other. */

import { expect, test } from "vitest"
import { button, desktop, leaderOf, pause, phone, press, serverAt, stateHash, useVisualizer } from "./browser.ts"

const visualizer = useVisualizer()

test("by keys alone: the menu of a server opens, moves, closes, gives focus back, and acts", async () => {
  const page = await visualizer.visit(7)
  await pause(page)
  const focused = page.locator(":focus")
  await serverAt(page, 1).locator(".face").focus()
  await page.keyboard.press("ArrowDown")
  expect(await focused.getAttribute("aria-label")).toMatch(/^S2, /)
  await page.keyboard.press("Shift+F10")
  await page.getByRole("menu", { name: "What can be done to S2" }).waitFor()
  expect(await focused.textContent()).toContain("Crash")
  await page.keyboard.press("ArrowUp")
  expect(await focused.textContent()).toBe("Wipe disk")
  await page.keyboard.press("Escape")
  await expect.poll(() => page.getByRole("menu").count()).toBe(0)
  expect(await focused.getAttribute("aria-label")).toMatch(/^S2, /)
  await page.keyboard.press("Shift+F10")
  await page.getByRole("menu").waitFor()
  await page.keyboard.press("m")
  expect(await focused.textContent()).toBe("Make learner")
  await page.keyboard.press("Enter")
  await press(page, "ArrowRight", 60)
  await expect.poll(() => serverAt(page, 2).getAttribute("class")).toContain("learner")
})

test("right click and long press ask about servers, messages and links", async () => {
  const page = await visualizer.visit(7, { viewport: desktop, hasTouch: true })
  await pause(page)
  await serverAt(page, await leaderOf(page)).click()
  await button(page, "Time out").click()
  const menu = page.getByRole("menu")
  await serverAt(page, 4).click({ button: "right" })
  await expect.poll(() => menu.getAttribute("aria-label")).toBe("What can be done to S4")
  await page.mouse.click(5, 5)
  await expect.poll(() => menu.count()).toBe(0)
  const message = page.locator(".message").first()
  const name = (await message.getAttribute("data-message"))!
  await message.dispatchEvent("contextmenu", { clientX: 300, clientY: 300 })
  await menu.getByRole("menuitem", { name: "Drop" }).click()
  await expect.poll(() => page.locator(`[data-message="${name}"]`).count()).toBe(0)
  await page.locator('[data-link="1-2"] .link-target').dispatchEvent("contextmenu", { clientX: 300, clientY: 300 })
  await menu.getByRole("menuitem", { name: "Cut both ways" }).click()
  await expect.poll(() => page.locator(".link.cut").count()).toBe(1)
  const finger = { pointerType: "touch", clientX: 300, clientY: 300, bubbles: true }
  await serverAt(page, 3).locator(".body").dispatchEvent("pointerdown", finger)
  await page.getByRole("menu", { name: "What can be done to S3" }).waitFor()
})

test("a person who cannot point at a link finds it at its servers", async () => {
  const page = await visualizer.visit(7)
  await pause(page)
  await page.keyboard.press("4")
  await button(page, "Link to S2").press("Enter")
  await button(page, "Cut only S4 to S2").press("Enter")
  await expect.poll(() => page.locator('[data-link="2-4"] .one-way.selected').count()).toBe(1)
})

test("undo goes back to before, on the branch that it was on; redo returns; going on from there is a branch", async () => {
  const page = await visualizer.visit(7)
  await pause(page)
  const before = await stateHash(page)
  await page.keyboard.press("2")
  await page.keyboard.press("c")
  const after = await stateHash(page)
  await page.keyboard.press("Control+z")
  expect(await stateHash(page)).toBe(before)
  expect(await button(page, "Undo").isDisabled()).toBe(true)
  await page.keyboard.press("Control+Shift+z")
  expect(await stateHash(page)).toBe(after)
  await button(page, "Undo").click()
  await page.keyboard.press("ArrowRight")
  await expect.poll(() => page.locator(".tape").count()).toBe(2)
  await page.keyboard.press("b")
  await expect.poll(() => page.locator(".tape").count()).toBe(3)
})

test("two branches stand side by side at the same moment, with what is different marked", async () => {
  const page = await visualizer.visit(7)
  await pause(page)
  await press(page, "ArrowRight", 10)
  await page.getByRole("tab", { name: "Compare" }).click()
  await expect.poll(() => page.getByText("There is one branch so far.").count()).toBe(1)
  await page.keyboard.press("b")
  await expect.poll(() => page.getByText("No server is different.").count()).toBe(1)
  const leader = await leaderOf(page)
  await page.keyboard.press(String(leader))
  await page.keyboard.press("c")
  await expect.poll(() => page.locator(".compare-side").count()).toBe(2)
  await expect.poll(() => page.getByText(`Different: S${leader}.`).count()).toBe(1)
  expect(await page.locator(".compare-facts tbody tr").textContent()).toContain("role down")
  await expect.poll(() => page.locator(".compare .server.marked").count()).toBe(2)
})

test("time stops by itself at the next election, and a round is over when what was under way has ended", async () => {
  const page = await visualizer.visit(7)
  await pause(page)
  await page.keyboard.press(String(await leaderOf(page)))
  await page.keyboard.press("c")
  await page.getByLabel("election", { exact: true }).check()
  await page.getByLabel("speed").selectOption("10000")
  await page.keyboard.press("Escape")
  await button(page, "Play").click()
  await button(page, "Play").waitFor()
  expect(await page.locator(".event-log li.present").textContent()).toMatch(/S\d leads term 2/)
  const names = await Promise.all((await page.locator(".message").all()).map((message) => message.getAttribute("data-message")))
  expect(names.length).toBeGreaterThan(0)
  await page.getByText("More", { exact: true }).click()
  await button(page, "One round on: until all that is on its way now has ended").click()
  for (const name of names) expect(await page.locator(`[data-message="${name}"]`).count()).toBe(0)
})

test("on a phone the views stand behind tabs, and what is touched is shown", async () => {
  const page = await visualizer.visit(7, { viewport: phone, hasTouch: true, isMobile: true })
  await page.getByRole("button", { name: "Pause" }).first().tap()
  const tabs = page.getByRole("tab")
  expect(await tabs.allTextContents()).toEqual(["Logs", "Space-time", "Pending", "Compare", "Inspector", "Events", "Client", "Rules"])
  for (const [name, selector] of [
    ["Events", ".event-log"],
    ["Space-time", ".space-time-drawing"],
    ["Pending", ".pending"],
    ["Client", ".client"],
    ["Rules", ".invariants"],
  ] as const) {
    await page.getByRole("tab", { name }).tap()
    await page.locator(selector).waitFor()
    await expect.poll(() => page.locator(".tab-panel").count()).toBe(1)
    expect(await page.evaluate("document.documentElement.scrollWidth"), name).toBeLessThanOrEqual(phone.width)
  }
  await serverAt(page, 2).tap()
  await page.locator('[data-inspector="2"]').waitFor()
  expect(await page.getByRole("tab", { name: "Inspector" }).getAttribute("aria-selected")).toBe("true")
})
