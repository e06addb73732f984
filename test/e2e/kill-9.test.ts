/** Fifty times kill -9 of a random node under load: no acknowledged write is lost, and no session's write is applied twice. */

import { setTimeout as sleep } from "node:timers/promises"
import { afterEach, expect, test } from "vitest"
import { OarlockError, type Client } from "../../src/client/index.ts"
import { fractionOf } from "../../src/core/index.ts"
import { eventually, RealCluster } from "./real-cluster.ts"

const rounds = 50
const writers = 8

let cluster: RealCluster
afterEach(() => cluster.close())

/** Writes 1, 2, 3, … to one key in one session, each once the one before is acknowledged; its version counts how often it was applied. */
class CountingWriter {
  readonly key: string
  acknowledged = 0
  attempted = 0
  unknown = 0
  #isStopped = false
  readonly #client: Client

  constructor(client: Client, name: number) {
    this.#client = client
    this.key = `counter-${name}`
  }

  async run(): Promise<void> {
    const session = await this.#client.openSession()
    while (!this.#isStopped) {
      this.attempted += 1
      try {
        await session.put(this.key, String(this.attempted))
        this.acknowledged += 1
      } catch (error) {
        if (!(error instanceof OarlockError)) throw error
        // Within a session, only a deadline of many elections leaves this.
        if (error.outcome === "unknown") this.unknown += 1
      }
    }
  }

  stop(): void {
    this.#isStopped = true
  }
}

/** Writes a new key each time, without a session: every acknowledged one has to be there in the end. */
async function writeUniqueKeys(client: Client, acknowledged: Set<string>, isStopped: () => boolean): Promise<void> {
  for (let i = 0; !isStopped(); i++) {
    const key = `unique-${i}`
    try {
      await client.put(key, key)
      acknowledged.add(key)
    } catch (error) {
      if (!(error instanceof OarlockError)) throw error
    }
  }
}

test(`${rounds} rounds of kill -9 under load lose nothing that was acknowledged and repeat nothing`, { timeout: 300_000 }, async () => {
  cluster = await RealCluster.start({ nodes: 3 })
  const client = cluster.client()
  const counting = Array.from({ length: writers }, (_, i) => new CountingWriter(client, i))
  const unique = new Set<string>()
  let isStopped = false
  const load = [...counting.map((writer) => writer.run()), writeUniqueKeys(client, unique, () => isStopped)]

  for (let round = 0; round < rounds; round++) {
    const before = counting.reduce((sum, writer) => sum + writer.acknowledged, 0)
    const victim = 1 + Math.floor(3 * fractionOf(round))
    await cluster.kill(victim)
    await sleep(20 + 80 * fractionOf(round, 1))
    cluster.spawn(victim)
    await eventually(
      "writes are acknowledged again",
      () => counting.reduce((sum, writer) => sum + writer.acknowledged, 0) > before + writers,
    )
    await eventually(`node ${victim} is back`, async () => (await cluster.status(victim)) !== null)
  }

  isStopped = true
  for (const writer of counting) writer.stop()
  await Promise.all(load)

  for (const writer of counting) {
    const pair = await client.get(writer.key)
    expect(pair?.version).toBeGreaterThanOrEqual(writer.acknowledged)
    expect(pair?.version).toBeLessThanOrEqual(writer.acknowledged + writer.unknown)
    if (writer.unknown === 0) expect(Buffer.from(pair!.value).toString()).toBe(String(writer.attempted))
  }
  expect(unique.size).toBeGreaterThan(rounds)
  for (const key of unique) expect((await client.get(key))?.version).toBe(1)
})
