// The examples of docs/native-protocol.md are what the codec writes, and the tables name what the codec knows.

import { readFileSync } from "node:fs"
import { describe, expect, test } from "vitest"
import { defaultNativeOptions } from "../../src/server/native/index.ts"
import {
  ByteWriter,
  encodeRequest,
  frameLengthMax,
  operation,
  reasonNames,
  type Response,
  status,
  writeRequestFrame,
  writeResponseFrame,
  writeStoreFrame,
  writeWelcome,
} from "../../src/wire/client/index.ts"
import { encodeKvQuery, encodeKvResponse, encodePut, rangeRequest, refusalReasons } from "../../src/wire/kv/index.ts"

const page = readFileSync(new URL("../../docs/native-protocol.md", import.meta.url), "utf8")

function example(name: string): string {
  const block = new RegExp(`\`\`\`hex ${name}\n([^\`]*)\`\`\``).exec(page)?.[1]
  if (block === undefined) throw new Error(`the page has no example "${name}"`)
  return block.trim().replaceAll(/\s+/g, " ")
}

function hex(write: (out: ByteWriter) => void): string {
  const out = new ByteWriter()
  write(out)
  return Buffer.from(out.take())
    .toString("hex")
    .replaceAll(/(..)(?!$)/g, "$1 ")
}

function request(id: number, bytes: Uint8Array): string {
  return hex((out) => writeRequestFrame(out, id, bytes))
}

function response(id: number, value: Response): string {
  return hex((out) => writeResponseFrame(out, id, 0, value))
}

const greeting = Buffer.from("greeting")
const hello = Buffer.from("hello")

describe("the protocol's page", () => {
  const welcome = new ByteWriter()
  writeWelcome(welcome, {
    version: 1,
    clusterId: "8f3a5c1d2e4b6a79",
    nodeId: 2,
    features: 31,
    frameLengthMax,
    inflightRequestsMax: 4096,
    softwareVersion: "0.1.0",
    genesis: "5d1f0a9b3c7e2468",
  })
  const putResult = encodeKvResponse({ kind: "put", revision: 5, prevKv: null })
  const inSession = { kind: "inSession", session: { sessionId: 9, sequence: 2, answeredBelow: 2 } } as const
  const rejection = {
    kind: "rejected",
    reason: "notLeader",
    leader: 3,
    leaderAddress: "10.0.0.3:2379",
    message: "this server does not lead",
  } as const
  const staleRead = { kind: "read", consistency: "stale", minimumIndex: 7, query: encodeKvQuery(rangeRequest(greeting)) } as const

  test.each([
    ["put", request(1, encodePut(greeting, hello))],
    ["put-ok", hex((out) => writeStoreFrame(out, 1, 0, 7, putResult))],
    ["get", request(2, encodeKvQuery({ kind: "get", key: greeting }))],
    ["get-ok", response(2, { kind: "ok", body: hello })],
    ["get-not-found", response(2, { kind: "notFound", index: null })],
    ["hello", request(3, encodeRequest({ kind: "hello", versionMin: 1, versionMax: 1, clusterId: null }))],
    ["hello-ok", response(3, { kind: "ok", body: welcome.take() })],
    ["read", request(5, encodeRequest(staleRead))],
    ["in-session", request(4, encodeRequest({ ...inSession, command: encodePut(Buffer.from("k"), Buffer.from("v")) }))],
    ["rejected", response(4, rejection)],
    ["cancel", request(6, encodeRequest({ kind: "cancel", requestId: { low: 5, high: 0 } }))],
  ])("shows the bytes of %s as they are", (name, bytes) => {
    expect(example(name)).toBe(bytes)
  })

  test("has no example that is not checked here", () => {
    expect(page.match(/```hex /g)).toHaveLength(11)
  })

  test.each(Object.entries(status))("names status %s with its number", (name, code) => {
    expect(page).toMatch(new RegExp(`^\\| ${code} \\| \`${name}\``, "m"))
  })

  test.each(reasonNames.map((name, code) => [name, code] as const))("names reason %s with its number", (name, code) => {
    expect(page).toMatch(new RegExp(`^\\| ${code} \\| ${name} \\|`, "m"))
  })

  test.each(refusalReasons.map((name, code) => [name, code] as const))("names refusal %s with its number", (name, code) => {
    expect(page).toContain(`${code} ${name}`)
  })

  test.each(Object.entries(operation))("names operation %s with its number", (name, code) => {
    expect(page).toMatch(new RegExp(`^\\| ${code} \\| ${name}\\b`, "m"))
  })

  test("states the limits as they are", () => {
    const { inflightRequestsMax, inflightBytesMax, unsentBytesMax, subscriptionsMax, halfClosedMs, store } = defaultNativeOptions
    expect([inflightRequestsMax, inflightBytesMax, unsentBytesMax, subscriptionsMax]).toEqual([4096, 32 << 20, 32 << 20, 16])
    expect([halfClosedMs, store.requestBytesMax, store.txnOperationsMax, frameLengthMax]).toEqual([10_000, 1.5 * 2 ** 20, 128, 16_777_215])
  })
})
