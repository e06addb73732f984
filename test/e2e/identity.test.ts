/**
 * Disks and identities on real processes: a folder that is put back to an older copy of itself, a node that was once alone, a wiped one beside one that
 * starts for the first time, a removed one that calls.
 */

import { cpSync, mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, expect, test } from "vitest"
import { eventually, RealCluster } from "./real-cluster.ts"
import { oarlock } from "./terminal.ts"

let cluster: RealCluster
let safe: string
afterEach(async () => {
  await cluster.close()
  rmSync(safe, { recursive: true, force: true })
})

const value = (pair: { readonly value: Uint8Array } | null): string | null => (pair === null ? null : Buffer.from(pair.value).toString())

/** A copy of the folder of a node that does not run. */
function keepCopy(id: number): void {
  cpSync(cluster.place(id).dataDir, join(safe, `n${id}`), { recursive: true })
}

function putBack(id: number): void {
  cluster.wipe(id)
  cpSync(join(safe, `n${id}`), cluster.place(id).dataDir, { recursive: true })
}

async function status(of: number): Promise<string> {
  const said = await oarlock(["status", "--endpoints", cluster.place(of).client], { cwd: cluster.folder })
  return said.stdout
}

test(
  "an older copy of its folder under a follower is named, has no vote, and comes back under a new id; nothing acknowledged is lost",
  { timeout: 120_000 },
  async () => {
    safe = mkdtempSync(join(tmpdir(), "oarlock-copies-"))
    cluster = await RealCluster.start({ nodes: 3 })
    const client = cluster.client()
    await client.put("before", "1")
    const leader = await cluster.leader()
    const [back, other] = [1, 2, 3].filter((id) => id !== leader) as [number, number]
    await cluster.stop(back)
    keepCopy(back)
    cluster.spawn(back)
    await eventually("it has caught up", async () => (await cluster.status(back))?.leader)
    for (let i = 0; i < 50; i++) await client.put(`key ${i}`, "acknowledged")
    await cluster.kill(back)
    putBack(back)
    cluster.spawn(back)
    await eventually("the others name it", async () => /its disk has gone back in time, so it has no vote/.test(await status(leader)))
    expect(cluster.log(back)).toMatch(/has gone back in time/)
    expect(cluster.log(leader)).toMatch(/refused a connection from node \d.*has gone back in time.*remove it, and add it under a new id/)
    await client.put("meanwhile", "2")

    // One of two is no majority, whatever the third would say.
    await cluster.kill(other)
    const alone = cluster.client({ timeoutMs: 2_000 })
    await expect(alone.put("nobody", "there")).rejects.toMatchObject({ outcome: "unknown" })
    await expect(alone.get("key 49")).rejects.toThrow()
    cluster.spawn(other)
    expect(value(await client.get("key 49"))).toBe("acknowledged")
    expect(value(await client.get("meanwhile"))).toBe("2")

    // Its verdict outlives its own restarts.
    await cluster.kill(back)
    cluster.spawn(back)
    await eventually("it still has no vote", async () => /n\d: its disk has gone back/.test(await status(leader)))

    await client.changeMembership([{ kind: "remove", id: back }])
    await cluster.kill(back)
    const { peer, client: address } = await cluster.addPlace(4)
    cluster.spawnJoining(4)
    await client.changeMembership([{ kind: "addVoter", member: { id: 4, name: "n4", peerAddress: peer, clientAddress: address } }])
    expect(value(await client.get("key 0"))).toBe("acknowledged")
  },
)

test("all disks put back to copies of different moments refuse each other, and nothing old is read", { timeout: 90_000 }, async () => {
  safe = mkdtempSync(join(tmpdir(), "oarlock-copies-"))
  cluster = await RealCluster.start({ nodes: 3 })
  const client = cluster.client()
  await client.put("x", "old")
  const leader = await cluster.leader()
  const followers = [1, 2, 3].filter((id) => id !== leader)
  for (const id of followers) {
    await cluster.stop(id)
    keepCopy(id)
    cluster.spawn(id)
    await eventually("it is back", async () => (await cluster.status(id))?.leader)
  }
  await client.put("x", "new")
  for (const id of followers) {
    await cluster.kill(id)
    putBack(id)
  }
  for (const id of followers) cluster.spawn(id)
  await eventually("both are named", async () => (await status(leader)).match(/its disk has gone back in time/g)?.length === 2)
  for (const id of [1, 2, 3]) {
    const one = cluster.client({ endpoints: [cluster.place(id).client], timeoutMs: 1_000 })
    await expect(one.get("x")).rejects.toThrow()
  }
})

test(
  "a wiped member beside one that starts for the first time elects nobody, and says for whom it waits",
  { timeout: 90_000 },
  async () => {
    safe = mkdtempSync(join(tmpdir(), "oarlock-copies-"))
    cluster = await RealCluster.start({ nodes: 3, without: [2] })
    const client = cluster.client()
    await client.put("x", "acknowledged")
    await eventually("both have it", async () => (await cluster.status(1))?.appliedIndex === (await cluster.status(3))?.appliedIndex)
    await cluster.kill(1)
    await cluster.kill(3)
    cluster.wipe(3)
    cluster.spawn(3)
    cluster.spawn(2)
    await eventually("they wait", async () => /n2: a new cluster; it waits to meet n1/.test(await status(2)))
    const early = cluster.client({ timeoutMs: 2_000 })
    await expect(early.put("x", "another")).rejects.toThrow()
    expect(cluster.log(2)).toMatch(/begins a new cluster \(genesis [0-9a-f]{16}\), and waits to meet/)
    cluster.spawn(1)
    await eventually("n1 refuses n3", () => /refused a connection from node 3.*it lost its disk/.test(cluster.log(1)))
    await expect(early.put("x", "another")).rejects.toThrow()
    // The operator's word, now that n1 is back: n2 votes without having met n3.
    await cluster.kill(2)
    cluster.spawn(2, "--begin-without", "n3")
    expect(value(await client.get("x"))).toBe("acknowledged")
  },
)

test("a removed member that calls a restarted one hears that it was removed, and says so itself", { timeout: 90_000 }, async () => {
  safe = mkdtempSync(join(tmpdir(), "oarlock-copies-"))
  cluster = await RealCluster.start({ nodes: 3 })
  const client = cluster.client()
  const leader = await cluster.leader()
  const [gone, other] = [1, 2, 3].filter((id) => id !== leader) as [number, number]
  await cluster.stop(gone)
  await client.changeMembership([{ kind: "remove", id: gone }])
  await cluster.kill(other)
  cluster.spawn(other)
  await eventually("it is back", async () => (await cluster.status(other))?.leader)
  cluster.spawn(gone)
  await eventually("it hears so", () => cluster.log(gone).match(/was removed from this cluster; ids are never used again/) !== null)
  await eventually("it says so", async () => /refuse|removed/.test((await status(gone)) + cluster.log(gone)))
})
