/** One scenario in a frame of another page, which leads it by messages. */

import { createServer, type Server } from "node:http"
import type { AddressInfo } from "node:net"
import type { Page } from "playwright-core"
import { afterAll, beforeAll, expect, test } from "vitest"
import type { EmbedState } from "../../../web/src/model/sharing/embed-commands.ts"
import { desktop, useVisualizer } from "./browser.ts"
import { serveFiles } from "./static-files.ts"

const visualizer = useVisualizer()
let host: Server
let address: string

/** The page of somebody else, with what it has been told. */
const around = (where: string) => `<!doctype html><title>Somebody's notes</title><link rel="icon" href="data:,">
<iframe src="/oarlock/index.html${where}" width="600" height="500"></iframe>
<script>told = []; onmessage = ({ data }) => told.push(data)</script>`

beforeAll(async () => {
  host = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url!, "http://host")
    if (pathname === "/") response.writeHead(200, { "Content-Type": "text/html" }).end(around(searchParams.get("where")!))
    else serveFiles("dist/web", pathname.replace("/oarlock/", ""), response)
  })
  await new Promise<void>((done) => host.listen(0, "127.0.0.1", done))
  address = `http://127.0.0.1:${(host.address() as AddressInfo).port}`
})

afterAll(() => host.close())

async function embed(where: string): Promise<Page> {
  const page = await (await visualizer.browser.newContext({ viewport: desktop })).newPage()
  await page.goto(`${address}/?where=${encodeURIComponent(where)}`)
  return page
}

const latest = (page: Page): Promise<EmbedState | undefined> => page.evaluate("told.at(-1)")
const ask = (page: Page, message: object) => page.evaluate(`frames[0].postMessage(${JSON.stringify(message)}, "*")`)

test("it plays, pauses, seeks and tells, as the page around it says", async () => {
  const page = await embed("#/embed/elections/clean-election")
  await expect.poll(() => latest(page)).toMatchObject({ oarlock: 1, is: "state", title: "Clean election", isPlaying: false, leaders: [] })
  // It opens where the story begins: everybody is there, and nobody leads.
  expect(await page.frames()[1]!.locator(".server.follower").count()).toBe(3)
  const { end } = (await latest(page))!
  await ask(page, { oarlock: 1, do: "seek", step: end })
  await expect.poll(() => latest(page)).toMatchObject({ step: end, leaders: [1], term: 1 })
  await ask(page, { oarlock: 1, do: "back" })
  await expect.poll(() => latest(page)).toMatchObject({ step: end - 1 })
  await ask(page, { oarlock: 1, do: "seek", step: 0 })
  await ask(page, { oarlock: 1, do: "speed", perSecond: 10_000 })
  await ask(page, { oarlock: 1, do: "play" })
  await expect.poll(async () => (await latest(page))!.leaders).toEqual([1])
  await ask(page, { oarlock: 1, do: "pause" })
  await expect.poll(() => latest(page)).toMatchObject({ isPlaying: false })
  await ask(page, { oarlock: 1, do: "dance" })
  await expect.poll(() => page.evaluate('told.find(({ is }) => is === "problem")?.text')).toContain('"do" is "dance"')
})

test("nobody but the page around it leads it", async () => {
  const page = await embed("#/embed/elections/clean-election")
  await expect.poll(() => latest(page)).toMatchObject({ is: "state" })
  const { step } = (await latest(page))!
  const frame = page.frames()[1]!
  await frame.evaluate('postMessage({ oarlock: 1, do: "forward" }, "*")')
  await ask(page, { oarlock: 1, do: "look" })
  await expect.poll(() => page.evaluate("told.length")).toBeGreaterThan(1)
  expect(await latest(page)).toMatchObject({ step })
})

test("a scenario that does not exist is named", async () => {
  const page = await embed("#/embed/elections/nothing")
  const alert = page.frameLocator("iframe").locator("[role=alert]")
  expect(await alert.textContent()).toContain('no scenario "elections/nothing"')
})
