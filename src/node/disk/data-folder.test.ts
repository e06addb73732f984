import { spawn } from "node:child_process"
import { once } from "node:events"
import fs from "node:fs"
import os from "node:os"
import path from "node:path"
import { afterEach, beforeEach, expect, test } from "vitest"
import { OarlockError } from "../../requests/index.ts"
import { clusterIdOf, openDataFolder } from "./data-folder.ts"
import type { DataFolder } from "./data-folder.ts"

let root: string
const opened: DataFolder[] = []
const clusterId = clusterIdOf("test")

beforeEach(() => {
  root = fs.mkdtempSync(path.join(os.tmpdir(), "oarlock-folder-"))
})

afterEach(async () => {
  for (const folder of opened.splice(0)) await folder.lock.release()
  fs.rmSync(root, { recursive: true, force: true })
})

async function open(location = path.join(root, "data"), nodeId = 1, cluster = clusterId): Promise<DataFolder> {
  const folder = await openDataFolder({ path: location, nodeId, clusterId: cluster })
  opened.push(folder)
  return folder
}

async function refusal(promise: Promise<unknown>): Promise<OarlockError> {
  const error = await promise.then(
    () => null,
    (reason: unknown) => reason,
  )
  expect(error).toBeInstanceOf(OarlockError)
  return error as OarlockError
}

test("makes the folder and an identity, and finds both again", async () => {
  const first = await open(path.join(root, "deep", "er"))
  expect(first).toMatchObject({ isNew: true, identity: { clusterId, nodeId: 1, groupId: 0 } })
  expect(first.identity.incarnation).toMatch(/^[0-9a-f]{16}$/)
  fs.writeFileSync(path.join(first.path, "log"), "")
  await first.lock.release()

  const second = await open(path.join(root, "deep", "er"))
  expect(second.isNew).toBe(false)
  expect(second.identity).toEqual(first.identity)
})

test("a wiped folder is another incarnation", async () => {
  const first = await open()
  await first.lock.release()
  fs.rmSync(first.path, { recursive: true })
  const second = await open()
  expect(second.identity.incarnation).not.toBe(first.identity.incarnation)
})

test("a folder with nothing but an identity is another incarnation: its log was removed, or never was", async () => {
  const first = await open()
  const log = path.join(first.path, "00000000000000000001.wal")
  fs.writeFileSync(log, "")
  await first.lock.release()
  fs.rmSync(log)
  const second = await open()
  expect(second.isNew).toBe(true)
  expect(second.identity).toEqual({ ...first.identity, incarnation: second.identity.incarnation })
  expect(second.identity.incarnation).not.toBe(first.identity.incarnation)
})

test("the token decides the cluster id", () => {
  expect(clusterIdOf("a")).toBe(clusterIdOf("a"))
  expect(clusterIdOf("a")).not.toBe(clusterIdOf("b"))
  expect(clusterIdOf("")).toMatch(/^[0-9a-f]{16}$/)
})

test("refuses a second opener and names who has it", async () => {
  await open()
  const error = await refusal(open())
  expect(error.code).toBe("dataFolderInUse")
  expect(error.message).toContain(`process ${process.pid}`)
})

test("of many openers at once at most one gets the folder, and one does in the end", async () => {
  const location = path.join(root, "data")
  const results = await Promise.allSettled(Array.from({ length: 8 }, () => openDataFolder({ path: location, nodeId: 1, clusterId })))
  const winners = results.filter((result) => result.status === "fulfilled")
  expect(winners.length).toBeLessThanOrEqual(1)
  for (const winner of winners) await winner.value.lock.release()
  await open()
})

test("a killed process's lock is taken over, a living one's is not", async () => {
  const location = path.join(root, "data")
  fs.mkdirSync(location)
  const holder = spawn(process.execPath, [
    "-e",
    `require("net").createServer().listen(process.argv[1], () => console.log("held"))`,
    path.join(location, "lock-1-0123456789abcdef.sock"),
  ])
  await once(holder.stdout, "data")
  expect((await refusal(open(location))).message).toContain("in use by process 1:")

  holder.kill("SIGKILL")
  await once(holder, "exit")
  const taken = await open(location)
  expect(fs.readdirSync(location).filter((name) => name.endsWith(".sock"))).toHaveLength(1)
  await taken.lock.release()
  expect(fs.readdirSync(location)).toEqual(["identity.json"])
})

test.runIf(process.platform === "linux")("locks a folder whose path does not fit a socket address", async () => {
  const deep = path.join(root, "x".repeat(200), "y".repeat(200))
  const first = await open(deep)
  expect((await refusal(open(deep))).code).toBe("dataFolderInUse")
  await first.lock.release()
  await open(deep)
})

test("refuses another cluster's and another node's folder, and leaves it as it was", async () => {
  const first = await open()
  fs.writeFileSync(path.join(first.path, "log"), "")
  await first.lock.release()
  const otherCluster = await refusal(open(first.path, 1, clusterIdOf("other")))
  expect(otherCluster.code).toBe("foreignData")
  expect(otherCluster.message).toMatch(/another cluster.*check the cluster token/)
  const otherNode = await refusal(open(first.path, 2))
  expect(otherNode.code).toBe("foreignData")
  expect(otherNode.message).toContain("data of node 1, not of node 2")
  expect((await open()).identity).toEqual(first.identity)
})

test("refuses a newer format, a damaged identity and data without one, each in words", async () => {
  const location = path.join(root, "data")
  const file = path.join(location, "identity.json")
  fs.mkdirSync(location)
  fs.writeFileSync(file, `{"format":2,"anything":"else"}`)
  expect((await refusal(open())).message).toContain("start the newer version")
  fs.writeFileSync(file, `{"format":1,"clusterId":"12"}`)
  expect((await refusal(open())).code).toBe("corruptData")
  fs.writeFileSync(file, "")
  expect((await refusal(open())).code).toBe("corruptData")
  fs.renameSync(file, path.join(location, "log-000"))
  const leftover = await refusal(open())
  expect(leftover.code).toBe("dataFolderUnusable")
  expect(leftover.message).toContain("log-000")
})

test("a path that is a file is refused by name", async () => {
  const location = path.join(root, "data")
  fs.writeFileSync(location, "")
  const error = await refusal(open())
  expect(error.code).toBe("dataFolderUnusable")
  expect(error.message).toContain(location)
})

test("a folder below a file, or behind a link to nothing, is refused by name", async () => {
  fs.writeFileSync(path.join(root, "file"), "")
  fs.symlinkSync(path.join(root, "nothing"), path.join(root, "link"))
  for (const location of [path.join(root, "file", "deep", "er"), path.join(root, "link")]) {
    const error = await refusal(open(location))
    expect(error.code).toBe("dataFolderUnusable")
    expect(error.message).toContain(location)
  }
})

test.runIf(process.platform === "linux")("a folder where none can be made is refused by name, and does not hang", async () => {
  const error = await refusal(open("/proc/nope/deeper"))
  expect(error).toMatchObject({ code: "dataFolderUnusable", message: /could not use the data folder \/proc\/nope\/deeper: ENOENT/ })
})
