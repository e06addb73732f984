/**
 * Asks the nodes: for their view twice a second, for figures now and then, and for their events as they happen.
 *
 * Each node is asked by itself, so that a dead one delays nobody. News of a role brings the next question forward: the winner of an election says so at
 * once, and half a second later would be too late to see it. Events are handed on in batches, because a page that draws for each would freeze.
 */

import type { ClusterStatus, NodeEvent } from "oarlock/server"
import { inBackground } from "../../in-background.ts"
import type { Cluster } from "../cluster.ts"
import type { Feed, Note } from "../note.ts"
import { EventStream } from "./event-stream.ts"
import { type Buckets, figuresBetween, readBuckets } from "./fsync-figures.ts"

/** How often a node is asked, in milliseconds. */
const askEveryMs = 500
/** How long it may take to answer. */
const answerMs = 1_500
/** No node is asked more often than this, whatever happens. */
const askAtMostEveryMs = 60
const metricsEveryMs = 5_000
/** How long to wait before asking for events again. */
const reconnectMs = 700
/** Nodes that are watched: a member list longer than this is no cluster. */
export const nodesWatchedMax = 32

export class Watcher {
  readonly #cluster: Cluster
  readonly #take: (note: Note) => void
  readonly #onChange: () => void
  readonly #watched = new Map<string, NodeWatch>()
  /** Addresses that the page may not ask: nodes that became members since it was loaded, as its policy names them one by one. */
  readonly #forbidden = new Set<string>()

  /** Everything that comes to be known goes to `take`, from where it has to reach `cluster`. */
  constructor(cluster: Cluster, take: (note: Note) => void, onChange: () => void) {
    this.#cluster = cluster
    this.#take = take
    this.#onChange = onChange
    document.addEventListener("securitypolicyviolation", this.#onForbidden)
    document.addEventListener("visibilitychange", this.#onLook)
  }

  watch(addresses: readonly string[]): void {
    for (const address of addresses) {
      if (this.#watched.has(address) || this.#forbidden.has(address) || this.#watched.size >= nodesWatchedMax) continue
      const watch = new NodeWatch(address, this.#take, (isNews) => this.#onNews(isNews))
      this.#watched.set(address, watch)
    }
  }

  /** Lets everybody be asked now. */
  hurry(): void {
    for (const watch of this.#watched.values()) watch.hurry()
  }

  stop(): void {
    for (const watch of this.#watched.values()) watch.stop()
    this.#watched.clear()
    document.removeEventListener("securitypolicyviolation", this.#onForbidden)
    document.removeEventListener("visibilitychange", this.#onLook)
  }

  readonly #onLook = (): void => {
    if (!document.hidden) this.hurry()
  }

  readonly #onForbidden = ({ blockedURI }: SecurityPolicyViolationEvent): void => {
    const address = URL.canParse(blockedURI) ? new URL(blockedURI).host : ""
    const watch = this.#watched.get(address)
    if (watch === undefined) return
    watch.stop()
    this.#watched.delete(address)
    this.#forbidden.add(address)
    const because = "it joined after this page was loaded: load it again to see it"
    this.#take({ kind: "failure", at: Date.now(), address, because })
    this.#onChange()
  }

  #onNews(concernsAll: boolean): void {
    if (concernsAll) this.hurry()
    this.watch(this.#cluster.knownAddresses())
    this.#onChange()
  }
}

class NodeWatch {
  readonly #address: string
  readonly #take: (note: Note) => void
  readonly #onNews: (concernsAll: boolean) => void
  readonly #stopped = new AbortController()
  #wake: (() => void) | null = null
  #askedAt = 0
  #feed: Feed | null = null
  #lastEventId = "none:0"
  #buckets: Buckets | null = null
  #metricsAt = 0

  constructor(address: string, take: (note: Note) => void, onNews: (concernsAll: boolean) => void) {
    this.#address = address
    this.#take = take
    this.#onNews = onNews
    this.#tellFeed("connecting")
    inBackground(this.#askOnAndOn())
    inBackground(this.#listenOnAndOn())
  }

  hurry(): void {
    this.#wake?.()
  }

  stop(): void {
    this.#stopped.abort()
    this.#wake?.()
  }

  async #askOnAndOn(): Promise<void> {
    while (!this.#stopped.signal.aborted) {
      this.#askedAt = Date.now()
      await this.#ask()
      // All nodes at the same moments: figures of different moments, side by side, would look like differences between nodes.
      await this.#sleep(askEveryMs - (Date.now() % askEveryMs))
      const tooSoonMs = this.#askedAt + askAtMostEveryMs - Date.now()
      if (tooSoonMs > 0) await new Promise((resolve) => setTimeout(resolve, tooSoonMs))
    }
  }

  async #ask(): Promise<void> {
    const startedAt = Date.now()
    const startedMs = performance.now()
    try {
      const response = await this.#fetch("/cluster", answerMs)
      const status = (await response.json()) as ClusterStatus
      if (status.format !== 1 || !Array.isArray(status.members)) throw new Error("it does not answer like an Oarlock node")
      const roundTripMs = performance.now() - startedMs
      if (this.#stopped.signal.aborted) return
      this.#take({ kind: "status", at: Date.now(), address: this.#address, roundTripMs, status })
      if (startedAt - this.#metricsAt >= metricsEveryMs) inBackground(this.#askForMetrics(startedAt))
    } catch (error) {
      if (this.#stopped.signal.aborted) return
      this.#take({ kind: "failure", at: Date.now(), address: this.#address, because: explain(error) })
    }
    this.#onNews(false)
  }

  async #askForMetrics(at: number): Promise<void> {
    this.#metricsAt = at
    try {
      const buckets = readBuckets(await (await this.#fetch("/metrics", answerMs)).text())
      const figures = this.#buckets === null ? null : figuresBetween(this.#buckets, buckets, at)
      if (figures !== null) this.#take({ kind: "fsync", at: Date.now(), address: this.#address, figures })
      this.#buckets = buckets
    } catch {
      // The next question for its view will tell why.
    }
  }

  async #listenOnAndOn(): Promise<void> {
    while (!this.#stopped.signal.aborted) {
      await untilVisible()
      try {
        await this.#listen()
      } catch {
        // Told by `feed`, and by the next question for its view.
      }
      if (this.#feed === "open") this.#tellFeed("lost")
      if (!this.#stopped.signal.aborted) this.#wake?.()
      await new Promise((resolve) => setTimeout(resolve, reconnectMs))
    }
  }

  /**
   * Until the stream ends, or nobody looks at this tab: browsers allow six connections to a server, for all tabs together, and a stream takes one for
   * good. With an id of no life of the node, it tells all that it still has.
   */
  async #listen(): Promise<void> {
    const over = new AbortController()
    const signal = AbortSignal.any([this.#stopped.signal, whenHidden(over.signal)])
    try {
      const response = await fetch(this.#url("/events"), { headers: { "Last-Event-ID": this.#lastEventId }, signal })
      if (!response.ok || response.body === null) throw new Error(`it answers with ${response.status}`)
      const stream = new EventStream()
      const reader = response.body.pipeThrough(new TextDecoderStream()).getReader()
      this.#tellFeed("open")
      for (;;) {
        const { done, value } = await reader.read()
        if (done) return
        this.#read(stream, value)
      }
    } finally {
      over.abort()
    }
  }

  #read(stream: EventStream, text: string): void {
    const about = { at: Date.now(), address: this.#address }
    const events: NodeEvent[] = []
    for (const { id, kind, data } of stream.push(text)) {
      if (kind === "skipped") this.#take({ ...about, kind, count: (JSON.parse(data) as { readonly skipped: number }).skipped })
      else events.push(JSON.parse(data) as NodeEvent)
      if (id !== null) this.#lastEventId = id
    }
    if (events.length === 0) return
    this.#take({ ...about, kind: "events", events })
    this.#onNews(events.some(({ observation }) => changesRoles.has(observation.kind)))
  }

  #tellFeed(feed: Feed): void {
    this.#feed = feed
    this.#take({ kind: "feed", at: Date.now(), address: this.#address, feed })
  }

  async #fetch(path: string, timeoutMs: number): Promise<Response> {
    const signal = AbortSignal.any([this.#stopped.signal, AbortSignal.timeout(timeoutMs)])
    const response = await fetch(this.#url(path), { signal, cache: "no-store" })
    if (!response.ok) throw new Error(`it answers with ${response.status}`)
    return response
  }

  #url(path: string): string {
    return `${location.protocol}//${this.#address}${path}`
  }

  #sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms)
      this.#wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }
}

async function untilVisible(): Promise<void> {
  while (document.hidden) await new Promise((resolve) => document.addEventListener("visibilitychange", resolve, { once: true }))
}

/** Aborts once nobody looks at this tab; `over` ends the wait for that. */
function whenHidden(over: AbortSignal): AbortSignal {
  const hidden = new AbortController()
  const look = (): void => {
    if (document.hidden) hidden.abort()
  }
  document.addEventListener("visibilitychange", look, { signal: over })
  return hidden.signal
}

const changesRoles: ReadonlySet<string> = new Set([
  "becameFollower",
  "becameCandidate",
  "becameLeader",
  "steppedDown",
  "leaderKnown",
  "configurationActive",
  "configurationCommitted",
])

/** Browsers keep to themselves why a connection failed. */
function explain(error: unknown): string {
  const { name, message } = error as Error
  if (name === "TimeoutError") return `no answer within ${answerMs / 1000} s`
  return name === "TypeError" ? "no connection" : message
}
