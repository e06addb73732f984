import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { afterAll, describe, expect, test } from "vitest"
import { ConfigErrors } from "./config-error.ts"
import { resolveConfig, type ServerConfig } from "./config.ts"
import { gatherSettings } from "./settings.ts"

const folder = mkdtempSync(join(tmpdir(), "oarlock-config-"))
afterAll(() => rmSync(folder, { recursive: true }))

const member = (id: number, more: object = {}) => ({ id, name: `n${id}`, peer: `10.0.0.${id}:2380`, client: `10.0.0.${id}:2379`, ...more })

function writeCluster(content: unknown): string {
  const file = join(folder, `${Math.abs(JSON.stringify(content).length * 7919)}.json`)
  writeFileSync(file, typeof content === "string" ? content : JSON.stringify(content))
  return file
}

function resolve(flags: Record<string, unknown>, environment: Record<string, string> = {}): ServerConfig {
  return resolveConfig(gatherSettings(flags, environment), folder)
}

function problemsOf(flags: Record<string, unknown>, environment: Record<string, string> = {}): string {
  try {
    resolve(flags, environment)
  } catch (error) {
    if (error instanceof ConfigErrors) return error.message
    throw error
  }
  return "no problem"
}

test("of a client port that may be any free one, clients are told once it is known, not that it is 0", () => {
  const config = resolve({ listenClientUrls: "http://127.0.0.1:0" })
  expect(config).toMatchObject({ clientAddress: "", bootstrap: [{ clientAddress: "" }] })
})

describe("without anything", () => {
  test("a cluster of one on etcd's ports", () => {
    const config = resolve({})
    expect(config).toMatchObject({ id: 1, name: "n1", clientAddress: "127.0.0.1:2379", peerAddress: "127.0.0.1:2380" })
    expect(config.bootstrap).toEqual([{ id: 1, name: "n1", peerAddress: "127.0.0.1:2380", clientAddress: "127.0.0.1:2379" }])
    expect(config.timings).toEqual({ electionTimeoutMinMs: 150, electionTimeoutMaxMs: 300, heartbeatIntervalMs: 50 })
    expect(config.dataDir).toBe(join(folder, "n1.oarlock"))
    expect(config.isUnlisted).toBe(true)
    expect(config.tls).toEqual({ client: null, peer: null })
  })

  test("-p and -i as in the rotational seed: peers on the next port", () => {
    expect(resolve({ port: "7001", id: "1" })).toMatchObject({ id: 1, clientAddress: "127.0.0.1:7001", peerAddress: "127.0.0.1:7002" })
  })
})

describe("a cluster file", () => {
  const content = { cluster: "c", members: [member(2), member(1), member(3)], data: "d/{name}-{id}" }

  test("names this node by id or by name, and all members in the order of their ids", () => {
    const file = writeCluster(content)
    const byId = resolve({ cluster: file, id: "2" })
    expect(byId).toEqual(resolve({ cluster: file, name: "n2" }))
    expect(byId).toMatchObject({ id: 2, name: "n2", clusterToken: "c", clientAddress: "10.0.0.2:2379", dataDir: join(folder, "d/n2-2") })
    expect(byId.clientListen).toEqual([{ host: "10.0.0.2", port: 2379, secure: null }])
    expect(byId.bootstrap?.map(({ id }) => id)).toEqual([1, 2, 3])
    expect(byId.isUnlisted).toBe(false)
  })

  test("the example that we ship is valid for each of its members", () => {
    const file = fileURLToPath(new URL("../../../examples/cluster.json", import.meta.url))
    for (const id of ["1", "2", "3"]) expect(resolve({ cluster: file, id }).bootstrap).toHaveLength(3)
  })

  test("its largest request is at most what one proposal of Raft has room for", () => {
    const withLimit = (requestBytesMax: number) => ({ cluster: writeCluster({ ...content, limits: { requestBytesMax } }), id: "1" })
    for (const fits of [8_388_555, 8_388_556]) expect(resolve(withLimit(fits)).limits.requestBytesMax).toBe(fits)
    const message = problemsOf(withLimit(8_388_557))
    expect(message).toContain("limits.requestBytesMax: found 8388557, expected at most 8388556")
    expect(message).toContain("52 bytes around it, and proposalBytesMax is 8388608")
  })

  test("a flag beats OARLOCK_, which beats ETCD_, which beats the file", () => {
    const file = writeCluster({ ...content, timings: { heartbeatIntervalMs: 10 } })
    const base = { cluster: file, id: "1" }
    const heartbeat = (flags: object, env: Record<string, string> = {}) => resolve({ ...base, ...flags }, env).timings.heartbeatIntervalMs
    expect(heartbeat({})).toBe(10)
    expect(heartbeat({}, { ETCD_HEARTBEAT_INTERVAL: "11" })).toBe(11)
    expect(heartbeat({}, { ETCD_HEARTBEAT_INTERVAL: "11", OARLOCK_HEARTBEAT_INTERVAL: "12" })).toBe(12)
    expect(heartbeat({ heartbeatInterval: "13" }, { OARLOCK_HEARTBEAT_INTERVAL: "12" })).toBe(13)
  })

  test.each<[string, unknown, string[]]>([
    ["text that is not JSON", "{ members: }", ["not JSON", "expected a JSON object"]],
    ["no members", {}, ["members: it is missing", "at least one member"]],
    ["an empty list", { members: [] }, ["members: found []"]],
    ["a member that is no object", { members: [7] }, ["members[0]: found 7, expected an object"]],
    [
      "an address without a port",
      { members: [member(1, { peer: "10.0.0.1" })] },
      ['members[0].peer: found "10.0.0.1"', "add a colon and the port"],
    ],
    ["a missing peer address", { members: [{ id: 1 }] }, ["members[0].peer: it is missing", "host:port"]],
    ["an id of 0", { members: [member(0)] }, ["members[0].id: found 0, expected an integer above 0"]],
    ["an id that is text", { members: [member(1, { id: "1" })] }, ['members[0].id: found "1"']],
    [
      "an id above 32 bits",
      { members: [member(1, { id: 2 ** 32 })] },
      ["members[0].id: found 4294967296, expected an integer from 1 to 4294967295"],
    ],
    [
      "an id that stands twice",
      { members: [member(1), member(1, { name: "x", peer: "a:1", client: "a:2" })] },
      ["members[1].id: found 1", "members[0] has it already"],
    ],
    [
      "a peer address that stands twice",
      { members: [member(1), member(2, { peer: "10.0.0.1:2380" })] },
      ['members[1].peer: found "10.0.0.1:2380"'],
    ],
    ["a misspelt field", { members: [member(1)], timing: {} }, ["timing: found a field that we do not know, expected one of", "timings"]],
    ["a misspelt field inside", { members: [member(1)], timings: { heartbeat: 5 } }, ["timings.heartbeat: found a field"]],
    [
      "a timing that is no number",
      { members: [member(1)], timings: { heartbeatIntervalMs: "50" } },
      ['timings.heartbeatIntervalMs: found "50"'],
    ],
    ["half a certificate", { members: [member(1)], tls: { peer: { cert: "c.pem" } } }, ["tls.peer.key: it is missing", "private key"]],
    ["a level that does not exist", { members: [member(1)], log: { level: "loud" } }, ['log.level: found "loud"', "trace, debug, info"]],
  ])("%s is refused with file, field, found and expected", (_title, bad, expected) => {
    const file = writeCluster(bad)
    const message = problemsOf({ cluster: file, id: "1" })
    expect(message).toContain(file)
    for (const part of expected) expect(message).toContain(part)
  })

  test("all problems are told at once", () => {
    const file = writeCluster({ members: [member(1, { peer: "x" }), member(1)], extra: 1 })
    expect(problemsOf({ cluster: file, id: "1" }).split("\n").length).toBeGreaterThanOrEqual(3)
  })

  test("a file that is not there", () => {
    expect(problemsOf({ cluster: "nowhere.json" })).toContain('--cluster: found "nowhere.json" (there is no such file)')
  })

  test("a node that is not in it", () => {
    expect(problemsOf({ cluster: writeCluster(content), id: "4" })).toContain(
      '--id: found "4", expected one of the members 1 (n1), 2 (n2), 3 (n3)',
    )
    expect(problemsOf({ cluster: writeCluster(content) })).toContain("--id or --name: it is missing")
  })
})

describe("etcd's flags", () => {
  const flags = {
    name: "b",
    initialCluster: "c=http://10.0.0.3:2380,a=http://10.0.0.1:2380,b=http://10.0.0.2:2380",
    listenClientUrls: "http://0.0.0.0:2379",
    advertiseClientUrls: "http://10.0.0.2:2379",
    listenPeerUrls: "http://0.0.0.0:2380",
    dataDir: "here",
  }

  test("ids follow the order of the names, whatever the order of the text", () => {
    const config = resolve(flags)
    expect(config.bootstrap?.map(({ id, name, peerAddress }) => `${id} ${name} ${peerAddress}`)).toEqual([
      "1 a 10.0.0.1:2380",
      "2 b 10.0.0.2:2380",
      "3 c 10.0.0.3:2380",
    ])
    expect(config).toMatchObject({ id: 2, clientAddress: "10.0.0.2:2379", peerAddress: "10.0.0.2:2380", dataDir: join(folder, "here") })
  })

  test("the same from the environment", () => {
    const environment = Object.fromEntries(
      Object.entries(flags).map(([key, value]) => [`ETCD_${key.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`, value]),
    )
    expect(resolve({}, environment)).toEqual(resolve(flags))
  })

  test("a lost connection counts as a hint unless leases rely on voters that wait; asking for both is refused", () => {
    expect(resolve({}).campaignOnDisconnect).toBe(true)
    expect(resolve({ campaignOnDisconnect: "false" }).campaignOnDisconnect).toBe(false)
    expect(resolve({ leaseReads: "true" })).toMatchObject({ leaseReads: true, campaignOnDisconnect: false })
    expect(problemsOf({ leaseReads: "true", campaignOnDisconnect: "true" })).toContain("--campaign-on-disconnect")
    expect(problemsOf({ campaignOnDisconnect: "maybe" })).toContain("one of true, false")
  })

  test("an election timeout is the lower end; the upper is twice that", () => {
    expect(resolve({ electionTimeout: "1000", heartbeatInterval: "100" }).timings).toEqual({
      electionTimeoutMinMs: 1000,
      electionTimeoutMaxMs: 2000,
      heartbeatIntervalMs: 100,
    })
  })

  test.each<[string, Record<string, string>, string[]]>([
    ["a name that is not in the list", { name: "z" }, ['--name: found "z"', "1 (a), 2 (b), 3 (c)"]],
    ["an element without a name", { initialCluster: "http://10.0.0.1:2380" }, ["--initial-cluster", "name=peer-url", "mend"]],
    ["a name twice", { initialCluster: "b=http://x:1,b=http://x:2" }, ["--initial-cluster", "b stands there twice"]],
    [
      "a state that does not exist",
      { initialClusterState: "old" },
      ['--initial-cluster-state: found "old", expected one of new, existing'],
    ],
    [
      "every interface, and no address to be reached at",
      { name: "x", initialCluster: "", advertiseClientUrls: "" },
      ["--listen-client-urls", "add --advertise-client-urls"],
    ],
    [
      "a peer address that differs from the list",
      { initialAdvertisePeerUrls: "http://10.0.0.9:2380" },
      ["--initial-advertise-peer-urls", "10.0.0.2:2380"],
    ],
    ["https without a certificate", { listenClientUrls: "https://10.0.0.2:2379" }, ["--cert-file and --key-file", "needs a certificate"]],
    [
      "http with a certificate",
      { certFile: "c", keyFile: "k", listenClientUrls: "http://10.0.0.2:2379" },
      ["--listen-client-urls", "https://10.0.0.2:2379"],
    ],
    ["a certificate without its key", { certFile: "c" }, ["--key-file: it is missing"]],
    [
      "client certificates without a CA",
      { certFile: "c", keyFile: "k", clientCertAuth: "true", listenClientUrls: "10.0.0.2:1" },
      ["--trusted-ca-file: it is missing"],
    ],
    ["a unix socket", { listenClientUrls: "unix://x:1" }, ["unix sockets are not served"]],
    ["another scheme", { listenClientUrls: "ftp://x:1" }, ["use http:// or https://"]],
    ["a port above 65535", { listenClientUrls: "http://x:65536" }, ["ports go up to 65535"]],
    [
      "a request limit that is no number",
      { maxRequestBytes: "1.5MiB" },
      ['--max-request-bytes: found "1.5MiB", expected an integer from 1024'],
    ],
    [
      "a request that makes a larger proposal than Raft takes",
      { maxRequestBytes: "8388557" },
      ['--max-request-bytes: found "8388557", expected an integer from 1024 to 8388556'],
    ],
    ["existing without an id", { initialCluster: "", initialClusterState: "existing" }, ["--id: it is missing", "--join"]],
  ])("%s is refused", (_title, change, expected) => {
    const message = problemsOf({ ...flags, ...change })
    for (const part of expected) expect(message).toContain(part)
  })
})

describe("timings", () => {
  test.each<[string, number, boolean]>([
    ["a third of the election timeout fits", 50, true],
    ["one millisecond more does not", 51, false],
    ["as long as the election timeout does not", 150, false],
  ])("%s", (_title, heartbeat, fits) => {
    const message = problemsOf({ heartbeatInterval: String(heartbeat), electionTimeout: "150" })
    if (fits) expect(message).toBe("no problem")
    else
      expect(message).toContain(`a heartbeat every ${heartbeat} ms with an election timeout of 150 ms, expected at least three heartbeats`)
  })

  test("an election timeout alone brings a heartbeat that fits", () => {
    expect(resolve({ electionTimeout: "90" }).timings.heartbeatIntervalMs).toBe(30)
  })
})

test("a node that joins knows no members, and may leave its id to the cluster", () => {
  expect(resolve({ name: "n4", join: "10.0.0.1:2379,10.0.0.2:2379", port: "5000" })).toMatchObject({
    id: null,
    bootstrap: null,
    clusterToken: null,
  })
  expect(resolve({ id: "4", initialClusterState: "existing", initialClusterToken: "t" })).toMatchObject({
    id: 4,
    bootstrap: null,
    clusterToken: "t",
  })
})

test("node 2 alone is no cluster", () => {
  expect(problemsOf({ id: "2" })).toContain("node 2 cannot be a cluster of its own")
})

describe("an operator's token", () => {
  const tokenIn = (text: string) => {
    const file = join(folder, "token")
    writeFileSync(file, text)
    return resolve({ operatorTokenFile: file }).operatorToken
  }

  test("is what the file holds, without the line break at its end", () => {
    expect(tokenIn("0123456789abcdef\n")).toBe("0123456789abcdef")
    expect(resolve({}).operatorToken).toBeNull()
  })

  test.each(["", "0123456789abcde", "0123456789 abcdef", "0123456789abcdef\n0"])("operatorTokenLengthMin: %j is none", (text) => {
    expect(() => tokenIn(text)).toThrow("at least 16 letters")
  })

  test("a file that is not there", () => {
    expect(() => resolve({ operatorTokenFile: join(folder, "nowhere") })).toThrow("there is no such file")
  })
})
