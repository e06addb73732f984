import { once } from "node:events"
import http from "node:http"
import net, { type AddressInfo } from "node:net"
import { afterEach, beforeEach, describe, expect, test } from "vitest"
import type { NodeId } from "../../core/index.ts"
import type { Observation, ReplicaStatus } from "../../replica/index.ts"
import type { LogHealth } from "../logging/log-stream.ts"
import type { LinkControl, LinkDirection, ServedNode } from "../node/served-node.ts"
import type { ClusterStatus } from "./cluster-status.ts"
import { EventFeed } from "./event-feed.ts"
import { createHttpServer } from "./http-server.ts"
import { createMetrics, type Metrics } from "./metrics.ts"

const token = "secret-token"
const utcNowMs = Date.UTC(2026, 0, 1)
let node: FakeNode
let server: http.Server
let log: { -readonly [Name in keyof LogHealth]: LogHealth[Name] }
let metrics: Metrics
let events: EventFeed
let base: string

beforeEach(async () => {
  node = fakeNode()
  log = { linesLost: 0, trouble: null }
  metrics = createMetrics(node, log)
  events = new EventFeed(node, "life", () => utcNowMs)
  server = createHttpServer({
    node,
    log,
    metrics,
    events,
    chaosToken: token,
    operator: null,
    utcNowMs: () => utcNowMs,
    onError: (_path, error) => expect.fail(String(error)),
  })
  await once(server.listen(0, "127.0.0.1"), "listening")
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})

afterEach(() => {
  events.close()
  metrics.close()
  server.close()
  server.closeAllConnections()
})

const getJson = async (path: string) => (await fetch(base + path)).json()

describe("GET /raft/state", () => {
  test("is what dashboards of the rafting contract expect, field by field", async () => {
    const response = await fetch(`${base}/raft/state`)
    expect(response.headers.get("access-control-allow-origin")).toBe("*")
    expect(await response.json()).toStrictEqual({
      role: "follower",
      currentTerm: 7,
      lastHeartbeat: utcNowMs - 20,
      peers: ["127.0.0.1:12379", "127.0.0.1:32379"],
      nodeId: "127.0.0.1:22379",
      votedFor: "127.0.0.1:12379",
      votesGranted: 0,
    })
  })

  test("a candidate that voted for itself and won two votes says so", async () => {
    node.state = { ...node.state, role: "candidate", votedFor: 2, votesGranted: [2, 3], lastHeartbeat: null }
    expect(await getJson("/raft/state")).toMatchObject({
      role: "candidate",
      votedFor: "127.0.0.1:22379",
      votesGranted: 2,
      lastHeartbeat: null,
    })
  })

  test("a pre-candidate, which the contract does not know, is shown as a candidate", async () => {
    node.state = { ...node.state, role: "preCandidate" }
    expect(await getJson("/raft/state")).toMatchObject({ role: "candidate", currentTerm: 7 })
  })

  test("a preflight request is allowed, with whatever headers it asks for", async () => {
    const headers = {
      Origin: "http://dashboard",
      "Access-Control-Request-Method": "GET",
      "Access-Control-Request-Headers": "x-requested-with",
    }
    const response = await fetch(`${base}/raft/state`, { method: "OPTIONS", headers })
    expect(response.status).toBe(204)
    expect(response.headers.get("access-control-allow-origin")).toBe("*")
    expect(response.headers.get("access-control-allow-methods")).toContain("GET")
    expect(response.headers.get("access-control-allow-headers")).toBe("x-requested-with")
  })
})

describe("GET /health", () => {
  test("200 while a linearizable read works", async () => {
    const response = await fetch(`${base}/health`)
    expect(response.status).toBe(200)
    expect(await response.json()).toEqual({ health: "true", reason: "", reasons: [] })
  })

  test("503 with the reason without a quorum; the local form stays healthy", async () => {
    node.confirmError = "no leader is known"
    const response = await fetch(`${base}/health`)
    expect(response.status).toBe(503)
    expect(await response.json()).toEqual({ health: "false", reason: "no leader is known", reasons: ["no leader is known"] })
    expect((await fetch(`${base}/health?serializable=true`)).status).toBe(200)
  })

  test.each<[string, Partial<FakeNode["state"]>, string]>([
    ["a full disk", { disk: "full" }, "the disk is full"],
    ["a stalled disk", { disk: "stalled" }, "the disk does not answer"],
    ["a halt", { halted: "fsync failed" }, "stopped for good: fsync failed"],
  ])("%s is told by the local form too", async (_title, change, reason) => {
    node.state = { ...node.state, ...change }
    const response = await fetch(`${base}/health?serializable=true`)
    expect(response.status).toBe(503)
    expect(await response.text()).toContain(reason)
  })
})

test("GET /version and /", async () => {
  expect(await getJson("/version")).toMatchObject({ oarlock: expect.stringMatching(/^\d+\.\d+\.\d+/) as string, node: process.version })
  expect(await (await fetch(base)).text()).toContain("/raft/state")
})

test.each(["//", "/\\", "http://[", "//a:b/"])("what is no address is refused, and harms nobody: %s", async (path) => {
  const said = await new Promise<string>((resolve) => {
    const socket = net.connect((server.address() as AddressInfo).port, "127.0.0.1", () => {
      socket.write(`GET ${path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`)
    })
    socket.setEncoding("utf8").on("data", resolve)
  })
  expect(said).toMatch(/^HTTP\/1.1 400 /)
  expect((await fetch(`${base}/version`)).status).toBe(200)
})

test("GET /ui leads to the page's folder, where only files of the page are", async () => {
  const redirect = await fetch(`${base}/ui`, { redirect: "manual" })
  expect([redirect.status, redirect.headers.get("location")]).toEqual([308, "/ui/"])
  expect((await fetch(`${base}/ui/../../package.json`)).status).toBe(404)
  expect((await fetch(`${base}/ui/%2e%2e%2fpackage.json`)).status).toBe(404)
})

test("the page learns its cluster's addresses from nodes.json", async () => {
  expect(await getJson("/ui/nodes.json")).toEqual({ addresses: ["127.0.0.1:22379", "127.0.0.1:12379", "127.0.0.1:32379"] })
})

describe("POST /operator", () => {
  test("is not there in a node without a token", async () => {
    const response = await fetch(`${base}/operator/put`, { method: "POST", body: "{}" })
    expect(response.status).toBe(404)
    expect(await response.text()).toContain("--operator-token-file")
  })

  test("takes nothing but POST", async () => {
    const response = await fetch(`${base}/operator/put`)
    expect([response.status, response.headers.get("allow")]).toEqual([405, "POST, OPTIONS"])
  })

  test("may be asked by pages of other nodes, which have to bring the token", async () => {
    const headers = { Origin: "http://n1", "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization" }
    const response = await fetch(`${base}/operator/put`, { method: "OPTIONS", headers })
    expect(response.headers.get("access-control-allow-methods")).toBe("POST, OPTIONS")
    expect(response.headers.get("access-control-allow-headers")).toBe("authorization")
    expect(response.headers.get("access-control-allow-credentials")).toBeNull()
  })
})

describe("GET /cluster", () => {
  test("tells ages, not moments, and nothing of followers on a follower", async () => {
    const status = (await getJson("/cluster")) as ClusterStatus
    expect(status).toMatchObject({ format: 1, leaderId: 1, followers: null, store: { revision: 9, keys: 5 }, cutLinks: [] })
    expect(status.self).toMatchObject({
      id: 2,
      name: "n2",
      term: 7,
      heartbeatAgeMs: 20,
      electionInMs: 180,
      diskBytes: 8192,
      utcMs: utcNowMs,
    })
    expect(status.members.map((member) => `${member.id} ${member.standing}`)).toEqual(["1 voter", "2 voter", "3 voter"])
  })

  test("a leader tells what it knows of its followers", async () => {
    node.state = {
      ...node.state,
      role: "leader",
      peers: [{ id: 1, matchIndex: 40, nextIndex: 43, state: "replicate", lag: 2, lastContact: 9_995 }],
    }
    const { followers } = (await getJson("/cluster")) as ClusterStatus
    expect(followers).toEqual([{ id: 1, matchIndex: 40, nextIndex: 43, state: "replicate", lag: 2, contactAgeMs: 5 }])
  })

  test("joint configurations and learners are told apart", async () => {
    const { configuration } = node.state
    node.state = { ...node.state, configuration: { ...configuration, voters: [2, 3], votersOutgoing: [1, 2] } }
    const joint = (await getJson("/cluster")) as ClusterStatus
    expect(joint.members.map((member) => member.standing)).toEqual(["outgoing", "voter", "incoming"])
    node.state = { ...node.state, configuration: { ...configuration, voters: [1], learners: [2, 3], promoting: [3] } }
    const learners = (await getJson("/cluster")) as ClusterStatus
    expect(learners.members.map((member) => member.standing)).toEqual(["voter", "learner", "promoting"])
  })
})

test("GET /metrics has the replica's figures, counts of what happened, and histograms", async () => {
  metrics.observeFsync(0.2)
  metrics.observeApply(0.002)
  metrics.countConnection("native", true)
  node.observe({ kind: "becameCandidate", term: 8, because: "silence" })
  node.observe({ kind: "becameLeader", term: 8, votes: [2, 3] })
  node.state = { ...node.state, peers: [{ id: 3, matchIndex: 30, nextIndex: 31, state: "probe", lag: 12, lastContact: null }] }
  const response = await fetch(`${base}/metrics`)
  expect(response.headers.get("content-type")).toContain("text/plain")
  const lines = (await response.text())
    .split("\n")
    .map((line) => line.replace(',node="n2"', "").replace('node="n2",', "").replace('{node="n2"}', ""))
  for (const line of [
    "oarlock_term 7",
    "oarlock_commit_index 41",
    "oarlock_applied_index 40",
    "oarlock_apply_lag_entries 1",
    'oarlock_role{role="follower"} 1',
    'oarlock_role{role="leader"} 0',
    'oarlock_queue_depth{queue="proposals"} 2',
    'oarlock_elections_total{outcome="campaigned"} 1',
    'oarlock_elections_total{outcome="won"} 1',
    'oarlock_elections_total{outcome="lost_leadership"} 0',
    'oarlock_peer_lag_entries{peer="n3"} 12',
    'oarlock_peer_connected{peer="n1"} 1',
    'oarlock_peer_dropped_messages{peer="n1"} 4',
    'oarlock_peer_round_trip_seconds{peer="n1"} 0.0015',
    'oarlock_wal_fsync_duration_seconds_bucket{le="0.00025"} 1',
    'oarlock_wal_fsync_duration_seconds_bucket{le="0.0001"} 0',
    'oarlock_apply_duration_seconds_bucket{le="0.0000025"} 1',
    'oarlock_client_connections_total{protocol="native",outcome="accepted"} 1',
    "oarlock_store_keys 5",
  ]) {
    expect(lines).toContain(line)
  }
})

test("a log that cannot be written is told where one looks instead", async () => {
  log.linesLost = 3
  log.trouble = "the disk that it goes to is full"
  expect(await getJson("/cluster")).toMatchObject({ logLines: { linesLost: 3, trouble: "the disk that it goes to is full" } })
  const figures = await (await fetch(`${base}/metrics`)).text()
  expect(figures).toContain('oarlock_log_lines_lost_total{node="n2"} 3')
  expect(figures).toContain('oarlock_log_ok{node="n2"} 0')
})

describe("wrong requests", () => {
  test("a path that does not exist names those that do", async () => {
    const response = await fetch(`${base}/nothing`)
    expect(response.status).toBe(404)
    expect(await response.text()).toContain("/raft/state, /health")
  })

  test("writing to what is only read", async () => {
    const response = await fetch(`${base}/health`, { method: "DELETE" })
    expect(response.status).toBe(405)
    expect(response.headers.get("allow")).toContain("GET")
  })
})

describe("POST /chaos/links", () => {
  const post = (path: string, body: unknown, given: string | null = token) =>
    fetch(base + path, { method: "POST", body: JSON.stringify(body), headers: given === null ? {} : { "X-Oarlock-Chaos-Token": given } })

  test("cuts one way and heals", async () => {
    expect(await (await post("/chaos/links/cut", { peer: 3, direction: "outbound" })).json()).toEqual({
      cutLinks: [{ peer: 3, direction: "outbound" }],
    })
    expect(node.links!.list()).toHaveLength(1)
    expect(await (await post("/chaos/links/heal", { peer: null })).json()).toEqual({ cutLinks: [] })
  })

  test.each<[string, string, unknown, string | null, number]>([
    ["no token", "/chaos/links/cut", { peer: 3 }, null, 403],
    ["a wrong token", "/chaos/links/cut", { peer: 3 }, "secret-tokex", 403],
    ["no peer", "/chaos/links/cut", {}, token, 400],
    ["a peer that is no id", "/chaos/links/cut", { peer: "n3" }, token, 400],
    ["a direction that does not exist", "/chaos/links/cut", { peer: 3, direction: "up" }, token, 400],
    ["a body that is no object", "/chaos/links/cut", [3], token, 400],
    ["a body that is too long", "/chaos/links/cut", { peer: 3, padding: "x".repeat(5000) }, token, 400],
    ["another act", "/chaos/links/burn", { peer: 3 }, token, 404],
  ])("%s is refused and changes nothing", async (_title, path, body, given, status) => {
    expect((await post(path, body, given)).status).toBe(status)
    expect(node.links!.list()).toEqual([])
  })

  test("is not there at all in a node that was not started for chaos", async () => {
    const plain = createHttpServer({ node, log, metrics, events, chaosToken: null, operator: null, utcNowMs: () => 0, onError: () => {} })
    await once(plain.listen(0, "127.0.0.1"), "listening")
    const response = await fetch(`http://127.0.0.1:${(plain.address() as AddressInfo).port}/chaos/links/heal`, {
      method: "POST",
      headers: { "X-Oarlock-Chaos-Token": token },
    })
    expect(response.status).toBe(404)
    plain.close()
    plain.closeAllConnections()
  })
})

describe("GET /events", () => {
  async function readEvents(headers: Record<string, string>, count: number): Promise<string[]> {
    const request = http.get(`${base}/events`, { headers })
    const [response] = (await once(request, "response")) as [http.IncomingMessage]
    const chunks: string[] = []
    response.setEncoding("utf8").on("data", (chunk: string) => chunks.push(chunk))
    const blocks = () =>
      chunks
        .join("")
        .split("\n\n")
        .filter((block) => block.includes("data: "))
    if (headers["Last-Event-ID"] === undefined) {
      while (chunks.length === 0) await once(response, "data")
      node.observe({ kind: "leaderKnown", term: 8, leader: 3 })
    }
    while (blocks().length < count) await once(response, "data")
    request.destroy()
    return blocks()
  }

  test("a new reader hears what happens from now on, as a sentence and as data", async () => {
    node.observe({ kind: "leaderKnown", term: 7, leader: 1 })
    const [block] = await readEvents({}, 1)
    expect(block).toContain("id: life:2")
    expect(JSON.parse(block!.slice(block!.indexOf("data: ") + 6))).toMatchObject({
      id: 2,
      node: 2,
      text: "n2 knows that n3 leads term 8",
      observation: { leader: 3 },
    })
  })

  test("a reader that comes back goes on where it was", async () => {
    for (let term = 1; term <= 3; term++) node.observe({ kind: "leaderKnown", term, leader: 1 })
    const blocks = await readEvents({ "Last-Event-ID": "life:1" }, 2)
    expect(blocks.map((block) => /id: (\S+)/.exec(block)![1])).toEqual(["life:2", "life:3"])
  })

  test("eventsKeptMax: a reader that was away for too long is told how many it missed", async () => {
    for (let term = 1; term <= 1003; term++) node.observe({ kind: "leaderKnown", term, leader: 1 })
    const [first] = await readEvents({ "Last-Event-ID": "life:1" }, 1001)
    expect(first).toContain('event: skipped\ndata: {"skipped":2}')
  })
})

/** A node as plain data that a test can change. */
interface FakeNode extends ServedNode {
  /** What `status` says; change it as you like. */
  state: ReplicaStatus
  nowMs: number
  /** What `confirm` fails with, or null. */
  confirmError: string | null
  observe(observation: Observation): void
}

/** Node 2 of three, following n1 in term 7. */
function fakeNode(): FakeNode {
  const listeners = new Set<(observation: Observation) => void>()
  const member = (id: number) => ({ id, name: `n${id}`, peerAddress: `127.0.0.1:${id}2380`, clientAddress: `127.0.0.1:${id}2379` })
  const cut = new Map<NodeId, LinkDirection>()
  const links: LinkControl = {
    cut: (peer, direction) => {
      cut.set(peer, direction)
    },
    heal: (peer) => {
      if (peer === null) cut.clear()
      else cut.delete(peer)
    },
    list: () => [...cut].map(([peer, direction]) => ({ peer, direction })),
  }
  const node: FakeNode = {
    clusterId: "0123456789abcdef",
    timings: { electionTimeoutMinMs: 150, electionTimeoutMaxMs: 300, heartbeatIntervalMs: 50 },
    name: "n2",
    clientAddress: "127.0.0.1:22379",
    nowMs: 10_000,
    confirmError: null,
    state: {
      id: 2,
      role: "follower",
      term: 7,
      votedFor: 1,
      leaderId: 1,
      votesGranted: [],
      commitIndex: 41,
      lastApplied: 40,
      lastLogIndex: 42,
      firstLogIndex: 1,
      configuration: {
        index: 0,
        voters: [1, 2, 3],
        votersOutgoing: [],
        learners: [],
        promoting: [],
        learnersNext: [],
        members: [1, 2, 3].map(member),
        highestId: 3,
      },
      peers: [],
      transferringTo: null,
      lastHeartbeat: 9_980,
      electionDeadline: 10_180,
      snapshotIndex: 0,
      snapshotBytes: 0,
      snapshotActivity: "idle",
      logBytes: 4096,
      disk: "ok",
      clusterTimeMs: 0,
      sessions: 3,
      pendingProposals: 2,
      pendingProposalBytes: 512,
      pendingReads: 1,
      incarnation: "00000000000000a1",
      life: 1,
      genesis: "00000000000000e1",
      waitsFor: [],
      isRolledBack: false,
      isRemoved: false,
      noLeaderBecause: null,
      rolledBackPeers: [],
      refusals: [],
      commandsRefused: 0,
      halted: null,
    },
    status: () => node.state,
    now: () => node.nowMs,
    confirm: async () => {
      if (node.confirmError !== null) throw new Error(node.confirmError)
    },
    store: () => ({ revision: 9, compactedRevision: 1, keys: 5 }),
    loop: () => ({ stalls: 2, stalledMs: 413 }),
    peers: () => [{ id: 1, connected: true, roundTripMs: 1.5, messagesDropped: 4, bufferedBytes: 0 }],
    diskBytes: () => 8192,
    onObservation(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    observe: (observation) => listeners.forEach((listener) => listener(observation)),
    links,
  }
  return node
}
