/** Bounds of a node's promise API and of its engine. */

import { once } from "node:events"
import fs from "node:fs"
import net from "node:net"
import os from "node:os"
import path from "node:path"
import { afterEach, beforeEach, expect, test, vi } from "vitest"
import { CounterMachine } from "../../test/replica/counter-machine.ts"
import { newsDelayMs } from "./engine.ts"
import { open, type OarlockNode } from "./index.ts"
import { callTimeoutMs } from "./node.ts"

let root: string
let nodes: OarlockNode[] = []

beforeEach(() => {
  root = fs.mkdtempSync(path.join(os.tmpdir(), "oarlock-node-"))
})

afterEach(async () => {
  vi.useRealTimers()
  await Promise.all(nodes.splice(0).map((node) => node.close()))
  fs.rmSync(root, { recursive: true, force: true })
})

async function freePort(): Promise<number> {
  const server = net.createServer().listen(0, "127.0.0.1")
  await once(server, "listening")
  const { port } = server.address() as net.AddressInfo
  await once(server.close(), "close")
  return port
}

/** Two members, of which the first `count` are started. */
async function start(count: number): Promise<OarlockNode[]> {
  const cluster = [
    { id: 1, peerAddress: `127.0.0.1:${await freePort()}` },
    { id: 2, peerAddress: `127.0.0.1:${await freePort()}` },
  ]
  const begun = cluster
    .slice(0, count)
    .map(({ id }) => open({ id, dataDir: path.join(root, `n${id}`), machine: new CounterMachine(), cluster }))
  nodes = await Promise.all(begun)
  return nodes
}

/** Lets sockets and disks go on, without the timers that a test holds. */
async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setImmediate(resolve))
}

test("callTimeoutMs: a call that brings no timeout of its own ends after that long", async () => {
  const [node] = await start(1)
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] })
  let ended: unknown = null
  node!.propose(Uint8Array.of(1)).catch((error: unknown) => (ended = error))
  await vi.advanceTimersByTimeAsync(callTimeoutMs - 1)
  expect(ended).toBeNull()
  await vi.advanceTimersByTimeAsync(1)
  expect((ended as Error).message).toContain(`${callTimeoutMs} ms`)
})

test("newsDelayMs: mere news of a commit waits that long for entries that could take it along", async () => {
  await start(2)
  const leaderId = await nodes[0]!.leader()
  const [leader, follower] = leaderId === 1 ? nodes : nodes.toReversed()
  await leader!.propose(Uint8Array.of(1))
  while (follower!.engine.status().commitIndex < leader!.engine.status().commitIndex) await new Promise((resolve) => setTimeout(resolve, 5))
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] })
  // Whatever else the leader has to do takes the news along: sooner or later there is nothing else.
  let index = 0
  do {
    index = (await leader!.propose(Uint8Array.of(2))).index
    await turns(20)
  } while (follower!.engine.status().commitIndex === index)
  await vi.advanceTimersByTimeAsync(newsDelayMs)
  while (follower!.engine.status().commitIndex < index) await turns(1)
})
