/** A capture of a real cluster that lost its leader: saved on the Live page, opened in Replay. */

import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs"
import { createRequire } from "node:module"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import type { AxeResults } from "axe-core"
import type { Browser, BrowserContextOptions, Page } from "playwright-core"
import { afterAll, afterEach, beforeAll, expect, test } from "vitest"
import { connect } from "../../../src/client/index.ts"
import { button, desktop, openBrowser, phone, watch } from "./browser.ts"
import { LiveCluster } from "./live-cluster.ts"

const folder = mkdtempSync(join(tmpdir(), "oarlock-capture-"))
const file = join(folder, "capture.json")
const complaints: string[] = []
let browser: Browser
let cluster: LiveCluster
let before: { readonly name: string; readonly term: number }
let after: { readonly name: string; readonly term: number }

const verdict = (page: Page) => page.locator(".verdict h1")
const moment = (page: Page) => page.getByLabel("Moment", { exact: true })

/** The leader of a cluster of three is killed while somebody watches, who then saves what was seen, without any token. */
beforeAll(async () => {
  browser = await openBrowser()
  cluster = await LiveCluster.start()
  before = await cluster.leaderAbove(0)
  const client = connect({ endpoints: cluster.nodes.map((node) => node.client) })
  await client.put("a-secret-key", "a-secret-value")
  client.close()
  const watcher = await browser.newPage()
  await watcher.goto(`${cluster.page}#/live`)
  await verdict(watcher)
    .filter({ hasText: /^Healthy/ })
    .waitFor()
  // So that a second before the election is in it.
  await sleep(1200)
  const { pid } = ((await (await fetch(`http://${addressOf(before.name)}/cluster`)).json()) as { self: { pid: number } }).self
  process.kill(pid, "SIGKILL")
  after = await cluster.leaderAbove(before.term)
  await verdict(watcher)
    .filter({ hasText: `${after.name} leads term ${after.term}` })
    .waitFor()
  await watcher.locator(".alerts li", { hasText: `${before.name} is unreachable from` }).waitFor()
  const [download] = await Promise.all([watcher.waitForEvent("download"), button(watcher, "Save capture").click()])
  expect(download.suggestedFilename()).toMatch(/^oarlock-capture-.*\.json$/)
  await download.saveAs(file)
})

afterAll(async () => {
  await browser?.close()
  await cluster?.close()
  rmSync(folder, { recursive: true, force: true })
})

afterEach(async () => {
  for (const context of browser.contexts()) await context.close()
  expect(complaints.splice(0)).toEqual([])
})

const addressOf = (name: string): string => cluster.nodes.find((node) => node.name === name)!.client

/** Replay in a page that complains when any other server is asked, with this file chosen. */
async function replay(path: string, options: BrowserContextOptions = { viewport: desktop }): Promise<Page> {
  const page = await (await browser.newContext(options)).newPage()
  watch(page, cluster.page, complaints)
  await page.goto(`${cluster.page}#/replay`)
  await page.getByLabel("Choose a file").setInputFiles(path)
  return page
}

test("it opens at its end; before the election the old leader leads, after it the new one", async () => {
  const page = await replay(file)
  await page.locator(".banner", { hasText: "A capture of n1, n2 and n3, from" }).waitFor()
  expect(await verdict(page).textContent()).toContain(`Degraded · ${after.name} leads term ${after.term}`)
  expect(await page.locator(`[data-node="${before.name}"]`).getAttribute("class")).toContain("down")
  expect(await page.locator(".alerts").textContent()).toContain(`${before.name} is unreachable from`)
  await page.locator(".elections li", { hasText: `Term ${after.term} ${after.name} won` }).waitFor()

  await button(page, "To the election before").click()
  expect(await verdict(page).textContent()).toContain(`${after.name} leads term ${after.term}`)
  const clock = await page.locator(".clock").textContent()
  await page.keyboard.press("ArrowLeft")
  await page.locator(".verdict h1", { hasText: `${before.name} leads term ${before.term}` }).waitFor()
  expect(await page.locator(".clock").textContent()).not.toBe(clock)
  expect(await page.locator(`[data-node="${before.name}"]`).getAttribute("class")).toContain("leader")
  await expect.poll(() => page.locator(".elections li", { hasText: `Term ${after.term} ` }).count()).toBe(0)

  await page.keyboard.press("Shift+ArrowRight")
  expect(await page.locator(".clock").textContent()).toBe(clock)
  await moment(page).fill("0")
  await page.locator(".verdict h1", { hasText: "Asking the nodes" }).waitFor()
  await page.getByLabel("speed").selectOption("10×")
  await page.keyboard.press(" ")
  await page.locator(".verdict h1", { hasText: `${after.name} leads term ${after.term}` }).waitFor()
})

test("nothing can be done with it, and no node is asked", async () => {
  const page = await replay(file)
  await page.locator(".banner").waitFor()
  const asked: string[] = []
  page.on("request", (request) => asked.push(request.url()))
  await page.locator(`[data-node="${after.name}"]`).click()
  expect(await page.locator(`[data-row="${after.name}"]`).getAttribute("class")).toContain("selected")
  await moment(page).fill("500")
  await page.keyboard.press("Shift+ArrowRight")
  expect(await page.locator("main button").allTextContents()).toEqual(["Open another", "▶ Play", "←", "→", "⇤ election", "election ⇥"])
  await expect.poll(() => page.locator("main form, .permission, .keys").count()).toBe(0)
  expect(asked).toEqual([])
})

test("no key, no value and no token is in it", () => {
  const text = readFileSync(file, "utf8")
  expect(JSON.parse(text)).toMatchObject({ captureVersion: 2 })
  expect(text).not.toMatch(/a-secret/)
  expect(text).not.toContain(Buffer.from("a-secret-value").toString("base64"))
  expect(text).not.toContain(cluster.token)
})

test("what cannot be opened is refused in words, and the next file opens", async () => {
  const bad = join(folder, "bad.json")
  const whole = readFileSync(file, "utf8")
  writeFileSync(bad, whole.slice(0, whole.length / 2))
  const page = await replay(bad)
  const says = (words: RegExp) => page.locator("[role=alert]", { hasText: words }).waitFor()
  await says(/bad\.json is no capture that this page can show\. It is damaged.*Copy it again/)
  writeFileSync(bad, whole.replace('"captureVersion":2', '"captureVersion":9'))
  await page.getByLabel("Choose a file").setInputFiles(bad)
  await says(/version 9; this page opens version 2/)
  writeFileSync(bad, '{"hello": "world"}')
  await page.getByLabel("Choose a file").setInputFiles(bad)
  await says(/bad\.json is neither a trace nor a capture/)
  truncateSync(bad, (32 << 20) + 1)
  await page.getByLabel("Choose a file").setInputFiles(bad)
  await says(/bad\.json has 33554433 bytes; this page opens files of up to 33554432/)
  const dropped = await page.evaluateHandle(`(() => {
    const transfer = new DataTransfer()
    transfer.items.add(new File([${JSON.stringify(whole)}], "whole.json"))
    return transfer
  })()`)
  await page.locator("main").dispatchEvent("drop", { dataTransfer: dropped })
  await page.locator(".banner", { hasText: "whole.json" }).waitFor()
})

test("no serious barrier and nothing to scroll sideways, light and wide, dark and narrow", async () => {
  const page = await replay(file, { viewport: desktop, bypassCSP: true })
  await page.locator(".banner").waitFor()
  await page.addScriptTag({ content: readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8") })
  for (const [colorScheme, viewport] of [
    ["light", desktop],
    ["dark", phone],
  ] as const) {
    await page.emulateMedia({ colorScheme })
    await page.setViewportSize(viewport)
    expect(await page.evaluate("document.documentElement.scrollWidth")).toBeLessThanOrEqual(viewport.width)
    const { violations } = (await page.evaluate("axe.run()")) as AxeResults
    const serious = violations.filter(({ impact }) => impact === "serious" || impact === "critical")
    expect(serious.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 120)).join(" | ")}`)).toEqual([])
  }
})
