// `npm run pictures`: takes the pictures of the documentation, docs/pictures/*.png, from the real thing: the visualizer in Chromium, and a real
// cluster for its Live page. Seeds are fixed, so that a picture changes only when what it shows does.

import { spawn } from "node:child_process"
import { mkdirSync, mkdtempSync, rmSync, statSync } from "node:fs"
import { createRequire } from "node:module"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { chromium } from "playwright-core"
import { ensureBuilt, ensureInstalled, requireNode, root } from "./bootstrap.mjs"

requireNode()
ensureInstalled()
ensureBuilt()

const oarlock = join(root, "bin", "oarlock.js")
const folder = join(root, "docs", "pictures")
const data = mkdtempSync(join(tmpdir(), "oarlock-pictures-"))
const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium"
const { version } = createRequire(import.meta.url)("../package.json")

const button = (page, name) => page.getByRole("button", { name, exact: true })
const toEnd = (page) => page.getByLabel("Event", { exact: true }).press("End")
const press = async (page, key, times) => {
  for (let time = 0; time < times; time++) await page.keyboard.press(key)
}

/** What is pictured, where it is found, and what is done there first. */
const pictures = [
  {
    name: "play",
    height: 1000,
    hash: "#/play/seed/7",
    async act(page) {
      await button(page, "Pause").first().click()
      await page.locator('[data-server="2"]').click()
      await button(page, "Write").first().click()
      await press(page, "ArrowRight", 26)
    },
  },
  {
    name: "learn",
    hash: "#/learn/5-who-may-lead/2",
    async act(page) {
      await page.getByLabel("S3, it asked first and a majority is there").click()
      await button(page, "To the end of the step").click()
    },
  },
  {
    name: "figure-8-broken",
    height: 1000,
    hash: "#/scenarios/replication/figure-8",
    async act(page) {
      await page.getByLabel("break the rule").check()
      await toEnd(page)
    },
  },
  {
    name: "space-time",
    height: 1080,
    hash: "#/scenarios/elections/split-vote",
    async act(page) {
      await page.getByRole("tab", { name: "Space-time" }).click()
      await toEnd(page)
    },
  },
  {
    name: "branches",
    height: 1240,
    hash: "#/play/seed/7",
    dark: true,
    async act(page) {
      await button(page, "Pause").first().click()
      await page.locator(".server.leader").click()
      await button(page, "Write").first().click()
      await press(page, "ArrowRight", 80)
      await press(page, "ArrowLeft", 50)
      await page.locator(".server.leader").click()
      await button(page, "Crash").first().click()
      await press(page, "ArrowRight", 60)
      await page.getByRole("tab", { name: "Compare" }).click()
    },
  },
  {
    name: "live",
    height: 1240,
    hash: "",
    isLive: true,
    async act(page) {
      await page.locator(".server.leader").waitFor()
      await page.waitForTimeout(4_000)
      await page.getByRole("switch", { name: "Arm" }).click()
      await page.locator(".server.leader").click()
      await button(page, "Kill -9").click()
      await page.locator(".server.leader").waitFor()
      await page.waitForTimeout(4_000)
    },
  },
]

mkdirSync(folder, { recursive: true })
const browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--font-render-hinting=none"] })
const running = []
try {
  const play = await start(["play", "--no-open", "--json"], (line) => line.address?.replace(/#.*/, ""))
  const live = await start(["dev", "--base-port", "0", "--data", "cluster", "--json"], (line) => line.live)
  for (const picture of pictures) await take(picture, picture.isLive === true ? live : play)
  process.stdout.write(`Oarlock ${version}: ${pictures.length} pictures in docs/pictures/\n`)
} finally {
  await browser.close()
  for (const child of running) await stop(child)
  rmSync(data, { recursive: true, force: true })
}

async function take({ name, hash, dark = false, height = 900, act = async () => {} }, address) {
  const page = await browser.newPage({
    viewport: { width: 1400, height },
    colorScheme: dark ? "dark" : "light",
    reducedMotion: "reduce",
  })
  await page.goto(address + hash)
  await page.locator(".topology").or(page.locator("h1")).first().waitFor()
  await act(page)
  await page.mouse.move(0, 0)
  await page.waitForTimeout(300)
  const path = join(folder, `${name}.png`)
  await page.screenshot({ path })
  await page.close()
  process.stdout.write(`${name}.png, ${Math.round(statSync(path).size / 1024)} KiB\n`)
}

/** Starts a command and waits for the line of JSON in which `find` finds something. */
function start(args, find) {
  const child = spawn(process.execPath, [oarlock, ...args], { cwd: data, stdio: ["ignore", "pipe", "inherit"] })
  running.push(child)
  return new Promise((resolve, reject) => {
    let text = ""
    child.stdout.on("data", (bytes) => {
      text += bytes
      const lines = text.split("\n")
      text = lines.pop()
      for (const line of lines) {
        const found = find(JSON.parse(line))
        if (found !== undefined) resolve(found)
      }
    })
    child.once("exit", (code) => reject(new Error(`oarlock ${args[0]} ended with exit code ${code}`)))
  })
}

function stop(child) {
  if (child.exitCode !== null) return Promise.resolve()
  return new Promise((resolve) => {
    child.removeAllListeners("exit").once("exit", resolve)
    child.kill("SIGTERM")
  })
}
