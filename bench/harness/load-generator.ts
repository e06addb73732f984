/**
 * The client of all loads: `bench/loadgen/` where Go can build it, and `bench/node-client.ts`, which knows only Oarlock, where not.
 *
 * Both are processes of their own, take the same flags and print the same line of JSON.
 */

import { existsSync, mkdirSync, readdirSync, statSync } from "node:fs"
import { join } from "node:path"
import { run } from "./children.ts"
import type { ClusterNode } from "./cluster.ts"
import type { Machine } from "./machine.ts"
import { projectFolder } from "./project-folder.ts"
import type { System } from "./system.ts"

/** One load, measured. */
export interface Measured {
  readonly perSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
  readonly p999Ms: number
  readonly maxMs: number
  readonly answered: number
  readonly failed: number
  /** Why the last failed request failed, in words. */
  readonly because?: string
  /** Microseconds of processor time per answered request, by process; `client` is the load generator. */
  readonly cpuMicrosPerOp: Readonly<Record<string, number>>
  readonly cpuPercent: Readonly<Record<string, number>>
  /** Percent of one core: what neither the system nor the client used. Noise. */
  readonly otherPercent: number
  readonly idlePercent: number
  readonly stealPercent: number
  readonly residentMb: Readonly<Record<string, number>>
}

export interface Load {
  readonly op: "put" | "get"
  readonly clients: number
  readonly connections: number
  readonly durationSeconds: number
  readonly keys: number
  readonly valueBytes: number
}

/** Long enough for a compiler that works while the program runs, and the same for programs that were compiled before. */
const warmUpSeconds = 2.5
/** Beyond the time that a load should take, in milliseconds. */
const patienceMs = 40_000

export class LoadGenerator {
  readonly #command: readonly string[]
  readonly speaks: (system: System) => boolean

  private constructor(command: readonly string[], speaks: (system: System) => boolean) {
    this.#command = command
    this.speaks = speaks
  }

  /** Builds what is needed; the Go program only if its sources are newer than the last build. */
  static async create(machine: Machine): Promise<LoadGenerator> {
    if (machine.go !== null) {
      return new LoadGenerator([await buildGo("loadgen")], () => true)
    }
    return new LoadGenerator(
      [process.execPath, join(projectFolder, ".build", "bench", "node-client.js")],
      (system) => system.protocol === "native",
    )
  }

  /** Random keys against these nodes, for a while. Throws if hardly anything is answered: a figure would mean nothing. */
  async load(system: System, targets: readonly ClusterNode[], all: readonly ClusterNode[], load: Load): Promise<Measured> {
    const measured = (await this.#run(system, targets, (warmUpSeconds + load.durationSeconds) * 1000 + patienceMs, {
      op: load.op,
      clients: load.clients,
      connections: load.connections,
      duration: `${load.durationSeconds}s`,
      "warm-up": `${warmUpSeconds}s`,
      keys: load.keys,
      "value-bytes": load.valueBytes,
      pids: all.map((node) => `n${node.id}=${node.child.pid}`).join(","),
    })) as Measured
    if (measured.failed > measured.answered / 10)
      throw new Error(`${system.name} refused ${measured.failed} of ${measured.answered + measured.failed} requests: ${measured.because}`)
    return measured
  }

  /** Every key below `keys` once. Returns the seconds that it took. */
  async fill(system: System, targets: readonly ClusterNode[], keys: number, valueBytes = 256): Promise<number> {
    const filled = (await this.#run(system, targets, 10_000 + keys, {
      op: "fill",
      n: keys,
      clients: Math.min(keys, 200),
      connections: 10,
      "value-bytes": valueBytes,
    })) as { readonly seconds: number; readonly failed: number; readonly because?: string }
    if (filled.failed > 0) throw new Error(`${system.name} refused ${filled.failed} of ${keys} keys: ${filled.because}`)
    return filled.seconds
  }

  /** Signals the leader and measures, in milliseconds, until a put that began afterwards succeeds on one of the others. */
  async failover(system: System, leader: ClusterNode, others: readonly ClusterNode[], signal: "KILL" | "STOP"): Promise<number> {
    const { firstPutMs } = (await this.#run(system, others, patienceMs, { op: "failover", pid: leader.child.pid, signal })) as {
      readonly firstPutMs: number
    }
    return firstPutMs
  }

  /** Waits for a linearizable read through a node that is starting. Resolves to that moment, in milliseconds since 1970. */
  async ready(system: System, node: ClusterNode, patienceSeconds: number): Promise<number> {
    const flags = { op: "ready", patience: `${patienceSeconds}s` }
    const { unixMs } = (await this.#run(system, [node], patienceSeconds * 1000 + patienceMs, flags)) as { readonly unixMs: number }
    return unixMs
  }

  async #run(
    system: System,
    targets: readonly ClusterNode[],
    timeoutMs: number,
    flags: Readonly<Record<string, string | number>>,
  ): Promise<unknown> {
    const endpoints = targets.map((node) => node.clientAddress).join(",")
    const words = Object.entries({ system: system.protocol, endpoints, ...flags }).map(([name, value]) => `-${name}=${value}`)
    return JSON.parse(await run([...this.#command, ...words], timeoutMs)) as unknown
  }
}

/** Builds one of our Go programs into `.build/` unless that is done. Returns the program. */
export async function buildGo(name: "loadgen" | "etcd-raft"): Promise<string> {
  const sources = join(projectFolder, "bench", name)
  const output = join(projectFolder, ".build", "go", name)
  const newest = Math.max(...readdirSync(sources).map((file) => statSync(join(sources, file)).mtimeMs))
  if (existsSync(output) && statSync(output).mtimeMs > newest) return output
  mkdirSync(join(projectFolder, ".build", "go"), { recursive: true })
  await run(["sh", join(sources, "build.sh"), output], 300_000)
  return output
}
