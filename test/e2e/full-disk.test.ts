/** A disk that is full refuses writes in words, keeps serving reads, and recovers when there is room. Needs root for a small tmpfs. */

import { execFileSync } from "node:child_process"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, beforeEach, expect, test } from "vitest"
import { OarlockError } from "../../src/client/index.ts"
import { eventually, RealCluster } from "./real-cluster.ts"

let disk: string
let cluster: RealCluster | null = null
const canMount = process.getuid?.() === 0 && tryMount()

function tryMount(): boolean {
  const folder = mkdtempSync(join(tmpdir(), "oarlock-mount-"))
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=1m", "tmpfs", folder], { stdio: "ignore" })
    execFileSync("umount", [folder])
    return true
  } catch {
    return false
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

beforeEach(() => {
  disk = mkdtempSync(join(tmpdir(), "oarlock-disk-"))
  if (canMount) execFileSync("mount", ["-t", "tmpfs", "-o", "size=24m", "tmpfs", disk])
})

afterEach(async () => {
  await cluster?.close()
  cluster = null
  if (canMount) execFileSync("umount", [disk])
  rmSync(disk, { recursive: true, force: true })
})

// Where nobody may mount, an ordinary user's machine, the same is shown by the seeded world's disk.
test.runIf(canMount)("a full disk refuses writes, serves reads, and recovers", { timeout: 90_000 }, async () => {
  cluster = await RealCluster.start({ nodes: 1, dataDir: () => join(disk, "n1") })
  const client = cluster.client({ timeoutMs: 3_000 })
  await client.put("before", "there")
  const ballast = join(disk, "ballast")
  fill(ballast)

  const value = Buffer.alloc(256 << 10, "x")
  const refusal = await eventually("a write is refused", async () => {
    try {
      await client.put("large", value)
      return null
    } catch (error) {
      return error instanceof OarlockError && error.code === "diskFull" ? error : null
    }
  })
  expect(refusal.outcome).toBe("rejected")
  expect(refusal.message).toMatch(/disk.*full|full.*disk/)
  expect(Buffer.from((await client.get("before"))!.value).toString()).toBe("there")

  rmSync(ballast)
  await eventually("writes are taken again", async () =>
    client.put("after", "room").then(
      () => true,
      () => false,
    ),
  )
  await cluster.kill(1)
  cluster.spawn(1)
  await cluster.leader()
  expect(Buffer.from((await client.get("before", { timeoutMs: 20_000 }))!.value).toString()).toBe("there")
  expect(Buffer.from((await client.get("after"))!.value).toString()).toBe("room")
})

/** Takes all the room there is. */
function fill(file: string): void {
  for (let bytes = 64 << 20; bytes >= 4096;) {
    try {
      writeFileSync(file, Buffer.alloc(bytes), { flag: "a" })
    } catch {
      bytes >>= 1
    }
  }
}
