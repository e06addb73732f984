import { once } from "node:events"
import http from "node:http"
import type { AddressInfo } from "node:net"
import { afterEach, beforeEach, describe, expect, test } from "vitest"
import type { MembershipChange } from "../../core/index.ts"
import { OarlockError } from "../../node/index.ts"
import type { KeyValue } from "../../wire/kv/index.ts"
import { listedEntry } from "../node/listed-entries.ts"
import type { NodeOperations } from "../node/node-operations.ts"
import { answerOperator, operatorBodyBytesMax, operatorEntriesMax, operatorKeysMax, operatorValueBytesMax } from "./operator-endpoint.ts"

const token = "0123456789abcdef0123456789abcdef"
let done: string[]
let pairs: KeyValue[]
let failure: OarlockError | null
let server: http.Server
let base: string

const operations: NodeOperations = {
  put: async (key, value) => {
    note(`put ${text(key)} ${text(value)}`)
    return key.length === 0
      ? { kind: "refused", reason: "emptyKey", message: "key is not provided" }
      : { kind: "put", revision: 7, prevKv: null }
  },
  delete: async (key) => {
    note(`delete ${text(key)}`)
    return { kind: "deleteRange", revision: 8, deleted: 1, prevKvs: [] }
  },
  range: async ({ key, rangeEnd, limit }) => {
    note(`range ${text(key)} ${text(rangeEnd)} ${limit}`)
    return { kind: "range", revision: 9, count: pairs.length, more: false, kvs: pairs.slice(0, limit) }
  },
  latestEntries: (countMax) => {
    note(`entries ${countMax}`)
    return [listedEntry({ index: 4, term: 2, kind: "noop", data: new Uint8Array(0), configuration: null, encoded: null })]
  },
  changeMembership: async (changes: readonly MembershipChange[], version) => note(`member ${JSON.stringify(changes)} ${version}`),
  transferLeadership: async (to) => note(`transfer ${to}`),
  takeSnapshot: async () => {
    note("snapshot")
    return 42
  },
}

function note(deed: string): void {
  if (failure !== null) throw failure
  done.push(deed)
}

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes)
const base64 = (value: string) => Buffer.from(value).toString("base64")
const pair = (key: string, value: string): KeyValue => ({
  key: Buffer.from(key),
  value: Buffer.from(value),
  createRevision: 2,
  modRevision: 3,
  version: 1,
  lease: 0n,
})

beforeEach(async () => {
  done = []
  pairs = []
  failure = null
  server = http.createServer((request, response) => {
    const access = request.url!.startsWith("/none") ? null : { token, operations }
    answerOperator(request.url!.replace("/none", ""), request, access).then(
      ({ status, body }) => response.writeHead(status).end(JSON.stringify(body)),
      () => response.destroy(),
    )
  })
  await once(server.listen(0, "127.0.0.1"), "listening")
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})

afterEach(() => {
  server.close()
  server.closeAllConnections()
})

async function post(path: string, body: unknown, authorization: string | null = `Bearer ${token}`) {
  const response = await fetch(`${base}${path}`, {
    method: "POST",
    headers: authorization === null ? {} : { authorization },
    body: typeof body === "string" ? body : JSON.stringify(body),
  })
  return { status: response.status, body: (await response.json()) as Record<string, unknown> }
}

describe("who may not", () => {
  test.each([
    ["no token", null],
    ["another token", `Bearer ${token.replace("0", "1")}`],
    ["a longer token", `Bearer ${token}0`],
    ["the token without its word", token],
    ["an empty one", "Bearer "],
  ])("with %s nothing is done, not even read", async (_title, authorization) => {
    for (const path of ["put", "range", "entries", "delete", "transfer", "member", "snapshot", "check"]) {
      const body = { key: base64("a"), value: "", prefix: "", limit: 1, to: 1, kind: "remove", id: 1, version: 0 }
      expect(await post(`/operator/${path}`, body, authorization)).toMatchObject({ status: 403 })
    }
    expect(done).toEqual([])
  })

  test("a node without a token says how it gets one", async () => {
    const answer = await post("/none/operator/put", { key: base64("a"), value: "" })
    expect(answer).toMatchObject({ status: 404, body: { error: expect.stringContaining("--operator-token-file") as string } })
    expect(done).toEqual([])
  })
})

test("everything that there is", async () => {
  pairs = [pair("a", "1")]
  expect(await post("/operator/check", {})).toEqual({ status: 200, body: {} })
  expect(await post("/operator/put", { key: base64("a"), value: base64("ü") })).toEqual({ status: 200, body: { revision: 7 } })
  expect(await post("/operator/delete", { key: base64("a") })).toEqual({ status: 200, body: { revision: 8, deleted: 1 } })
  expect(await post("/operator/range", { prefix: base64("a"), limit: 5 })).toEqual({
    status: 200,
    body: { revision: 9, count: 1, keys: [{ key: base64("a"), value: base64("1"), valueBytes: 1, modRevision: 3, version: 1 }] },
  })
  await post("/operator/range", { prefix: "", limit: 5 })
  expect(await post("/operator/entries", { limit: 5 })).toEqual({
    status: 200,
    body: { entries: [{ index: 4, term: 2, kind: "noop", bytes: 0, key: null, keyBytes: 0 }] },
  })
  await post("/operator/transfer", { to: null })
  await post("/operator/transfer", { to: 2 })
  await post("/operator/member", { kind: "remove", id: 3, version: 12 })
  await post("/operator/member", { kind: "addLearner", id: 4, name: "n4", peerAddress: "h:1", clientAddress: "", version: 12 })
  expect(await post("/operator/snapshot", {})).toEqual({ status: 200, body: { index: 42 } })
  expect(done).toEqual([
    "put a ü",
    "delete a",
    "range a b 5",
    "range \0 \0 5",
    "entries 5",
    "transfer null",
    "transfer 2",
    'member [{"kind":"remove","id":3}] 12',
    'member [{"kind":"addLearner","member":{"id":4,"name":"n4","peerAddress":"h:1","clientAddress":""}}] 12',
    "snapshot",
  ])
})

describe("what makes no sense is refused in words", () => {
  test.each<[string, string, unknown, string]>([
    ["no JSON", "put", "{", "not a JSON object"],
    ["a list", "put", [], "not a JSON object"],
    ["a body that is too long", "put", `"${"x".repeat(operatorBodyBytesMax)}"`, `at most ${operatorBodyBytesMax} bytes`],
    ["no key", "put", { value: "" }, "`key` is not a text"],
    ["a key that is no base64", "put", { key: "a b", value: "" }, "`key` is not base64"],
    ["a key of a length that base64 never has", "put", { key: "abcde", value: "" }, "`key` is not base64"],
    ["no limit", "range", { prefix: "" }, `\`limit\` is not an integer from 1 to ${operatorKeysMax}`],
    ["more keys than there may be", "range", { prefix: "", limit: operatorKeysMax + 1 }, "`limit` is not"],
    ["more entries than there may be", "entries", { limit: operatorEntriesMax + 1 }, "`limit` is not"],
    ["a node that is no number", "transfer", { to: "n1" }, "`to` is not an integer"],
    ["a change that does not exist", "member", { kind: "update", version: 1 }, "`kind` is none of"],
    ["a change without a version", "member", { kind: "remove", id: 1 }, "`version` is not"],
    [
      "an address that is none",
      "member",
      { kind: "addLearner", id: 4, name: "n4", peerAddress: "x", clientAddress: "", version: 1 },
      "`peerAddress`",
    ],
    [
      "a name that is empty",
      "member",
      { kind: "addLearner", id: 4, name: "", peerAddress: "x:1", clientAddress: "", version: 1 },
      "`name` is empty",
    ],
  ])("%s", async (_title, path, body, words) => {
    expect(await post(`/operator/${path}`, body)).toMatchObject({ status: 400, body: { error: expect.stringContaining(words) as string } })
    expect(done).toEqual([])
  })

  test("a deed that there is not", async () => {
    expect((await post("/operator/wipe", {})).status).toBe(404)
  })
})

describe("outcomes", () => {
  test("what was certainly not done is a conflict, and names who leads", async () => {
    failure = new OarlockError("notLeader", "only the leader can", { leader: 2 })
    expect(await post("/operator/transfer", { to: 1 })).toEqual({
      status: 409,
      body: { error: "only the leader can", code: "notLeader", outcome: "rejected", leader: 2 },
    })
  })

  test("what may have been done says so", async () => {
    failure = new OarlockError("timeout", "no answer in time", { outcome: "unknown" })
    expect(await post("/operator/put", { key: base64("a"), value: "" })).toMatchObject({ status: 504, body: { outcome: "unknown" } })
  })

  test("the store's refusal is a conflict", async () => {
    expect(await post("/operator/put", { key: "", value: "" })).toMatchObject({ status: 409, body: { code: "emptyKey" } })
  })
})

describe("answers are bounded", () => {
  test("operatorKeysMax: so many keys may be asked for, and no more", async () => {
    expect(await post("/operator/range", { prefix: "", limit: operatorKeysMax })).toMatchObject({ status: 200 })
    expect(await post("/operator/range", { prefix: "", limit: operatorKeysMax + 1 })).toMatchObject({ status: 400 })
  })

  test("operatorEntriesMax: so many entries may be asked for, and no more", async () => {
    expect(await post("/operator/entries", { limit: operatorEntriesMax })).toMatchObject({ status: 200 })
    expect(await post("/operator/entries", { limit: operatorEntriesMax + 1 })).toMatchObject({ status: 400 })
  })

  test("operatorBodyBytesMax: a body of so many bytes is read, and a longer one refused", async () => {
    const body = JSON.stringify({ limit: 1 })
    const padded = (bytes: number): string => body + " ".repeat(bytes - body.length)
    expect(await post("/operator/entries", padded(operatorBodyBytesMax - 1))).toMatchObject({ status: 200 })
    expect(await post("/operator/entries", padded(operatorBodyBytesMax))).toMatchObject({ status: 200 })
    expect(await post("/operator/entries", padded(operatorBodyBytesMax + 1))).toMatchObject({ status: 400 })
  })

  test("operatorValueBytesMax: a longer value is cut, and its length told", async () => {
    pairs = [pair("a", "x".repeat(operatorValueBytesMax + 1)), pair("b", "y".repeat(operatorValueBytesMax))]
    const { body } = await post("/operator/range", { prefix: "", limit: 5 })
    const [first, second] = body["keys"] as { value: string; valueBytes: number }[]
    expect(Buffer.from(first!.value, "base64")).toHaveLength(operatorValueBytesMax)
    expect(first!.valueBytes).toBe(operatorValueBytesMax + 1)
    expect(Buffer.from(second!.value, "base64")).toHaveLength(operatorValueBytesMax)
    expect(second!.valueBytes).toBe(operatorValueBytesMax)
  })

  test("operatorAnswerBytesMax: many long keys are told as far as there is room, and at least one", async () => {
    pairs = Array.from({ length: 100 }, (_, place) => pair(`${place}`.padEnd(60_000, "k"), "v"))
    const { body } = await post("/operator/range", { prefix: "", limit: 100 })
    expect(body["keys"]).toHaveLength(4)
    expect(body["count"]).toBe(100)
    pairs = [pair("k".repeat(400_000), "v")]
    expect((await post("/operator/range", { prefix: "", limit: 100 })).body["keys"]).toHaveLength(1)
  })
})
