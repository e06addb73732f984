import { once } from "node:events"
import net from "node:net"
import { afterEach, beforeEach, expect, test, vi } from "vitest"
import type { ServerConfig } from "../configuration/config.ts"
import { askTimeoutMs, lookUpIdentity } from "./join-cluster.ts"

/** Takes connections and answers nothing. */
let silent: net.Server

beforeEach(async () => {
  silent = net.createServer((socket) => socket.on("error", () => {}).resume()).listen(0, "127.0.0.1")
  await once(silent, "listening")
})

afterEach(() => {
  vi.restoreAllMocks()
  silent.close()
})

test("askTimeoutMs: a server that does not answer within it is passed over, and said to be silent if all are", async () => {
  const timeout = vi.spyOn(AbortSignal, "timeout").mockImplementation(() => {
    const given = new AbortController()
    setImmediate(() => given.abort(new DOMException("", "TimeoutError")))
    return given.signal
  })
  const { port } = silent.address() as net.AddressInfo
  const address = { host: "127.0.0.1", port, secure: null }
  const config = { id: null, name: "n4", peerAddress: "127.0.0.1:1", join: [address, address], tls: { client: null } }
  await expect(lookUpIdentity(config as unknown as ServerConfig)).rejects.toThrow("--join: found no answer")
  expect(timeout.mock.calls).toEqual([[askTimeoutMs], [askTimeoutMs]])
})
