/**
 * Mistakes, as curious and careless people make them, against one running cluster of three real processes: each is answered by a sentence that says
 * what, where and what to do, and by an exit code for scripts. After each the cluster commits writes as before, and nobody had to be elected.
 */

import { spawn } from "node:child_process"
import { randomBytes } from "node:crypto"
import { once } from "node:events"
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest"
import { connect } from "../../src/client/index.ts"
import { decodeHelloAnswer, encodeHello, type Hello, wireVersion } from "../../src/wire/index.ts"
import { introductionOf } from "../peer-transport/ends.ts"
import { eventually, freePort, RealCluster } from "./real-cluster.ts"
import { LongCommand, oarlock, type Said, say, script, type Surroundings } from "./terminal.ts"

let cluster: RealCluster
/** Where commands run, and where they may write. */
let folder: string
let leader: number
let term: number
let written = 0

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "oarlock-bad-"))
  // Patient elections, so that a busy machine does not look like harm.
  cluster = await RealCluster.start({ nodes: 3, args: ["--election-timeout", "1500", "--heartbeat-interval", "100"] })
  leader = await cluster.leader()
  term = (await cluster.status(leader))!.term
})

afterAll(async () => {
  await cluster?.close()
  rmSync(folder, { recursive: true, force: true })
})

afterEach(async () => {
  const key = `unharmed/${written++}`
  const client = cluster.client()
  await client.put(key, "yes")
  expect((await client.get(key))?.value.toString()).toBe("yes")
  expect(await cluster.status(leader)).toMatchObject({ role: "leader", term })
})

const endpoints = () => ["--endpoints", [...cluster.places.values()].map((place) => place.client).join(",")]
const clusterFile = () => join(cluster.folder, "cluster.json")
const anywhere = ["--listen-client-urls", "http://127.0.0.1:0", "--listen-peer-urls", "http://127.0.0.1:0"]

function command(args: readonly string[], surroundings: Partial<Surroundings> = {}): Promise<Said> {
  return oarlock(args, { cwd: folder, ...surroundings })
}

/** The command fails with this exit code and these words, says nothing else where results go, and shows nobody a stack trace. */
async function refused(args: readonly string[], code: number, words: RegExp, surroundings: Partial<Surroundings> = {}): Promise<void> {
  const said = await command(args, surroundings)
  expect.soft(said, `oarlock ${args.join(" ").slice(0, 200)}`).toEqual({ code, stdout: "", stderr: expect.stringMatching(words) as string })
  expect.soft(said.stderr).not.toMatch(/^\s+at .*:\d+/m)
  expect.soft(said.stderr).toMatch(/^oarlock: .*\n/)
}

type Case = readonly [args: string, code: number, words: RegExp]

/** A few at a time: they share two cores with the cluster. */
async function allRefused(cases: readonly Case[], surroundings: Partial<Surroundings> = {}): Promise<void> {
  const left = [...cases]
  const worker = async (): Promise<void> => {
    for (let one = left.shift(); one !== undefined; one = left.shift()) {
      const [args, code, words] = one
      await refused(args === "" ? [] : args.split(" "), code, words, surroundings)
    }
  }
  await Promise.all([worker(), worker(), worker()])
}

describe("a command line", () => {
  test("with a mistake says which, suggests what was meant, and exits with 2", async () => {
    await allRefused([
      ["frobnicate", 2, /unknown command 'frobnicate'/],
      ["stats", 2, /unknown command 'stats'\n\(Did you mean status\?\)/],
      ["chaos klil leader", 2, /Did you mean kill\?/],
      ["put", 2, /missing required argument 'key'/],
      ["put a", 2, /missing required argument 'value'/],
      ["put a b c", 2, /too many arguments/],
      ["get a --consitency stale", 2, /Did you mean --consistency\?/],
      ["get a --consistency fast", 2, /Allowed choices are linearizable, lease, stale/],
      ["get a --timeout soon", 2, /--timeout: found "soon", expected an integer from 1/],
      ["get a --endpoints somewhere", 2, /--endpoints: found "somewhere", expected .*host:port.*add a colon and the port/],
      ["get a --endpoints 127.0.0.1:99999", 2, /ports go up to 65535/],
      ["get a --data nowhere", 2, /there is no `oarlock dev` cluster in nowhere/],
      ["member add n4 --peer there", 2, /--peer: found "there", expected .*host:port/],
      ["cas a b", 2, /exactly one of --expect, --absent and --revision/],
      ["txn --then", 2, /argument missing/],
      ["txn --then jump", 2, /--then: found "jump", expected an operation such as put key value/],
      ["wal verify nowhere", 2, /there is no folder/],
      ["start --nme n1", 2, /Did you mean --name\?/],
      ["start --id one", 2, /--id: found "one", expected an integer from 1/],
      ["start --id 2", 2, /--cluster or --initial-cluster: it is missing.*node 2 cannot be a cluster of its own/],
      ["start --heartbeat-interval 100", 2, /at least three heartbeats.*at most 50 ms, or an election timeout of at least 300 ms/],
      ["start --listen-client-urls here", 2, /--listen-client-urls: found "here", expected .*host:port/],
      ["start --cert-file x", 2, /--key-file: it is missing.*--cert-file alone is of no use/],
      ["start --cert-file x --key-file y", 2, /--cert-file: found .*x \(there is no such file\)/],
      ["dev --nodes 10", 2, /--nodes: found "10", expected an integer from 1 to 9/],
      ["dev --election-timeout 1s", 2, /--election-timeout: found "1s", expected an integer from 3 to 60000/],
      ["chaos kill leader", 5, /There is no `oarlock dev` cluster here or in a folder above.*npm start/],
    ])
    await refused(["get", ""], 2, /The key is empty/)
    await refused(["start"], 2, /OARLOCK_ELECTION_TIMEOUT: found "soon"/, { env: { OARLOCK_ELECTION_TIMEOUT: "soon" } })
  })

  test("without a command shows the help and exits with 2; asked for help, with 0", async () => {
    const [bare, asked] = await Promise.all([command([]), command(["help", "put"])])
    expect(bare).toMatchObject({ code: 2, stdout: "" })
    expect(bare.stderr).toContain("oarlock put greeting hello")
    expect(asked).toMatchObject({ code: 0, stderr: "" })
    expect(asked.stdout).toContain("Usage: oarlock put")
  })

  test("with --json gets its errors as JSON, also those about the command line itself", async () => {
    const [usage, notFound] = await Promise.all([command(["gte", "--json"]), command(["get", "nobody", "--json", ...endpoints()])])
    expect(JSON.parse(usage.stderr)).toEqual({
      error: { kind: "usage", exitCode: 2, message: expect.stringContaining("unknown command 'gte'") as string },
    })
    expect(notFound.code).toBe(3)
    // That there is none is the result.
    expect([JSON.parse(notFound.stdout), notFound.stderr]).toEqual([{ key: "nobody", found: false }, ""])
  })

  test("that reads from a cluster that is not there exits with 5 and says where it looked", async () => {
    const nobody = `127.0.0.1:${await freePort()}`
    await allRefused([
      [
        `get a --timeout 300 --endpoints ${nobody}`,
        5,
        new RegExp(`no answer within 300 ms: ${nobody}: nothing listens there.*oarlock dev`),
      ],
      [`status --endpoints ${nobody}`, 5, new RegExp(`No node answers: nothing listens on ${nobody}`)],
      [`watch-leader --endpoints ${nobody}`, 5, /No node answers/],
      ["put a b --timeout 300 --endpoints nosuch.invalid:2379", 5, /nosuch\.invalid:2379: the name resolves to nothing/],
      ["status --endpoints nosuch.invalid:2379", 5, /the name of nosuch\.invalid:2379 resolves to nothing/],
      // The peers' port is easily taken for the clients'.
      [`put a b --timeout 300 --endpoints ${cluster.place(leader).peer}`, 5, /the server closed the connection/],
      [`status --endpoints ${cluster.place(leader).peer}`, 5, /closed the connection/],
    ])
  })
})

describe("what people ask of the store", () => {
  test("is refused in words if it is too large, too late or not there", async () => {
    await allRefused([
      [`get nobody ${endpoints().join(" ")}`, 3, /There is no key "nobody"/],
      [`delete nobody ${endpoints().join(" ")}`, 3, /nothing to delete at "nobody"/],
      [`get nobody --revision 999999 ${endpoints().join(" ")}`, 1, /future revision/],
      [`cas nobody b --expect c ${endpoints().join(" ")}`, 1, /not as expected: it does not exist.*Nothing was changed/],
    ])
    const big = ["put", "big", "-", ...endpoints()]
    await refused(big, 1, /a request of 2000006 bytes is above this server's limit of 1572864/, { input: Buffer.alloc(2_000_000, "x") })
    await refused(big, 1, /does not fit the protocol's frames/, { input: Buffer.alloc(17 << 20, "x") })
    expect((await command(["get", "big", ...endpoints()])).code).toBe(3)
  })

  test("is not asked of another cluster than the one that was meant", async () => {
    const client = connect({ endpoints: [cluster.place(leader).client], clusterId: "0123456789abcdef", timeoutMs: 2_000 })
    await expect(client.put("a", "b")).rejects.toThrow(/cluster [0-9a-f]{16}, not (to )?0123456789abcdef/)
    client.close()
  })

  test("can be read by a reader that leaves before the end, and without colours where none are wanted", async () => {
    const client = cluster.client()
    for (let i = 0; i < 4; i++) await client.put(`long/${i}`, "x".repeat(500_000))
    const reader = spawn(process.execPath, [script, "range", ...endpoints()], { cwd: folder, stdio: ["ignore", "pipe", "pipe"] })
    let stderr = ""
    reader.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()))
    reader.stdout.once("data", () => reader.stdout.destroy())
    expect(await once(reader, "exit")).toEqual([0, null])
    expect(stderr).toBe("")

    const status = (env: Record<string, string>) => command(["status", ...endpoints()], { env })
    const [piped, forced, never] = await Promise.all([
      status({}),
      status({ FORCE_COLOR: "1" }),
      status({ FORCE_COLOR: "1", NO_COLOR: "1" }),
    ])
    expect(piped.stdout).toContain("leader")
    expect([piped, forced, never].map(({ stdout }) => stdout.includes("\u001B["))).toEqual([false, true, false])
  })
})

describe("a node", () => {
  test("with a bad cluster file hears everything that is wrong with it, by file and field", async () => {
    mkdirSync(join(folder, "files"))
    writeFileSync(join(folder, "files/half.json"), `{ "members": [`)
    writeFileSync(
      join(folder, "files/bad.json"),
      JSON.stringify({
        cluster: "x",
        members: [
          { id: 1, peer: "127.0.0.1:2380" },
          { id: 1, peer: "127.0.0.1" },
          { id: "three", pear: "127.0.0.1:2382" },
        ],
        timings: { heartbeatIntervalMs: 500, electionTimeout: 1000 },
        log: { level: "loud" },
      }),
    )
    await allRefused([
      ["start --cluster files/none.json --id 1", 2, /--cluster: found "files\/none\.json" \(there is no such file\)/],
      ["start --cluster files --id 1", 2, /it is a folder/],
      ["start --cluster files/half.json --id 1", 2, /files\/half\.json: found text that is not JSON/],
      [`start --cluster ${clusterFile()}`, 2, /--id or --name: it is missing, expected which member this node is: 1 \(n1\)/],
      [`start --cluster ${clusterFile()} --id 9`, 2, /--id: found "9", expected one of the members 1 \(n1\), 2 \(n2\), 3 \(n3\)/],
    ])
    const { code, stderr } = await command(["start", "--cluster", "files/bad.json", "--id", "1"])
    expect(code).toBe(2)
    for (const place of ["members[1].peer", "members[2].id", "members[2].pear", "members[1].id", "timings.electionTimeout", "log.level"]) {
      expect(stderr).toContain(`bad.json: ${place}: found`)
    }
    expect(stderr).toContain("members[0] has it already")
    expect(stderr).toContain("found a heartbeat every 500 ms")
  })

  test("names the address that is taken or not ours, and ends", async () => {
    const { client, peer } = cluster.place(leader)
    const start = (clients: string, peers: string) => `start --data-dir new --listen-client-urls ${clients} --listen-peer-urls ${peers}`
    await allRefused([
      [start(client, "127.0.0.1:0"), 1, new RegExp(`client address ${client} is in use by another process.*--listen-client-urls`)],
      [start("127.0.0.1:0", peer), 1, new RegExp(`peer address ${peer}\\) is in use by another`)],
      [start("192.0.2.1:2379", "127.0.0.1:0"), 1, /192\.0\.2\.1:2379 does not belong to this machine/],
    ])
  })

  test("that cannot find its own name yet says so and waits for it, as behind a service that is not ready", async () => {
    const start = (clients: string, peers: string) =>
      new LongCommand(["start", "--data-dir", "nameless", "--listen-client-urls", clients, "--listen-peer-urls", peers], folder)
    const nodes = [start("http://nosuch.invalid:2379", "http://127.0.0.1:0"), start("http://127.0.0.1:0", "http://nosuch.invalid:2380")]
    for (const node of nodes) {
      await node.says(
        /cannot listen on the name nosuch\.invalid yet, (it resolves to nothing|the name server does not answer): trying again/,
      )
      await node.end("SIGTERM")
    }
    expect(existsSync(join(folder, "nameless"))).toBe(false)
  })

  test("whose member cannot be found by name says so in its log and goes on", async () => {
    const [peer, client] = [`127.0.0.1:${await freePort()}`, `127.0.0.1:${await freePort()}`]
    const members = [
      { id: 1, peer, client },
      { id: 2, peer: "nosuch.invalid:2380" },
    ]
    writeFileSync(join(folder, "lost.json"), JSON.stringify({ cluster: "lost", members, data: "lost/{name}" }))
    const node = new LongCommand(["start", "--cluster", "lost.json", "--id", "1"], folder)
    await node.says(/cannot connect to node 2 at nosuch\.invalid:2380: .*(ENOTFOUND|EAI_AGAIN).*trying again/)
    await node.end()
  })

  test("that no cluster lists is told how to be added", async () => {
    const { client } = cluster.place(leader)
    await allRefused([
      [`start --join ${client} --id 77 --data-dir n77 ${anywhere.join(" ")}`, 2, /a cluster without a member 77.*oarlock member add n77/],
    ])
  })

  test("of another cluster is refused by its peers, and hears why", async () => {
    const [peer, client] = [`127.0.0.1:${await freePort()}`, `127.0.0.1:${await freePort()}`]
    const members = [
      { id: 1, peer, client },
      { id: 2, peer: cluster.place(leader).peer },
    ]
    writeFileSync(join(folder, "foreign.json"), JSON.stringify({ cluster: "foreign", members, data: "foreign/{name}" }))
    const stranger = new LongCommand(["start", "--cluster", "foreign.json", "--id", "1"], folder)
    await stranger.says(/cannot connect to node 2 at .*: it refused us: this is cluster [0-9a-f]{16}, not [0-9a-f]{16}/)
    await stranger.end()
    expect(cluster.log(leader)).toMatch(/refused a connection from node 1 \(127\.0\.0\.1:\d+\): this is cluster/)
  })
})

describe("`oarlock dev`", () => {
  test("touches no folder that is not its own, --fresh or not, and none at all if a port is taken", async () => {
    mkdirSync(join(folder, "thesis"))
    writeFileSync(join(folder, "thesis/chapter-1.txt"), "years of work")
    const port = cluster.place(leader).client.split(":")[1]!
    await allRefused([
      ["dev --fresh --data thesis", 2, /thesis is not empty and was not made by `oarlock dev`, so --fresh will not wipe it/],
      ["dev --data thesis", 2, /so nothing is put there/],
      ["dev --data thesis/chapter-1.txt", 2, /is a file, not a folder/],
      [`dev --nodes 1 --base-port ${port} --data fresh`, 1, new RegExp(`Port ${port}, meant for n1's clients, is in use by .*--base-port`)],
    ])
    expect(readFileSync(join(folder, "thesis/chapter-1.txt"), "utf8")).toBe("years of work")
    expect(existsSync(join(folder, "fresh"))).toBe(false)

    const nodes = [{ id: 1, name: "n1", client: `127.0.0.1:${port}`, peer: `127.0.0.1:${port}` }]
    mkdirSync(join(folder, "ours"))
    writeFileSync(join(folder, "ours/oarlock-dev.json"), JSON.stringify({ format: 1, clusterToken: "t", nodes, control: null }))
    await refused(["dev", "--fresh", "--nodes", "1", "--base-port", port, "--data", "ours"], 1, /is in use by .*Nothing was started/)
    expect(readdirSync(join(folder, "ours")), "a start that cannot be wipes nothing").toEqual(["oarlock-dev.json"])
    writeFileSync(join(folder, "ours/oarlock-dev.json"), `{"format":99}`)
    await refused(["dev", "--fresh", "--data", "ours"], 2, /not a manifest that this version understands.*Move the folder away/)
  })
})

describe("bytes that mean nothing", () => {
  test("on the client port end their connection, with words where words can be sent", async () => {
    const { client } = cluster.place(leader)
    const zeros = await say(client, [new Uint8Array(13)], "close")
    expect(zeros).toContain("a frame of 0 bytes has no room for an id and an operation; this connection cannot go on")
    const unknown = await say(client, [Buffer.from("0a0000000100000000000000ee01", "hex")], "answer")
    expect(unknown).toContain("operation 238 is not known here")
    await say(client, [Buffer.from("ffffffffff", "hex")], "close")
    for (let i = 0; i < 20; i++) await say(client, [Buffer.concat([randomBytes(3), Buffer.of(0x80), randomBytes(10_000)])], "close")
    expect(await say(client, ["DELETE /everything HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"], "close")).toMatch(
      /^HTTP\/1\.1 40[45]/,
    )
    expect(await say(client, ["POST /chaos/links/cut HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"], "close")).toMatch(
      /^HTTP\/1\.1 40[345]/,
    )
  })

  test("on the peer port end their connection, and the node's log says whose it was", async () => {
    const { peer } = cluster.place(leader)
    for (const bytes of [randomBytes(50_000), "GET / HTTP/1.1\r\n\r\n", new Uint8Array(100)]) await say(peer, [bytes], "close")
    await say(peer, [Buffer.concat([Buffer.from("OARP"), Buffer.of(0xff, 0xff)])], "close")
    expect(cluster.log(leader)).toMatch(/closed a connection from 127\.0\.0\.1:\d+: this is no Oarlock server's greeting/)
    expect(cluster.log(leader)).toMatch(/a greeting of 65535 bytes; it takes/)
  })
})

describe("a follower that is down", () => {
  let follower: number
  let other: number
  let data: string
  let segment: string

  beforeAll(async () => {
    ;[follower, other] = [1, 2, 3].filter((id) => id !== leader) as [number, number]
    await cluster.kill(follower)
    data = cluster.place(follower).dataDir
    segment = readdirSync(data).find((name) => name.endsWith(".wal"))!
  })

  /** A copy of its folder to spoil, and the arguments that start a node on it. */
  function copyOf(name: string, id = follower): { readonly path: string; readonly start: string } {
    const path = join(folder, name)
    cpSync(data, path, { recursive: true, filter: (source) => !source.endsWith(".sock") })
    const self = ["--initial-advertise-peer-urls", `http://${cluster.place(id).peer}`]
    return { path, start: ["start", "--cluster", clusterFile(), "--id", String(id), "--data-dir", path, ...anywhere, ...self].join(" ") }
  }

  function spoil(file: string, change: (bytes: Buffer) => void): void {
    const bytes = readFileSync(file)
    change(bytes)
    writeFileSync(file, bytes)
  }

  test("makes a change that would lose the quorum impossible, and others with it", async () => {
    const status = await eventually("the leader misses it", async () => {
      const said = await command(["status", ...endpoints()])
      return said.stdout.includes("probe") ? said : null
    })
    expect(status.stdout).toContain("unreachable")
    const to = endpoints().join(" ")
    const lost = /of the voters that would remain \(\d, \d\) too few take entries now to make a majority/
    await allRefused([
      [`member remove n${other} ${to}`, 1, lost],
      [`member demote n${leader} ${to}`, 1, lost],
      [`member remove n9 ${to}`, 3, /There is no member n9. The members are n1, n2, n3/],
      [`member promote n${other} ${to}`, 1, /is a voter already/],
      [`member add n${other} --peer 127.0.0.1:1 ${to}`, 1, new RegExp(`node ${other} has the name "n${other}" already`)],
      [`transfer n9 ${to}`, 3, /There is no member n9/],
      [`snapshot n9 ${to}`, 3, /There is no member n9/],
    ])
    const { stdout } = await command(["member", "list", "--json", ...endpoints()])
    expect((JSON.parse(stdout) as { members: { standing: string }[] }).members.map(({ standing }) => standing)).toEqual(
      Array(3).fill("voter"),
    )
  })

  test("does not start on data of another cluster, of another node, or of a newer version", async () => {
    const own = copyOf("own")
    const newer = copyOf("newer")
    spoil(join(newer.path, "identity.json"), (bytes) => bytes.write('"format": 2', bytes.indexOf('"format": 1')))
    const newerLog = copyOf("newer-log")
    spoil(join(newerLog.path, segment), (bytes) => bytes.writeUInt32LE(9, 8))
    const nameless = copyOf("nameless")
    rmSync(join(nameless.path, "identity.json"))
    await allRefused([
      [
        `start --data-dir own ${anywhere.join(" ")}`,
        1,
        /own holds data of another cluster.*check the cluster token and the folder; nothing was changed/,
      ],
      [copyOf("others", other).start, 1, new RegExp(`holds data of node ${follower}, not of node ${other}: check the id and the folder`)],
      [newer.start, 1, /written by a newer Oarlock \(format 2; this one reads up to 1\): start the newer version/],
      [newerLog.start, 1, new RegExp(`${segment}, byte 8: format version 9, which this Oarlock does not read. A newer Oarlock wrote it`)],
      [nameless.start, 1, /is not empty \(.*\) but has no identity\.json/],
      // Two processes on one folder.
      [
        copyOf("copy", other).start.replace(join(folder, "copy"), cluster.place(other).dataDir),
        1,
        /in use by process \d+: stop that process first/,
      ],
      [`wal verify ${cluster.folder}`, 2, /is no node's data folder: it has no identity\.json/],
    ])
    expect(readFileSync(join(own.path, segment)).equals(readFileSync(join(data, segment))), "a refusal changes nothing").toBe(true)
  })

  test("does not start on a log that was damaged in the middle, and is told file, offset and what to do", async () => {
    const damaged = copyOf("damaged")
    spoil(join(damaged.path, segment), (bytes) => (bytes[300]! ^= 1))
    const words = new RegExp(
      `${segment}, byte \\d+: a record .*checksum does not match.*Restore the data folder from a copy.*or remove this server from the cluster`,
    )
    await allRefused([
      [damaged.start, 1, words],
      ["wal verify damaged", 1, words],
    ])
    const inspected = await command(["wal", "inspect", "damaged"])
    expect(inspected.code).toBe(1)
    expect(inspected.stdout).toContain("damaged after it was on disk; a start refuses it")
  })

  test("cannot be played by somebody else: greetings and frames that are not right are refused in words", async () => {
    const identity = JSON.parse(readFileSync(join(data, "identity.json"), "utf8")) as { clusterId: string; incarnation: string }
    const hello: Hello = {
      versionMin: wireVersion,
      versionMax: wireVersion,
      clusterId: identity.clusterId,
      groupId: 0,
      from: follower,
      to: leader,
      // As an earlier version would: with a life of its own it would be taken for a disk that went back, for good.
      self: { ...introductionOf(identity.incarnation), life: 0 },
      purpose: "messages",
      peerAddress: cluster.place(follower).peer,
    }
    const { peer } = cluster.place(leader)
    const answerTo = async (changes: Partial<Hello>) =>
      decodeHelloAnswer(Buffer.from(await say(peer, [encodeHello({ ...hello, ...changes })], "close"), "latin1"))
    expect(await answerTo({ clusterId: "0123456789abcdef" })).toMatchObject({
      code: "wrongCluster",
      message: expect.stringContaining("not 0123") as string,
    })
    expect(await answerTo({ versionMin: 200, versionMax: 201 })).toMatchObject({ code: "noCommonVersion" })
    expect(await answerTo({ to: 9 })).toMatchObject({ code: "wrongNode", message: expect.stringContaining("check its address") as string })
    expect(await answerTo({ self: introductionOf("0123456789abcdef") })).toMatchObject({
      code: "unknownIncarnation",
      message: expect.stringContaining("it lost its disk; remove it and add it under a new id") as string,
    })
    for (const purpose of ["messages", "snapshot"] as const) {
      // As a length these bytes are more than any frame may have. Random ones now and then begin with a length that is waited for.
      await say(peer, [encodeHello({ ...hello, purpose }), Buffer.alloc(5_000, 0xff)], "close")
    }
    expect(cluster.log(leader)).toMatch(new RegExp(`closed the connection from node ${follower} \\(127\\.0\\.0\\.1:\\d+\\): `))
  })

  test("whose log somebody took for log files and removed is not its old self any more: what it promised is gone", async () => {
    const emptied = copyOf("emptied")
    rmSync(join(emptied.path, segment))
    const node = new LongCommand(emptied.start.split(" "), folder)
    await node.says(/it refused us: server \d is known with incarnation .*: it lost its disk; remove it and add it under a new id/)
    await node.end()
  })

  test("starts on a log with a torn end, says in one line what it cut, and catches up", async () => {
    const { stdout } = await command(["wal", "inspect", data, "--limit", "0", "--json"])
    const rows = stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as { type: string; offset: number; bytes: number })
    const end = rows.findLast((row) => row.type === "end")!
    const batch = rows.find((row) => row.type === "batch")!
    // The first 20 bytes of a record, and there the file ends: a write that the machine did not live to finish.
    spoil(join(data, segment), (bytes) => bytes.copyWithin(end.offset, batch.offset, batch.offset + 20))
    truncateSync(join(data, segment), end.offset + 20)
    expect((await command(["wal", "verify", data])).stdout).toContain(
      `a start would have cut 20 bytes off ${segment} at byte ${end.offset}`,
    )

    cluster.spawn(follower)
    const { commitIndex } = (await cluster.status(leader))!
    await eventually("it has caught up", async () => ((await cluster.status(follower))?.appliedIndex ?? 0) >= commitIndex)
    const told = cluster
      .log(follower)
      .split("\n")
      .filter((line) => line.includes("cut 20 bytes off"))
    expect(told).toHaveLength(1)
    expect(told[0]).toContain(`${segment} at byte ${end.offset}`)
  })
})
