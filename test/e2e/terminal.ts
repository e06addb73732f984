/**
 * A terminal for tests: runs the built command line tool as a person would and keeps what it says; and a socket that says what it likes to a port.
 */

import { type ChildProcess, execFile, spawn } from "node:child_process"
import { once } from "node:events"
import { connect } from "node:net"
import { resolve } from "node:path"

export const script = resolve("bin/oarlock.js")

export interface Said {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

export interface Surroundings {
  readonly cwd: string
  readonly env?: Readonly<Record<string, string>>
  /** Standard input; nothing if left out. */
  readonly input?: Uint8Array | string
  /** For commands that have a lot to do. */
  readonly patienceMs?: number
}

/** A command that hangs is a mistake of its own: it is ended after this long, and its exit code is -1. */
const usualPatienceMs = 15_000

/** Runs a command to its end. */
export function oarlock(args: readonly string[], { cwd, env = {}, input, patienceMs = usualPatienceMs }: Surroundings): Promise<Said> {
  return new Promise((done) => {
    const options = { cwd, env: { ...plainEnvironment(), ...env }, timeout: patienceMs, maxBuffer: 64 << 20 }
    const child = execFile(process.execPath, [script, ...args], options, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === "number" ? error.code : -1
      done({ code, stdout, stderr })
    })
    // It may end, for good reasons, without having read all of it.
    child.stdin!.on("error", () => {})
    child.stdin!.end(input)
  })
}

/** Starts a command that goes on until `end`. */
export class LongCommand {
  said = ""
  readonly #child: ChildProcess
  #waiting: (() => void)[] = []

  constructor(args: readonly string[], cwd: string) {
    this.#child = spawn(process.execPath, [script, ...args], { cwd, env: plainEnvironment(), stdio: ["ignore", "pipe", "pipe"] })
    for (const stream of [this.#child.stdout!, this.#child.stderr!]) {
      stream.on("data", (chunk: Buffer) => {
        this.said += chunk.toString()
        for (const wake of this.#waiting.splice(0)) wake()
      })
    }
  }

  /** Returns once it has said that. */
  async says(words: RegExp): Promise<void> {
    const deadline = AbortSignal.timeout(usualPatienceMs)
    while (!words.test(this.said)) {
      await Promise.race([new Promise<void>((wake) => this.#waiting.push(wake)), once(deadline, "abort")])
      if (deadline.aborted) throw new Error(`it never said ${words}, but: ${this.said}`)
    }
  }

  async end(signal: NodeJS.Signals = "SIGKILL"): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    const ended = once(this.#child, "exit")
    this.#child.kill(signal)
    await ended
  }
}

/** Our own settings are not those of a person's terminal. */
function plainEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(OARLOCK_|ETCD|FORCE_COLOR|NO_COLOR)/.test(name)))
}

/**
 * Connects, sends each of `pieces` once the server has answered the one before, and returns everything that came back when the server closes the
 * connection, or has answered the last piece if `until` is "answer".
 */
export function say(address: string, pieces: readonly (Uint8Array | string)[], until: "close" | "answer"): Promise<string> {
  const [host, port] = address.split(":") as [string, string]
  return new Promise((done, fail) => {
    const socket = connect(Number(port), host)
    const left = [...pieces]
    let heard = ""
    const timer = setTimeout(() => {
      socket.destroy()
      fail(new Error(`${address} neither answered nor closed the connection; it said ${JSON.stringify(heard)}`))
    }, usualPatienceMs)
    const next = (): void => {
      const piece = left.shift()
      if (piece !== undefined) socket.write(piece)
      else if (until === "answer") socket.destroy()
    }
    socket.on("connect", next)
    socket.on("data", (chunk: Buffer) => {
      heard += chunk.toString("latin1")
      next()
    })
    // A reset is a way to close.
    socket.on("error", () => {})
    socket.on("close", () => {
      clearTimeout(timer)
      done(heard)
    })
  })
}
