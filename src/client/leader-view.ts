/**
 * Who leads, as this client knows it from all the servers it talks to.
 *
 * Each server tells its own view, and an old one may arrive late or come from a server that is cut off: a higher term is newer (Raft §5.1), and
 * within a term a leader never changes, so one that is named beats none, unless the very server that named it takes it back.
 */

import type { LeaderState } from "../wire/client/index.ts"

export class LeaderView {
  state: LeaderState | null = null
  private source: string | null = null
  private readonly watchers = new Set<LeaderWatcher>()

  /** A server's view has come in. True if it changed ours. */
  update(state: LeaderState, endpoint: string): boolean {
    if (!this.isNews(state, endpoint)) return false
    const isSame = this.state !== null && JSON.stringify(comparable(this.state)) === JSON.stringify(comparable(state))
    this.state = state
    this.source = endpoint
    if (!isSame) for (const watcher of this.watchers) watcher.offer(state)
    return !isSame
  }

  /** A connection is gone: what its server said may be taken back by any other. */
  forget(endpoint: string): void {
    if (this.source === endpoint) this.source = null
  }

  /** Where clients reach the leader, or null. */
  get leaderEndpoint(): string | null {
    const { state } = this
    const address = state?.members.find(({ id }) => id === state.leader)?.clientAddress
    return address === undefined || address === "" ? null : address
  }

  /** A stream of the states from now on, beginning with the present one if there is one. Slow takers get the newest, not a backlog. */
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

/** Without what changes all the time. */
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
