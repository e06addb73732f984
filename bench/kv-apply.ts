/**
 * The key-value store alone, as a server's `apply` drives it: encoded puts of random keys, a compaction whenever the history outweighs its limit,
 * and a snapshot for every 64 MiB of puts, drained between them. Prints what a put costs in processor time of all threads (so with the
 * collector's helpers), in time on the main thread and in the collector's pauses there; and what a key that was written once takes of memory.
 *
 *     npm run bench kv-apply [-- --puts 2000000 --keys 10000 --value 256 --history 33554432]
 */

import { PerformanceObserver } from "node:perf_hooks"
import { setTimeout as sleep } from "node:timers/promises"
import { parseArgs } from "node:util"
import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"
import { KeyValueMachine } from "oarlock/kv"

export interface KvApplyFigures {
  /** Microseconds per put: of all threads, of the main thread, in the collector's pauses. */
  readonly cpuUs: number
  readonly wallUs: number
  readonly pausesUs: number
  /** The longest call of `apply`, in milliseconds. */
  readonly longestMs: number
  /** Microseconds of the main thread that the snapshots took, per put; part of `wallUs`. */
  readonly snapshotsUs: number
  /** Bytes of memory per key of a store whose keys were all written once, the pair's own included. */
  readonly bytesPerKey: number
}

interface Load {
  readonly puts: number
  readonly keys: number
  readonly valueBytes: number
  readonly historyBytesMax: number
}

/** Bytes that the replica puts before a command: `apply` gets a view behind them. */
const envelopeBytes = 28
/** Entries come in batches of so many, which share a buffer. */
const batchLength = 64
const snapshotEveryBytes = 64 << 20
/** Between two chunks of a snapshot, and between two looks at the history. */
const putsPerChunk = 100
const putsPerLook = 1000

const context = { index: 0, timeMs: 0 }

/** Draws keys: the same sequence in every run. */
class Draws {
  #state = 1

  below(limit: number): number {
    this.#state = (Math.imul(this.#state, 1_664_525) + 1_013_904_223) | 0
    return Math.floor(((this.#state >>> 0) / 2 ** 32) * limit)
  }
}

/** `u8 1 | u16 key length | key | value`: see `docs/native-protocol.md`. */
function writePut(into: Uint8Array, at: number, key: number, valueBytes: number): number {
  const text = String(key).padStart(8, "0")
  into[at] = 1
  into[at + 1] = text.length
  into[at + 2] = 0
  for (let i = 0; i < text.length; i++) into[at + 3 + i] = text.charCodeAt(i)
  return at + 3 + text.length + valueBytes
}

/** `u8 5 | i64 revision | u8 physical`. */
function compactCommand(revision: number): Uint8Array {
  const command = new Uint8Array(10)
  command[0] = 5
  new DataView(command.buffer).setBigInt64(1, BigInt(revision), true)
  return command
}

function applyPuts(machine: KeyValueMachine, { puts, keys, valueBytes, historyBytesMax }: Load, snapshots: { ms: number }): number {
  const draws = new Draws()
  const putBytes = 3 + 8 + valueBytes
  let chunks: Iterator<Uint8Array> | null = null
  let bytesSinceSnapshot = 0
  let longestMs = 0
  for (let done = 0; done < puts;) {
    const batch = new Uint8Array(batchLength * (envelopeBytes + putBytes))
    for (let i = 0, at = 0; i < batchLength; i++) at = writePut(batch, at + envelopeBytes, draws.below(keys), valueBytes)
    const before = performance.now()
    for (let i = 0, at = 0; i < batchLength; i++) {
      const end = at + envelopeBytes + putBytes
      if (machine.apply(batch.subarray(at + envelopeBytes, end), context)[0] !== 0) throw new Error("a put was refused")
      at = end
    }
    longestMs = Math.max(longestMs, performance.now() - before)
    done += batchLength
    bytesSinceSnapshot += batch.length
    if (done % putsPerLook < batchLength) {
      const revision = machine.revisionToCompact(historyBytesMax)
      if (revision !== null) machine.apply(compactCommand(revision), context)
    }
    if (bytesSinceSnapshot > snapshotEveryBytes && chunks === null) {
      chunks = machine.snapshot()
      bytesSinceSnapshot = 0
    }
    if (chunks !== null && done % putsPerChunk < batchLength) {
      const beforeChunk = performance.now()
      if (chunks.next().done === true) chunks = null
      snapshots.ms += performance.now() - beforeChunk
    }
  }
  return longestMs
}

/** What the loop costs without a store. */
const idle = { apply: () => Uint8Array.of(0), revisionToCompact: () => null, snapshot: () => [].values() } as unknown as KeyValueMachine

async function measure(load: Load): Promise<KvApplyFigures> {
  const bytesPerKey = measureMemory(load)
  let pausesMs = 0
  const observer = new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) pausesMs += entry.duration
  })
  const machine = new KeyValueMachine()
  const snapshots = { ms: 0 }
  // The first part warms up and fills the history.
  applyPuts(machine, { ...load, puts: load.puts / 4 }, snapshots)
  observer.observe({ entryTypes: ["gc"] })
  snapshots.ms = 0
  const begin = performance.now()
  const cpuBegin = process.cpuUsage()
  const longestMs = applyPuts(machine, load, snapshots)
  const cpu = process.cpuUsage(cpuBegin)
  const wallMs = performance.now() - begin
  // The observer hears of pauses on a later turn.
  await sleep(100)
  observer.disconnect()
  const emptyBegin = process.cpuUsage()
  const emptyWallBegin = performance.now()
  applyPuts(idle, load, { ms: 0 })
  const empty = process.cpuUsage(emptyBegin)
  const emptyWallMs = performance.now() - emptyWallBegin
  const perPut = 1 / load.puts
  return {
    cpuUs: (cpu.user + cpu.system - empty.user - empty.system) * perPut,
    wallUs: (wallMs - emptyWallMs) * 1000 * perPut,
    pausesUs: pausesMs * 1000 * perPut,
    longestMs,
    snapshotsUs: snapshots.ms * 1000 * perPut,
    bytesPerKey,
  }
}

function measureMemory({ valueBytes }: Load): number {
  const keys = 100_000
  const before = memoryInUse()
  const machine = new KeyValueMachine()
  const command = new Uint8Array(3 + 8 + valueBytes)
  for (let key = 0; key < keys; key++) {
    writePut(command, 0, (key * 7919) % keys, valueBytes)
    machine.apply(command, context)
  }
  const bytes = memoryInUse() - before
  if (machine.statistics().keys !== keys) throw new Error("keys are missing")
  return bytes / keys
}

function memoryInUse(): number {
  setFlagsFromString("--expose-gc")
  const collect = runInNewContext("gc") as () => void
  collect()
  collect()
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}

const { values } = parseArgs({
  options: {
    puts: { type: "string", default: "2000000" },
    keys: { type: "string", default: "10000" },
    value: { type: "string", default: "256" },
    history: { type: "string", default: String(32 << 20) },
  },
})
const figures = await measure({
  puts: Number(values.puts),
  keys: Number(values.keys),
  valueBytes: Number(values.value),
  historyBytesMax: Number(values.history),
})
process.stdout.write(
  `${JSON.stringify(figures, (_key, value: unknown) => (typeof value === "number" ? Number(value.toFixed(3)) : value))}\n`,
)
