/** What can be kept of a run: each file is opened again, by other programs than the page. */

import { execFile } from "node:child_process"
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { inflateSync } from "node:zlib"
import type { Page } from "playwright-core"
import { afterAll, expect, test } from "vitest"
import { button, leaderOf, pause, press, useVisualizer } from "./browser.ts"

const visualizer = useVisualizer()
const folder = mkdtempSync(join(tmpdir(), "oarlock-export-"))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

async function openExport(): Promise<Page> {
  const page = await visualizer.visit(7)
  await pause(page)
  await page.keyboard.press(String(await leaderOf(page)))
  await page.keyboard.press("c")
  await press(page, "ArrowRight", 5)
  await button(page, "Export").click()
  return page
}

async function saved(page: Page, name: string): Promise<string> {
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.locator(".export").getByRole("button", { name, exact: true }).click(),
  ])
  const path = join(folder, download.suggestedFilename())
  await download.saveAs(path)
  return path
}

test("the SVGs are whole documents that need nothing else, and hold every server", async () => {
  const page = await openExport()
  for (const name of ["SVG", "Space-time SVG"]) {
    const text = readFileSync(await saved(page, name), "utf8")
    expect(text).toMatch(/^<svg [^>]*xmlns="http:\/\/www.w3.org\/2000\/svg"/)
    expect(text).toMatch(/^<svg [^>]*width="\d+" height="\d+"/)
    expect(text).not.toMatch(/class=|style=|var\(|href|color-mix|oklab/)
    const found = (await page.evaluate(
      `(() => {
        const parsed = new DOMParser().parseFromString(${JSON.stringify(text)}, "image/svg+xml")
        return { isBroken: parsed.querySelector("parsererror") !== null, names: [...parsed.querySelectorAll("text")].map((one) => one.textContent) }
      })()`,
    )) as { isBroken: boolean; names: string[] }
    expect(found.isBroken).toBe(false)
    expect(found.names).toEqual(expect.arrayContaining(["S1", "S2", "S3", "S4", "S5"]))
  }
})

test("the ring is kept with the client that asks, though it fades in on the page", async () => {
  const page = await visualizer.visit(7)
  await pause(page)
  await page.keyboard.press(String(await leaderOf(page)))
  await page.keyboard.press("w")
  await press(page, "ArrowRight", 1)
  await button(page, "Export").click()
  const text = readFileSync(await saved(page, "SVG"), "utf8")
  expect(text).toMatch(/>client<\/text>/)
  expect(text).not.toContain('opacity="0"')
})

test("the PNG has the size that it says, and more than one colour", async () => {
  const bytes = readFileSync(await saved(await openExport(), "PNG"))
  expect(bytes.subarray(0, 8).toString("latin1")).toBe("\u0089PNG\r\n\u001A\n")
  const [width, height] = [bytes.readUInt32BE(16), bytes.readUInt32BE(20)]
  expect([width, height]).toEqual([1360, 1040])
  const channels = bytes[25] === 6 ? 4 : 3
  const parts: Buffer[] = []
  for (let at = 8; at < bytes.length; at += 12 + bytes.readUInt32BE(at)) {
    if (bytes.toString("latin1", at + 4, at + 8) === "IDAT") parts.push(bytes.subarray(at + 8, at + 8 + bytes.readUInt32BE(at)))
  }
  const pixels = inflateSync(Buffer.concat(parts))
  expect(pixels.length).toBe(height * (1 + width * channels))
  expect(new Set(pixels).size).toBeGreaterThan(8)
})

test("the GIF has a frame for each event, the colour of its term, and an end", async () => {
  const page = await openExport()
  await page.getByLabel("of the last").fill("3")
  await page.getByLabel("of the last").blur()
  const bytes = readFileSync(await saved(page, "GIF"))
  expect(bytes.toString("latin1", 0, 6)).toBe("GIF89a")
  expect([bytes.readUInt16LE(6), bytes.readUInt16LE(8)]).toEqual([680, 520])
  const { frames, colors, end } = readGif(bytes)
  expect(frames).toBe(3)
  expect(end).toBe(bytes.length)
  // Term 1's blue, near enough.
  expect(colors.some(([r, g, b]) => Math.abs(r - 0x7c) < 12 && Math.abs(g - 0xc7) < 12 && Math.abs(b - 0xf0) < 12)).toBe(true)
})

test("the regression test runs with node --test, and fails where the run ends otherwise", async () => {
  const path = await saved(await openExport(), "Regression test")
  mkdirSync(join(folder, "node_modules"))
  symlinkSync(fileURLToPath(new URL("../../..", import.meta.url)), join(folder, "node_modules", "oarlock"))
  const run = promisify(execFile)
  const { stdout } = await run(process.execPath, ["--test", path], { cwd: folder })
  expect(stdout).toMatch(/pass 1\b/)
  const other = path.replace(".test.mjs", "-other.test.mjs")
  writeFileSync(other, readFileSync(path, "utf8").replace('role: "down"', 'role: "leader"'))
  await expect(run(process.execPath, ["--test", other], { cwd: folder })).rejects.toMatchObject({
    stdout: expect.stringMatching(/fail 1\b/) as string,
  })
})

type Color = readonly [number, number, number]

/** Goes through the blocks of a GIF, as a viewer does. `end` is behind its trailer. */
function readGif(bytes: Buffer): { frames: number; colors: Color[]; end: number } {
  const colors: Color[] = []
  let at = 13
  const readColors = (flags: number): void => {
    const count = flags & 0x80 ? 2 << (flags & 7) : 0
    for (let color = 0; color < count; color++, at += 3) colors.push([bytes[at]!, bytes[at + 1]!, bytes[at + 2]!])
  }
  const skipBlocks = (): void => {
    while (bytes[at] !== 0) at += 1 + bytes[at]!
    at += 1
  }
  readColors(bytes[10]!)
  for (let frames = 0; ;) {
    const kind = bytes[at]
    if (kind === 0x3b) return { frames, colors, end: at + 1 }
    if (kind === 0x21) {
      at += 2
      skipBlocks()
    } else if (kind === 0x2c) {
      const flags = bytes[at + 9]!
      at += 10
      readColors(flags)
      at += 1
      skipBlocks()
      frames += 1
    } else expect.fail(`no block of a GIF begins with ${kind} at byte ${at}`)
  }
}
