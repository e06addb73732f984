/**
 * The key-value store alone, as a server's `apply` drives it: encoded puts of random keys, a compaction whenever the history outweighs its limit,
 * and a snapshot for every 64 MiB of puts, drained between them. Prints what a put costs and what a key that was written once takes of memory.
 *
 * The machine may be busy with other things. So beside the processor time of all threads, which the neighbours inflate, stand figures made of medians, of
 * short pieces that are seldom interrupted: batches of puts, pauses of the collector, chunks of snapshots, each times how many there were.
 *
 *     npm run bench kv-apply -- --puts 2000000 --keys 10000 --value 256 --history 33554432
 */

import { type PerformanceEntry, PerformanceObserver } from "node:perf_hooks"
import { setTimeout as sleep } from "node:timers/promises"
import { parseArgs } from "node:util"
import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"
import { KeyValueMachine } from "oarlock/kv"
import { median } from "./harness/statistics.ts"

export interface KvApplyFigures {
  /** Microseconds per put on the main thread, by the median batch. */
  readonly applyUs: number
  /** The same by the batch that a tenth of them are faster than: about what it would be with the machine to itself. */
  readonly applyUndisturbedUs: number
  /** The collector's pauses, by the median of each kind: microseconds per put. */
  readonly collectorUs: number
  /** Making the chunks of snapshots: microseconds per put. */
  readonly snapshotsUs: number
  /** Processor time of all threads, with the collector's helpers: microseconds per put. Without what the loop itself takes. */
  readonly processorUs: number
  /** The longest batch, in milliseconds. */
  readonly longestMs: number
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

/** Milliseconds of each batch, and of each chunk of a snapshot. */
interface Times {
  readonly batches: number[]
  readonly chunks: number[]
}

function applyPuts(machine: KeyValueMachine, { puts, keys, valueBytes, historyBytesMax }: Load): Times {
  const times: Times = { batches: [], chunks: [] }
  const draws = new Draws()
  const putBytes = 3 + 8 + valueBytes
  let chunks: Iterator<Uint8Array> | null = null
  let bytesSinceSnapshot = 0
  for (let done = 0; done < puts;) {
    const batch = new Uint8Array(batchLength * (envelopeBytes + putBytes))
    for (let i = 0, at = 0; i < batchLength; i++) at = writePut(batch, at + envelopeBytes, draws.below(keys), valueBytes)
    const before = performance.now()
    for (let i = 0, at = 0; i < batchLength; i++) {
      const end = at + envelopeBytes + putBytes
      if (machine.apply(batch.subarray(at + envelopeBytes, end), context)[0] !== 0) throw new Error("a put was refused")
      at = end
    }
    times.batches.push(performance.now() - before)
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
      times.chunks.push(performance.now() - beforeChunk)
    }
  }
  return times
}

/** What the loop costs without a store. */
const idle = { apply: () => Uint8Array.of(0), revisionToCompact: () => null, snapshot: () => [].values() } as unknown as KeyValueMachine

async function measure(load: Load): Promise<KvApplyFigures> {
  const bytesPerKey = measureMemory(load)
  /** Milliseconds by kind of collection. */
  const pauses = new Map<unknown, number[]>()
  const observer = new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      const { kind } = (entry as PerformanceEntry & { detail: { kind: number } }).detail
      pauses.set(kind, [...(pauses.get(kind) ?? []), entry.duration])
    }
  })
  const machine = new KeyValueMachine()
  // The first part warms up and fills the history.
  applyPuts(machine, { ...load, puts: load.puts / 4 })
  observer.observe({ entryTypes: ["gc"] })
  const cpuBegin = process.cpuUsage()
  const { batches, chunks } = applyPuts(machine, load)
  const cpu = process.cpuUsage(cpuBegin)
  // The observer hears of pauses on a later turn.
  await sleep(100)
  observer.disconnect()
  const emptyBegin = process.cpuUsage()
  applyPuts(idle, load)
  const empty = process.cpuUsage(emptyBegin)
  const collectorMs = [...pauses.values()].reduce((sum, each) => sum + median(each) * each.length, 0)
  return {
    applyUs: (median(batches) * 1000) / batchLength,
    applyUndisturbedUs: (batches.toSorted((a, b) => a - b)[Math.floor(batches.length / 10)]! * 1000) / batchLength,
    collectorUs: (collectorMs * 1000) / load.puts,
    snapshotsUs: chunks.length === 0 ? 0 : (median(chunks) * chunks.length * 1000) / load.puts,
    processorUs: (cpu.user + cpu.system - empty.user - empty.system) / load.puts,
    longestMs: batches.reduce((longest, each) => Math.max(longest, each)),
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
