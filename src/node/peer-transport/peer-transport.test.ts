import { once } from "node:events"
import net from "node:net"
import path from "node:path"
import { fileURLToPath } from "node:url"
import { afterEach, describe, expect, test } from "vitest"
import { clusterId, closeEnds, end, type End, heartbeat, introductionOf, onTheWay, pair } from "../../../test/peer-transport/ends.ts"
import type { Message, NodeId } from "../../core/index.ts"
import { OarlockError } from "../../requests/index.ts"
import { decodeHelloAnswer, encodeHello, encodeMessage, type Hello, type HelloAnswer, wireVersion } from "../../wire/index.ts"
import { loadPeerTls, type PeerTls, type PeerTlsOptions } from "./index.ts"

const fixtures = path.join(path.dirname(fileURLToPath(import.meta.url)), "../../../test/fixtures/tls")
afterEach(closeEnds)

const chunk = (from: NodeId, to: NodeId, bytes: number): Message => ({
  kind: "installSnapshot",
  from,
  to,
  term: 1,
  snapshot: {
    lastIndex: 5,
    lastTerm: 1,
    configuration: {
      index: 0,
      voters: [1, 2],
      votersOutgoing: [],
      learners: [],
      promoting: [],
      learnersNext: [],
      members: [],
      highestId: 2,
    },
  },
  sizeBytes: bytes,
  checksum: 0,
  offset: 0,
  data: new Uint8Array(bytes),
  done: true,
})

const rounds = (messages: readonly Message[]) => messages.map((message) => (message.kind === "appendEntries" ? message.round : -1))

const hello = (changes: Partial<Hello> = {}): Hello => ({
  versionMin: 1,
  versionMax: wireVersion,
  clusterId,
  groupId: 0,
  from: 9,
  to: 1,
  self: introductionOf("0000000000000009"),
  purpose: "messages",
  peerAddress: "",
  ...changes,
})

/** A stranger with a socket of its own: sends bytes and returns everything that it was told until the connection ended. */
async function stranger(to: End, ...bytes: Uint8Array[]): Promise<Uint8Array> {
  const socket = net.connect(to.transport.port, "127.0.0.1")
  const heard: Uint8Array[] = []
  socket.on("data", (data) => heard.push(data))
  socket.on("error", () => {})
  await once(socket, "connect")
  for (const each of bytes) socket.write(each)
  await once(socket, "close")
  return Buffer.concat(heard)
}

async function answerTo(to: End, greeting: Hello): Promise<HelloAnswer> {
  return decodeHelloAnswer(await stranger(to, encodeHello(greeting)))
}

describe("between two nodes", () => {
  test("messages arrive whole and in order, both ways", async () => {
    const [a, b] = await pair()
    a.send(...Array.from({ length: 500 }, (_, round) => heartbeat(1, 2, round)))
    b.send(heartbeat(2, 1, 7))
    await Promise.all([b.until(() => b.messages.length === 500), a.until(() => a.messages.length === 1)])
    expect(rounds(b.messages)).toEqual(Array.from({ length: 500 }, (_, round) => round))
    expect(a.messages).toEqual([heartbeat(2, 1, 7)])
    expect(a.transport.figures()).toMatchObject([{ id: 2, connected: true, messagesDropped: 0 }])
  })

  test("what is sent while the connection is being made arrives", async () => {
    const [a, b] = [await end(1), await end(2)]
    a.transport.setMembers([a.member, b.member])
    a.send(heartbeat(1, 2, 1))
    await b.until(() => b.messages.length === 1)
  })

  test("a snapshot travels on a connection of its own, and a heartbeat overtakes it", async () => {
    const [a, b] = await pair()
    const snapshot = chunk(1, 2, 12 << 20)
    a.send(chunk(1, 2, 10))
    await b.until(() => b.messages.length === 1)
    a.send(snapshot, heartbeat(1, 2, 1))
    await b.until(() => b.messages.length === 3)
    expect(b.messages.map((message) => message.kind)).toEqual(["installSnapshot", "appendEntries", "installSnapshot"])
  })

  test("sendBufferBytesMax: messages beyond the send buffer are dropped and counted", async () => {
    const [a, b] = await pair({ limits: { sendBufferBytesMax: 1000 } })
    a.send(...Array.from({ length: 100 }, (_, round) => heartbeat(1, 2, round)))
    const { messagesDropped } = a.transport.figures()[0]!
    expect(messagesDropped).toBeGreaterThan(0)
    await b.until(() => b.messages.length === 100 - messagesDropped)
    // What left is a prefix: nothing is reordered by dropping.
    expect(rounds(b.messages)).toEqual(Array.from({ length: 100 - messagesDropped }, (_, round) => round))
  })

  test("messages for someone who is not there are dropped, and one line says so", async () => {
    const a = await end(1)
    const gone = await end(2)
    const member = gone.member
    await gone.transport.close()
    a.transport.setMembers([a.member, member])
    await a.until(() => a.unreachable.length >= 5)
    a.send(heartbeat(1, 2, 1))
    expect(a.lines.filter((line) => line.includes("cannot connect to node 2"))).toHaveLength(1)
    expect(a.lines[0]).toMatch(/ECONNREFUSED.*trying again$/)
  })

  test("a peer that comes back at the same address is dialed again", async () => {
    const [a, b] = await pair()
    const listen = b.address
    await b.transport.close()
    await a.until(() => a.unreachable.includes(2))
    const again = await end(2, { listen })
    again.transport.setMembers([a.member, again.member])
    await a.until(() => a.lines.filter((line) => line.startsWith("connected to node 2")).length === 2)
    a.send(heartbeat(1, 2, 3))
    await again.until(() => again.messages.length === 1)
  })

  test("a changed address is followed", async () => {
    const [a] = await pair()
    const moved = await end(2)
    a.transport.setMembers([a.member, moved.member])
    await a.until(() => a.transport.figures()[0]!.connected && a.transport.figures()[0]!.address === moved.address)
    a.send(heartbeat(1, 2, 4))
    await moved.until(() => moved.messages.length === 1)
  })

  test("a server that knows nobody answers where its caller says that it is", async () => {
    // The caller's own address is only known once it listens: reserve it.
    const reserved = net.createServer().listen(0, "127.0.0.1")
    await once(reserved, "listening")
    const address = `127.0.0.1:${(reserved.address() as net.AddressInfo).port}`
    reserved.close()
    await once(reserved, "close")
    const a = await end(1, { listen: address, advertise: address })
    const joining = await end(2)
    a.transport.setMembers([a.member, joining.member])
    a.send(heartbeat(1, 2, 1))
    await joining.untilLine(/^connected to node 1/)
    joining.send(heartbeat(2, 1, 2))
    await a.until(() => a.messages.length === 1)
  })

  test("a blocked direction swallows messages and keeps the connection", async () => {
    const [a, b] = await pair()
    a.transport.setBlocked(2, "outbound", true)
    expect(a.transport.blocked()).toEqual([{ peer: 2, direction: "outbound" }])
    a.send(heartbeat(1, 2, 1))
    a.transport.setBlocked(2, "both", false)
    b.transport.setBlocked(1, "inbound", true)
    a.send(heartbeat(1, 2, 2), chunk(1, 2, 1))
    b.send(heartbeat(2, 1, 3))
    await a.until(() => a.messages.length === 1)
    await b.until(() => true)
    b.transport.setBlocked(1, "inbound", false)
    a.send(heartbeat(1, 2, 4))
    await b.until(() => rounds(b.messages).includes(4))
    expect(rounds(b.messages)).not.toContain(1)
    expect(a.unreachable).toEqual([])
  })

  test("silenceMaxMs: a connection on which nothing arrives is given up and dialed anew", async () => {
    // Someone who shakes hands and then neither reads nor answers, as behind a cut cable.
    const a = await end(1, { limits: { pulseMs: 10, silenceMaxMs: 60 } })
    const b = await end(2)
    let connections = 0
    const hole = await onTheWay(b, (from, through) => {
      connections++
      from.once("data", (greeting) => through.write(greeting))
      through.once("data", (answer) => from.write(answer))
    })
    a.transport.setMembers([a.member, hole.member])
    await a.untilLine(/^connected/)
    a.send(heartbeat(1, 2, 1))
    await a.untilLine(/lost the connection to node 2.*nothing arrived/)
    await a.until(() => connections >= 2)
    hole.close()
  })

  test("pulseMs: a connection that pulses is kept, however long it says nothing else", async () => {
    const limits = { pulseMs: 5, silenceMaxMs: 100 }
    const [a, b] = await pair({ limits }, { limits })
    for (let round = 1; round <= 10; round++) {
      a.send(heartbeat(1, 2, round))
      await b.until(() => b.messages.length === round)
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    expect(a.unreachable).toEqual([])
  })
})

describe("who is refused", () => {
  test("a foreign cluster, with a reason that both sides log", async () => {
    const a = await end(1)
    const foreign = await end(2, { clusterId: "00000000000000bb" })
    foreign.transport.setMembers([a.member])
    await Promise.all([a.untilLine(/refused a connection from node 2/), foreign.untilLine(/it refused us/)])
    expect(a.lines[0]).toContain("this is cluster 00000000000000aa, not 00000000000000bb")
    expect(foreign.lines[0]).toContain("this is cluster 00000000000000aa, not 00000000000000bb")
    expect(a.messages).toEqual([])
  })

  test("a server that was removed is not told that it tries again: nothing comes of it", async () => {
    const a = await end(1)
    a.removed.add(2)
    const gone = await end(2)
    gone.transport.setMembers([a.member, gone.member])
    await gone.untilLine(/it refused us: server 2 was removed$/)
  })

  test("a wiped disk in the name of its old self, whichever side dials", async () => {
    const [a, b] = await pair()
    const listen = b.address
    await b.transport.close()
    const wiped = await end(2, { listen, incarnation: "00000000000000ff" })
    wiped.transport.setMembers([a.member, wiped.member])
    await Promise.all([a.untilLine(/cannot connect to node 2.*was wiped/), wiped.untilLine(/refused us.*was wiped/)])
    expect(a.transport.figures()[0]!.connected).toBe(false)
    expect(wiped.transport.figures()[0]!.connected).toBe(false)
  })

  test.each<[string, Partial<Hello>, RegExp]>([
    ["another node's id", { to: 3 }, /this is server 1, not 3/],
    ["our own id", { from: 1 }, /called itself/],
    ["a version of the future", { versionMin: 200, versionMax: 201 }, /speaks wire versions/],
    ["another group", { groupId: 4 }, /serves group 0, not 4/],
  ])("%s", async (_, changes, reason) => {
    const a = await end(1)
    const answer = await answerTo(a, hello(changes))
    expect(answer).toMatchObject({ kind: "refused", message: expect.stringMatching(reason) as string })
    expect(a.lines).toHaveLength(1)
  })

  test("a removed member", async () => {
    const a = await end(1)
    a.removed.add(9)
    expect(await answerTo(a, hello())).toMatchObject({ kind: "refused", code: "removed" })
  })
})

describe("garbage ends its connection with one line and harms nobody", () => {
  const welcomed = encodeHello(hello())
  const flipped = () => {
    const frame = encodeMessage(heartbeat(9, 1, 1), 0)
    frame[frame.length - 1]! ^= 1
    return frame
  }
  test.each<[string, Uint8Array[], RegExp]>([
    ["a web browser", [new TextEncoder().encode("GET / HTTP/1.1\r\n\r\n")], /does not begin with OARP/],
    ["a hello with a flipped bit", [encodeHello(hello()).map((byte, at) => (at === 20 ? byte ^ 1 : byte))], /checksum/],
    ["an impossible frame length", [welcomed, Uint8Array.of(0xff, 0xff, 0xff, 0xff)], /a frame of 4294967295 bytes/],
    ["a frame with a flipped bit", [welcomed, flipped()], /checksum/],
    [
      "a message in another's name",
      [welcomed, encodeMessage(heartbeat(8, 1, 1), 0)],
      /from node 8 to node 1 in group 0 does not belong here/,
    ],
    ["a message to another", [welcomed, encodeMessage(heartbeat(9, 2, 1), 0)], /to node 2/],
    ["a snapshot between the heartbeats", [welcomed, encodeMessage(chunk(9, 1, 1), 0)], /installSnapshot does not belong/],
  ])("%s", async (_, bytes, reason) => {
    const [a, b] = await pair()
    const before = a.lines.length
    await stranger(a, ...bytes)
    await a.untilLine(reason)
    expect(a.lines.slice(before)).toHaveLength(1)
    b.send(heartbeat(2, 1, 1))
    await a.until(() => a.messages.length === 1)
  })

  test("handshakeTimeoutMs: someone who says nothing is shown the door", async () => {
    const a = await end(1, { limits: { handshakeTimeoutMs: 20 } })
    await stranger(a)
    expect(a.lines[0]).toMatch(/did not say who it is/)
  })

  test("a crowd that says nothing does not keep peers out for good", async () => {
    const a = await end(1, { limits: { greetingConnectionsMax: 2, handshakeTimeoutMs: 50 } })
    const crowd = [stranger(a), stranger(a), stranger(a)]
    await Promise.all(crowd)
    const b = await end(2)
    b.transport.setMembers([a.member])
    await b.untilLine(/^connected to node 1/)
  })
})

describe("with TLS", () => {
  const files = (name: string, changes: Partial<PeerTlsOptions> = {}): PeerTls =>
    loadPeerTls({
      certFile: path.join(fixtures, `${name}.crt`),
      keyFile: path.join(fixtures, `${name}.key`),
      caFile: path.join(fixtures, "ca.crt"),
      requireClientCert: true,
      ...changes,
    })

  test("nodes of one authority talk, mutually proven", async () => {
    const [a, b] = await pair({ tls: files("node") }, { tls: files("node") })
    a.send(...Array.from({ length: 50 }, (_, round) => heartbeat(1, 2, round)), chunk(1, 2, 1 << 20))
    await b.until(() => b.messages.length === 51)
  })

  test("a node with a stranger's certificate is kept out", async () => {
    const a = await end(1, { tls: files("node") })
    const foreign = await end(2, { tls: files("stranger") })
    foreign.transport.setMembers([a.member])
    await Promise.all([a.untilLine(/TLS failed/), foreign.until(() => foreign.unreachable.length > 0)])
    expect(foreign.transport.figures()[0]!.connected).toBe(false)
  })

  test("a certificate for another host is not believed", async () => {
    const a = await end(1, { tls: files("elsewhere") })
    const b = await end(2, { tls: files("node") })
    b.transport.setMembers([a.member])
    await b.untilLine(/cannot connect to node 1.*altnames/)
  })

  test("plain bytes at a TLS port, and TLS at a plain one, get a line each", async () => {
    const secure = await end(1, { tls: files("node") })
    const plain = await end(2)
    secure.transport.setMembers([plain.member])
    plain.transport.setMembers([secure.member])
    await Promise.all([secure.untilLine(/TLS failed/), plain.untilLine(/does not begin with OARP/)])
  })

  test("files that are missing or do not fit are named", () => {
    expect(() => files("node", { keyFile: "/nowhere/node.key" })).toThrow(/private key \/nowhere\/node.key/)
    expect(() => files("node", { keyFile: path.join(fixtures, "stranger.key") })).toThrow(/do not work together.*stranger.key/)
  })
})

describe("listening", () => {
  test("a port in use is named", async () => {
    const a = await end(1)
    const failure = end(2, { listen: a.address })
    await expect(failure).rejects.toBeInstanceOf(OarlockError)
    await expect(failure).rejects.toMatchObject({ code: "addressInUse", message: expect.stringContaining(a.address) as string })
  })

  test.each([
    ["not an address", /not of the form host:port/],
    ["host.invalid:1", /resolves to nothing/],
    ["192.0.2.1:0", /not an address of this machine/],
  ])("%s is refused in words", async (listen, message) => {
    await expect(end(1, { listen })).rejects.toMatchObject({ code: "badAddress", message: expect.stringMatching(message) as string })
  })
})
