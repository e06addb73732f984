/**
 * A session: writes that take effect once, however often they have to be sent (Raft §8; dissertation §6.3).
 *
 * Each write has a sequence number, which stays with it through all its retries, and the cluster keeps its result until the session says that it
 * has come in. So where a bare write ends as "unknown", this one is simply sent again. A session that says nothing for long is forgotten by the
 * cluster; a keep-alive at a third of that time sees to it that this happens only to clients that are gone.
 */

import {
  createNumbers,
  createRoom,
  endsSession,
  endSequence,
  enterRoom,
  leaveRoom,
  type Room,
  takeSequence,
  tokenOf,
  type CallOptions,
  OarlockError,
} from "../requests/index.ts"
import { encodeRequest, readIndexed, type SessionOpened } from "../wire/client/index.ts"
import type { Question } from "./call.ts"
import { failed } from "./errors.ts"
import type { ClientOptions } from "./options.ts"
import { callOptions, deleteOptions, expectedOf, keyOf, keysOf, putOptions, transactionOf, valueOf } from "./read-arguments.ts"
import { entering } from "./refusal.ts"
import {
  type Bytes,
  deleteCall,
  type DeleteOptions,
  type DeleteResult,
  type Keys,
  putCall,
  type PutOptions,
  type PutResult,
  type StoreCall,
  swapCall,
  type SwapResult,
  type Transaction,
  transactionCall,
  type TransactionResult,
} from "./store-calls.ts"

/** What a session uses of its client. */
export interface SessionHost {
  ask<Answer>(question: Question<Answer>): Promise<Answer>
  onClosed(): void
}

/**
 * A session of a client, made by `Client.openSession`: each write through it takes effect exactly once (dissertation §6.3). It keeps itself alive
 * until it is closed.
 */
export class StoreSession {
  /** The number under which the cluster keeps the session: the log index of the entry that opened it. */
  readonly id: number
  readonly #options: ClientOptions
  readonly #host: SessionHost
  readonly #numbers = createNumbers()
  readonly #room: Room
  #timer: NodeJS.Timeout | null = null
  #state: "open" | "expired" | "closed" = "open"

  /** Made by `Client.openSession`. */
  constructor(opened: SessionOpened, options: ClientOptions, host: SessionHost) {
    this.id = opened.sessionId
    this.#options = options
    this.#host = host
    this.#room = createRoom(options.sessionInflightMax, options.inflightBytesMax)
    if (opened.timeToLiveMs > 0) this.#timer = setInterval(() => this.#keepAlive(), opened.timeToLiveMs / 3).unref()
  }

  /** False once the session was closed, or has expired: open another one then. */
  get isOpen(): boolean {
    return this.#state === "open"
  }

  /** As `Client.put`, exactly once. */
  put(key: Bytes, value: Bytes, options?: PutOptions & CallOptions): Promise<PutResult> {
    return entering("put", () => {
      const read = putOptions(options, "options")
      return this.#write(putCall(keyOf(key, "key"), valueOf(value, "value"), read), read)
    })
  }

  /** As `Client.delete`, exactly once: a retry does not delete what was written in between. */
  delete(keys: Keys, options?: DeleteOptions & CallOptions): Promise<DeleteResult> {
    return entering("delete", () => {
      const read = deleteOptions(options, "options")
      return this.#write(deleteCall(keysOf(keys, "keys"), read), read)
    })
  }

  /** As `Client.compareAndSwap`, exactly once: a retry gets the answer of the first attempt that was applied. */
  compareAndSwap(key: Bytes, expected: Bytes | number | null, value: Bytes, options?: CallOptions): Promise<SwapResult> {
    return entering("compareAndSwap", () => {
      const swap = swapCall(keyOf(key, "key"), expectedOf(expected, "expected"), valueOf(value, "value"))
      return this.#write(swap, callOptions(options, "options"))
    })
  }

  /** As `Client.transaction`, exactly once: a retry gets the answer of the first attempt that was applied. */
  transaction(transaction: Transaction, options?: CallOptions): Promise<TransactionResult> {
    return entering("transaction", () =>
      this.#write(transactionCall(transactionOf(transaction, "transaction")), callOptions(options, "options")),
    )
  }

  /** Ends the session in the cluster, which then frees its results. */
  close(options?: CallOptions): Promise<void> {
    return entering("close", () => this.#close(callOptions(options, "options")))
  }

  async #close(options: CallOptions): Promise<void> {
    if (this.#state !== "open") return
    this.abandon("closed")
    await this.#host.ask(this.#question("close the session", encodeRequest({ kind: "closeSession", sessionId: this.id }), options))
  }

  /** Stops using the session here: the cluster keeps it until it expires. */
  abandon(state: "expired" | "closed" = "closed"): void {
    if (this.#state !== "open") return
    // Any other value from JavaScript counts as `closed`.
    this.#state = state === "expired" ? state : "closed"
    if (this.#timer !== null) clearInterval(this.#timer)
    this.#timer = null
    this.#host.onClosed()
  }

  async #write<Answer>(call: StoreCall<Answer>, { timeoutMs = this.#options.timeoutMs }: CallOptions): Promise<Answer> {
    const { operation, bytes, read } = call
    const fail = (code: "sessionExpired" | "closed" | "overloaded", message: string): OarlockError =>
      failed(operation, code, "rejected", message)
    if (this.#state === "expired") throw fail("sessionExpired", "the cluster has forgotten this session; open another one")
    if (this.#state === "closed") throw fail("closed", "this session is closed")
    // Before it takes a number, which would hold up `answeredBelow` for nothing.
    const problem = enterRoom(this.#room, bytes.length)
    if (problem !== null) {
      const what = problem === "count" ? `${this.#room.countMax} writes` : `${this.#room.bytes} bytes`
      throw fail("overloaded", `${what} of this session are waiting already`)
    }
    const sequence = takeSequence(this.#numbers)
    const token = tokenOf(this.#numbers, this.id, sequence)
    const request = encodeRequest({ kind: "inSession", session: token, command: bytes })
    try {
      return await this.#host.ask({ operation, request, effect: "once", target: "leader", timeoutMs, read })
    } catch (error) {
      this.#noteExpiry(error)
      throw error
    } finally {
      // The call is over, also after a failure: its result will not be asked for again.
      endSequence(this.#numbers, sequence)
      leaveRoom(this.#room, bytes.length)
    }
  }

  #keepAlive(): void {
    const request = encodeRequest({ kind: "keepSession", sessionId: this.id })
    // Any other error may pass: two more attempts follow before the session expires.
    this.#host.ask(this.#question("keep the session alive", request, {})).catch((error: unknown) => this.#noteExpiry(error))
  }

  #noteExpiry(error: unknown): void {
    if (error instanceof OarlockError && endsSession(error.code)) this.abandon("expired")
  }

  #question(operation: string, request: Uint8Array, { timeoutMs = this.#options.timeoutMs }: CallOptions): Question<null> {
    const read: Question<null>["read"] = (response) => ({
      answer: null,
      index: response.kind === "ok" ? readIndexed(response.body).index : 0,
    })
    return { operation, request, effect: "once", target: "leader", timeoutMs, read }
  }
}
