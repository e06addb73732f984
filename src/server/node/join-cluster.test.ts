import { once } from "node:events"
import http from "node:http"
import net from "node:net"
import { afterEach, beforeEach, expect, test, vi } from "vitest"
import { NobodyToJoin } from "../configuration/config-error.ts"
import type { ServerConfig } from "../configuration/config.ts"
import { askTimeoutMs, joinPatienceMs, joinRetryMs, lookUpIdentity, triesPerWord } from "./join-cluster.ts"

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

/** Requests end at once as if `askTimeoutMs` had passed. */
function hurry() {
  return vi.spyOn(AbortSignal, "timeout").mockImplementation(() => {
    const given = new AbortController()
    setImmediate(() => given.abort(new DOMException("", "TimeoutError")))
    return given.signal
  })
}

function configOf(...addresses: readonly object[]): ServerConfig {
  return { id: null, name: "n4", peerAddress: "127.0.0.1:1", join: addresses, tls: { client: null } } as unknown as ServerConfig
}

/** Time that passes only while `lookUpIdentity` rests; `onRest` may change the world meanwhile. */
function restFast(onRest: (rests: number) => void = () => {}): { rests: number[] } {
  const seen: { rests: number[] } = { rests: [] }
  let nowMs = 0
  vi.spyOn(performance, "now").mockImplementation(() => nowMs)
  vi.spyOn(globalThis, "setTimeout").mockImplementation(((callback: () => void, delayMs: number) => {
    nowMs += delayMs
    seen.rests.push(delayMs)
    onRest(seen.rests.length)
    setImmediate(callback)
  }) as unknown as typeof setTimeout)
  return seen
}

function logTo(words: string[]) {
  return { warn: (text: string) => words.push(text), info: () => {} } as unknown as Parameters<typeof lookUpIdentity>[1]
}

test("askTimeoutMs: a server that does not answer within it is passed over, and so is the next", async () => {
  const timeout = hurry()
  const { port } = silent.address() as net.AddressInfo
  const address = { host: "127.0.0.1", port, secure: null }
  restFast()
  await expect(lookUpIdentity(configOf(address, address), logTo([]))).rejects.toThrow("no server of the cluster to join")
  expect(timeout.mock.calls.slice(0, 2)).toEqual([[askTimeoutMs], [askTimeoutMs]])
})

test("joinPatienceMs: where nobody answers it asks again every joinRetryMs for so long, and then gives up", async () => {
  hurry()
  const { rests } = restFast()
  const { port } = silent.address() as net.AddressInfo
  const failure = lookUpIdentity(configOf({ host: "127.0.0.1", port, secure: null }), logTo([]))
  await expect(failure).rejects.toBeInstanceOf(NobodyToJoin)
  expect(rests).toEqual(Array.from({ length: joinPatienceMs / joinRetryMs }, () => joinRetryMs))
})

test("triesPerWord: meanwhile the log says so at the first try, and once in so many", async () => {
  hurry()
  const words: string[] = []
  const counts: number[] = []
  const { rests } = restFast(() => counts.push(words.length))
  const { port } = silent.address() as net.AddressInfo
  await expect(lookUpIdentity(configOf({ host: "127.0.0.1", port, secure: null }), logTo(words))).rejects.toThrow()
  expect(counts.slice(0, triesPerWord + 1)).toEqual([...Array.from({ length: triesPerWord }, () => 1), 2])
  expect(words).toHaveLength(Math.ceil(rests.length / triesPerWord))
  expect(words[0]).toMatch(/no server of the cluster to join \(--join\) answers: 127\.0\.0\.1:\d+: .*; asking again for 60 s in all$/)
})

test("joinRetryMs: a cluster that is there only at the second try is joined then; one that does not list this server is not waited for", async () => {
  const members = [{ id: 4, name: "n4", peerAddress: "127.0.0.1:1" }]
  const cluster = http.createServer((_, response) => response.end(JSON.stringify({ format: 1, clusterId: "c1", members })))
  cluster.listen(0, "127.0.0.1")
  await once(cluster, "listening")
  const there = cluster.address() as net.AddressInfo
  const address = { host: "127.0.0.1", port: (silent.address() as net.AddressInfo).port, secure: null }
  silent.close()
  const wait = vi.spyOn(globalThis, "setTimeout").mockImplementation(((callback: () => void) => {
    address.port = there.port
    setImmediate(callback)
  }) as unknown as typeof setTimeout)
  await expect(lookUpIdentity(configOf(address), logTo([]))).resolves.toEqual({ id: 4, clusterId: "c1" })
  const tries = wait.mock.calls.length
  const other = { ...configOf(address), peerAddress: "127.0.0.1:2" }
  await expect(lookUpIdentity(other, logTo([]))).rejects.toThrow("a cluster without a member at 127.0.0.1:2")
  expect(wait.mock.calls.filter(([, delayMs]) => delayMs === joinRetryMs).length).toBeLessThanOrEqual(tries)
  cluster.close()
})
