/**
 * Brings each call to a server that can answer it, as often as its rule allows (see `call.ts`), until its deadline.
 *
 * Any server answers any request: it forwards what only the leader can do. So knowing the leader saves a hop and is never needed. Calls go to
 * the leader if it is known and connected, else to the first server in the order of preference; a server that could not help moves to the end
 * of it and is in doubt for a while, as nobody can tell from outside a slow server from one that is cut off from the others.
 */

import {
  begin,
  createRoom,
  enterRoom,
  leaveRoom,
  onDeadline,
  type Room,
  type OarlockError,
  type OarlockErrorCode,
} from "../requests/index.ts"
import { frameLengthMax, type LeaderState, type Response, type Welcome } from "../wire/client/index.ts"
import { type Answered, type Call, failure, judge, judgeLoss, type Question, type Verdict } from "./call.ts"
import { Connection, type ConnectionEvents, type Unwanted } from "./connection.ts"
import { failed } from "./errors.ts"
import { LeaderView } from "./leader-view.ts"
import { type ClientOptions, parseEndpoint } from "./options.ts"
import { remember } from "./remember.ts"

/** The length of a frame includes the request's id. */
const requestBytesMax = frameLengthMax - 8

/** Why a server is not connected at the moment. */
interface Trouble {
  readonly message: string
  /** The pause before the next attempt to connect; infinite if another attempt cannot help. */
  readonly delayMs: number
  readonly untilMs: number
  /** Not null if the server answers but is refused. */
  readonly code: OarlockErrorCode | null
}

/** A server that this client sends no calls to: it belongs to another cluster, or has no protocol version in common. */
export interface RefusedServer {
  /** The server, as `host:port`. */
  readonly endpoint: string
  /** Why, as the code of an error, such as `wrongCluster`, `otherBeginning` or `unsupportedVersion`. */
  readonly code: OarlockErrorCode
  /** The same in words. */
  readonly message: string
}

export class Dispatcher implements ConnectionEvents {
  readonly view = new LeaderView()
  private options: ClientOptions
  /** Servers in the order of preference: those given, and those learned from them. */
  private order: string[]
  private readonly connections = new Map<string, Connection>()
  private readonly troubles = new Map<string, Trouble>()
  /** Until when a server is in doubt, by `performance.now()`. */
  private readonly doubts = new Map<string, number>()
  private readonly calls = new Set<Call>()
  /** Those of `calls` that wait for a connection. */
  private readonly waiting = new Set<Call>()
  /** Those of `calls` that rest before their next attempt. */
  private readonly resting = new Set<Call>()
  /** The address of the latest leader that servers have reported. */
  private latestLeader: string | null = null
  /** The leader's address as a rejection named it, until the servers report a leader themselves. */
  private leaderHint: string | null = null
  /** The genesis of this client's cluster, and the server that reported it first; null before that. */
  private genesis: { readonly of: string; readonly toldBy: string } | null = null
  private readonly room: Room
  private seekTimer: NodeJS.Timeout | null = null
  private isClosed = false

  constructor(options: ClientOptions) {
    this.options = options
    this.order = [...new Set(options.endpoints)]
    this.room = createRoom(options.inflightRequestsMax, options.inflightBytesMax)
  }

  /** Asks, retries, answers. Rejects with an `OarlockError` only. */
  ask<Answer>(question: Question<Answer>): Promise<Answered<Answer>> {
    if (this.isClosed) return Promise.reject(notSent(question, "closed", "this client is closed"))
    // A server would close the connection because of such a frame, and the outcome of all calls on it would be unknown.
    if (question.request.length > requestBytesMax) {
      const message = `a request of ${question.request.length} bytes does not fit the protocol's frames; they hold ${requestBytesMax}`
      return Promise.reject(notSent(question, "tooLarge", message))
    }
    const problem = enterRoom(this.room, question.request.length)
    if (problem !== null) {
      const what = problem === "count" ? `${this.room.countMax} calls` : `${this.room.bytes} bytes`
      return Promise.reject(notSent(question, "overloaded", `${what} of this client are waiting already`))
    }
    return new Promise((resolve, reject) => {
      const call: Call<Answer> = {
        question,
        effect: question.effect,
        resolve,
        reject,
        deadlineTimer: null,
        attemptTimer: null,
        attempts: 0,
        isUnderWay: false,
        mayHaveHappened: false,
        lastFailure: null,
        connection: null,
        id: 0,
        isSettled: false,
      }
      call.deadlineTimer = setTimeout(() => this.onDeadline(call as Call), question.timeoutMs)
      this.calls.add(call as Call)
      this.route(call as Call)
    })
  }

  /**
   * Keeps two servers connected while the client is in use: a leader that is paused or cut off does not report its successor, another server does.
   * A client without calls that has lost its connections does not connect again before the next call.
   */
  stayConnected(): void {
    const ready = [...this.connections.values()].filter(({ state }) => state === "ready").length
    const isInUse = ready > 0 || this.waiting.size > 0 || this.view.isWatched
    if (isInUse && ready < Math.min(2, this.order.length)) this.seek()
  }

  /** The servers that this client knows. */
  get endpoints(): readonly string[] {
    return this.order
  }

  /** The servers that this client sends no calls to. */
  get refused(): readonly RefusedServer[] {
    return [...this.troubles].flatMap(([endpoint, { code, message }]) => (code === null ? [] : [{ endpoint, code, message }]))
  }

  close(): void {
    this.isClosed = true
    this.view.close()
    if (this.seekTimer !== null) clearTimeout(this.seekTimer)
    for (const connection of this.connections.values()) connection.close()
    this.connections.clear()
    for (const call of this.calls) this.fail(call, "closed", "this client was closed")
  }

  // ---- calls and their attempts ----

  private route(call: Call): void {
    const { target } = call.question
    const connection =
      typeof target === "object" ? this.connectedTo(target.endpoint) : target === "leader" ? this.leaderOrBest() : this.best()
    if (connection === null) {
      const trouble = typeof target === "object" ? this.troubles.get(target.endpoint) : undefined
      if (typeof target === "object" && trouble?.code != null) return this.fail(call, trouble.code, trouble.message, target.endpoint)
      this.waiting.add(call)
      if (typeof target === "string") this.seek()
      return
    }
    begin(call)
    connection.send(call)
    if (call.effect !== "each") call.attemptTimer = setTimeout(() => this.onAttemptTimeout(call, connection), this.options.attemptTimeoutMs)
  }

  onAnswer(connection: Connection, call: Call, response: Response): void {
    this.obey(call, judge(call, response, connection.endpoint), connection.endpoint)
  }

  private onAttemptTimeout(call: Call, connection: Connection): void {
    connection.abandon(call)
    const message = `no answer within ${this.options.attemptTimeoutMs} ms`
    this.obey(call, judgeLoss(call, "timeout", message, connection.endpoint), connection.endpoint)
  }

  private obey(call: Call, verdict: Verdict<unknown>, endpoint: string): void {
    if (call.attemptTimer !== null) clearTimeout(call.attemptTimer)
    call.attemptTimer = null
    switch (verdict.kind) {
      case "resolve":
        this.settle(call)
        return call.resolve(verdict.answered)
      case "fail":
        this.settle(call)
        return call.reject(verdict.error)
      case "retry": {
        call.lastFailure = `${verdict.because} (${endpoint})`
        if (verdict.leaderEndpoint !== null) this.leaderHint = verdict.leaderEndpoint
        if (verdict.elsewhere) this.doubt(endpoint)
        // A call whose first attempt named the leader goes there without a pause.
        const delayMs = verdict.leaderEndpoint !== null && call.attempts === 1 ? 0 : this.retryDelayMs(call.attempts)
        this.resting.add(call)
        call.attemptTimer = setTimeout(() => this.wakeUp(call), delayMs)
        return
      }
      default:
        verdict satisfies never
    }
  }

  private wakeUp(call: Call): void {
    this.resting.delete(call)
    if (call.attemptTimer !== null) clearTimeout(call.attemptTimer)
    call.attemptTimer = null
    this.route(call)
  }

  private onDeadline(call: Call): void {
    const { connection, question } = call
    connection?.abandon(call)
    const trouble = this.explainTroubles()
    const isUnreachable = connection === null && call.attempts === 0 && trouble !== null
    const reason = call.lastFailure ?? (isUnreachable ? trouble : null)
    const message = `no answer within ${question.timeoutMs} ms${reason === null ? "" : `: ${reason}`}`
    this.fail(call, isUnreachable ? "unreachable" : "timeout", message, connection?.endpoint ?? null)
  }

  private fail(call: Call, code: OarlockErrorCode, message: string, endpoint: string | null = null): void {
    this.settle(call)
    call.reject(failure(call, onDeadline(call).outcome, code, message, endpoint))
  }

  private settle(call: Call): void {
    if (!this.calls.delete(call)) return
    this.waiting.delete(call)
    this.resting.delete(call)
    leaveRoom(this.room, call.question.request.length)
    if (call.deadlineTimer !== null) clearTimeout(call.deadlineTimer)
    if (call.attemptTimer !== null) clearTimeout(call.attemptTimer)
  }

  /** The pause doubles with every attempt, and is random within a factor of two so that calls do not come back all at once. */
  private retryDelayMs(attempts: number): number {
    const { retryDelayMinMs, retryDelayMaxMs } = this.options
    return Math.min(retryDelayMaxMs, retryDelayMinMs * 2 ** (attempts - 1)) * (0.5 + Math.random() / 2)
  }

  // ---- choosing a server ----

  private leaderOrBest(): Connection | null {
    const endpoint = this.leaderHint ?? this.view.leaderEndpoint
    if (endpoint !== null && parseEndpoint(endpoint) !== null && !this.isInDoubt(endpoint)) {
      const leader = this.connectedTo(endpoint)
      if (leader !== null) return leader
    }
    return this.best()
  }

  /** The first connected server in the order of preference; one in doubt only if there is no other. */
  private best(): Connection | null {
    let doubtful: Connection | null = null
    for (const endpoint of this.order) {
      const connection = this.connections.get(endpoint)
      if (connection?.state !== "ready") continue
      if (!this.isInDoubt(endpoint)) return connection
      doubtful ??= connection
    }
    return doubtful
  }

  /** The connection if it is ready. If there is none, one is opened, unless the pause after a failure has not passed yet. */
  private connectedTo(endpoint: string): Connection | null {
    const connection = this.connections.get(endpoint)
    if (connection?.state === "ready") return connection
    if (connection === undefined) {
      const trouble = this.troubles.get(endpoint)
      if (trouble === undefined || trouble.untilMs <= performance.now()) this.open(endpoint)
      else this.seekLater()
    }
    return null
  }

  private isInDoubt(endpoint: string): boolean {
    const until = this.doubts.get(endpoint)
    return until !== undefined && until > performance.now()
  }

  /** This server could not help: prefers others for a while, and connects to one. */
  private doubt(endpoint: string): void {
    remember(this.doubts, endpoint, performance.now() + this.options.attemptTimeoutMs)
    this.order = [...this.order.filter((other) => other !== endpoint), endpoint]
    const best = this.best()
    if (best === null || best.endpoint === endpoint) this.seek()
  }

  // ---- connecting ----

  /** Opens the next connection: one at a time, so that the client connects to no more servers than it needs. */
  private seek(): void {
    if (this.isClosed) return
    for (const connection of this.connections.values()) if (connection.state === "connecting") return
    const nowMs = performance.now()
    const endpoint = this.order.find(
      (candidate) => !this.connections.has(candidate) && (this.troubles.get(candidate)?.untilMs ?? 0) <= nowMs,
    )
    if (endpoint !== undefined) this.open(endpoint)
    else this.seekLater()
  }

  /** Every server is connected or has failed: tries again when the first pause has passed. */
  private seekLater(): void {
    if (this.seekTimer !== null) return
    const wanted = new Set(this.order)
    for (const { question } of this.waiting) if (typeof question.target === "object") wanted.add(question.target.endpoint)
    const times = [...this.troubles]
      .filter(([endpoint]) => wanted.has(endpoint) && !this.connections.has(endpoint))
      .map(([, { untilMs }]) => untilMs)
      .filter(Number.isFinite)
    if (times.length === 0) return this.giveUp()
    const delayMs = Math.max(1, Math.min(...times) - performance.now())
    this.seekTimer = setTimeout(() => {
      this.seekTimer = null
      this.rerouteWaiting()
      this.stayConnected()
    }, delayMs)
  }

  /** All known servers are refused: waiting calls fail now and not at their deadline. */
  private giveUp(): void {
    if (this.connections.size > 0) return
    for (const call of this.waiting) this.fail(call, "unreachable", this.explainTroubles() ?? "no server is known")
  }

  private open(endpoint: string): void {
    this.connections.set(endpoint, new Connection(endpoint, this.options, this))
  }

  onWelcome(connection: Connection, welcome: Welcome | null): Unwanted | null {
    const { clusterId } = this.options
    if (welcome !== null && clusterId !== null && welcome.clusterId !== clusterId) {
      return { code: "wrongCluster", message: `this server belongs to cluster ${welcome.clusterId}, not to ${clusterId}` }
    }
    const unwanted = this.compareGenesis(connection, welcome?.genesis ?? null)
    if (unwanted !== null) return unwanted
    // From the first answer on this client belongs to one cluster: an address that is reused by another cluster is refused.
    if (welcome !== null) this.options = { ...this.options, clusterId: welcome.clusterId }
    this.troubles.delete(connection.endpoint)
    this.rerouteWaiting()
    this.stayConnected()
    return null
  }

  /** Two clusters may have the same token by mistake; their genesis tells them apart. A server whose cluster has not begun yet has none. */
  private compareGenesis({ endpoint }: Connection, genesis: string | null): Unwanted | null {
    if (genesis === null) return null
    this.genesis ??= { of: genesis, toldBy: endpoint }
    const { of, toldBy } = this.genesis
    if (of === genesis) return null
    const message = `this server belongs to another cluster than ${toldBy}: both have the same token, and each began by itself (genesis ${genesis}, and ${of} there); nothing is sent here. Name the servers of one cluster only`
    return { code: "otherBeginning", message }
  }

  onLost(connection: Connection, because: string, calls: readonly Call[], unwanted: Unwanted | null): void {
    const { endpoint } = connection
    this.connections.delete(endpoint)
    this.view.forget(endpoint)
    const { retryDelayMinMs, retryDelayMaxMs } = this.options
    const before = this.troubles.get(endpoint)?.delayMs ?? retryDelayMinMs / 2
    const delayMs = unwanted === null ? Math.min(retryDelayMaxMs, before * 2) : Number.POSITIVE_INFINITY
    remember(this.troubles, endpoint, { message: because, delayMs, untilMs: performance.now() + delayMs, code: unwanted?.code ?? null })
    for (const call of calls) this.obey(call, judgeLoss(call, "connectionLost", because, endpoint), endpoint)
    this.rerouteWaiting()
    this.stayConnected()
  }

  onLeaderState(connection: Connection, state: LeaderState): Unwanted | null {
    const unwanted = this.compareGenesis(connection, state.genesis)
    if (unwanted !== null) return unwanted
    if (this.view.update(state, connection.endpoint)) this.followNews(state)
    return null
  }

  private followNews(state: LeaderState): void {
    this.leaderHint = null
    const members = state.members.map(({ clientAddress }) => clientAddress).filter((address) => parseEndpoint(address) !== null)
    const isKept = (endpoint: string): boolean =>
      members.includes(endpoint) || this.connections.has(endpoint) || this.options.endpoints.includes(endpoint)
    this.order = [...new Set([...this.order.filter(isKept), ...members])]
    const leader = this.view.leaderEndpoint
    if (leader !== null) this.followLeader(leader)
    this.stayConnected()
  }

  /** Calls that wait for a leader are sent now, and a former leader that is silent is not waited for. */
  private followLeader(leader: string): void {
    const before = this.latestLeader
    this.latestLeader = leader
    // A server that was just elected is connected to a majority.
    this.doubts.delete(leader)
    if (before !== null && before !== leader) {
      this.doubt(before)
      this.connections.get(before)?.replace()
    }
    for (const call of this.resting) this.wakeUp(call)
  }

  private rerouteWaiting(): void {
    const calls = [...this.waiting]
    this.waiting.clear()
    for (const call of calls) this.route(call)
  }

  private explainTroubles(): string | null {
    const parts = [...this.troubles].map(([endpoint, { message }]) => `${endpoint}: ${message}`)
    return parts.length === 0 ? null : parts.join("; ")
  }
}

function notSent(question: Question<unknown>, code: OarlockErrorCode, message: string): OarlockError {
  return failed(question.operation, code, "rejected", message)
}
