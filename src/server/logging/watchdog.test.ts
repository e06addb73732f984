import fs from "node:fs"
import os from "node:os"
import path from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { afterEach, beforeEach, expect, test } from "vitest"
import { watchEventLoop } from "./watchdog.ts"

let file: string
let descriptor: number
let stop: () => void = () => undefined

beforeEach(() => {
  file = path.join(fs.mkdtempSync(path.join(os.tmpdir(), "oarlock-watchdog-")), "log")
  descriptor = fs.openSync(file, "a")
})

afterEach(() => {
  stop()
  fs.closeSync(descriptor)
  fs.rmSync(path.dirname(file), { recursive: true })
})

const told = (): string => fs.readFileSync(file, "utf8")

/** Keeps the event loop from turning until the thread has said so: a test that never ends would say so, too. */
function hangUntilTold(): void {
  const until = performance.now() + 15_000
  while (told() === "" && performance.now() < until);
}

test("hangNoticeMs: a loop that stands still for as long is told of by the thread beside it, with what to do, and once it turns again", async () => {
  const onTrouble = (message: string): never => expect.fail(message)
  stop = watchEventLoop({ node: "n1", format: "json", descriptor, lookMs: 20, hangNoticeMs: 100, onTrouble })
  await sleep(300)
  hangUntilTold()
  const line = JSON.parse(told().split("\n")[0]!) as Record<string, unknown>
  expect(line).toMatchObject({ level: "error", node: "n1", silentMs: 100 })
  expect(line["msg"]).toContain(
    `the event loop has not turned for 100 ms: nothing is served, and no signal but SIGKILL is heard. If it goes on: kill -9 ${process.pid}`,
  )
  await expect.poll(told, { timeout: 15_000 }).toContain("the event loop turns again, after")
})

test("lookMs: a loop that turns between two looks is not told of, however often it is looked at", async () => {
  stop = watchEventLoop({
    node: "n1",
    format: "pretty",
    descriptor,
    lookMs: 50,
    hangNoticeMs: 10_000,
    onTrouble: (message) => expect.fail(message),
  })
  await sleep(600)
  expect(told()).toBe("")
})
