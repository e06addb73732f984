/** The supervisor with processes that only pretend to be nodes: what it does when they do not answer. */

import { once } from "node:events"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import net from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, beforeEach, expect, test, vi } from "vitest"
import type { DevNode } from "../connecting/manifest.ts"
import { leaderlessNoticeMs, restartPatienceMs, stopPatienceMs, Supervisor } from "./supervisor.ts"

/** Says over IPC what a node says, and is found on no port. Node 1 leads. */
const pretender = `
const configuration = { index: 0, voters: [1, 2, 3], votersOutgoing: [], learners: [], promoting: [], learnersNext: [], members: [], highestId: 3 }
process.send({ kind: "ready", configuration })
const id = Number(process.argv[process.argv.indexOf("--id") + 1])
if (id === 1) process.send({ kind: "observation", observation: { kind: "becameLeader", term: 1, votes: [1, 2] } })
process.on("SIGTERM", () => process.exit(0)).on("disconnect", () => process.exit(0))
setInterval(() => {}, 1000)
`

let folder: string
/** Takes connections and never answers, as a process does that is too busy. */
let silent: net.Server
let supervisor: Supervisor
let told: string[]
let begin: (restart: boolean, electionTimeoutMs?: number) => Promise<void>

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "oarlock-supervisor-"))
  writeFileSync(join(folder, "pretender.mjs"), pretender)
  silent = net.createServer((socket) => socket.on("error", () => {}).resume()).listen(0, "127.0.0.1")
  await once(silent, "listening")
  const { port } = silent.address() as net.AddressInfo
  const nodes = [1, 2, 3].map((id): DevNode => ({ id, name: `n${id}`, client: `127.0.0.1:${port}`, peer: `127.0.0.1:${id}` }))
  told = []
  const make = (restart: boolean, electionTimeoutMs: number | null) =>
    new Supervisor({
      folder,
      manifest: { format: 1, clusterToken: "x", nodes, control: null },
      script: join(folder, "pretender.mjs"),
      token: "t",
      restart,
      electionTimeoutMs,
      tell: (sentence) => {
        told.push(sentence)
      },
    })
  begin = async (restart, electionTimeoutMs) => {
    supervisor = make(restart, electionTimeoutMs ?? null)
    await supervisor.start(10_000)
  }
})

afterEach(async () => {
  await supervisor.stop()
  silent.close()
  rmSync(folder, { recursive: true, force: true })
})

test("linkRequestMs: a node that does not answer when links are cut, or when it comes back, harms nobody and is asked again", async () => {
  await begin(false)
  expect(await supervisor.cut("n1", "n2", false)).toBe(
    "Cut the link between n1 and n2. n1 and n2 do not answer and are told as soon as possible.",
  )
  expect(await supervisor.restart("n1")).toMatch(/^Restarted n1 /)
  // Of what it is told as it comes back nobody waits for the answer; a rejection would end this very process.
  const [asked] = (await once(silent, "connection")) as [net.Socket]
  await once(asked, "close")
  expect(told.filter((sentence) => sentence.includes("could not be told"))).toHaveLength(2)
  expect(supervisor.status().nodes.map(({ state }) => state)).toEqual(["running", "running", "running"])
})

test("without a name, restart means all that are down, and resume all that are paused", async () => {
  await begin(false)
  await expect(supervisor.restart(null)).rejects.toThrow("No node is down.")
  await Promise.all([supervisor.kill("n2"), supervisor.kill("n3")])
  expect((await supervisor.restart(null)).split("\n").map((line) => line.replace(/ \(.*/, ""))).toEqual(["Started n2", "Started n3"])
  supervisor.pause("n1")
  supervisor.pause("n3")
  expect((await supervisor.resume(null)).split("\n").map((line) => line.replace(/ \(.*/, ""))).toEqual(["Resumed n1", "Resumed n3"])
  await expect(supervisor.resume(null)).rejects.toThrow("No node is paused.")
})

test("respawnMs: with --restart a node that ended by itself is started again, once, also if somebody else was faster", async () => {
  await begin(true)
  const before = supervisor.status().nodes.map(({ pid }) => pid!)
  process.kill(before[1]!, "SIGKILL")
  process.kill(before[2]!, "SIGKILL")
  const isEnded = (): boolean => supervisor.status().nodes.filter(({ state }) => state === "ended").length === 2
  while (!isEnded()) await new Promise((resolve) => setTimeout(resolve, 10))
  await supervisor.restart("n3")
  const faster = supervisor.status().nodes[2]!.pid
  while (supervisor.status().nodes[1]!.state !== "running") await new Promise((resolve) => setTimeout(resolve, 10))
  const after = supervisor.status().nodes
  expect(after.map(({ state }) => state)).toEqual(["running", "running", "running"])
  expect(after[1]!.pid).not.toBe(before[1])
  expect(after[2]!.pid).toBe(faster)
})

test("a node that cannot even be started again is told of, and ends nothing else", async () => {
  await begin(true)
  const { pid } = supervisor.status().nodes[1]!
  // Where its log was, there is nothing that could be written to.
  rmSync(folder, { recursive: true })
  process.kill(pid!, "SIGKILL")
  while (!told.some((sentence) => sentence.startsWith("n2 could not be started again: ")))
    await new Promise((resolve) => setTimeout(resolve, 10))
  expect(supervisor.status().nodes.map(({ state }) => state)).toEqual(["running", "ended", "running"])
})

test("stopPatienceMs: a node that does not end in order is killed after that long", async () => {
  writeFileSync(join(folder, "pretender.mjs"), pretender.replace("() => process.exit(0)).on", "() => {}).on"))
  await begin(false)
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] })
  let isStopped = false
  const stopping = supervisor.stop().then(() => (isStopped = true))
  await vi.advanceTimersByTimeAsync(stopPatienceMs - 1)
  for (let turn = 0; turn < 100; turn++) await new Promise((resolve) => setImmediate(resolve))
  expect(isStopped).toBe(false)
  await vi.advanceTimersByTimeAsync(1)
  await stopping
  vi.useRealTimers()
})

test("restartPatienceMs: a node that does not serve within it after a restart is said to be late", async () => {
  await begin(false)
  writeFileSync(join(folder, "pretender.mjs"), "setInterval(() => {}, 1000)\nprocess.on('disconnect', () => process.exit(0))")
  const timeout = vi.spyOn(AbortSignal, "timeout").mockImplementation(() => AbortSignal.abort())
  await expect(supervisor.restart("n2")).rejects.toThrow(`does not serve after ${restartPatienceMs / 1000} s`)
  expect(timeout.mock.calls).toContainEqual([restartPatienceMs])
  timeout.mockRestore()
})

test.each([
  [leaderlessNoticeMs, "", undefined],
  [leaderlessNoticeMs + 4_000, ", and two of the longest elections,", 1_000],
])("leaderlessNoticeMs: without a leader for %d ms%s it is said who runs", async (noticeMs, _elections, electionTimeoutMs) => {
  await begin(false, electionTimeoutMs)
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] })
  await supervisor.kill("n1")
  const notices = (): number => told.filter((sentence) => sentence.startsWith("nobody leads: of 3 nodes n2 and n3 run")).length
  await vi.advanceTimersByTimeAsync(noticeMs - 1)
  expect(notices()).toBe(0)
  await vi.advanceTimersByTimeAsync(1)
  expect(notices()).toBe(1)
  vi.useRealTimers()
})
