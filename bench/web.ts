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

/** Nine servers on slow links, and clients that keep some ninety messages on their way. */
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

/** The same with two hundred. */
const moreCrowded: WorldOptions = {
  ...crowded,
  network: { ...crowded.network, latencyMinMs: 180, latencyMaxMs: 240 },
  raft: { ...crowded.raft, heartbeatIntervalMs: 30 },
}

/** A run of that many events, as a file. */
function traceOf(options: WorldOptions, length: number): string {
  const world = World.create(options)
  while (world.eventNumber < length) world.step()
  return writeTrace(createTrace(world, { coreVersion: "bench", mode: "script", build: "production" }))
}

async function open(page: Page, address: string, name: string, text: string): Promise<number> {
  await page.goto(`${address}#/replay`)
  const since = performance.now()
  await page.getByLabel("Choose a file").setInputFiles({ name, mimeType: "application/json", buffer: Buffer.from(text) })
  await page.locator(".same").waitFor({ timeout: 600_000 })
  return performance.now() - since
}

interface Frames {
  readonly perSecond: number
  /** Milliseconds of script in each: what the frame asks for, and what is drawn anew right after it. */
  readonly script: readonly number[]
  /** Messages on their way, on average. */
  readonly inFlight: number
}

/** While it plays. */
async function measureFrames(page: Page): Promise<Frames> {
  await page.evaluate(`
    window.frames = new Map()
    window.inFlight = []
    const request = requestAnimationFrame
    window.requestAnimationFrame = (work) => request((at) => {
      const since = performance.now()
      // One frame has several callbacks; what they change is drawn in microtasks behind each of them.
      const note = () => frames.set(at, (frames.get(at) ?? 0) + performance.now() - since)
      work(at)
      Promise.resolve().then(() => queueMicrotask(note))
    })
    setInterval(() => inFlight.push(document.querySelectorAll("[data-message]").length), 200)`)
  await page.getByRole("button", { name: "Play", exact: true }).first().click()
  await page.waitForTimeout(500)
  await page.evaluate("frames.clear(); inFlight.length = 0")
  await page.waitForTimeout(seconds * 1_000)
  const [script, inFlight] = (await page.evaluate("[[...frames.values()], inFlight]")) as [number[], number[]]
  return { perSecond: script.length / seconds, script, inFlight: inFlight.reduce((sum, one) => sum + one, 0) / inFlight.length }
}

interface Moves {
  /** Milliseconds from the wish to the end of the frame that shows it: no screen shows anything sooner than at its next frame. */
  readonly shown: readonly number[]
  /** The same without the wait for that frame to begin. */
  readonly work: readonly number[]
}

async function measureMoves(page: Page, targets: readonly number[]): Promise<Moves> {
  const costs = (await page.evaluate(`(async () => {
    const slider = document.querySelector('input[aria-label="Event"]')
    const costs = []
    for (const target of ${JSON.stringify(targets)}) {
      const since = performance.now()
      slider.value = target
      slider.dispatchEvent(new Event("input", { bubbles: true }))
      // What changed is drawn in a microtask.
      await Promise.resolve()
      await Promise.resolve()
      const ready = performance.now()
      const begun = await new Promise((done) => requestAnimationFrame((at) => setTimeout(() => done(Math.max(at, ready)))))
      const end = performance.now()
      costs.push({ shown: end - since, work: ready - since + end - begun })
    }
    return costs
  })()`)) as readonly { readonly shown: number; readonly work: number }[]
  return { shown: costs.map(({ shown }) => shown), work: costs.map(({ work }) => work) }
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

  await open(page, address, "crowd.json", traceOf(moreCrowded, 4_000))
  const { perSecond, script, inFlight } = await measureFrames(page)
  row(`script in a frame, nine servers, ${inFlight.toFixed(0)} messages on their way`, script)
  process.stdout.write(`frames in a second${perSecond.toFixed(0).padStart(51)}\n`)
  await page.close()

  const fresh = await browser.newPage({ viewport: { width: 1400, height: 900 } })
  const openedMs = await open(fresh, address, "long.json", traceOf({ ...crowded, seed: 5 }, events))
  process.stdout.write(`${`to open a run of ${events} events`.padEnd(58)}${`${(openedMs / 1000).toFixed(1)} s`.padStart(14)}\n`)
  const jumps = await measureMoves(
    fresh,
    Array.from({ length: 60 }, (_, position) => Math.floor(((position * 7_919) % 997) * (events / 997))),
  )
  row("a jump to any event, until it is shown", jumps.shown)
  row("a jump to any event, without the wait for the next frame", jumps.work)
  const middle = Math.floor(events / 2)
  // The first is a jump.
  const steps = await measureMoves(
    fresh,
    Array.from({ length: 61 }, (_, position) => middle - position),
  )
  row("a step back, until it is shown", steps.shown.slice(1))
  row("a step back, without the wait for the next frame", steps.work.slice(1))
  await fresh.requestGC()
  const heap = (await fresh.evaluate("performance.memory.usedJSHeapSize")) as number
  process.stdout.write(`${"memory of the page".padEnd(58)}${`${(heap / 1e6).toFixed(0)} MB`.padStart(14)}\n`)
} finally {
  await browser.close()
  server.close()
}
