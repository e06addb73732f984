/**
 * A real browser at the visualizer, as `oarlock play` serves it, and what tests look at there. Whatever a page complains about, or asks of another
 * server, fails the test.
 */

import { spawn, type ChildProcess } from "node:child_process"
import { chromium, type Browser, type BrowserContextOptions, type Locator, type Page } from "playwright-core"
import { afterAll, afterEach, beforeAll, expect } from "vitest"
import { chromiumPath } from "../../chromium.ts"
import { script } from "../terminal.ts"

export const desktop = { width: 1400, height: 900 }
export const phone = { width: 390, height: 800 }

export interface Visualizer {
  /** Where it is served, up to the `#`. */
  readonly address: string
  readonly browser: Browser
  /** Opens a page in a browser that remembers nothing. A number is a playground with that seed. */
  visit(where?: string | number, options?: BrowserContextOptions): Promise<Page>
}

/** For the tests of one file: begins before the first and ends after the last. */
export function useVisualizer(): Visualizer {
  let server: ChildProcess
  let address: string
  let browser: Browser
  const complaints: string[] = []

  beforeAll(async () => {
    server = spawn(process.execPath, [script, "play", "--no-open", "--json"], { stdio: ["ignore", "pipe", "inherit"] })
    address = await new Promise<string>((resolve) => {
      server.stdout!.once("data", (line: Buffer) =>
        resolve((JSON.parse(line.toString()) as { address: string }).address.replace(/#.*/, "")),
      )
    })
    browser = await openBrowser()
  })

  afterAll(async () => {
    await browser?.close()
    server?.kill("SIGTERM")
  })

  afterEach(async () => {
    for (const context of browser.contexts()) await context.close()
    expect(complaints.splice(0)).toEqual([])
  })

  return {
    get address() {
      return address
    },
    get browser() {
      return browser
    },
    async visit(where = 1, options = { viewport: desktop }) {
      const context = await browser.newContext(options)
      const page = await context.newPage()
      watch(page, address, complaints)
      await page.goto(address + (typeof where === "number" ? `#/play/seed/${where}` : where))
      await page.locator(".topology").or(page.locator("h1")).first().waitFor()
      return page
    },
  }
}

export async function openBrowser(): Promise<Browser> {
  const path = chromiumPath()
  if (path === null) expect.fail("no Chromium here: npm test installs it where it may, else set CHROMIUM to one")
  return chromium.launch({ executablePath: path, args: ["--no-sandbox"] })
}

/** Writes down what the page complains about and what it asks of other servers than the one at `address`. */
export function watch(page: Page, address: string, complaints: string[]): void {
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") complaints.push(message.text())
  })
  page.on("pageerror", (error) => complaints.push(String(error)))
  page.on("request", (request) => {
    if (!request.url().startsWith(address) && !request.url().startsWith("blob:")) complaints.push(`asked for ${request.url()}`)
  })
}

export const serverAt = (page: Page, id: number): Locator => page.locator(`[data-server="${id}"]`)
export const button = (page: Page, name: string): Locator => page.getByRole("button", { name, exact: true })
export const field = (page: Page, name: string): Locator => page.locator(`.inspector [data-field="${name}"]`)

export async function stateHash(page: Page): Promise<string> {
  const clock = page.locator(".clock")
  // A long run is hashed a moment after the last step.
  await expect.poll(() => clock.textContent(), { timeout: 5_000 }).not.toContain("…")
  return (await clock.textContent())!.replace(/^.*state /, "")
}

export async function pause(page: Page): Promise<void> {
  const playing = page.locator(".controls .main", { hasText: "Pause" })
  if (await playing.isVisible()) await playing.click()
}

export async function leaderOf(page: Page): Promise<number> {
  return Number(await page.locator(".server.leader").first().getAttribute("data-server"))
}

export async function press(page: Page, key: string, times: number): Promise<void> {
  for (let time = 0; time < times; time++) await page.keyboard.press(key)
}
