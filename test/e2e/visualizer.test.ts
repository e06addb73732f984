/**
 * The visualizer in a real browser, as `oarlock play` serves it: what somebody sees and does there. Each test is a line of what the page promises; that
 * sessions are exact is shown beside their source, without a browser.
 */

import { spawn, type ChildProcess } from "node:child_process"
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { createRequire } from "node:module"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { AxeResults } from "axe-core"
import { chromium, type Browser, type BrowserContextOptions, type Page } from "playwright-core"
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest"
import { chromiumPath } from "../chromium.ts"
import { oarlock, script } from "./terminal.ts"

const axeSource = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8")
const desktop = { width: 1400, height: 900 }
const phone = { width: 390, height: 800 }

let server: ChildProcess
let address: string
let browser: Browser
let folder: string
/** What went wrong in any page: it has to stay empty. */
const complaints: string[] = []

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "oarlock-visualizer-"))
  server = spawn(process.execPath, [script, "play", "--no-open", "--json"], { stdio: ["ignore", "pipe", "inherit"] })
  address = await new Promise<string>((resolve) => {
    server.stdout!.once("data", (line: Buffer) => resolve((JSON.parse(line.toString()) as { address: string }).address.replace(/#.*/, "")))
  })
  const path = chromiumPath()
  if (path === null) expect.fail("no Chromium here: npm test installs it where it may, else set CHROMIUM to one")
  browser = await chromium.launch({ executablePath: path, args: ["--no-sandbox"] })
})

afterAll(async () => {
  await browser?.close()
  server?.kill("SIGTERM")
  rmSync(folder, { recursive: true, force: true })
})

afterEach(async () => {
  for (const context of browser.contexts()) await context.close()
  expect(complaints.splice(0)).toEqual([])
})

async function visit(hash = "#/play", options: BrowserContextOptions = { viewport: desktop }): Promise<Page> {
  const context = await browser.newContext(options)
  const page = await context.newPage()
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") complaints.push(message.text())
  })
  page.on("pageerror", (error) => complaints.push(String(error)))
  page.on("request", (request) => {
    if (!request.url().startsWith(address) && !request.url().startsWith("blob:")) complaints.push(`asked for ${request.url()}`)
  })
  await page.goto(address + hash)
  await page.locator(".topology").or(page.locator("h1")).first().waitFor()
  return page
}

const serverAt = (page: Page, id: number) => page.locator(`[data-server="${id}"]`)
const button = (page: Page, name: string) => page.getByRole("button", { name, exact: true })
const stateHash = async (page: Page): Promise<string> => (await page.locator(".clock").textContent())!.replace(/^.*state /, "")
const field = (page: Page, name: string) => page.locator(`.inspector [data-field="${name}"]`)

async function pause(page: Page): Promise<void> {
  const playing = button(page, "Pause").first()
  if (await page.locator(".controls .main", { hasText: "Pause" }).isVisible()) await playing.click()
}

async function leaderOf(page: Page): Promise<number> {
  return Number(await page.locator(".server.leader").first().getAttribute("data-server"))
}

describe("play", () => {
  test("shows exactly one leader within two seconds", async () => {
    const page = await visit()
    await page.locator(".server.leader").waitFor({ timeout: 2_000 })
    expect(await page.locator(".server.leader").count()).toBe(1)
  })

  test("up to nine servers overlap nowhere, on a desk and on a phone", async () => {
    for (const viewport of [desktop, phone]) {
      const page = await visit("#/play", { viewport })
      for (const count of [3, 5, 7, 9]) {
        await page.getByRole("combobox", { name: "servers", exact: true }).selectOption(String(count))
        await expect.poll(() => page.locator(".server").count()).toBe(count)
        const bodies = await page.locator(".server .body").all()
        const boxes = await Promise.all(bodies.map(async (body) => (await body.boundingBox())!))
        for (const [position, one] of boxes.entries()) {
          expect(one.x).toBeGreaterThanOrEqual(0)
          expect(one.x + one.width).toBeLessThanOrEqual(viewport.width)
          for (const other of boxes.slice(position + 1)) expect(Math.hypot(one.x - other.x, one.y - other.y)).toBeGreaterThan(one.width)
        }
      }
    }
  })

  test("a crash empties what was in memory; a restart finds term, vote and log on disk", async () => {
    const page = await visit()
    await pause(page)
    const leader = await leaderOf(page)
    await serverAt(page, leader).click()
    const term = await field(page, "currentTerm").textContent()
    const vote = await field(page, "votedFor").textContent()
    expect(await field(page, "role").textContent()).toBe("leader")
    await button(page, "Crash").click()
    await expect.poll(() => serverAt(page, leader).getAttribute("class")).toContain("down")
    expect(await field(page, "commitIndex").count()).toBe(0)
    await button(page, "Restart").click()
    expect(await field(page, "currentTerm").textContent()).toContain(term)
    expect(await field(page, "votedFor").textContent()).toContain(vote)
    expect(await field(page, "role").textContent()).toContain("follower")
    expect(await field(page, "commitIndex").textContent()).toContain("0")
    expect(await field(page, "log").textContent()).toMatch(/1 to 1/)
  })

  test("with one click, a message on its way is dropped", async () => {
    const page = await visit()
    await pause(page)
    await serverAt(page, await leaderOf(page)).click()
    await button(page, "Time out").click()
    await page.getByLabel("one click crashes and drops").check()
    const message = page.locator(".message").first()
    const name = (await message.getAttribute("data-message"))!
    await message.dispatchEvent("click")
    await expect.poll(() => page.locator(`[data-message="${name}"]`).count()).toBe(0)
    expect(await page.locator(".event-log li").last().textContent()).toContain(name)
  })

  test("a line across the ring parts it: the minority's write is never committed, and goes when the cut is healed", async () => {
    const page = await visit()
    await pause(page)
    const box = (await page.locator(".topology").boundingBox())!
    // Above the line are three servers of five, below it two.
    await page.mouse.move(box.x + 20, box.y + box.height * 0.66)
    await page.mouse.down()
    await page.mouse.move(box.x + box.width - 20, box.y + box.height * 0.66, { steps: 4 })
    await page.mouse.up()
    expect(await page.locator(".link.cut").count()).toBe(6)
    await serverAt(page, 3).click()
    await button(page, "Time out").click()
    await button(page, "Write").click()
    for (let event = 0; event < 60; event++) await page.keyboard.press("ArrowRight")
    expect(await page.locator('[data-log="3"] td.committed', { hasText: "x=" }).count()).toBe(0)
    await page.keyboard.press("h")
    expect(await page.locator(".link.cut").count()).toBe(0)
  })

  test("a link is cut one way only: nothing arrives there, and the way back stays", async () => {
    const page = await visit()
    await pause(page)
    // A message may lie on it just where a mouse would click.
    await page.locator('[data-link="1-2"] .link-target').dispatchEvent("click")
    await button(page, "Cut only S1 to S2").click()
    expect(await page.getByText("S1 cannot reach S2; S2 reaches S1.").count()).toBe(1)
    expect(await page.locator(".link.one-way").count()).toBe(1)
    await button(page, "Heal").click()
    expect(await page.locator(".link.one-way").count()).toBe(0)
  })

  test("a message that is doubled arrives twice, one that is delayed later, and nothing is applied twice", async () => {
    const page = await visit()
    await pause(page)
    const leader = await leaderOf(page)
    await serverAt(page, leader).click()
    await button(page, "Write").click()
    const append = page.locator(".message.request", { hasText: "A" })
    for (let event = 0; event < 40 && (await append.count()) === 0; event++) await page.keyboard.press("ArrowRight")
    const name = (await append.first().getAttribute("data-message"))!
    await append.first().dispatchEvent("click")
    await button(page, "Duplicate").click()
    expect(await page.locator(`[data-message^="${name}"]`).count()).toBe(2)
    await button(page, "Delay").click()
    for (let event = 0; event < 80; event++) await page.keyboard.press("ArrowRight")
    expect(await page.locator(".invariants.violated").count()).toBe(0)
    expect(await page.locator(`[data-log="${leader}"] td.committed`, { hasText: "x=1" }).count()).toBe(1)
  })

  test("a step on and a step back come to the same state", async () => {
    const page = await visit()
    await pause(page)
    for (let round = 0; round < 20; round++) {
      const before = await stateHash(page)
      await page.keyboard.press("ArrowRight")
      await expect.poll(() => stateHash(page)).not.toBe(before)
      await page.keyboard.press("ArrowLeft")
      await expect.poll(() => stateHash(page)).toBe(before)
      await page.keyboard.press("ArrowRight")
    }
  })

  test("acting in the past makes a branch, and the future stays within reach", async () => {
    const page = await visit()
    await pause(page)
    for (let event = 0; event < 30; event++) await page.keyboard.press("ArrowRight")
    const future = await stateHash(page)
    for (let event = 0; event < 20; event++) await page.keyboard.press("ArrowLeft")
    await serverAt(page, await leaderOf(page)).click()
    await button(page, "Crash").click()
    expect(await page.locator(".tape").count()).toBe(2)
    await page.locator('[data-branch="1"]').click()
    await expect.poll(() => stateHash(page)).toBe(future)
  })

  test("a link opens in a fresh browser at the same moment, with the same state, and says so", async () => {
    const page = await visit()
    await pause(page)
    await serverAt(page, 2).click()
    await button(page, "Write").click()
    for (let event = 0; event < 40; event++) await page.keyboard.press("ArrowRight")
    const hash = await stateHash(page)
    await button(page, "Share").click()
    await expect.poll(() => page.url()).toContain("#/play/")
    const other = await visit(page.url().slice(address.length))
    await expect.poll(() => stateHash(other)).toBe(hash)
    expect(await other.locator(".same").textContent()).toContain("Replayed identically")
  })

  test("a damaged link, and a page that does not exist, get a friendly page", async () => {
    for (const hash of ["#/play/xyz", "#/nowhere", "#/play/AAAA"]) {
      const page = await visit(hash)
      expect(await page.locator("main.problem [role=alert]").textContent()).toMatch(/\.$/)
      await page.getByRole("link", { name: "Go to the playground" }).click()
      await page.locator(".server.leader").waitFor()
    }
  })

  test("the inspector shows a leader what only leaders have, and nobody else", async () => {
    const page = await visit()
    await pause(page)
    const leader = await leaderOf(page)
    await serverAt(page, leader).click()
    expect(await page.locator(".followers tbody tr").count()).toBe(4)
    await serverAt(page, (leader % 5) + 1).click()
    expect(await page.locator(".followers").count()).toBe(0)
  })

  test("a client's write through a follower is committed and answered, and read back", async () => {
    const page = await visit()
    await pause(page)
    const client = page.getByRole("region", { name: "Client" })
    await client.getByLabel("ask").selectOption({ label: `S${((await leaderOf(page)) % 5) + 1}` })
    await client.getByRole("button", { name: "Put" }).click()
    for (let event = 0; event < 120; event++) await page.keyboard.press("ArrowRight")
    await expect.poll(() => client.locator("li").first().textContent()).toMatch(/^put x=1, asked S\d: committed at index 2 after \d+ ms$/)
    await client.getByRole("button", { name: "Get", exact: true }).click()
    for (let event = 0; event < 120; event++) await page.keyboard.press("ArrowRight")
    await expect.poll(() => client.locator("li").first().textContent()).toMatch(/^get x, asked S\d: 1, as of index 2/)
  })
})

describe("stories", () => {
  test("Figure 8 with its rule broken turns red", async () => {
    const page = await visit("#/scenarios/replication/figure-8")
    await page.getByLabel("break the rule").check()
    await page.getByLabel("Event", { exact: true }).press("End")
    expect(await page.locator(".invariants summary").textContent()).toMatch(/^✕ state-machine-safety is violated at event \d+$/)
  })

  test("one is found and told by keyboard alone", async () => {
    const page = await visit("#/scenarios")
    const link = page.getByRole("link", { name: "Clean election", exact: true })
    const isFocused = async (): Promise<boolean> => (await link.and(page.locator(":focus")).count()) > 0
    for (let tab = 0; tab < 200 && !(await isFocused()); tab++) await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await page.locator(".lines").waitFor()
    await page.keyboard.press("Tab")
    for (let event = 0; event < 80; event++) await page.keyboard.press("ArrowRight")
    await expect.poll(() => page.locator(".server.leader").count()).toBe(1)
  })
})

test("a failing trace of the simulator opens at its violation, and can be gone on from", async () => {
  // No protocol survives a disk that says "synced" and is not.
  const lying = ["--nodes", "3", "--set", "disk.lieRate=0.3", "--set", "safetyMs=500", "--failures-max", "1"]
  expect((await oarlock(["simulate", "--seeds", "40", ...lying, "--out", folder], { cwd: folder, patienceMs: 100_000 })).code).toBe(1)
  const file = join(
    folder,
    readdirSync(folder).find((name) => name.startsWith("seed-"))!,
  )
  const page = await visit("#/replay")
  await page.getByLabel("Choose a file").setInputFiles(file)
  await page.locator(".invariants.violated").waitFor()
  expect(await page.locator(".same").textContent()).toContain("Replayed identically")
  for (let event = 0; event < 20; event++) await page.keyboard.press("ArrowLeft")
  expect(await page.locator(".invariants.violated").count()).toBe(0)
  await page.locator(".server:not(.down)").first().click()
  await button(page, "Crash").click()
  expect(await page.locator(".tape").count()).toBe(2)
})

test("a file that is no trace is refused in words", async () => {
  const file = join(folder, "no-trace.json")
  writeFileSync(file, '{"formatVersion": 99}')
  const page = await visit("#/replay")
  await page.getByLabel("Choose a file").setInputFiles(file)
  expect(await page.locator("[role=alert]").textContent()).toContain("no-trace.json is no trace that this version can replay")
})

describe("for everybody", () => {
  for (const colorScheme of ["light", "dark"] as const) {
    test.each(["#/play", "#/scenarios", "#/scenarios/replication/figure-8", "#/replay", "#/nowhere"])(
      `%s has no serious barrier, ${colorScheme}`,
      async (hash) => {
        const page = await visit(hash, { viewport: desktop, colorScheme, bypassCSP: true })
        if (await page.locator(".topology").isVisible()) await serverAt(page, 1).click()
        await page.addScriptTag({ content: axeSource })
        const { violations } = (await page.evaluate("axe.run()")) as AxeResults
        const serious = violations.filter(({ impact }) => impact === "serious" || impact === "critical")
        expect(serious.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 120)).join(" | ")}`)).toEqual([])
      },
    )
  }

  test("with reduced motion nothing is animated", async () => {
    const page = await visit("#/play", { viewport: desktop, reducedMotion: "reduce" })
    await serverAt(page, 1).click()
    await page.waitForTimeout(500)
    expect(await page.evaluate("document.getAnimations().length")).toBe(0)
  })

  test("a finger alone crashes, parts and writes on a small phone", async () => {
    const page = await visit("#/play", { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true })
    await page.getByRole("button", { name: "Pause" }).first().tap()
    await serverAt(page, 2).tap()
    await button(page, "Write").tap()
    await button(page, "Isolate").tap()
    expect(await page.locator(".link.cut").count()).toBe(4)
    await button(page, "Crash").tap()
    await expect.poll(() => serverAt(page, 2).getAttribute("class")).toContain("down")
    await button(page, "One event on").tap()
    expect(await page.evaluate("document.documentElement.scrollWidth")).toBeLessThanOrEqual(360)
  })
})
