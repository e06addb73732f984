import fs from "node:fs"
import net from "node:net"
import os from "node:os"
import path from "node:path"
import { afterEach, beforeEach, expect, test, vi } from "vitest"
import { attemptsMax, lockFolder, socketPathBytesMax } from "./folder-lock.ts"

let root: string

beforeEach(() => {
  root = fs.mkdtempSync(path.join(os.tmpdir(), "oarlock-lock-"))
})

afterEach(() => {
  vi.restoreAllMocks()
  vi.unstubAllGlobals()
  fs.rmSync(root, { recursive: true, force: true })
})

/** A folder below `root` whose locks have paths of `bytes` bytes. */
function folderWithLocksOf(bytes: number): string {
  const lockBytes = `/lock-${process.pid}-0123456789abcdef.sock`.length
  const folder = path.join(root, "x".repeat(bytes - lockBytes - root.length - 1))
  fs.mkdirSync(folder)
  return folder
}

test("attemptsMax: a folder that another process has is asked for so often, and then refused with the process's id", async () => {
  const lock = await lockFolder(root)
  const listen = vi.spyOn(net, "createServer")
  await expect(lockFolder(root)).rejects.toMatchObject({
    code: "dataFolderInUse",
    message: expect.stringContaining(`in use by process ${process.pid}`) as unknown,
  })
  expect(listen).toHaveBeenCalledTimes(attemptsMax)
  await lock.release()
  await (await lockFolder(root)).release()
})

test("socketPathBytesMax: beyond it the lock goes through the open folder, and excludes all the same", async () => {
  for (const bytes of [socketPathBytesMax, socketPathBytesMax + 1, socketPathBytesMax + 50]) {
    const folder = folderWithLocksOf(bytes)
    const lock = await lockFolder(folder)
    await expect(lockFolder(folder)).rejects.toMatchObject({ code: "dataFolderInUse" })
    await lock.release()
    expect(fs.readdirSync(folder)).toEqual([])
  }
})

test("where there is no such way, a longer path is refused in words, and no file stays open", async () => {
  const longest = folderWithLocksOf(socketPathBytesMax)
  const longer = folderWithLocksOf(socketPathBytesMax + 1)
  vi.stubGlobal(
    "process",
    new Proxy(process, { get: (target, key) => (key === "platform" ? "darwin" : (target[key as keyof typeof process] as unknown)) }),
  )
  await (await lockFolder(longest)).release()
  const open = vi.spyOn(fs, "openSync")
  const close = vi.spyOn(fs, "closeSync")
  await expect(lockFolder(longer)).rejects.toThrow("is too long to be locked: move it up")
  expect(close.mock.calls).toEqual(open.mock.results.map(({ value }) => [value as number]))
})
