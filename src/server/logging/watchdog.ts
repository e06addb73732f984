/**
 * Looks from outside whether the event loop still turns. A loop that hangs serves nobody, sends no heartbeat and hears no signal, and nothing on its own
 * thread can say so: a thread beside it writes a line to standard error, with what can be done.
 *
 * The thread counts its own looks, not time that passed: a process that was stopped and goes on (SIGSTOP, a laptop's lid) was not hanging.
 */

import { Worker } from "node:worker_threads"

/** How often the thread looks, and the loop shows that it turns. */
const lookMs = 1_000
/** A loop that has not turned for this long is told of; then again after each time twice as long. */
const hangNoticeMs = 5_000

export interface WatchdogOptions {
  /** Stands in every line. */
  readonly node: string
  readonly format: "pretty" | "json"
  /** Told if there can be no such thread. */
  readonly onTrouble: (message: string) => void
  /** Where lines are written: a file descriptor. Standard error if missing. */
  readonly descriptor?: number
  readonly lookMs?: number
  readonly hangNoticeMs?: number
}

/** Watches this thread's event loop until the returned function is called. Keeps no process alive. */
export function watchEventLoop(options: WatchdogOptions): () => void {
  const settings = { descriptor: 2, lookMs, hangNoticeMs, ...options }
  const { node, format, descriptor, onTrouble } = settings
  const turns = new Int32Array(new SharedArrayBuffer(4))
  const workerData = { turns, node, format, descriptor, lookMs: settings.lookMs, hangNoticeMs: settings.hangNoticeMs, pid: process.pid }
  const beat = setInterval(() => Atomics.add(turns, 0, 1), settings.lookMs)
  beat.unref()
  const thread = new Worker(threadCode, {
    eval: true,
    workerData,
    execArgv: [],
    env: {},
    resourceLimits: { maxOldGenerationSizeMb: 8, maxYoungGenerationSizeMb: 1, stackSizeMb: 1 },
  })
  thread.on("error", (error) => onTrouble(`nobody watches whether the event loop turns: ${error.message}`))
  thread.unref()
  return () => {
    clearInterval(beat)
    thread.terminate().catch((error: unknown) => onTrouble(`the watching thread could not be ended: ${String(error)}`))
  }
}

/** Plain JavaScript as text, so that it runs the same from sources and from the package, whatever transforms modules. It must not wait for the main thread: lines go straight to the descriptor. */
const threadCode = `
const { workerData } = require("node:worker_threads")
const { writeSync } = require("node:fs")
const { turns, node, format, descriptor, lookMs, hangNoticeMs, pid } = workerData
let seen = -1
let silentMs = 0
let nextNoticeMs = hangNoticeMs

setInterval(() => {
  const now = Atomics.load(turns, 0)
  if (now === seen) {
    silentMs += lookMs
    if (silentMs < nextNoticeMs) return
    nextNoticeMs = silentMs * 2
    tell("error", "the event loop has not turned for " + seconds(silentMs) + ": nothing is served, and no signal but SIGKILL is heard. If it goes on: kill -9 " + pid + ", and start again; what was acknowledged is on disk")
    return
  }
  if (silentMs >= hangNoticeMs) tell("warn", "the event loop turns again, after " + seconds(silentMs))
  seen = now
  silentMs = 0
  nextNoticeMs = hangNoticeMs
}, lookMs)

function seconds(ms) {
  return ms < 1000 ? ms + " ms" : Math.round(ms / 1000) + " s"
}

function tell(level, msg) {
  const time = new Date().toISOString()
  const line = format === "json" ? JSON.stringify({ level, time, node, silentMs, msg }) : time.slice(11, 23) + " " + level.padEnd(5) + " " + msg
  try {
    writeSync(descriptor, line + "\\n")
  } catch {
    // Nobody reads standard error, and there is no other place to report to.
  }
}
`
