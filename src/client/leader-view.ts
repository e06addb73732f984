/**
 * The leader, as this client knows it from all servers that it is connected to.
 *
 * Each server reports its own view, and an old view may arrive late or come from a server that is cut off. A higher term is newer (Raft §5.1). Within
 * a term the leader never changes, so a view with a leader beats one without, unless it comes from the same server.
 */

import type { LeaderState } from "../wire/client/index.ts"

export class LeaderView {
  state: LeaderState | null = null
  private source: string | null = null
  private readonly watchers = new Set<LeaderWatcher>()

  /** Takes a server's view. True if it changed the client's. */
  update(state: LeaderState, endpoint: string): boolean {
    if (!this.isNews(state, endpoint)) return false
    const isSame = this.state !== null && JSON.stringify(comparable(this.state)) === JSON.stringify(comparable(state))
    this.state = state
    this.source = endpoint
    if (!isSame) for (const watcher of this.watchers) watcher.offer(state)
    return !isSame
  }

  /** The connection to this server is closed: from now on any server may replace its view. */
  forget(endpoint: string): void {
    if (this.source === endpoint) this.source = null
  }

  /** The leader's address for clients, or null. */
  get leaderEndpoint(): string | null {
    const { state } = this
    const address = state?.members.find(({ id }) => id === state.leader)?.clientAddress
    return address === undefined || address === "" ? null : address
  }

  /** A stream of states, beginning with the present one if it is known. A slow reader gets the newest state, not a backlog. */
  watch(): LeaderWatcher {
    const watcher: LeaderWatcher = new LeaderWatcher(() => this.watchers.delete(watcher))
    this.watchers.add(watcher)
    if (this.state !== null) watcher.offer(this.state)
    return watcher
  }

  get isWatched(): boolean {
    return this.watchers.size > 0
  }

  close(): void {
    for (const watcher of this.watchers) watcher.end()
  }

  private isNews(state: LeaderState, endpoint: string): boolean {
    const known = this.state
    if (known === null || state.term > known.term) return true
    if (state.term < known.term) return false
    const isOwnWord = this.source === null || this.source === endpoint
    return isOwnWord || (known.leader === null && state.leader !== null) || state.configurationIndex > known.configurationIndex
  }
}

/** The state without the fields that change all the time. */
function comparable(state: LeaderState): unknown {
  return { ...state, members: state.members.map((member) => ({ ...member, matchIndex: null })) }
}

/** The states of one watcher; ends when the client closes, or with `return` (which is what leaving a `for await` loop calls). */
export class LeaderWatcher implements AsyncIterableIterator<LeaderState> {
  private newest: LeaderState | null = null
  private takers: ((result: IteratorResult<LeaderState, undefined>) => void)[] = []
  private isDone = false
  private readonly onDone: () => void

  constructor(onDone: () => void) {
    this.onDone = onDone
  }

  offer(state: LeaderState): void {
    const taker = this.takers.shift()
    if (taker === undefined) this.newest = state
    else taker({ done: false, value: state })
  }

  next(): Promise<IteratorResult<LeaderState, undefined>> {
    const { newest } = this
    this.newest = null
    if (newest !== null) return Promise.resolve({ done: false, value: newest })
    if (this.isDone) return Promise.resolve({ done: true, value: undefined })
    return new Promise((take) => this.takers.push(take))
  }

  return(): Promise<IteratorResult<LeaderState, undefined>> {
    this.end()
    return Promise.resolve({ done: true, value: undefined })
  }

  end(): void {
    this.isDone = true
    this.newest = null
    this.onDone()
    for (const take of this.takers) take({ done: true, value: undefined })
    this.takers = []
  }

  [Symbol.asyncIterator](): this {
    return this
  }
}
