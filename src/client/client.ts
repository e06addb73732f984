/**
 * A client of an Oarlock cluster, over the native protocol (`docs/native-protocol.md`).
 *
 * Calls are pipelined: make as many as you like without waiting. Each finds a server, is retried while that is safe, and ends within its
 * deadline as one of three: done; certainly not done; unknown (see `OarlockError.outcome`). Reads never show an older state than this client has
 * seen before, whichever server answers.
 */

import {
  ByteReader,
  encodeRequest,
  type LeaderState,
  type LogIndex,
  type MembershipChange,
  type MemberStatus,
  type NodeId,
  type NodeStatus,
  type ReadConsistency,
  readIndexed,
  readNodeStatus,
  readSessionOpened,
  type Request,
  type SessionOpened,
} from "../wire/client/index.ts"
import type { Question } from "./call.ts"
import { Dispatcher } from "./dispatcher.ts"
import { type ClientOptions, defaultClientOptions, explainBadClientOptions } from "./options.ts"
import { Session } from "./session.ts"
import {
  type Bytes,
  compactCall,
  deleteCall,
  type DeleteOptions,
  type DeleteResult,
  getCall,
  type Keys,
  type KeyValue,
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

/** What every call takes. */
export interface CallOptions {
  /** How long the call may take, retries included, in milliseconds. */
  readonly deadlineMs?: number
}

export interface ReadOptions extends CallOptions {
  readonly consistency?: ReadConsistency
}

/** Makes a client. It connects when it is first asked something. Throws a RangeError on options that make no sense. */
export function connect(options: Partial<ClientOptions> & Pick<ClientOptions, "endpoints">): Client {
  const full: ClientOptions = { ...defaultClientOptions, ...options }
  const problem = explainBadClientOptions(full)
  if (problem !== null) throw new RangeError(problem)
  return new Client(full)
}

export class Client {
  private readonly options: ClientOptions
  private readonly dispatcher: Dispatcher
  private readonly sessions = new Set<Session>()
  /** The highest log index that an answer stood for: no later answer may be older. */
  private seenIndex: LogIndex = 0

  constructor(options: ClientOptions) {
    this.options = options
    this.dispatcher = new Dispatcher(options)
  }

  // ---- the store ----

  put(key: Bytes, value: Bytes, options: PutOptions & CallOptions = {}): Promise<PutResult> {
    return this.write(putCall(key, value, options), options)
  }

  /** The pair, or null if the key does not exist. */
  get(key: Bytes, options: ReadOptions & Pick<RangeOptions, "revision"> = {}): Promise<KeyValue | null> {
    return this.read(getCall(key, options.revision), options)
  }

  delete(keys: Keys, options: DeleteOptions & CallOptions = {}): Promise<DeleteResult> {
    return this.write(deleteCall(keys, options), options)
  }

  range(keys: Keys, options: RangeOptions & ReadOptions = {}): Promise<RangeResult> {
    return this.read(rangeCall(keys, options), options)
  }

  /** Puts `value` if the key has the value `expected`; if it does not exist, for null; if its modRevision is `expected`, for a number. */
  compareAndSwap(key: Bytes, expected: Bytes | number | null, value: Bytes, options: CallOptions = {}): Promise<SwapResult> {
    return this.write(swapCall(key, expected, value), options)
  }

  transaction(transaction: Transaction, options: CallOptions = {}): Promise<TransactionResult> {
    return this.write(transactionCall(transaction), options)
  }

  /** A transaction that writes nothing, without a place in the log. Refused if it holds a write. */
  readTransaction(transaction: Transaction, options: ReadOptions = {}): Promise<TransactionResult> {
    return this.read(readTransactionCall(transaction), options)
  }

  /** Forgets what is older than the store at `revision`. `physical`: the memory is free before the answer. */
  compact(revision: number, options: { readonly physical?: boolean } & CallOptions = {}): Promise<{ revision: number }> {
    return this.write(compactCall(revision, options.physical ?? false), options)
  }

  /** A session, whose writes take effect once however often they have to be sent. Close it when you are done. */
  async session(options: CallOptions = {}): Promise<Session> {
    const opened = await this.ask<SessionOpened>({
      operation: "open a session",
      request: { kind: "openSession" },
      // Opening it twice leaves one that nobody uses, and that expires.
      effect: "once",
      options,
      read: (body) => readSessionOpened(readIndexed(body).result),
    })
    const session = new Session(opened, this.options, {
      ask: (question) => this.askQuestion(question),
      onClosed: () => this.sessions.delete(session),
    })
    this.sessions.add(session)
    return session
  }

  // ---- the cluster ----

  /** What one server says about itself and the cluster: the given one, or else any. */
  status(options: { readonly endpoint?: string } & CallOptions = {}): Promise<NodeStatus> {
    const { endpoint } = options
    return this.ask({
      operation: endpoint === undefined ? "status" : `status of ${endpoint}`,
      request: { kind: "status" },
      effect: "none",
      target: endpoint === undefined ? "any" : { endpoint },
      options,
      read: (body) => readNodeStatus(new ByteReader(body)),
    })
  }

  /** Who belongs to the cluster, as one server knows it. */
  async members(options: CallOptions = {}): Promise<readonly MemberStatus[]> {
    return (await this.status(options)).members
  }

  /** Who leads, now and after every change, as soon as any server tells. Ends with `break`, `return()`, or when the client closes. */
  watchLeader(): AsyncIterableIterator<LeaderState> {
    const watcher = this.dispatcher.view.watch()
    this.dispatcher.stayConnected()
    return watcher
  }

  /**
   * Changes who belongs to the cluster and who votes; several steps are one change. `version` is the `configurationIndex` that it was made for:
   * with it a repeated or belated change is refused. Answers once the last step is committed.
   */
  changeMembership(
    changes: readonly MembershipChange[],
    options: { readonly version?: LogIndex } & CallOptions = {},
  ): Promise<{ readonly index: LogIndex }> {
    return this.administer("change the membership", { kind: "changeMembership", changes, version: options.version ?? null }, options)
  }

  /** Hands leadership to `to`, or to the follower that is furthest along. */
  transferLeadership(to: NodeId | null = null, options: CallOptions = {}): Promise<{ readonly index: LogIndex }> {
    const operation = to === null ? "transfer leadership" : `transfer leadership to node ${to}`
    return this.administer(operation, { kind: "transferLeadership", to }, options)
  }

  /** Has one server take a snapshot now: the given one, or else the leader. */
  snapshot(options: { readonly endpoint?: string } & CallOptions = {}): Promise<{ readonly index: LogIndex }> {
    return this.administer("take a snapshot", { kind: "takeSnapshot" }, options, options.endpoint)
  }

  /** The servers that this client knows: those it was given and those it learned of. */
  get endpoints(): readonly string[] {
    return this.dispatcher.endpoints
  }

  /** Ends everything: calls without an answer fail with `closed`. Sessions are left to expire; close them first where that matters. */
  close(): void {
    for (const session of this.sessions) session.abandon()
    this.dispatcher.close()
  }

  // ---- how things are asked ----

  private write<Answer>(call: StoreCall<Answer>, { deadlineMs = this.options.deadlineMs }: CallOptions): Promise<Answer> {
    const { operation, bytes, read } = call
    return this.askQuestion({ operation, request: bytes, effect: "each", target: "leader", deadlineMs, read })
  }

  private read<Answer>(call: StoreCall<Answer>, options: ReadOptions): Promise<Answer> {
    const { operation, bytes, read } = call
    const { deadlineMs = this.options.deadlineMs, consistency = this.options.consistency } = options
    const request = encodeRequest({ kind: "read", consistency, minimumIndex: this.seenIndex, query: bytes })
    return this.askQuestion({ operation, request, effect: "none", target: consistency === "stale" ? "any" : "leader", deadlineMs, read })
  }

  private administer(operation: string, request: Request, options: CallOptions, endpoint?: string): Promise<{ readonly index: LogIndex }> {
    return this.ask({
      operation,
      request,
      effect: "each",
      target: endpoint === undefined ? "leader" : { endpoint },
      options: { deadlineMs: options.deadlineMs ?? this.options.administrationDeadlineMs },
      read: (body) => ({ index: readIndexed(body).index }),
    })
  }

  private ask<Answer>(asked: {
    operation: string
    request: Request
    effect: Question<Answer>["effect"]
    target?: Question<Answer>["target"]
    options: CallOptions
    read: (body: Uint8Array) => Answer
  }): Promise<Answer> {
    const { operation, request, effect, target = "leader", options, read } = asked
    return this.askQuestion({
      operation,
      request: encodeRequest(request),
      effect,
      target,
      deadlineMs: options.deadlineMs ?? this.options.deadlineMs,
      read: (response) => {
        if (response.kind === "notFound") throw new Error("the server says that a key does not exist, which answers something else")
        return { answer: read(response.body), index: 0 }
      },
    })
  }

  private async askQuestion<Answer>(question: Question<Answer>): Promise<Answer> {
    const { answer, index } = await this.dispatcher.ask(question)
    if (index > this.seenIndex) this.seenIndex = index
    return answer
  }
}
