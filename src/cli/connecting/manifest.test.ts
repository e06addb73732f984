import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, beforeEach, expect, test } from "vitest"
import { type DevManifest, findDevFolder, manifestName, readManifest, writeManifest } from "./manifest.ts"

const manifest: DevManifest = {
  format: 1,
  clusterToken: "t",
  nodes: [{ id: 1, name: "n1", client: "127.0.0.1:1", peer: "127.0.0.1:2" }],
  control: null,
}
let folder: string
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "oarlock-manifest-"))))
afterEach(() => rmSync(folder, { recursive: true }))

test("what is written is read again, and only its owner may read it", () => {
  expect(readManifest(folder)).toBeNull()
  writeManifest(folder, manifest)
  expect(readManifest(folder)).toEqual(manifest)
  expect(statSync(join(folder, manifestName)).mode & 0o077).toBe(0)
})

test.each(["", "{", "{}", '{"format":2,"nodes":[{}]}', '{"format":1,"nodes":[]}'])("%j is refused in words", (text) => {
  writeFileSync(join(folder, manifestName), text)
  expect(() => readManifest(folder)).toThrow("not a manifest that this version understands")
})

test("a command finds the cluster from a folder below", () => {
  mkdirSync(join(folder, "data"))
  mkdirSync(join(folder, "a", "b"), { recursive: true })
  writeManifest(join(folder, "data"), manifest)
  expect(findDevFolder(join(folder, "a", "b"))).toBe(join(folder, "data"))
  expect(findDevFolder(join(folder, "data"))).toBe(join(folder, "data"))
})
