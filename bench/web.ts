/**
 * The visualizer in Chromium: what a frame costs with nine servers and two hundred messages on their way, what a step back and a jump anywhere
 * cost in a run of 100,000 events, and what that run weighs. Headless and without a GPU, which is the worst that a page meets.
 *
 * `npm run bench web`, or `-- --events 20000` for a shorter one.
 */

import { once } from "node:events"
import { createServer, type Server } from "node:http"
import type { AddressInfo } from "node:net"
import { parseArgs } from "node:util"
import { chromium, type Page } from "playwright-core"
import { calmOptions, createTrace, World, writeTrace, type WorldOptions } from "../src/simulator/index.ts"
import { chromiumPath } from "../test/chromium.ts"
import { serveFiles } from "../test/e2e/visualizer/static-files.ts"

const { values } = parseArgs({ options: { events: { type: "string", default: "100000" }, seconds: { type: "string", default: "5" } } })
const events = Number(values.events)
const seconds = Number(values.seconds)

/** Nine servers on slow links, and clients that keep some two hundred messages on their way. */
const crowded: WorldOptions = {
  ...calmOptions,
  seed: 9,
  nodes: 9,
  safetyMs: Number.MAX_SAFE_INTEGER,
  workload: "keyValue",
  network: { ...calmOptions.network, latencyMinMs: 60, latencyMaxMs: 90 },
  clients: { ...calmOptions.clients, count: 8, thinkMsMax: 5, registers: 16 },
  raft: { ...calmOptions.raft, electionTimeoutMinMs: 1_000, electionTimeoutMaxMs: 2_000, heartbeatIntervalMs: 40 },
}

/** A trace of that many events, and how many messages were on their way at its end. */
function traceOf(options: WorldOptions, length: number): { readonly text: string; readonly inFlight: number } {
  const world = World.create(options)
  while (world.eventNumber < length) world.step()
  return {
    text: writeTrace(createTrace(world, { coreVersion: "bench", mode: "script", build: "production" })),
    inFlight: world.inFlight().length,
  }
}

async function open(page: Page, address: string, name: string, text: string): Promise<number> {
  await page.goto(`${address}#/replay`)
  const since = performance.now()
  await page.getByLabel("Choose a file").setInputFiles({ name, mimeType: "application/json", buffer: Buffer.from(text) })
  await page.locator(".same").waitFor({ timeout: 600_000 })
  return performance.now() - since
}

/** Milliseconds of script in each frame while it plays, and how many frames there were in a second. */
async function measureFrames(page: Page): Promise<{ readonly frames: number; readonly script: readonly number[] }> {
  await page.evaluate(`
    window.frameCosts = []
    const request = requestAnimationFrame
    window.requestAnimationFrame = (work) => request((at) => {
      const since = performance.now()
      work(at)
      frameCosts.push(performance.now() - since)
    })`)
  await page.getByRole("button", { name: "Play", exact: true }).first().click()
  await page.waitForTimeout(500)
  await page.evaluate("frameCosts.length = 0")
  await page.waitForTimeout(seconds * 1_000)
  const script = (await page.evaluate("frameCosts")) as number[]
  return { frames: script.length / seconds, script }
}

/** Milliseconds from the wish to the next frame that shows it. */
async function measureMoves(page: Page, targets: readonly number[]): Promise<readonly number[]> {
  return (await page.evaluate(`(async () => {
    const slider = document.querySelector('input[aria-label="Event"]')
    const costs = []
    for (const target of ${JSON.stringify(targets)}) {
      const since = performance.now()
      slider.value = target
      slider.dispatchEvent(new Event("input", { bubbles: true }))
      await new Promise((done) => requestAnimationFrame(() => setTimeout(done)))
      costs.push(performance.now() - since)
    }
    return costs
  })()`)) as number[]
}

function percentile(sorted: readonly number[], part: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? Number.NaN
}

function row(name: string, costs: readonly number[], unit = "ms"): void {
  const sorted = costs.toSorted((a, b) => a - b)
  const cells = [0.5, 0.95, 1].map((part) => `${percentile(sorted, part).toFixed(1)} ${unit}`.padStart(14))
  process.stdout.write(`${name.padEnd(58)}${cells.join("")}\n`)
}

async function serve(): Promise<Server> {
  const server = createServer((request, response) =>
    serveFiles("dist/web", new URL(request.url!, "http://web").pathname.slice(1) || "index.html", response),
  )
  server.listen(0, "127.0.0.1")
  await once(server, "listening")
  return server
}

const path = chromiumPath()
if (path === null) throw new Error("There is no Chromium here; set CHROMIUM to one.")
const server = await serve()
const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
const browser = await chromium.launch({ executablePath: path, args: ["--no-sandbox", "--enable-precise-memory-info"] })
try {
  const page = await browser.newPage({ viewport: { width: 1400, height: 900 } })
  process.stdout.write(`${"".padEnd(58)}${["median", "p95", "most"].map((title) => title.padStart(14)).join("")}\n`)

  const crowd = traceOf(crowded, 4_000)
  await open(page, address, "crowd.json", crowd.text)
  const { frames, script } = await measureFrames(page)
  row(`script in a frame, nine servers, ${crowd.inFlight} messages on their way`, script)
  process.stdout.write(`frames in a second${frames.toFixed(0).padStart(51)}\n`)

  const fresh = await browser.newPage({ viewport: { width: 1400, height: 900 } })
  const long = traceOf({ ...crowded, nodes: 5, seed: 5 }, events)
  const openedMs = await open(fresh, address, "long.json", long.text)
  process.stdout.write(`${`to open a run of ${events} events`.padEnd(58)}${`${(openedMs / 1000).toFixed(1)} s`.padStart(14)}\n`)
  const steps = Array.from({ length: 60 }, (_, position) => Math.floor(((position * 7_919) % 997) * (events / 997)))
  row("a jump to any event", await measureMoves(fresh, steps))
  const middle = Math.floor(events / 2)
  row(
    "a step back",
    (
      await measureMoves(
        fresh,
        Array.from({ length: 60 }, (_, position) => middle - position),
      )
    ).slice(1),
  )
  const heap = (await fresh.evaluate("performance.memory.usedJSHeapSize")) as number
  process.stdout.write(`${"memory of the page".padEnd(58)}${`${(heap / 1e6).toFixed(0)} MB`.padStart(14)}\n`)
} finally {
  await browser.close()
  server.close()
}
