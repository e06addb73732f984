/**
 * The Live page behind its looks: one cluster, the watcher that asks it, what this page may do, and the signals that its parts are drawn from.
 *
 * Drawing is held to a few times a second, however much happens.
 */

import { type Signal, signal } from "@preact/signals"
import { inBackground } from "../../in-background.ts"
import { Cluster } from "../cluster.ts"
import type { DevStatus } from "../dev-status.ts"
import type { Facts } from "../facts.ts"
import type { Note } from "../note.ts"
import { type Picture, pictureOf } from "../picture.ts"
import { Recorder } from "../recorded/recorder.ts"
import { askOperator, askSupervisor, type DevAction, forgetToken, keepToken, RefusedError, takeToken } from "./power.ts"
import { Watcher } from "./watcher.ts"

/** At most so often is the page drawn anew, in milliseconds. */
const drawEveryMs = 100
/** Ages grow, whatever happens. */
const tickMs = 500
const superviseEveryMs = 1_000
/** An armed page that nobody touches is safe again after this, in milliseconds. */
export const armedForMs = 10 * 60_000

export type Power = { readonly kind: "none" } | { readonly kind: "operator" | "dev"; readonly token: string }

/** What a node answers to something that was done: the store's revision, or what a snapshot covers. */
export interface OperatorAnswer {
  readonly revision?: number
  readonly index?: number
}

export interface Said {
  readonly text: string
  readonly isBad: boolean
  /** Beside what it is shown. */
  readonly where: "cluster" | "keys"
}

export class LiveCluster implements Facts {
  readonly cluster = new Cluster()
  readonly recorder = new Recorder(Date.now())
  readonly picture: Signal<Picture> = signal(pictureOf(this.cluster, Date.now()))
  /** Null until it is known that there are nodes to ask; a sentence if there are none. */
  readonly problem: Signal<string | null> = signal(null)
  readonly power: Signal<Power> = signal<Power>({ kind: "none" })
  /** Somebody typed a token that nobody takes. */
  readonly refusedToken: Signal<boolean> = signal(false)
  readonly armed: Signal<boolean> = signal(false)
  readonly dev: Signal<DevStatus | null> = signal<DevStatus | null>(null)
  readonly selected: Signal<number | null> = signal<number | null>(null)
  /** What the last action came to. */
  readonly said: Signal<Said | null> = signal<Said | null>(null)
  readonly #watcher = new Watcher(
    this.cluster,
    (note) => this.#take(note),
    () => this.#drawSoon(),
  )
  readonly #timers: ReturnType<typeof setInterval>[] = []
  #drawTimer: ReturnType<typeof setTimeout> | null = null
  #drawnAt = 0
  #armTimer: ReturnType<typeof setTimeout> | null = null
  #isStopped = false

  constructor(token: string | null) {
    this.#timers.push(setInterval(() => this.#draw(), tickMs))
    inBackground(this.#begin(takeToken(token)))
  }

  stop(): void {
    this.#isStopped = true
    this.#watcher.stop()
    for (const timer of this.#timers) clearInterval(timer)
    if (this.#drawTimer !== null) clearTimeout(this.#drawTimer)
    if (this.#armTimer !== null) clearTimeout(this.#armTimer)
  }

  /** Arms or disarms. A page without a token has nothing to arm. */
  arm(isArmed: boolean): void {
    this.armed.value = isArmed && this.power.value.kind !== "none"
    if (this.#armTimer !== null) clearTimeout(this.#armTimer)
    this.#armTimer = this.armed.value ? setTimeout(() => (this.armed.value = false), armedForMs) : null
  }

  /** Tries a token that somebody typed. */
  async offer(token: string): Promise<void> {
    this.refusedToken.value = false
    await this.#findPower(token)
    if (this.power.value.kind === "none") this.refusedToken.value = true
    else keepToken(token)
  }

  giveUp(): void {
    forgetToken()
    this.arm(false)
    this.power.value = { kind: "none" }
    this.dev.value = null
  }

  say(text: string, isBad = false, where: Said["where"] = "cluster"): void {
    this.said.value = { text, isBad, where }
  }

  /** Does something to the real processes, and tells what came of it. */
  async breakIt(...actions: readonly DevAction[]): Promise<void> {
    const { power } = this
    if (power.value.kind !== "dev" || !this.armed.value) return
    const { token } = power.value
    await this.#tell(async () => {
      const said: string[] = []
      for (const action of actions) {
        const { message, ...status } = await askSupervisor(token, action)
        this.dev.value = status
        said.push(message)
      }
      return said.join(" ")
    })
  }

  /** Has a node do something, and tells what came of it; `describe` puts the answer into words. */
  async operate(address: string, path: string, body: object, describe: (answer: OperatorAnswer) => string): Promise<void> {
    const { power } = this
    if (power.value.kind === "none" || !this.armed.value) return
    const { token } = power.value
    const where = path === "put" || path === "delete" ? "keys" : "cluster"
    await this.#tell(async () => describe(await askOperator<OperatorAnswer>(token, address, path, body)), where)
  }

  /** Reads, for which nothing has to be armed. Throws `RefusedError`. */
  async read<Answer>(address: string, path: string, body: object): Promise<Answer> {
    const { power } = this
    if (power.value.kind === "none") throw new RefusedError("Keys are shown only with a token.")
    return askOperator<Answer>(power.value.token, address, path, body)
  }

  /** Where to send what any node can do: the leader if it answers, else any node that does. */
  anyAddress(): string | null {
    const { leadership, nodes } = this.picture.value
    const leader = leadership?.sight
    if (leader !== null && leader !== undefined) return leader.address
    return nodes.find(({ sight }) => sight !== null && sight.failure === null && sight.status !== null)?.sight?.address ?? null
  }

  #take(note: Note): void {
    this.cluster.take(note)
    this.recorder.take(note)
  }

  async #tell(action: () => Promise<string>, where: Said["where"] = "cluster"): Promise<void> {
    try {
      this.say(await action(), false, where)
    } catch (error) {
      const isForeseen = error instanceof RefusedError
      this.say(isForeseen ? error.message : `Something went wrong in this page: ${String(error)}`, true, where)
      if (!isForeseen) throw error
    } finally {
      this.#watcher.hurry()
    }
  }

  async #begin(token: string | null): Promise<void> {
    const addresses = await findNodes()
    // If the page was left meanwhile, everything was stopped: nothing may begin after that.
    if (this.#isStopped) return
    if (addresses.length === 0) {
      this.problem.value = "This page did not come from a cluster, so there is nothing to watch."
      return
    }
    this.#watcher.watch(addresses)
    if (token !== null) await this.#findPower(token)
    if (this.#isStopped) return
    this.#timers.push(setInterval(() => inBackground(this.#supervise()), superviseEveryMs))
  }

  async #findPower(token: string): Promise<void> {
    try {
      const { message: _, ...status } = await askSupervisor(token, { action: "status" })
      this.dev.value = status
      this.power.value = { kind: "dev", token }
      return
    } catch (error) {
      if (!(error instanceof RefusedError)) throw error
    }
    for (const { address, stranger } of this.cluster.sights.values()) {
      if (this.#isStopped) return
      // Nodes of another cluster have no business with this token.
      if (stranger !== null) continue
      try {
        await askOperator(token, address, "check", {})
        this.power.value = { kind: "operator", token }
        return
      } catch (error) {
        if (!(error instanceof RefusedError)) throw error
      }
    }
  }

  async #supervise(): Promise<void> {
    const { value: power } = this.power
    if (power.kind !== "dev") return
    try {
      const { message: _, ...status } = await askSupervisor(power.token, { action: "status" })
      this.dev.value = status
    } catch (error) {
      if (!(error instanceof RefusedError)) throw error
      this.dev.value = null
      if (!error.isForbidden) return
      this.giveUp()
      this.say("The token was that of an earlier run: open the address that npm start prints now.", true)
    }
  }

  #drawSoon(): void {
    this.#drawTimer ??= setTimeout(() => this.#draw(), Math.max(0, this.#drawnAt + drawEveryMs - Date.now()))
  }

  #draw(): void {
    if (this.#drawTimer !== null) clearTimeout(this.#drawTimer)
    this.#drawTimer = null
    this.#drawnAt = Date.now()
    this.picture.value = pictureOf(this.cluster, Date.now())
  }
}

/** The client addresses that the server of this page knows; none if no cluster belongs to it. */
async function findNodes(): Promise<string[]> {
  try {
    const response = await fetch("./nodes.json", { cache: "no-store", signal: AbortSignal.timeout(3_000) })
    if (!response.ok) return []
    const { addresses } = (await response.json()) as { readonly addresses: readonly string[] }
    return addresses.filter((address) => typeof address === "string")
  } catch {
    // The server is gone; if it was a node, it may come back, and others may be there still.
    return location.pathname.startsWith("/ui/") ? [location.host] : []
  }
}
