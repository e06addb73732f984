/**
 * `watchLeader`: a stream of who leads, in which term, with which members.
 *
 * Updates carry the whole state, so states that follow each other faster than the client reads are merged: a slow reader gets the newest,
 * never a backlog.
 */

import { ByteWriter, writeLeaderState } from "../../wire/client/index.ts"
import type { NativeConnection } from "./connection.ts"

interface Subscriber {
  readonly idLow: number
  readonly idHigh: number
  isBehind: boolean
}

export class Subscriptions {
  private readonly connection: NativeConnection
  private subscribers: Subscriber[] = []
  private stopListening: (() => void) | null = null

  constructor(connection: NativeConnection) {
    this.connection = connection
  }

  /** Starts a stream, whose first update goes out with this turn. Says what is wrong, or null. */
  open(idLow: number, idHigh: number): string | null {
    const { backend, options } = this.connection
    if (this.subscribers.length >= options.subscriptionsMax)
      return `this connection has ${options.subscriptionsMax} subscriptions; cancel one first`
    this.subscribers.push({ idLow, idHigh, isBehind: true })
    this.stopListening ??= backend.onLeaderChange(() => {
      for (const subscriber of this.subscribers) subscriber.isBehind = true
      this.connection.flushSoon()
    })
    this.connection.flushSoon()
    return null
  }

  /** Ends the streams of this request; true if there were any. */
  cancel(idLow: number, idHigh: number): boolean {
    const ended = this.subscribers.filter((subscriber) => subscriber.idLow === idLow && subscriber.idHigh === idHigh)
    this.subscribers = this.subscribers.filter((subscriber) => !ended.includes(subscriber))
    this.sayEnd(ended)
    return ended.length > 0
  }

  /** Ends all streams, in words. */
  endAll(): void {
    const ended = this.subscribers
    this.close()
    this.sayEnd(ended)
  }

  /** Forgets all streams. */
  close(): void {
    this.subscribers = []
    this.stopListening?.()
    this.stopListening = null
  }

  writeUpdates(): void {
    if (!this.subscribers.some((subscriber) => subscriber.isBehind)) return
    const state = new ByteWriter()
    writeLeaderState(state, this.connection.backend.leaderState())
    const body = state.take()
    for (const subscriber of this.subscribers) {
      if (subscriber.isBehind) this.connection.answer(subscriber.idLow, subscriber.idHigh, { kind: "update", body })
      subscriber.isBehind = false
    }
  }

  private sayEnd(ended: readonly Subscriber[]): void {
    for (const { idLow, idHigh } of ended) {
      const message = "the subscription was cancelled"
      this.connection.answer(idLow, idHigh, { kind: "rejected", reason: "cancelled", message, leader: null, leaderAddress: null })
    }
  }
}
