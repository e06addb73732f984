/** The Live page of a node whose client port speaks TLS. */

import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join, resolve } from "node:path"
import { afterAll, beforeAll, expect, test } from "vitest"
import { freePort } from "./real-cluster.ts"
import { LongCommand } from "./terminal.ts"
import { button, openBrowser } from "./visualizer/browser.ts"

const folder = mkdtempSync(join(tmpdir(), "oarlock-tls-"))
const token = "0123456789abcdef-over-tls"
let node: LongCommand
let client: string

beforeAll(async () => {
  client = `127.0.0.1:${await freePort()}`
  writeFileSync(join(folder, "token"), token)
  const urls = ["--listen-client-urls", `https://${client}`, "--listen-peer-urls", `http://127.0.0.1:${await freePort()}`]
  const tls = ["--cert-file", resolve("test/fixtures/tls/node.crt"), "--key-file", resolve("test/fixtures/tls/node.key")]
  node = new LongCommand(["start", "--name", "n1", "--data-dir", "n1", ...urls, ...tls, "--operator-token-file", "token"], folder)
  await node.says(/leads term/)
})

afterAll(async () => {
  await node?.end()
  rmSync(folder, { recursive: true, force: true })
})

test("it watches the node, and operates it with its token", async () => {
  const browser = await openBrowser()
  try {
    // Nobody in a browser's list of authorities has signed the certificate.
    const page = await (await browser.newContext({ ignoreHTTPSErrors: true })).newPage()
    const complaints: string[] = []
    page.on("pageerror", (error) => complaints.push(String(error)))
    await page.goto(`https://${client}/ui/#/live`)
    await page.locator(".verdict h1", { hasText: /^Healthy/ }).waitFor()
    await page.getByLabel("token").fill(token)
    await button(page, "Use it").click()
    await page.getByRole("switch").click()
    await page.getByLabel("Key", { exact: true }).fill("greeting")
    await page.getByLabel("Value", { exact: true }).fill("hello")
    await button(page, "Put").click()
    await page.locator(".keys tr", { hasText: "hello" }).waitFor()
    expect(complaints).toEqual([])
  } finally {
    await browser.close()
  }
})
