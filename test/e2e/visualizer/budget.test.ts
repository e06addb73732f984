/** What the first page and an embedded scenario load before there is something to see, compressed (docs/decisions/0013). */

import { readFileSync } from "node:fs"
import { join } from "node:path"
import { gzipSync } from "node:zlib"
import { expect, test } from "vitest"
import { useVisualizer } from "./browser.ts"

const visualizer = useVisualizer()

test.each([
  ["the playground", "#/play/seed/1", 162],
  ["an embedded scenario", "#/embed/elections/clean-election", 190],
])("%s (%s) loads at most %i kB of scripts", async (_, hash, kilobytesMax) => {
  const scripts = new Set<string>()
  const page = await (await visualizer.browser.newContext()).newPage()
  page.on("request", (request) => {
    const { pathname } = new URL(request.url())
    if (pathname.endsWith(".js")) scripts.add(pathname.slice(1))
  })
  await page.goto(visualizer.address + hash)
  await page.locator(".server").first().waitFor()
  const sizes = [...scripts].map((name) => gzipSync(readFileSync(join("dist", "web", name)), { level: 9 }).length)
  expect(sizes.length).toBeGreaterThan(0)
  expect(sizes.reduce((sum, size) => sum + size, 0) / 1000).toBeLessThan(kilobytesMax)
})

test("files are compressed for browsers that can read that, and are the same for others", async () => {
  const [plain, compressed] = await Promise.all(
    ["identity", "gzip"].map((encoding) => fetch(`${visualizer.address}main.js`, { headers: { "Accept-Encoding": encoding } })),
  )
  expect(plain!.headers.get("content-encoding")).toBeNull()
  expect(compressed!.headers.get("content-encoding")).toBe("gzip")
  expect(Number(compressed!.headers.get("content-length"))).toBeLessThan(Number(plain!.headers.get("content-length")) / 2)
  expect(await compressed!.text()).toBe(await plain!.text())
})

test("a part with a hash in its name is kept for ever, and the page that names it is asked for each time", async () => {
  const main = await fetch(`${visualizer.address}main.js`)
  const [part] = /part-[\w-]{8}\.js/.exec(await main.text()) ?? []
  const cacheControl = async (name: string) => (await fetch(visualizer.address + name)).headers.get("cache-control")
  expect(await cacheControl(part!)).toBe("public, max-age=31536000, immutable")
  expect(await cacheControl("geist-latin-wght-normal.woff2")).toContain("immutable")
  for (const name of ["", "main.js", "main.css"]) expect(await cacheControl(name)).toBe("no-cache")
})
