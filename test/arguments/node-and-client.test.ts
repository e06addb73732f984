// The promise APIs on real clusters: whatever plain JavaScript passes is refused by name, and nothing of it is done. No node halts, nothing reaches a
// log, and a client sends nothing.

import { afterAll, beforeAll, describe, expect, test } from "vitest"
import * as clientApi from "../../src/client/index.ts"
import { type Client, connect, type StoreSession } from "../../src/client/index.ts"
import { KeyValueMachine } from "../../src/kv/index.ts"
import * as nodeApi from "../../src/node/index.ts"
import { OarlockError, type OarlockNode, open, type Session } from "../../src/node/index.ts"
import { EmbeddedCluster } from "../native/embedded-cluster.ts"
import { FakeServer, setLeader } from "../native/fake-cluster.ts"
import { type Exempt, expectComplete, maybe, type Parameter, type Row, walkRow } from "./walk.ts"

const member = { id: 9, name: "n9", peerAddress: "127.0.0.1:1", clientAddress: "" }
const texts = ["an empty text", "a text", "a huge text"]
const anyText = [...texts, "half a surrogate pair"]
const waits = [...maybe, "1.5"]
/** An object that has no property sets none, whatever its prototype. */
const nothingSet = [...maybe, "an empty object", "bytes by prototype only"]

const optionsOf = (name: string, inside: Readonly<Record<string, readonly string[]>>): Parameter => ({
  name,
  good: {},
  right: nothingSet,
  inside,
})

const changes: Parameter = {
  name: "changes",
  good: [{ kind: "addLearner", member }],
  wrong: [
    [[{ kind: "addVoter", member: { id: 9 } }], /changes\[0\]\.member\.peerAddress: is missing$/],
    [[{ kind: "update", member: { id: 9, peerAddress: "127.0.0.1:1" } }], /changes\[0\]\.member\.name: is missing$/],
    [
      [{ kind: "addVoter", member: { ...member, peerAddress: "nonsense" } }],
      /changes\[0\]\.member\.peerAddress: found "nonsense", expected host:port/,
    ],
    [[{ kind: "addVoter", member: { ...member, adress: "x" } }], /changes\[0\]\.member\.adress: is no name that is known here/],
    [[{ kind: "promote", id: 0 }], /changes\[0\]\.id: found 0, expected an integer from 1/],
    [
      [
        { kind: "remove", id: 1 },
        { kind: "expel", id: 2 },
      ],
      /changes\[1\]\.kind: found "expel", expected one of/,
    ],
    [[{ kind: "remove", id: 1, member }], /changes\[0\]\.member: is no name that is known here/],
  ],
}

const receiver: Parameter = { name: "receiver", good: undefined, right: [] }
const idle = { onCommitted() {}, onAnswered() {}, onRejected() {}, onUnknown() {}, onFailed() {} }

// ---- the embedded node ----

function nodeRows(node: OarlockNode, session: Session): Readonly<Record<string, Row>> {
  const timeout = optionsOf("options", { timeoutMs: waits })
  const withReceiver = (call: (receiver: never) => unknown): Row => ({ parameters: [receiver], call, fails: "throws" })
  const { engine } = node
  return {
    "OarlockNode.propose": {
      parameters: [{ name: "command", good: new Uint8Array(1) }, timeout],
      call: (command: never, options: never) => node.propose(command, options),
      fails: "rejects",
    },
    "OarlockNode.read": {
      parameters: [
        {
          name: "options",
          good: {},
          right: nothingSet,
          inside: { timeoutMs: waits, consistency: maybe, minimumIndex: maybe },
        },
      ],
      call: (options: never) => node.read({ kind: "get", key: new Uint8Array(1) }, options),
      fails: "rejects",
    },
    "OarlockNode.openSession": { parameters: [timeout], call: (options: never) => node.openSession(options), fails: "rejects" },
    "OarlockNode.changeMembership": {
      parameters: [changes, optionsOf("options", { timeoutMs: waits, version: maybe })],
      call: (list: never, options: never) => node.changeMembership(list, options),
      fails: "rejects",
    },
    "OarlockNode.transferLeadership": {
      parameters: [{ name: "to", good: null, right: ["undefined", "null"] }, timeout],
      call: (to: never, options: never) => node.transferLeadership(to, options),
      fails: "rejects",
    },
    "OarlockNode.snapshot": { parameters: [timeout], call: (options: never) => node.snapshot(options), fails: "rejects" },
    "OarlockNode.close": {
      parameters: [optionsOf("options", { handOver: [...maybe, "true"], timeoutMs: waits })],
      call: (options: never) => node.close(options),
      fails: "rejects",
    },
    "OarlockNode.leader": { parameters: [timeout], call: (options: never) => node.leader(options), fails: "rejects" },
    "OarlockNode.setBlocked": {
      parameters: [
        { name: "peer", good: 9 },
        { name: "direction", good: "both" },
        { name: "blocked", good: false, right: ["true"] },
      ],
      call: (peer: never, direction: never, blocked: never) => node.setBlocked(peer, direction, blocked),
      fails: "throws",
    },
    "Session.propose": {
      parameters: [{ name: "command", good: new Uint8Array(1) }, timeout],
      call: (command: never, options: never) => session.propose(command, options),
      fails: "rejects",
    },
    "Session.close": { parameters: [timeout], call: (options: never) => session.close(options), fails: "rejects" },
    "Engine.submit": withReceiver((it) => engine.submit(new Uint8Array(1), null, it, 0)),
    "Engine.read": withReceiver((it) => engine.read(null, "stale", 0, it, 0)),
    "Engine.openSession": withReceiver((it) => engine.openSession(it, 0)),
    "Engine.keepSession": withReceiver((it) => engine.keepSession(session.id, it, 0)),
    "Engine.closeSession": withReceiver((it) => engine.closeSession(session.id, it, 0)),
    "Engine.changeMembership": withReceiver((it) => engine.changeMembership([{ kind: "addLearner", member }], null, it, 0)),
    "Engine.transferLeadership": withReceiver((it) => engine.transferLeadership(null, it, 0)),
    "Engine.handLeadershipOver": withReceiver((it) => engine.handLeadershipOver(it)),
    "Engine.takeSnapshot": withReceiver((it) => engine.takeSnapshot(it, 0)),
    "Engine.latestEntries": {
      parameters: [{ name: "countMax", good: 1 }],
      call: (count: never) => engine.latestEntries(count),
      fails: "throws",
    },
    open: {
      parameters: [openOptions],
      call: (options: never) => open(options),
      fails: "rejects",
    },
    clusterIdOf: {
      parameters: [{ name: "token", good: "token", right: anyText }],
      call: (token: never) => nodeApi.clusterIdOf(token),
      fails: "throws",
    },
    readIdentity: {
      parameters: [{ name: "folder", good: "/nowhere", right: ["a text", "a huge text", "half a surrogate pair"] }],
      call: (folder: never) => nodeApi.readIdentity(folder),
      fails: "throws",
    },
    fileDiskReader: {
      parameters: [{ name: "folder", good: "/nowhere", right: ["a text", "a huge text", "half a surrogate pair"] }],
      call: (folder: never) => nodeApi.fileDiskReader(folder),
      fails: "throws",
    },
  }
}

const goodOpen = { id: 1, dataDir: "/nowhere", machine: new KeyValueMachine() }
const openOptions: Parameter = {
  // Named by its properties alone: there is but one argument.
  name: "",
  good: goodOpen,
  inside: {
    id: [],
    dataDir: ["a text", "a huge text", "half a surrogate pair"],
    machine: [],
    cluster: [...maybe, "an empty list"],
    join: [...maybe, "true"],
    listen: maybe,
    peerAddress: maybe,
    clusterToken: [...maybe, ...anyText],
    clusterId: maybe,
    raft: nothingSet,
    limits: nothingSet,
    transportLimits: nothingSet,
    tls: [...maybe, "null"],
    log: [...maybe, "a function"],
    syncPolicy: maybe,
    onSync: [...maybe, "a function"],
  },
  wrong: [
    [
      { ...goodOpen, log: console },
      /log: found .*, expected a function \(level, message, fields\); for console: \(level, message, fields\) => console\[level\]/,
    ],
    [{ ...goodOpen, dataDirectory: "x" }, /dataDirectory: is no name that is known here/],
    [{ ...goodOpen, clustr: [] }, /clustr: is no name that is known here; did you mean cluster\?/],
    [{ ...goodOpen, cluster: [{ id: 1, adress: "h:1" }] }, /cluster\[0\]\.adress: is no name that is known here/],
    [
      { ...goodOpen, cluster: [{ id: 1, peerAdress: "h:1" }] },
      /cluster\[0\]\.peerAdress: is no name that is known here; did you mean peerAddress\?/,
    ],
    [{ ...goodOpen, cluster: [{ id: 1, address: "h:1" }] }, /cluster\[0\]\.address: .* did you mean peerAddress\?/],
    [{ ...goodOpen, raft: { heartbeatMs: 5 } }, /raft\.heartbeatMs: is no name that is known here/],
    [{ ...goodOpen, raft: { heartbeatIntervalMs: "50" } }, /raft\.heartbeatIntervalMs: found "50", expected a number from 0/],
    [{ ...goodOpen, limits: { sessionsMax: null } }, /limits\.sessionsMax: found null, expected a number/],
    [{ ...goodOpen, transportLimits: { pulse: 1 } }, /transportLimits\.pulse: is no name that is known here/],
    [{ ...goodOpen, tls: { certFile: "a" } }, /tls\.keyFile: is missing/],
    [{ ...goodOpen, machine: { apply() {} } }, /machine\.query: found undefined, expected a function: machine has to be a state machine/],
  ],
}

const nodeExempt: Exempt = {
  "new OarlockNode": "made by open",
  "new Session": "made by openSession",
  "new Engine": "made by open",
  "new OarlockError": "made by us",
  "OarlockNode.status": "takes nothing",
  "OarlockNode.now": "takes nothing",
  "Session.abandon": "takes nothing",
  "Engine.start": "takes nothing",
  "Engine.status": "takes nothing",
  "Engine.loopFigures": "takes nothing",
  "Engine.peers": "takes nothing",
  "Engine.blocked": "takes nothing",
  "Engine.close": "takes nothing",
  "Engine.cancel": "any value that is no id of a request is nobody's",
  "Engine.refuseNew": "what close does first; the words are only told",
  "Engine.setBlocked": "for experiments: what OarlockNode.setBlocked has read",
  numberBefore: "compares whatever keys the map has",
  stringBefore: "compares whatever keys the map has",
}

// ---- the client ----

function clientRows(client: Client, session: StoreSession): Readonly<Record<string, Row>> {
  const key: Parameter = { name: "key", good: "k", right: ["a text", "a huge text"] }
  const value: Parameter = { name: "value", good: "v", right: texts }
  const keys: Parameter = {
    name: "keys",
    good: "k",
    right: ["a text", "a huge text"],
    wrong: [
      [{ prefix: undefined }, /keys\.prefix: found undefined/],
      [{ prefix: 5 }, /keys\.prefix: found 5, expected a text or a Uint8Array/],
      [{ from: "a", to: undefined }, /keys\.to: found undefined, expected a value; leave it out if there is none/],
      [{ from: "a", prefix: "b" }, /keys: found an object with from, prefix, expected a key, \{ prefix \}, \{ from \} or \{ from, to \}/],
      [{ to: "b" }, /keys: found an object with to, expected/],
      [{ from: "a", to: "" }, /keys\.to: is empty/],
      [{ form: "a" }, /keys\.form: is no name that is known here; did you mean from\?/],
    ],
  }
  const expected: Parameter = { name: "expected", good: null, right: ["null", ...texts] }
  const call = { timeoutMs: waits }
  const read = { ...call, consistency: maybe }
  const put = optionsOf("options", { ...call, previous: [...maybe, "true"], lease: [...maybe, "a bigint"] })
  const remove = optionsOf("options", { ...call, previous: [...maybe, "true"] })
  const plain = optionsOf("options", call)
  const shared = (name: string, on: Pick<Client, "put" | "delete" | "compareAndSwap" | "transaction">): Readonly<Record<string, Row>> => ({
    [`${name}.put`]: { parameters: [key, value, put], call: (k: never, v: never, o: never) => on.put(k, v, o), fails: "rejects" },
    [`${name}.delete`]: { parameters: [keys, remove], call: (k: never, o: never) => on.delete(k, o), fails: "rejects" },
    [`${name}.compareAndSwap`]: {
      parameters: [key, expected, value, plain],
      call: (k: never, e: never, v: never, o: never) => on.compareAndSwap(k, e, v, o),
      fails: "rejects",
    },
    [`${name}.transaction`]: { parameters: [transaction, plain], call: (t: never, o: never) => on.transaction(t, o), fails: "rejects" },
  })
  return {
    ...shared("Client", client),
    ...shared("StoreSession", session),
    "Client.get": {
      parameters: [key, optionsOf("options", { ...read, revision: maybe })],
      call: (k: never, o: never) => client.get(k, o),
      fails: "rejects",
    },
    "Client.range": {
      parameters: [
        keys,
        {
          ...optionsOf("options", {
            ...read,
            limit: maybe,
            revision: maybe,
            keysOnly: [...maybe, "true"],
            countOnly: [...maybe, "true"],
            sort: maybe,
          }),
          wrong: [
            [{ sort: { by: "key" } }, /options\.sort\.order: is missing/],
            [{ sort: { by: "age", order: "ascend" } }, /options\.sort\.by: found "age", expected "key" or/],
            [{ limit: 0 }, /options\.limit: found 0, expected an integer from 1/],
          ],
        },
      ],
      call: (k: never, o: never) => client.range(k, o),
      fails: "rejects",
    },
    "Client.readTransaction": {
      parameters: [transaction, optionsOf("options", read)],
      call: (t: never, o: never) => client.readTransaction(t, o),
      fails: "rejects",
    },
    "Client.compact": {
      parameters: [{ name: "revision", good: 1 }, optionsOf("options", { ...call, physical: [...maybe, "true"] })],
      call: (revision: never, o: never) => client.compact(revision, o),
      fails: "rejects",
    },
    "Client.openSession": { parameters: [plain], call: (o: never) => client.openSession(o), fails: "rejects" },
    "Client.status": {
      parameters: [optionsOf("options", { ...call, endpoint: maybe })],
      call: (o: never) => client.status(o),
      fails: "rejects",
    },
    "Client.members": { parameters: [plain], call: (o: never) => client.members(o), fails: "rejects" },
    "Client.changeMembership": {
      parameters: [changes, optionsOf("options", { ...call, version: maybe })],
      call: (list: never, o: never) => client.changeMembership(list, o),
      fails: "rejects",
    },
    "Client.transferLeadership": {
      parameters: [{ name: "to", good: null, right: ["undefined", "null"] }, plain],
      call: (to: never, o: never) => client.transferLeadership(to, o),
      fails: "rejects",
    },
    "Client.snapshot": {
      parameters: [optionsOf("options", { ...call, endpoint: maybe })],
      call: (o: never) => client.snapshot(o),
      fails: "rejects",
    },
    "StoreSession.close": { parameters: [plain], call: (o: never) => session.close(o), fails: "rejects" },
    connect: { parameters: [connectOptions], call: (o: never) => connect(o), fails: "throws" },
  }
}

const transaction: Parameter = {
  name: "transaction",
  good: { success: [{ kind: "put", key: "k", value: "v" }] },
  inside: { conditions: ["an empty list"], success: ["an empty list"], failure: ["an empty list"] },
  wrong: [
    [{ compare: [], success: [] }, /transaction\.compare: is no name that is known here; did you mean conditions\?/],
    [
      Object.fromEntries(["if", "then"].map((name) => [name, []])),
      /transaction\.(if|then): is no name that is known here; did you mean (conditions|success)\?/,
    ],
    [{ success: [] }, /transaction: is empty/],
    [{ conditions: [{ keys: "k", modRevision: undefined }], success: [] }, /conditions\[0\]\.modRevision: found undefined/],
    [{ conditions: [{ keys: "k", modRevision: Number.NaN }] }, /conditions\[0\]\.modRevision: found NaN, expected an integer from 0/],
    [{ conditions: [{ keys: "k" }] }, /conditions\[0\]: found nothing to compare with, expected exactly one of value, version/],
    [{ conditions: [{ keys: "k", value: "v", version: 1 }] }, /conditions\[0\]: found value and version, expected exactly one/],
    [{ conditions: [{ keys: "k", value: "v", is: "equals" }] }, /conditions\[0\]\.is: found "equals", expected "equal" or/],
    [{ conditions: [{ key: "k", value: "v" }] }, /conditions\[0\]\.key: is no name that is known here; did you mean keys\?/],
    [{ success: [{ kind: "put", key: "k" }] }, /success\[0\]\.value: is missing/],
    [{ success: [{ kind: "get", key: "k" }] }, /success\[0\]\.kind: found "get", expected one of put, delete, range, transaction/],
    [{ success: [{ kind: "delete", keys: { from: "a", to: undefined } }] }, /success\[0\]\.keys\.to: found undefined/],
    [{ success: [{ kind: "transaction", success: [{ kind: "put", key: 5, value: "v" }] }] }, /success\[0\]\.success\[0\]\.key: found 5/],
    [endless(), /stands inside 129 transactions, expected at most 128/],
  ],
}

/** A transaction inside itself. */
function endless(): object {
  const inner: { kind: string; success: object[] } = { kind: "transaction", success: [] }
  inner.success.push(inner)
  return { success: [inner] }
}

const connectOptions: Parameter = {
  name: "",
  good: { endpoints: ["127.0.0.1:1"] },
  inside: {
    endpoints: [],
    clusterId: [...maybe, "null"],
    timeoutMs: waits,
    administrationTimeoutMs: waits,
    attemptTimeoutMs: waits,
    silenceMs: waits,
    connectTimeoutMs: waits,
    retryDelayMinMs: waits,
    retryDelayMaxMs: [...maybe],
    inflightRequestsMax: maybe,
    inflightBytesMax: maybe,
    sessionInflightMax: maybe,
    consistency: maybe,
    // Names of another library, and the bytes of a list.
    tls: [...nothingSet, "null", "an object", "an object without a prototype", "a text that throws", "a proxy of bytes"],
  },
  wrong: [
    [{ endpoints: "127.0.0.1:1" }, /endpoints: found "127.0.0.1:1", expected a list, such as \["127.0.0.1:1"\]/],
    [{ endpoints: ["a:1"], retryDelayMinMs: 10, retryDelayMaxMs: 5 }, /retryDelayMaxMs: found 5, expected no less than retryDelayMinMs/],
    [{ endpoints: ["a:1"], tls: { ca: 5 } }, /tls: found options that node:tls does not take: .*ca/],
    [{ endpoints: ["a:1"], tls: { key: "no key" } }, /tls: found options that node:tls does not take/],
    [{ hosts: ["a:1"] }, /hosts: is no name that is known here; did you mean endpoints\?/],
  ],
}

const clientExempt: Exempt = {
  "new Client": "made by connect",
  "new StoreSession": "made by Client.openSession",
  explainTlsError: "says in words what node:tls threw",
  "new OarlockError": "made by us",
  "Client.watchLeader": "takes nothing",
  "Client.close": "takes nothing",
  "StoreSession.abandon": "whatever is passed, the session is over",
}

// ---- the walk ----

/** `OarlockError`, rejected, with the code for wrong arguments. */
function expectRefusal(error: unknown, what: string, words: RegExp): void {
  expect(error, what).toBeInstanceOf(OarlockError)
  const { code, outcome, message } = error as OarlockError
  expect(message, what).toMatch(words)
  expect({ code, outcome }, what).toEqual({ code: /^(open|connect): /.test(message) ? "badOptions" : "badArgument", outcome: "rejected" })
  expect(message.length, what).toBeLessThan(2_000)
}

describe.each([1, 3])("on %i servers", (count) => {
  let cluster: EmbeddedCluster
  let nodes: OarlockNode[]
  let session: Session
  let client: Client
  let clientSession: StoreSession

  beforeAll(async () => {
    cluster = await EmbeddedCluster.start(count)
    nodes = cluster.nodes.map((served) => served!.node)
    session = await nodes[0]!.openSession()
    client = connect({ endpoints: cluster.endpoints })
    await client.put("k", "v")
    clientSession = await client.openSession()
  })

  afterAll(async () => {
    await clientSession?.close()
    client?.close()
    await session?.close()
    await cluster?.close()
  })

  /** What could be in a log because somebody asked for it. A change of leaders is nobody's doing here. */
  const askedFor = (): number[] => nodes.map((node) => node.engine.latestEntries(10_000).filter(({ kind }) => kind !== "noop").length)

  const unharmed = async (work: () => Promise<number>): Promise<void> => {
    const before = askedFor()
    const configurations = nodes.map((node) => node.status().configuration)
    expect(await work()).toBeGreaterThan(100)
    expect(nodes.map((node) => node.engine.stoppedBecause)).toEqual(nodes.map(() => null))
    expect(askedFor()).toEqual(before)
    expect(nodes.map((node) => node.status().configuration)).toEqual(configurations)
    expect(nodes.flatMap((node) => node.engine.blocked())).toEqual([])
    await client.put("after", "all")
  }

  test("every function of a node refuses what it cannot mean, on whichever server", async () => {
    for (const node of nodes) {
      const rows = nodeRows(node, session)
      await unharmed(async () => {
        let calls = 0
        for (const [name, row] of Object.entries(rows)) calls += await walkRow(name, row, expectRefusal)
        return calls
      })
    }
  })

  test("and so does every function of a client and its sessions", async () => {
    await unharmed(async () => {
      let calls = 0
      for (const [name, row] of Object.entries(clientRows(client, clientSession))) calls += await walkRow(name, row, expectRefusal)
      return calls
    })
    expect([clientSession.isOpen, await clientSession.put("k", "still open")]).toMatchObject([true, { previous: null }])
  })

  test("a receiver that is one is told of commands, sessions and reads that are none", async () => {
    const { engine } = nodes.at(-1)!
    const told = (ask: (receiver: typeof idle) => void): Promise<string> =>
      new Promise((resolve) => ask({ ...idle, onRejected: (...given: unknown[]) => resolve(String(given[1])) }))
    await unharmed(async () => {
      expect(await told((it) => engine.submit("ADD 2" as never, null, it, 0))).toBe("invalidChange")
      expect(await told((it) => engine.submit(new Uint8Array(1), undefined as never, it, 0))).toBe("sessionExpired")
      expect(await told((it) => engine.read(null, "fresh" as never, 0, it, 0))).toBe("invalidChange")
      expect(await told((it) => engine.read(null, "stale", Number.NaN, it, 0))).toBe("invalidChange")
      expect(await told((it) => engine.keepSession(-1, it, 0))).toBe("sessionExpired")
      return 101
    })
  })
})

test("a client sends nothing of what it refuses", async () => {
  const server = await new FakeServer({ halfClosedMs: 1 }).start()
  setLeader([server], 0, 1)
  server.backend.isAutomatic = true
  const client = connect({ endpoints: [server.endpoint] })
  const session = await client.openSession()
  server.backend.isAutomatic = false
  for (const [name, row] of Object.entries(clientRows(client, session))) await walkRow(name, row, expectRefusal)
  expect(server.backend.asked).toEqual([])
  client.close()
  await server.stop()
})

test("a row stands here for every function that the exports give", async () => {
  const cluster = await EmbeddedCluster.start(1)
  const [served] = cluster.nodes
  const session = await served!.node.openSession()
  const client = connect({ endpoints: cluster.endpoints })
  const clientSession = await client.openSession()
  const classOf = (instance: object): unknown => instance.constructor
  // Of the pure layers, and walked with them.
  const { OrderedMap: _, ...exports } = nodeApi
  const ofNode = { ...exports, Session: classOf(session), Engine: classOf(served!.node.engine) }
  const ofClient = { ...clientApi, Client: classOf(client), StoreSession: classOf(clientSession) }
  expectComplete(ofNode, nodeRows(served!.node, session), nodeExempt)
  expectComplete(ofClient, clientRows(client, clientSession), clientExempt)
  await clientSession.close()
  client.close()
  await session.close()
  await cluster.close()
})
