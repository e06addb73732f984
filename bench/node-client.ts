/**
 * The load generator where Go is not installed: `loadgen/`'s flags and output, the native protocol only, on Node.
 *
 * It costs more processor time than the Go program, which a small machine takes from the servers, and tells nothing about that time: good
 * enough to see a change, not to compare with etcd. Latencies are rounded to microseconds.
 */

import { once } from "node:events"
import { connect, type Socket } from "node:net"
import { setTimeout as sleep } from "node:timers/promises"
import { parseArgs } from "node:util"

const flags = readFlags(process.argv.slice(2))
const endpoints = flags.text("endpoints").split(",")
const op = flags.text("op")

process.stdout.write(`${JSON.stringify(await answer())}\n`)
process.exit(0)

async function answer(): Promise<unknown> {
  switch (op) {
    case "put":
    case "get":
      return measure()
    case "fill":
      return fill()
    case "failover":
      return failover()
    case "ready":
      return ready()
    default:
      throw new Error(`unknown -op ${op}`)
  }
}

const nothingAboutTheProcessor = { cpuMicrosPerOp: {}, cpuPercent: {}, otherPercent: 0, idlePercent: 0, stealPercent: 0, residentMb: {} }

interface Work {
  readonly nextKey: () => number | null
  isMeasuring: boolean
  readonly latenciesMicros: number[]
  failed: number
  because: string
}

function newWork(nextKey: () => number | null): Work {
  return { nextKey, isMeasuring: false, latenciesMicros: [], failed: 0, because: "" }
}

async function measure(): Promise<unknown> {
  const keys = flags.number("keys")
  let isOver = false
  const work = newWork(() => (isOver ? null : Math.floor(Math.random() * keys)))
  const done = runCallers(work)
  await sleep(flags.seconds("warm-up") * 1000)
  work.isMeasuring = true
  const began = performance.now()
  await sleep(flags.seconds("duration") * 1000)
  isOver = true
  work.isMeasuring = false
  const seconds = (performance.now() - began) / 1000
  await done
  const sorted = Float64Array.from(work.latenciesMicros).sort()
  const quantileMs = (q: number) => (sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? 0) / 1000
  return {
    perSecond: sorted.length / seconds,
    p50Ms: quantileMs(0.5),
    p99Ms: quantileMs(0.99),
    p999Ms: quantileMs(0.999),
    maxMs: quantileMs(1),
    answered: sorted.length,
    failed: work.failed,
    because: work.because,
    ...nothingAboutTheProcessor,
  }
}

async function fill(): Promise<unknown> {
  const keys = flags.number("n")
  let taken = 0
  const work = newWork(() => (taken < keys ? taken++ : null))
  const began = performance.now()
  await runCallers(work)
  const seconds = (performance.now() - began) / 1000
  return { keys, seconds, perSecond: keys / seconds, failed: work.failed, because: work.because }
}

/** All callers of all connections, each with one request under way, until there are no more keys. */
async function runCallers(work: Work): Promise<void> {
  const clients = flags.number("clients")
  const value = Buffer.alloc(flags.number("value-bytes"), "v")
  const connections = await Promise.all(
    Array.from({ length: flags.number("connections") }, (_, i) => Connection.open(endpoints[i % endpoints.length]!)),
  )
  const callers = Array.from({ length: clients }, async (_, i) => {
    const connection = connections[i % connections.length]!
    for (let key = work.nextKey(); key !== null; key = work.nextKey()) {
      const began = performance.now()
      const refusal = await connection.ask(op === "get" ? opGet : opPut, keyOf(key), op === "get" ? noValue : value)
      if (refusal !== null) {
        work.failed++
        work.because = refusal
        await sleep(1)
      } else if (work.isMeasuring) work.latenciesMicros.push(Math.round((performance.now() - began) * 1000))
    }
  })
  await Promise.all(callers)
  for (const connection of connections) connection.close()
}

async function failover(): Promise<unknown> {
  const connections = await Promise.all(endpoints.map((endpoint) => Connection.open(endpoint)))
  for (const connection of connections) {
    const refusal = await connection.ask(opPut, "failover", noValue)
    if (refusal !== null) throw new Error(`before the failure a survivor refuses: ${refusal}`)
  }
  await sleep(200 + Math.random() * 800)
  const began = performance.now()
  process.kill(flags.number("pid"), flags.text("signal") === "STOP" ? "SIGSTOP" : "SIGKILL")
  const deadline = began + flags.seconds("patience") * 1000
  return new Promise((resolve, reject) => {
    const timer = setInterval(() => {
      if (performance.now() > deadline) reject(new Error("no put succeeded in time"))
      for (const [at, connection] of connections.entries()) {
        connection.ask(opPut, "failover", noValue).then((refusal) => {
          if (refusal === null) resolve({ firstPutMs: performance.now() - began, through: endpoints[at] })
        }, reject)
      }
    }, 5)
    timer.unref()
  })
}

async function ready(): Promise<unknown> {
  const deadline = performance.now() + flags.seconds("patience") * 1000
  while (performance.now() < deadline) {
    try {
      const connection = await Connection.open(endpoints[0]!)
      const refusal = await connection.ask(opGet, keyOf(0), noValue)
      connection.close()
      if (refusal === null) return { unixMs: performance.timeOrigin + performance.now() }
    } catch {
      // Nobody listens yet.
    }
    await sleep(2)
  }
  throw new Error("no read was answered in time")
}

const opPut = 1
const opGet = 2
const statusOk = 0
const statusNotFound = 4
const headerBytes = 13
const noValue = Buffer.alloc(0)

/** One pipelined connection: `docs/native-protocol.md`. Requests of one turn leave in one write. */
class Connection {
  readonly #socket: Socket
  readonly #waiting = new Map<number, (refusal: string | null) => void>()
  #lastId = 0
  #unsent: Buffer[] = []
  #received: Buffer = noValue

  private constructor(socket: Socket) {
    this.#socket = socket.setNoDelay(true)
    socket.on("data", (piece) => this.#take(piece))
    socket.on("error", () => {})
    socket.on("close", () => {
      for (const resolve of this.#waiting.values()) resolve("the connection was closed")
      this.#waiting.clear()
    })
  }

  /** Rejects if nobody listens there. */
  static async open(endpoint: string): Promise<Connection> {
    const [host, port] = endpoint.split(":")
    const socket = connect(Number(port), host)
    await once(socket, "connect")
    return new Connection(socket)
  }

  /** Resolves to null if it was done, otherwise to the refusal in words. */
  ask(operation: number, key: string, value: Buffer): Promise<string | null> {
    if (this.#socket.destroyed) return Promise.resolve("the connection is closed")
    const id = ++this.#lastId
    const frame = Buffer.allocUnsafe(headerBytes + 2 + key.length + value.length)
    frame.writeUInt32LE(frame.length - 4, 0)
    frame.writeUInt32LE(id, 4)
    frame.writeUInt32LE(0, 8)
    frame[12] = operation
    frame.writeUInt16LE(key.length, headerBytes)
    frame.write(key, headerBytes + 2, "latin1")
    frame.set(value, headerBytes + 2 + key.length)
    if (this.#unsent.length === 0) queueMicrotask(() => this.#send())
    this.#unsent.push(frame)
    return new Promise((resolve) => this.#waiting.set(id, resolve))
  }

  close(): void {
    this.#socket.destroy()
  }

  #send(): void {
    this.#socket.write(this.#unsent.length === 1 ? this.#unsent[0]! : Buffer.concat(this.#unsent))
    this.#unsent = []
  }

  #take(piece: Buffer): void {
    const bytes = this.#received.length === 0 ? piece : Buffer.concat([this.#received, piece])
    let at = 0
    while (bytes.length - at >= headerBytes) {
      const end = at + 4 + bytes.readUInt32LE(at)
      if (bytes.length < end) break
      const id = bytes.readUInt32LE(at + 4)
      const status = bytes[at + 12]!
      const isDone = status === statusOk || status === statusNotFound
      this.#waiting.get(id)?.(isDone ? null : `status ${status}: ${bytes.toString("utf8", at + headerBytes, end)}`)
      this.#waiting.delete(id)
      at = end
    }
    this.#received = bytes.subarray(at)
  }
}

function keyOf(number: number): string {
  return String(number).padStart(8, "0")
}

/** Go's flags have one dash; Node's parser wants two. */
function readFlags(words: readonly string[]) {
  const names = [
    "system",
    "op",
    "endpoints",
    "clients",
    "connections",
    "duration",
    "warm-up",
    "keys",
    "n",
    "value-bytes",
    "pids",
    "pid",
    "signal",
    "patience",
  ]
  const { values } = parseArgs({
    args: words.map((word) => (/^-[a-z]/.test(word) ? `-${word}` : word)),
    options: Object.fromEntries(names.map((name) => [name, { type: "string" as const }])),
  })
  const defaults: Readonly<Record<string, string>> = {
    clients: "1",
    connections: "1",
    "value-bytes": "256",
    patience: "30s",
    signal: "KILL",
  }
  const text = (name: string): string => {
    const value = values[name] ?? defaults[name]
    if (typeof value !== "string") throw new Error(`-${name} is missing`)
    return value
  }
  return { text, number: (name: string) => Number(text(name)), seconds: (name: string) => Number(text(name).replace(/s$/, "")) }
}
