/**
 * A client of an Oarlock cluster, over the native protocol (`docs/native-protocol.md`).
 *
 * Calls are pipelined: a caller need not wait for one before making the next. Each call finds a server, is retried while that is safe, and ends
 * within its timeout in one of three ways: done; certainly not done; unknown (see `OarlockError.outcome`). Reads never show an older state than this
 * client has seen before, whichever server answers.
 *
 * A call with a wrong argument rejects at once with the code `badArgument`, and nothing is sent. Bytes are copied before a call returns.
 */

import { type WrittenChange, writtenMembershipChanges } from "../arguments/index.ts"
import type { CallOptions, ChangeOptions, ReadOptions } from "../requests/index.ts"
import {
  ByteReader,
  encodeRequest,
  type LeaderState,
  type LogIndex,
  type MemberStatus,
  type NodeId,
  type ServerStatus,
  readIndexed,
  readServerStatus,
  readSessionOpened,
  type Request,
  type SessionOpened,
} from "../wire/client/index.ts"
import type { Question } from "./call.ts"
import { Dispatcher, type RefusedServer } from "./dispatcher.ts"
import { type ClientOptions, readClientOptions } from "./options.ts"
import {
  callOptions,
  changeOptions,
  compactOptions,
  deleteOptions,
  endpointOptions,
  expectedOf,
  getOptions,
  keyOf,
  keysOf,
  putOptions,
  rangeOptions,
  readOptions,
  revisionOf,
  successor,
  transactionOf,
  valueOf,
} from "./read-arguments.ts"
import { entering, refusal } from "./refusal.ts"
import {
  type Bytes,
  compactCall,
  deleteCall,
  type DeleteOptions,
  type DeleteResult,
  getCall,
  type Keys,
  type StoreEntry,
  putCall,
  type PutOptions,
  type PutResult,
  rangeCall,
  type RangeOptions,
  type RangeResult,
  readTransactionCall,
  type StoreCall,
  swapCall,
  type SwapResult,
  type Transaction,
  transactionCall,
  type TransactionResult,
} from "./store-calls.ts"
import { StoreSession } from "./store-session.ts"

/** Makes a client, which connects at its first call. Throws an `OarlockError` with the code `badOptions` if an option is wrong. */
export function connect(options: Partial<ClientOptions> & Pick<ClientOptions, "endpoints">): Client {
  try {
    return new Client(readClientOptions(options))
  } catch (error) {
    throw refusal("connect", "badOptions", error)
  }
}

/**
 * A client of a cluster, made by `connect`. Up to `inflightRequestsMax` calls may be under way at once. A call that fails rejects with an
 * `OarlockError`.
 */
export class Client {
  readonly #options: ClientOptions
  readonly #dispatcher: Dispatcher
  readonly #sessions = new Set<StoreSession>()
  /** The highest log index that an answer has shown: no later read may show an older state. */
  #seenIndex: LogIndex = 0

  /** Made by `connect`. */
  constructor(options: ClientOptions) {
    this.#options = options
    this.#dispatcher = new Dispatcher(options)
  }

  // ---- the store ----

  /** Writes `value` under `key`, whether or not the key exists. */
  put(key: Bytes, value: Bytes, options?: PutOptions & CallOptions): Promise<PutResult> {
    return entering("put", () => {
      const read = putOptions(options, "options")
      return this.#write(putCall(keyOf(key, "key"), valueOf(value, "value"), read), read)
    })
  }

  /** The pair, or null if the key does not exist. */
  get(key: Bytes, options?: ReadOptions & Pick<RangeOptions, "revision">): Promise<StoreEntry | null> {
    return entering("get", () => {
      const read = getOptions(options, "options")
      return this.#read(getCall(keyOf(key, "key"), read.revision), read)
    })
  }

  /** Deletes one key or all keys of a range. Keys that do not exist are no error: see `deleted`. */
  delete(keys: Keys, options?: DeleteOptions & CallOptions): Promise<DeleteResult> {
    return entering("delete", () => {
      const read = deleteOptions(options, "options")
      return this.#write(deleteCall(keysOf(keys, "keys"), read), read)
    })
  }

  /** Reads one key or all keys of a range, ascending unless `sort` says otherwise. */
  range(keys: Keys, options?: RangeOptions & ReadOptions): Promise<RangeResult> {
    return entering("range", () => {
      const read = rangeOptions(options, "options")
      return this.#read(rangeCall(keysOf(keys, "keys"), read), read)
    })
  }

  /** Puts `value` if the key is as `expected`: has that value (text or bytes), has that modRevision (a number), or does not exist (null). */
  compareAndSwap(key: Bytes, expected: Bytes | number | null, value: Bytes, options?: CallOptions): Promise<SwapResult> {
    return entering("compareAndSwap", () => {
      const swap = swapCall(keyOf(key, "key"), expectedOf(expected, "expected"), valueOf(value, "value"))
      return this.#write(swap, callOptions(options, "options"))
    })
  }

  /** Compares and writes atomically: see `Transaction`. */
  transaction(transaction: Transaction, options?: CallOptions): Promise<TransactionResult> {
    return entering("transaction", () =>
      this.#write(transactionCall(transactionOf(transaction, "transaction")), callOptions(options, "options")),
    )
  }

  /** A transaction that only reads: it is answered as a read, without a log entry. Refused if it holds a write. */
  readTransaction(transaction: Transaction, options?: ReadOptions): Promise<TransactionResult> {
    return entering("readTransaction", () =>
      this.#read(readTransactionCall(transactionOf(transaction, "transaction")), readOptions(options, "options")),
    )
  }

  /** Discards the history before `revision`: reads of older revisions fail with `compacted`. `physical`: the memory is freed before the answer. */
  compact(revision: number, options?: { readonly physical?: boolean } & CallOptions): Promise<{ revision: number }> {
    return entering("compact", () => {
      const read = compactOptions(options, "options")
      return this.#write(compactCall(revisionOf(revision, "revision"), read.physical ?? false), read)
    })
  }

  /** Opens a session: each write through it takes effect exactly once, also if it has to be sent again. Close it when you are done. */
  openSession(options?: CallOptions): Promise<StoreSession> {
    return entering("openSession", () => this.#openSession(callOptions(options, "options")))
  }

  // ---- the cluster ----

  /** How one server sees itself and the cluster: the server at `endpoint`, or any server. */
  status(options?: { readonly endpoint?: string } & CallOptions): Promise<ServerStatus> {
    return entering("status", () => this.#status(endpointOptions(options, "options")))
  }

  /** The members of the cluster, as one server knows them. */
  members(options?: CallOptions): Promise<readonly MemberStatus[]> {
    return entering("members", () => this.#status(callOptions(options, "options")).then(({ members }) => members))
  }

  /** A stream of the cluster's leader and members: the present state, then every change that a server reports. Ends with `break`, `return()`, or when the
   * client closes. */
  watchLeader(): AsyncIterableIterator<LeaderState> {
    const watcher = this.#dispatcher.view.watch()
    this.#dispatcher.stayConnected()
    return watcher
  }

  /**
   * Changes the members of the cluster and which of them vote; several steps are one change. `version` is the `configurationIndex` that the change was
   * made for: with it a repeated or late change is refused. Resolves once the last step is committed.
   */
  changeMembership(changes: readonly WrittenChange[], options?: ChangeOptions): Promise<{ readonly index: LogIndex }> {
    return entering("changeMembership", () => {
      const steps = writtenMembershipChanges(changes, "changes")
      const { version = null, ...rest } = changeOptions(options, "options")
      return this.#administer("change the membership", { kind: "changeMembership", changes: steps, version }, rest)
    })
  }

  /** Transfers leadership to `to`, or to the most up-to-date follower (dissertation §3.10). */
  transferLeadership(to: NodeId | null = null, options?: CallOptions): Promise<{ readonly index: LogIndex }> {
    return entering("transferLeadership", () => {
      const target = successor(to, "to")
      const operation = target === null ? "transfer leadership" : `transfer leadership to node ${target}`
      return this.#administer(operation, { kind: "transferLeadership", to: target }, callOptions(options, "options"))
    })
  }

  /** Makes one server take a snapshot now: the server at `endpoint`, or the leader. Resolves once the snapshot is durable. */
  snapshot(options?: { readonly endpoint?: string } & CallOptions): Promise<{ readonly index: LogIndex }> {
    return entering("snapshot", () => {
      const read = endpointOptions(options, "options")
      return this.#administer("take a snapshot", { kind: "takeSnapshot" }, read, read.endpoint)
    })
  }

  /** The servers that this client knows: those in its options, and those that servers have named. */
  get endpoints(): readonly string[] {
    return this.#dispatcher.endpoints
  }

  /** The servers that this client sends nothing to, such as servers of another cluster, and why. */
  get refused(): readonly RefusedServer[] {
    return this.#dispatcher.refused
  }

  /** Closes all connections: calls without an answer fail with `closed`. Sessions are left to expire; close them first to free them in the cluster. */
  close(): void {
    for (const session of this.#sessions) session.abandon()
    this.#dispatcher.close()
  }

  // ---- requests ----

  async #openSession(options: CallOptions): Promise<StoreSession> {
    const opened = await this.#ask<SessionOpened>({
      operation: "open a session",
      request: { kind: "openSession" },
      // If it is opened twice, the unused session expires.
      effect: "once",
      options,
      read: (body) => readSessionOpened(readIndexed(body).result),
    })
    const session = new StoreSession(opened, this.#options, {
      ask: (question) => this.#askQuestion(question),
      onClosed: () => this.#sessions.delete(session),
    })
    this.#sessions.add(session)
    return session
  }

  #status(options: { readonly endpoint?: string } & CallOptions): Promise<ServerStatus> {
    const { endpoint } = options
    return this.#ask({
      operation: endpoint === undefined ? "status" : `status of ${endpoint}`,
      request: { kind: "status" },
      effect: "none",
      target: endpoint === undefined ? "any" : { endpoint },
      options,
      read: (body) => readServerStatus(new ByteReader(body)),
    })
  }

  #write<Answer>(call: StoreCall<Answer>, { timeoutMs = this.#options.timeoutMs }: CallOptions): Promise<Answer> {
    const { operation, bytes, read } = call
    return this.#askQuestion({ operation, request: bytes, effect: "each", target: "leader", timeoutMs, read })
  }

  #read<Answer>(call: StoreCall<Answer>, options: ReadOptions): Promise<Answer> {
    const { operation, bytes, read } = call
    const { timeoutMs = this.#options.timeoutMs, consistency = this.#options.consistency } = options
    const request = encodeRequest({ kind: "read", consistency, minimumIndex: this.#seenIndex, query: bytes })
    return this.#askQuestion({ operation, request, effect: "none", target: consistency === "stale" ? "any" : "leader", timeoutMs, read })
  }

  #administer(operation: string, request: Request, options: CallOptions, endpoint?: string): Promise<{ readonly index: LogIndex }> {
    return this.#ask({
      operation,
      request,
      effect: "each",
      target: endpoint === undefined ? "leader" : { endpoint },
      options: { timeoutMs: options.timeoutMs ?? this.#options.administrationTimeoutMs },
      read: (body) => ({ index: readIndexed(body).index }),
    })
  }

  #ask<Answer>(asked: {
    operation: string
    request: Request
    effect: Question<Answer>["effect"]
    target?: Question<Answer>["target"]
    options: CallOptions
    read: (body: Uint8Array) => Answer
  }): Promise<Answer> {
    const { operation, request, effect, target = "leader", options, read } = asked
    return this.#askQuestion({
      operation,
      request: encodeRequest(request),
      effect,
      target,
      timeoutMs: options.timeoutMs ?? this.#options.timeoutMs,
      read: (response) => {
        if (response.kind === "notFound") throw new Error("the server says that a key does not exist, which answers something else")
        return { answer: read(response.body), index: 0 }
      },
    })
  }

  async #askQuestion<Answer>(question: Question<Answer>): Promise<Answer> {
    const { answer, index } = await this.#dispatcher.ask(question)
    if (index > this.#seenIndex) this.#seenIndex = index
    return answer
  }
}
