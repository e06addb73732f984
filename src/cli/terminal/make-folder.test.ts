import fs from "node:fs"
import os from "node:os"
import path from "node:path"
import { afterEach, beforeEach, expect, test } from "vitest"
import { makeFolder } from "./make-folder.ts"

let root: string
beforeEach(() => {
  root = fs.mkdtempSync(path.join(os.tmpdir(), "oarlock-folder-"))
})
afterEach(() => fs.rmSync(root, { recursive: true, force: true }))

test("makes what is missing, and minds nothing that is there", () => {
  const folder = path.join(root, "a", "b", "c")
  for (let time = 0; time < 2; time++) makeFolder(folder, 0o700)
  expect(fs.statSync(folder).isDirectory()).toBe(true)
  expect(fs.statSync(folder).mode & 0o777).toBe(0o700)
})

test("fails in the file system's words where there can be no folder", () => {
  fs.writeFileSync(path.join(root, "file"), "")
  expect(() => makeFolder(path.join(root, "file", "deep", "er"))).toThrow("ENOTDIR")
})

test.runIf(process.platform === "linux")("does not hang where nothing can be made", () => {
  expect(() => makeFolder("/proc/nope/deeper")).toThrow("ENOENT")
})
