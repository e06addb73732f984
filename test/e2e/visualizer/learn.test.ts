/** The lessons in a browser: they ask, they show, they come out as they say, and lead on. */

import { readdirSync, readFileSync } from "node:fs"
import { expect, test } from "vitest"
import { openLesson } from "../../../web/src/model/lessons/open-lesson.ts"
import { parseLesson } from "../../../web/src/model/lessons/parse-lesson.ts"
import { button, stateHash, useVisualizer } from "./browser.ts"

const visualizer = useVisualizer()
const names = readdirSync("lessons").map((file) => file.replace(/\.md$/, ""))

test("all lessons hold what they promise, with the state that they have without a browser", async () => {
  const page = await visualizer.visit("#/learn")
  await expect.poll(() => page.locator(".lessons .card").count()).toBe(10)
  for (const name of names) {
    const lesson = parseLesson(readFileSync(`lessons/${name}.md`, "utf8"), name)
    await page.goto(`${visualizer.address}#/learn/${name}/${lesson.steps.length}`)
    await page.getByRole("heading", { name: lesson.title, level: 1 }).waitFor()
    await button(page, "To the end of the step").click()
    await button(page, "↺ Again").waitFor()
    const { timeMachine } = openLesson(lesson)
    timeMachine.seek(timeMachine.end)
    expect(await stateHash(page)).toBe(timeMachine.world.hash().toString(16).padStart(8, "0"))
    await page.getByText("The script of this step").click()
    const expectations = page.locator(".script li", { hasText: /^expect / })
    await expect.poll(() => expectations.count()).toBeGreaterThan(0)
    for (const text of await expectations.allTextContents()) expect(text).toMatch(/ ✓$/)
  }
})

test("a step asks before it shows, says how good the answer was, and leads on", async () => {
  const page = await visualizer.visit("#/learn/3-replicating-a-write/2")
  await expect.poll(() => page.getByText("The cell is dashed").count()).toBe(0)
  await page.getByLabel("Yes, the leader has it").click()
  expect(await page.locator(".ask .wrong").textContent()).toContain("Yes, the leader has it ✕")
  expect(await page.locator(".ask .right").textContent()).toContain("No, it is on one server alone ✓")
  await page.getByText("The cell is dashed").waitFor()
  await expect.poll(() => page.locator('[data-log="1"] td.uncommitted', { hasText: "x=5" }).count()).toBe(1)
  await expect
    .poll(() => page.locator(".reply").textContent())
    .toBe("Yes, the leader has it? One disk can be lost, and this one holds the only copy.")
  await page.getByRole("link", { name: "Next: It goes to all followers" }).click()
  await page.getByRole("heading", { name: "3. It goes to all followers" }).waitFor()
  expect(await page.locator('.steps [aria-current="step"]').textContent()).toBe("It goes to all followers")
  await page.getByLabel("Jump to").selectOption({ label: "Everybody follows" })
  await page.getByRole("heading", { name: "Electing a leader", level: 1 }).waitFor()
})

test("the very moment opens in the playground", async () => {
  const page = await visualizer.visit("#/learn/4-repairing-a-log/2")
  await button(page, "To the end of the step").click()
  const hash = await stateHash(page)
  await button(page, "Try it yourself").click()
  await page.locator(".same").waitFor()
  expect(await stateHash(page)).toBe(hash)
})

test("a step that asks nothing plays by itself, to its end and no further", async () => {
  const [name] = names
  const lesson = parseLesson(readFileSync(`lessons/${name!}.md`, "utf8"), name!)
  const { step } = openLesson(lesson).ends[0]!
  const page = await visualizer.visit(`#/learn/${name!}/1`)
  const clock = page.locator(".clock")
  const ends = new RegExp(`^event ${step} of`)
  await expect.poll(() => clock.textContent()).toMatch(ends)
  await button(page, "↺ Again").waitFor()
  await page.waitForTimeout(500)
  expect(await clock.textContent()).toMatch(ends)
})

test("? tells what keys do in a lesson, and goes away", async () => {
  const page = await visualizer.visit("#/learn/1-electing-a-leader/2")
  const help = page.getByRole("dialog", { name: "Keys" })
  await page.keyboard.press("?")
  await help.getByText("play or pause").waitFor()
  expect(await help.getByText("search what happened").count()).toBe(0)
  await page.keyboard.press("Escape")
  await expect.poll(() => help.count()).toBe(0)
  await page.keyboard.press("?")
  await page.keyboard.press("?")
  await expect.poll(() => help.count()).toBe(0)
})

test("a lesson or a step that does not exist leads to those that do", async () => {
  const page = await visualizer.visit("#/learn/nothing")
  expect(await page.locator("[role=alert]").textContent()).toContain('no lesson "nothing"')
  await page.goto(`${visualizer.address}#/learn/2-when-nobody-wins/99`)
  await page.getByRole("heading", { name: "5. One leader, one log" }).waitFor()
})

test("an answer is chosen by Space, and a server has its menu", async () => {
  const page = await visualizer.visit("#/learn/5-who-may-lead/2")
  const answer = page.getByRole("radio").first()
  await answer.focus()
  await page.keyboard.press(" ")
  await expect.poll(() => answer.isChecked().catch(() => true)).toBe(true)
  await page.locator('[data-server="1"]').click({ button: "right" })
  await page.getByRole("menu").waitFor()
})

test("how far one has come is known at the next visit", async () => {
  const page = await visualizer.visit("#/learn/2-when-nobody-wins/1")
  await button(page, "↺ Again").waitFor()
  await page.getByRole("link", { name: "All lessons" }).click()
  await page.locator(".lessons .card", { hasText: "1 of 5 steps seen" }).waitFor()
  await page.reload()
  await page.locator(".lessons .card", { hasText: "1 of 5 steps seen" }).waitFor()
  expect(await page.locator(".lessons .card", { hasText: "seen" }).count()).toBe(1)
})
