/**
 * Processes that a benchmark starts, and the promise that none of them outlives it.
 *
 * Only processes started here are ever signalled, each by its own id. However the benchmark ends, they are killed first: an end of this
 * process without a chance to say goodbye (SIGKILL) is the one exception.
 */

import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { closeSync, openSync, readFileSync } from "node:fs"

export interface Child {
  readonly pid: number
  readonly process: ChildProcess
  /** Resolves when it has ended, however. */
  readonly ended: Promise<void>
}

const alive = new Set<ChildProcess>()

process.on("exit", () => {
  for (const child of alive) child.kill("SIGKILL")
})

/** Starts a process whose output goes to `logFile`. Throws if there is no such program. */
export async function startChild(command: readonly string[], logFile: string, environment: NodeJS.ProcessEnv = {}): Promise<Child> {
  const log = openSync(logFile, "a")
  const [file, ...args] = command
  const child = spawn(file!, args, { stdio: ["ignore", log, log], env: { ...process.env, ...environment } })
  closeSync(log)
  alive.add(child)
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()))
  child.once("close", () => alive.delete(child))
  child.once("error", () => alive.delete(child))
  await once(child, "spawn")
  return { pid: child.pid!, process: child, ended }
}

/** Asks to end, and insists after `patienceMs`. */
export async function stopChild(child: Child, patienceMs: number): Promise<void> {
  child.process.kill("SIGTERM")
  // A frozen process takes its signals once it goes on.
  child.process.kill("SIGCONT")
  const insist = setTimeout(() => child.process.kill("SIGKILL"), patienceMs)
  await child.ended
  clearTimeout(insist)
}

/** kill -9. */
export async function killChild(child: Child): Promise<void> {
  child.process.kill("SIGKILL")
  await child.ended
}

export function hasEnded(child: Child): boolean {
  return child.process.exitCode !== null || child.process.signalCode !== null
}

/** Runs a program to its end and gives its standard output. Throws with its last words if it fails or takes longer than `timeoutMs`. */
export async function run(command: readonly string[], timeoutMs: number): Promise<string> {
  const [file, ...args] = command
  const child = spawn(file!, args, { stdio: ["ignore", "pipe", "pipe"], timeout: timeoutMs, killSignal: "SIGKILL" })
  alive.add(child)
  const chunks = { out: "", error: "" }
  child.stdout.setEncoding("utf8").on("data", (text: string) => (chunks.out += text))
  child.stderr.setEncoding("utf8").on("data", (text: string) => (chunks.error += text))
  try {
    const [code, signal] = (await once(child, "close")) as [number | null, string | null]
    if (code === 0) return chunks.out
    throw new Error(
      lastLine(chunks.error) ?? `${file} ended with ${signal === null ? `exit code ${code}` : `${signal} after ${timeoutMs} ms`}`,
    )
  } finally {
    alive.delete(child)
  }
}

/** The last line of a log that says something; null if there is none. */
export function lastLineOf(logFile: string): string | null {
  try {
    return lastLine(readFileSync(logFile, "utf8"))
  } catch {
    return null
  }
}

function lastLine(text: string): string | null {
  return text.trimEnd().split("\n").at(-1)?.slice(0, 400) || null
}
