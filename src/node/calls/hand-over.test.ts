import { once } from "node:events"
import fs from "node:fs"
import net from "node:net"
import os from "node:os"
import path from "node:path"
import { afterEach, beforeEach, describe, expect, test } from "vitest"
import { type OarlockError, type OarlockNode, open, type StateMachine } from "../index.ts"
import { lookEveryMs } from "./hand-over.ts"

/** Counts what it applies; the result is how many it were. */
class Tally implements StateMachine<"count", number> {
  count = 0

  apply(): Uint8Array {
    this.count++
    return new TextEncoder().encode(String(this.count))
  }

  query(): number {
    return this.count
  }

  *snapshot(): Generator<Uint8Array> {
    yield new TextEncoder().encode(String(this.count))
  }

  restore(): { write(chunk: Uint8Array): void; finish(): void } {
    return {
      write: (chunk) => {
        this.count = Number(new TextDecoder().decode(chunk))
      },
      finish: () => {},
    }
  }

  clone(): Tally {
    return Object.assign(new Tally(), this)
  }

  hash(): number {
    return this.count
  }
}

type TallyNode = OarlockNode<"count", number>

const command = new Uint8Array([1])
/** Patient: three nodes share one thread here, and a stall of it must not end a leadership. */
const raft = { electionTimeoutMinMs: 700, electionTimeoutMaxMs: 1_000, heartbeatIntervalMs: 50 }
let root: string
let nodes: TallyNode[] = []
let warnings: string[] = []

beforeEach(() => {
  root = fs.mkdtempSync(path.join(os.tmpdir(), "oarlock-hand-over-"))
  warnings = []
})

afterEach(async () => {
  await Promise.all(nodes.splice(0).map((node) => node.close()))
  fs.rmSync(root, { recursive: true, force: true })
})

async function freePort(): Promise<number> {
  const server = net.createServer().listen(0, "127.0.0.1")
  await once(server, "listening")
  const { port } = server.address() as net.AddressInfo
  await once(server.close(), "close")
  return port
}

/** Three nodes; the first of the result leads. */
async function startThree(): Promise<TallyNode[]> {
  const ids = [1, 2, 3]
  const cluster = await Promise.all(ids.map(async (id) => ({ id, peerAddress: `127.0.0.1:${await freePort()}` })))
  const log = (level: string, message: string): void => {
    if (level === "warn" && message.startsWith("closed before")) warnings.push(message)
  }
  nodes = await Promise.all(
    ids.map((id) => open<"count", number>({ id, dataDir: path.join(root, `n${id}`), machine: new Tally(), cluster, raft, log })),
  )
  await nodes[0]!.propose(command)
  const leader = await nodes[0]!.leader()
  return nodes.toSorted((a, b) => Number(b.id === leader) - Number(a.id === leader))
}

describe("a leader that closes and hands over", () => {
  test("finishes what is under way, refuses what comes, and is replaced before it is gone", async () => {
    const [leader, other] = await startThree()
    const underWay = Array.from({ length: 50 }, () => leader!.propose(command))
    const closing = leader!.close({ handOver: true, timeoutMs: 10_000 })
    const refused = await leader!.propose(command).catch((error: unknown) => error as OarlockError)
    expect(refused).toMatchObject({ code: "stopped", outcome: "rejected" })
    const results = await Promise.all(underWay)
    expect(results).toHaveLength(50)
    await closing
    expect(warnings).toEqual([])
    // Somebody led before the old leader closed its connections: it was told.
    expect(leader!.status()).toMatchObject({ role: "follower" })
    expect(leader!.status().term).toBeGreaterThan(1)
    expect((await other!.propose(command)).result).toEqual(new TextEncoder().encode("52"))
    expect((await other!.read("count")).answer).toBe(52)
  })

  test("handOverMs: closes after so long all the same, where nobody can take over, and says what was not done", async () => {
    const [leader, second, third] = await startThree()
    await Promise.all([second!.close(), third!.close()])
    const stuck = leader!.propose(command).catch((error: unknown) => error as OarlockError)
    await leader!.close({ handOver: true })
    // It may have lost its leadership on the way: then there is nothing to hand over, and the write is in doubt or certainly not done.
    expect(await stuck).toMatchObject({ code: expect.stringMatching(/stopped|unknown/) as string })
    expect(warnings).toHaveLength(1)
  })

  test("closes at once where nothing is under way and another leads", async () => {
    const [, follower] = await startThree()
    await follower!.close({ handOver: true, timeoutMs: 60_000 })
    expect(warnings).toEqual([])
  })

  test("lookEveryMs: looks again and again until the last answer is there", async () => {
    const [leader] = await startThree()
    const late = new Promise((resolve) => setTimeout(resolve, 4 * lookEveryMs)).then(() => "later")
    const put = leader!.propose(command)
    await leader!.close({ handOver: true, timeoutMs: 10_000 })
    expect((await put).index).toBeGreaterThan(0)
    await late
  })

  test("refuses options that it does not know", async () => {
    const [leader] = await startThree()
    const error = await leader!.close({ handover: true } as never).catch((reason: unknown) => reason)
    expect(error).toMatchObject({ code: "badArgument" })
    expect(await leader!.propose(command)).toBeDefined()
  })
})

describe("orderly transfers under load", () => {
  test("leave no write unknown, on whichever node: what was certainly not done is done again", async () => {
    const cluster = await startThree()
    const ending = new AbortController()
    const load = cluster.map(async (node) => {
      let done = 0
      while (!ending.signal.aborted) {
        await Promise.all(Array.from({ length: 4 }, () => node.propose(command)))
        done += 4
      }
      return done
    })
    for (let round = 0; round < 10; round++) {
      const leaderId = await cluster[0]!.leader()
      const leader = cluster.find(({ id }) => id === leaderId)!
      await leader.transferLeadership().catch(() => {})
      await new Promise((resolve) => setTimeout(resolve, 30))
    }
    ending.abort()
    const done = (await Promise.all(load)).reduce((sum, count) => sum + count, 0)
    expect((await cluster[0]!.read("count")).answer).toBe(done + 1)
  })
})

describe("a write on its way to the leader", () => {
  test("that is lost with its connection is done soon after there is another one, and once", async () => {
    const [leader, follower] = await startThree()
    follower!.setBlocked(leader!.id, "outbound", true)
    const put = follower!.propose(command)
    await new Promise((resolve) => setTimeout(resolve, 100))
    follower!.setBlocked(leader!.id, "outbound", false)
    expect((await put).result).toEqual(new TextEncoder().encode("2"))
    expect((await leader!.read("count")).answer).toBe(2)
  })
})
