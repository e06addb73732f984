/**
 * What the machine has: a disk that really writes, and the programs to compare with.
 *
 * On many systems the folder for temporary files lives in memory, where fsync costs nothing and every figure about writes would be a lie.
 * So a folder is looked for whose file system has a disk, and what an fsync costs there is measured and printed with the results.
 */

import { spawnSync } from "node:child_process"
import {
  closeSync,
  fdatasyncSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  statfsSync,
  writeFileSync,
  writeSync,
} from "node:fs"
import { availableParallelism, cpus, tmpdir } from "node:os"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { median } from "./statistics.ts"

export interface Machine {
  /** An empty folder on a disk, removed when the benchmark ends. */
  readonly folder: string
  readonly cores: number
  readonly processor: string
  /** What appending 4 KiB and waiting until they are on disk takes, in microseconds: the median of a hundred. */
  readonly syncMicros: number
  readonly node: string
  /** First line of `etcd --version`; null if etcd is not installed. */
  readonly etcd: string | null
  /** First line of `go version`; null without Go or without the sources of etcd's client and raft. */
  readonly go: string | null
}

/** An fsync faster than this reached no disk. */
export const believableSyncMicros = 20

const memoryFileSystems = new Set([0x0102_1994 /* tmpfs */, 0x8584_58f6 /* ramfs */])

export function inspectMachine(projectFolder: string): Machine {
  const folder = mkdtempSync(join(folderOnDisk(projectFolder), "oarlock-bench-"))
  process.on("exit", () => rmSync(folder, { recursive: true, force: true }))
  return {
    folder,
    cores: availableParallelism(),
    processor: cpus()[0]?.model.trim() ?? "unknown",
    syncMicros: measureSync(folder),
    node: process.version,
    etcd: firstLine("etcd", ["--version"]),
    go: hasEtcdSources() ? firstLine("go", ["version"]) : null,
  }
}

/** One line about what is missing and how to get it, or null. */
export function explainMissing(machine: Machine): string | null {
  const missing = [...(machine.etcd === null ? ["etcd"] : []), ...(machine.go === null ? ["Go with the sources of etcd's client"] : [])]
  if (missing.length === 0) return null
  return `Without ${missing.join(" and ")} only Oarlock is measured. On Debian: apt-get install etcd-server golang-go golang-etcd-server-dev`
}

/**
 * Asks for more than an equal share of the processor beside other sessions, so that their work disturbs the figures less, until this process
 * ends. Needs to be root on a Linux that schedules by session, and does nothing anywhere else.
 */
export function preferOwnSession(): void {
  const file = `/proc/${process.pid}/autogroup`
  try {
    const niceBefore = /nice (-?\d+)/.exec(readFileSync(file, "utf8"))![1]!
    writeFileSync(file, "-10")
    process.on("exit", () => writeFileSync(file, niceBefore))
  } catch {
    // Then it is an equal share; noise is reported with the results anyway.
  }
}

/** Waits until the machine has had next to nothing to do for a moment, at most `patienceMs`: what is measured next is to have it for itself. */
export async function untilQuiet(patienceMs: number): Promise<void> {
  const deadline = performance.now() + patienceMs
  let before = cpuTimesMs()
  while (performance.now() < deadline) {
    await sleep(quietMomentMs)
    const after = cpuTimesMs()
    if ((after.busy - before.busy) / (after.total - before.total) < busyShareOfQuiet) return
    before = after
  }
}

const quietMomentMs = 500
/** Of all cores. Idle clusters that wait for their measurement are part of it. */
const busyShareOfQuiet = 0.12

function cpuTimesMs(): { readonly busy: number; readonly total: number } {
  let idle = 0
  let total = 0
  for (const { times } of cpus()) {
    idle += times.idle
    total += times.idle + times.user + times.sys + times.nice + times.irq
  }
  return { busy: total - idle, total }
}

function folderOnDisk(projectFolder: string): string {
  const inProject = join(projectFolder, ".build")
  mkdirSync(inProject, { recursive: true })
  const candidates = [tmpdir(), "/var/tmp", inProject]
  return candidates.find(isOnDisk) ?? inProject
}

function isOnDisk(folder: string): boolean {
  try {
    return !memoryFileSystems.has(statfsSync(folder).type)
  } catch {
    return false
  }
}

function measureSync(folder: string): number {
  const path = join(folder, "sync-probe")
  const file = openSync(path, "w")
  const block = new Uint8Array(4096)
  const micros = Array.from({ length: 100 }, () => {
    const began = performance.now()
    writeSync(file, block)
    fdatasyncSync(file)
    return (performance.now() - began) * 1000
  })
  closeSync(file)
  rmSync(path)
  return median(micros)
}

function firstLine(program: string, args: readonly string[]): string | null {
  const { stdout, status } = spawnSync(program, args, { encoding: "utf8", timeout: 10_000 })
  return status === 0 ? (stdout.split("\n")[0] ?? "").trim() : null
}

function hasEtcdSources(): boolean {
  return spawnSync("dpkg", ["-L", "golang-etcd-server-dev"], { stdio: "ignore", timeout: 10_000 }).status === 0
}

/** What a process holds in memory, in megabytes (10^6 bytes); NaN where /proc does not tell. */
export function residentMb(pid: number): number {
  try {
    const pages = Number(readFileSync(`/proc/${pid}/statm`, "utf8").split(" ")[1])
    return (pages * 4096) / 1e6
  } catch {
    return Number.NaN
  }
}
