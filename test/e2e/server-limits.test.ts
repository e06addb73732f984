/** Limits of a server that its operator sets, reached by real clients. */

import { afterEach, expect, test } from "vitest"
import { eventually, RealCluster } from "./real-cluster.ts"

let cluster: RealCluster
afterEach(() => cluster.close())

test("requestBytesMax: a longer request is refused in words, the longest one is taken", async () => {
  cluster = await RealCluster.start({ nodes: 1, args: ["--max-request-bytes", "2000"] })
  const client = cluster.client()
  // What is around key and value takes some bytes, too.
  await client.put("k", Buffer.alloc(1900))
  await expect(client.put("k", Buffer.alloc(2000))).rejects.toMatchObject({
    outcome: "rejected",
    message: expect.stringContaining("a request of ") as unknown,
  })
  expect((await client.get("k"))?.value.length).toBe(1900)
})

test("snapshotEntries: after so many entries a snapshot is taken, and the log before it is forgotten", async () => {
  cluster = await RealCluster.start({ nodes: 1, args: ["--snapshot-count", "50"] })
  const client = cluster.client()
  for (let count = 0; count < 40; count++) await client.put("k", "v")
  expect((await cluster.status(1))!.snapshotIndex).toBe(0)
  for (let count = 0; count < 20; count++) await client.put("k", "v")
  await eventually("a snapshot was taken", async () => ((await cluster.status(1))?.snapshotIndex ?? 0) >= 50)
})

test("historyBytes: a past that outweighs --history-bytes is compacted, and one that does not is kept", async () => {
  cluster = await RealCluster.start({ nodes: 1, args: ["--history-bytes", "100000"] })
  const client = cluster.client()
  const write = () => client.put("k", Buffer.alloc(10_000))
  const { revision } = await write()
  for (let count = 0; count < 5; count++) await write()
  expect(await client.get("k", { revision })).not.toBeNull()
  for (let count = 0; count < 10; count++) await write()
  await eventually("the past was compacted", () =>
    client.get("k", { revision }).then(
      () => false,
      (error: unknown) => (error as { readonly code: string }).code === "compacted",
    ),
  )
})
