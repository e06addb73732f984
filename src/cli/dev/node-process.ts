/**
 * One node of a dev cluster as a real process: started, paused, killed, stopped, and always known by its pid alone.
 *
 * Its log goes to a file in the data folder, what it observes comes over IPC. If the supervisor dies, the channel closes and the node
 * stops by itself, so that nothing is left running.
 */

import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { closeSync, openSync } from "node:fs"
import { join } from "node:path"
import type { DevNode } from "../connecting/manifest.ts"
import { type ChildMessage, devTokenVariable, isChildMessage } from "./child-message.ts"

/** `killed` and `stopped` were asked for; `ended` was not. */
export type ProcessState = "starting" | "running" | "paused" | "killed" | "stopped" | "ended"

export interface NodeProcessOptions {
  readonly node: DevNode
  /** The dev cluster's folder. */
  readonly folder: string
  /** The script that Node runs: `bin/oarlock.js`. */
  readonly script: string
  readonly devToken: string
  readonly onMessage: (message: ChildMessage) => void
  /** The process is gone; `wanted` tells whether somebody asked for it, `how` by which signal or with which exit code. */
  readonly onEnd: (wanted: "killed" | "stopped" | null, how: string) => void
}

export class NodeProcess {
  readonly node: DevNode
  readonly logFile: string
  state: ProcessState = "starting"
  readonly #child: ChildProcess
  #wanted: "killed" | "stopped" | null = null

  constructor(options: NodeProcessOptions) {
    this.node = options.node
    this.logFile = join(options.folder, `${options.node.name}.log`)
    const log = openSync(this.logFile, "a")
    const args = [options.script, "start", "--cluster", join(options.folder, "cluster.json"), "--id", String(options.node.id)]
    try {
      this.#child = spawn(process.execPath, args, {
        // A group of its own: Ctrl-C in the terminal is for the supervisor, which then stops its nodes in order.
        detached: true,
        stdio: ["ignore", log, log, "ipc"],
        env: { ...withoutSettings(process.env), [devTokenVariable]: options.devToken },
      })
    } finally {
      closeSync(log)
    }
    this.#child.on("message", (message) => {
      if (!isChildMessage(message)) return
      if (message.kind === "ready" && this.state === "starting") this.state = "running"
      options.onMessage(message)
    })
    this.#child.on("error", (error) => {
      // A process that could not even be made ends in no other way; other errors are of signals and messages to one that is gone.
      if (this.#child.pid !== undefined || !this.isAlive) return
      this.state = "ended"
      options.onEnd(null, `no process: ${error.message}`)
    })
    this.#child.on("exit", (code, signal) => {
      this.state = this.#wanted ?? "ended"
      options.onEnd(this.#wanted, signal ?? `exit code ${code}`)
    })
  }

  get pid(): number | null {
    return this.isAlive ? (this.#child.pid ?? null) : null
  }

  get isAlive(): boolean {
    return this.state === "starting" || this.state === "running" || this.state === "paused"
  }

  /** kill -9: no last words, nothing flushed. */
  async kill(): Promise<void> {
    this.#wanted = "killed"
    await this.#endBy("SIGKILL")
  }

  pause(): void {
    this.#child.kill("SIGSTOP")
    this.state = "paused"
  }

  resume(): void {
    this.#child.kill("SIGCONT")
    this.state = "running"
  }

  /** Asks the node to end in order; kills it if it has not within `patienceMs`. */
  async stop(patienceMs: number): Promise<void> {
    if (!this.isAlive) return
    this.#wanted = "stopped"
    // A stopped process gets no signal but these two.
    if (this.state === "paused") this.#child.kill("SIGCONT")
    const timer = setTimeout(() => this.#child.kill("SIGKILL"), patienceMs)
    await this.#endBy("SIGTERM")
    clearTimeout(timer)
  }

  async #endBy(signal: NodeJS.Signals): Promise<void> {
    if (!this.isAlive || this.#child.exitCode !== null || this.#child.signalCode !== null) return
    const ended = once(this.#child, "exit")
    this.#child.kill(signal)
    await ended
  }
}

/** Settings in our own environment are for one node, not for each of these. */
function withoutSettings(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith("OARLOCK_") && !name.startsWith("ETCD_")))
}
