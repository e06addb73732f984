/** A server that tells the cluster its client address, beside a leader that does not answer. */

import { once } from "node:events"
import net from "node:net"
import { afterEach, beforeEach, expect, test, vi } from "vitest"
import { attemptMs, publishClientAddress, retryMs } from "./publish-address.ts"
import type { ServedNode } from "./served-node.ts"

let silent: net.Server
const leaderAddress = (): string => `127.0.0.1:${(silent.address() as net.AddressInfo).port}`

beforeEach(async () => {
  silent = net.createServer((socket) => socket.on("error", () => {}).resume()).listen(0, "127.0.0.1")
  await once(silent, "listening")
})

afterEach(() => {
  vi.useRealTimers()
  silent.close()
})

/** Node 2, which is listed without its client address; node 1 leads, if it is known where. */
function follower(clientAddressOfLeader: () => string): { node: ServedNode; looks: () => number } {
  let looks = 0
  const status = () => {
    looks += 1
    const members = [
      { id: 1, name: "n1", peerAddress: "127.0.0.1:1", clientAddress: clientAddressOfLeader() },
      { id: 2, name: "n2", peerAddress: "127.0.0.1:2", clientAddress: "" },
    ]
    return { id: 2, role: "follower", leaderId: 1, configuration: { index: 3, members } }
  }
  return { node: { status, clientAddress: "127.0.0.1:9" } as unknown as ServedNode, looks: () => looks }
}

const rest = {
  peerPort: 2,
  change: () => expect.fail("only a leader makes the change itself"),
  onPublished: () => expect.fail("nobody answered"),
  tls: null,
}

test("retryMs: without somebody to ask it looks again after that long", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] })
  const { node, looks } = follower(() => "")
  const stop = publishClientAddress({ node, ...rest })
  await vi.advanceTimersByTimeAsync(retryMs - 1)
  expect(looks()).toBe(1)
  await vi.advanceTimersByTimeAsync(1)
  expect(looks()).toBe(2)
  stop()
  await vi.advanceTimersByTimeAsync(10 * retryMs)
  expect(looks()).toBe(2)
})

test("attemptMs: a leader that does not answer is given up after that long, and asked anew", async () => {
  const { node, looks } = follower(leaderAddress)
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] })
  const asked = once(silent, "connection")
  const stop = publishClientAddress({ node, ...rest })
  await asked
  await vi.advanceTimersByTimeAsync(attemptMs - 1)
  await vi.advanceTimersByTimeAsync(retryMs - 1)
  expect(looks()).toBe(1)
  await vi.advanceTimersByTimeAsync(2)
  expect(looks()).toBe(2)
  stop()
})

test("a leader gives itself as long", async () => {
  const members = [{ id: 1, name: "n1", peerAddress: "127.0.0.1:1", clientAddress: "" }]
  const status = () => ({ id: 1, role: "leader", leaderId: 1, configuration: { index: 3, members } })
  const node = { status, clientAddress: "127.0.0.1:9" } as unknown as ServedNode
  const change = vi.fn(() => Promise.resolve())
  await new Promise((onPublished) => publishClientAddress({ ...rest, node, change, onPublished }))
  expect(change).toHaveBeenCalledWith([{ kind: "update", member: { ...members[0], clientAddress: "127.0.0.1:9" } }], 3, attemptMs)
})
