/**
 * An embedded node: your state machine, replicated, behind promises.
 *
 * Every promise ends in one of three ways (dissertation §6.3). It resolves: the command is committed, and applied here. It rejects with
 * `outcome: "rejected"`: certainly not done. It rejects with `outcome: "unknown"`: may or may not be done, now or later; a session
 * (`openSession`) makes trying again safe.
 *
 * While there is no leader, a call waits for one, up to its timeout. The node itself tries again what was certainly not done.
 *
 * A call with a wrong argument rejects at once with the code `badArgument`, and nothing is sent (`refusal.ts`).
 */

import { EventEmitter } from "node:events"
import {
  bytes,
  flag,
  integer,
  nodeId,
  nullable,
  oneOf,
  options as optionsOf,
  timeoutMs,
  type WrittenChange,
  writtenMembershipChanges,
} from "../arguments/index.ts"
import type { LogIndex, Milliseconds, NodeId } from "../core/index.ts"
import type { Observation, ReplicaStatus } from "../replica/index.ts"
import { type CallOptions, type ChangeOptions, OarlockError, type ReadOptions } from "../requests/index.ts"
import { CallBudget, callBytesMax, callsMax } from "./calls/call-budget.ts"
import { call, type CallDescription, type Committed, type ReadAnswer } from "./calls/call.ts"
import { handOver, handOverMs } from "./calls/hand-over.ts"
import type { Receiver } from "./calls/pending-requests.ts"
import { RetryGate } from "./calls/retry-gate.ts"
import { Session } from "./calls/session.ts"
import { Engine, type EngineOptions } from "./engine.ts"
import type { ListenerErrors } from "./errors/listener-errors.ts"
import type { NodeLog } from "./errors/log.ts"
import { callOptions, entering, enteringAtOnce } from "./errors/refusal.ts"
import type { LinkDirection, PeerFigures } from "./peer-transport/index.ts"
import type { LoopFigures } from "./replica-loop.ts"
import type { Stall } from "./watching/stall-watch.ts"

/** What a query of the state machine takes. */
export interface QueryOptions extends ReadOptions {
  /** Do not answer from a state older than this log index: pass the highest one you have seen, and reads never go back in time. */
  readonly minimumIndex?: LogIndex
}

/** How `OarlockNode.close` ends the node. */
export interface CloseOptions {
  /** Finish requests under way and transfer leadership first, so that the cluster has no pause. False if left out. */
  readonly handOver?: boolean
  /** How long that may take, in milliseconds; 1,000 if left out. Then the node closes in any case. */
  readonly timeoutMs?: number
}

/** What a node knows about itself, its cluster and its peers, at one moment: plain data that does not change afterwards. */
export interface NodeStatus extends ReplicaStatus {
  /** 16 hexadecimal digits, the same on every member: made from the cluster token, or given as such. */
  readonly clusterId: string
  /** 16 hexadecimal digits, chosen at random when the data folder was made: another value means another disk. */
  readonly incarnation: string
  /** The time of this status, on the monotonic clock of all its other times. */
  readonly now: Milliseconds
  /** The connections to other members, and to servers that wait to become members, by ascending id. */
  readonly connections: readonly PeerFigures[]
  /** How punctual the event loop has been. */
  readonly loop: LoopFigures
  /** How often a listener, a receiver or the log function threw. The first of each kind is in the log. */
  readonly listenerErrors: number
}

/** The events of `OarlockNode.events`, each with the arguments of its listeners. */
export interface NodeEvents {
  /** An observation of the replica: elections, membership, snapshots, disk errors. */
  readonly observation: [Observation]
  /** The event loop stood still for half of the smallest election timeout or longer; at most once a second. Also an observation, and in the log. */
  readonly stalled: [Stall]
  /** The node stopped for good by itself, and why: only `close` works from now on. */
  readonly halted: [string]
  /** The node was closed by `close`: files, sockets and timers are released. */
  readonly closed: []
}

/** The timeout of calls without `timeoutMs`, in milliseconds. */
export const callTimeoutMs = 10_000

const closeOptions = optionsOf<Required<CloseOptions>>({ handOver: flag, timeoutMs }, [["deadlineMs", "timeoutMs"]])
const queryOptions = optionsOf<Required<QueryOptions>>({
  timeoutMs,
  consistency: oneOf("linearizable", "lease", "stale"),
  minimumIndex: integer(0),
})

const changeOptions = optionsOf<Required<ChangeOptions>>({ timeoutMs, version: integer(0) })
const successor = nullable(nodeId)
const linkDirection = oneOf<LinkDirection>("both", "inbound", "outbound")

export interface NodeIdentity {
  /** The id that the node was opened with. */
  readonly id: NodeId
  readonly clusterId: string
  readonly incarnation: string
  /** The data folder. */
  readonly folder: string
  readonly sessionTimeoutMs: number
  readonly peerPort: number
  readonly electionTimeoutMaxMs: number
  readonly log: NodeLog
  /** Unlocks the data folder. */
  readonly release: () => Promise<void>
}

/** A member of a cluster inside this process, made by `open`. `Query` and `Answer` are what the state machine's `query` takes and returns. */
export class OarlockNode<Query = unknown, Answer = unknown> {
  /** The id that the node was opened with. */
  readonly id: NodeId
  /** 16 hexadecimal digits. */
  readonly clusterId: string
  /** 16 hexadecimal digits, chosen at random when the data folder was made. */
  readonly incarnation: string
  /** The port on which this node listens for peers: the real one if `listen` asked for port 0. */
  readonly peerPort: number
  /** The data folder, as an absolute path. */
  readonly folder: string
  /** How long the cluster keeps a session that is not heard of, in milliseconds. */
  readonly sessionTimeoutMs: number
  /**
   * Listeners run inside the node's turn, so they should be quick. If a listener throws or rejects, that is logged once and counted
   * (`status().listenerErrors`): neither the node nor the process stops because of it.
   */
  readonly events = new EventEmitter<{ [Event in keyof NodeEvents]: NodeEvents[Event] }>()
  /** The same node without promises, for servers that answer a hundred thousand requests a second. */
  readonly engine: Engine
  readonly #identity: NodeIdentity
  readonly #listenerErrors: ListenerErrors
  readonly #gate = new RetryGate()
  readonly #budget = new CallBudget(callsMax, callBytesMax, "of this node")
  readonly #sessions = new Set<Session>()
  #closing: Promise<void> | null = null
  readonly #ended: { readonly promise: Promise<string | null>; readonly end: (because: string | null) => void }

  /** Made by `open`. */
  constructor(identity: NodeIdentity, options: EngineOptions) {
    this.#identity = identity
    this.#listenerErrors = options.listenerErrors
    this.id = identity.id
    this.clusterId = identity.clusterId
    this.incarnation = identity.incarnation
    this.peerPort = identity.peerPort
    this.folder = identity.folder
    this.sessionTimeoutMs = identity.sessionTimeoutMs
    this.#ended = ending()
    this.engine = new Engine(options, {
      onObservation: (observation) => {
        if (observation.kind === "leaderKnown" || observation.kind === "becameLeader") this.#gate.open()
        this.#emit("observation", observation)
      },
      onStalled: (stall) => this.#emit("stalled", stall),
      onHalted: (because) => {
        this.#gate.open()
        this.#ended.end(because)
        this.#emit("halted", because)
      },
    })
  }

  /**
   * Replicates `command` and resolves with what the state machine returned for it. Works on every node: followers forward to the leader. The bytes
   * are not copied: do not change them before the promise is settled. The outcome can be `unknown`: use a session where applying twice would hurt.
   */
  propose(command: Uint8Array, options?: CallOptions): Promise<Committed> {
    return entering("propose", () => {
      const data = bytes(command, "command")
      const start = (receiver: Receiver) => this.engine.submit(data, null, receiver, 0)
      return this.#request("the proposal", callOptions(options, "options"), {}, start, data.length)
    })
  }

  /** Asks the state machine, on any node. A linearizable read sees every write that was answered before it began. */
  read(query: Query, options?: QueryOptions): Promise<ReadAnswer<Answer>> {
    return entering("read", () => {
      const { consistency = "linearizable", minimumIndex = 0, timeoutMs = callTimeoutMs } = queryOptions(options, "options")
      return call<ReadAnswer<Answer>>({
        engine: this.engine,
        gate: this.#gate,
        what: "the read",
        timeoutMs,
        effect: "none",
        leaderOnly: false,
        start: (receiver) => this.engine.read(query, consistency, minimumIndex, receiver, 0),
        budget: this.#budget,
        commandBytes: 0,
      })
    })
  }

  /** Opens a session: commands proposed through it are applied exactly once, also if they have to be sent again. Close it when done. */
  openSession(options?: CallOptions): Promise<Session> {
    return entering("openSession", () => this.#openSession(callOptions(options, "options")))
  }

  /** Changes the members of the cluster. On the leader only. Resolves once the change is complete: new voters are promoted, the joint phase is over. */
  changeMembership(changes: readonly WrittenChange[], options?: ChangeOptions): Promise<Committed> {
    return entering("changeMembership", () => {
      const steps = writtenMembershipChanges(changes, "changes")
      const { version = null, ...rest } = changeOptions(options, "options")
      return this.#request("the membership change", rest, { leaderOnly: true }, (receiver) =>
        this.engine.changeMembership(steps, version, receiver, 0),
      )
    })
  }

  /** Transfers leadership to `to`, or to the most up-to-date follower (dissertation §3.10). On the leader only. */
  transferLeadership(to: NodeId | null = null, options?: CallOptions): Promise<void> {
    return entering("transferLeadership", () => this.#transferLeadership(successor(to, "to"), callOptions(options, "options")))
  }

  /** Takes a snapshot now, without waiting for the policy. Resolves with the index that the snapshot covers, once it is durable. */
  snapshot(options?: CallOptions): Promise<Committed> {
    return entering("snapshot", () =>
      this.#request("the snapshot", callOptions(options, "options"), { effect: "once" }, (receiver) =>
        this.engine.takeSnapshot(receiver, 0),
      ),
    )
  }

  /** The state of this node, as plain data. */
  status(): NodeStatus {
    return {
      ...this.engine.status(),
      clusterId: this.clusterId,
      incarnation: this.incarnation,
      now: this.now(),
      connections: this.engine.peers(),
      loop: this.engine.loopFigures(),
      listenerErrors: this.engine.listenerErrorCount,
    }
  }

  /** The node's monotonic clock, in milliseconds: the clock of all times in `status`. */
  now(): Milliseconds {
    return performance.now()
  }

  /** Drops the messages to or from a peer, or lets them pass again. For experiments with partitions. */
  setBlocked(peer: NodeId, direction: LinkDirection, blocked: boolean): void {
    enteringAtOnce("setBlocked", () => {
      this.engine.setBlocked(nodeId(peer, "peer"), linkDirection(direction, "direction"), flag(blocked, "blocked"))
    })
  }

  /** Resolves with the leader's id as soon as this node knows a leader. Rejects with `timeout`, or `stopped`. */
  leader(options?: CallOptions): Promise<NodeId> {
    const look = (): NodeId | null => {
      const { stoppedBecause } = this.engine
      if (stoppedBecause !== null) {
        const cause = this.engine.stoppedBy
        throw new OarlockError("stopped", `no leader will be known here: ${stoppedBecause}`, cause === undefined ? {} : { cause })
      }
      return this.engine.status().leaderId
    }
    return entering("leader", () => this.#gate.until(look, callOptions(options, "options").timeoutMs ?? callTimeoutMs))
  }

  /**
   * Resolves when this node has stopped, and never rejects: with null after `close`; with the reason if it stopped for good by itself, which is also the
   * argument of the event `halted` and in `status().halted`.
   */
  get closed(): Promise<string | null> {
    return this.#ended.promise
  }

  /**
   * Stops for good: waiting calls fail with `stopped`, the disk finishes what it began, connections are closed and the data folder is unlocked.
   *
   * With `handOver`, as in a handler of SIGTERM, new calls are refused from now on, calls under way finish, and leadership goes to another server
   * first, as far as `timeoutMs` allows. May be called twice; the first call counts.
   */
  close(options?: CloseOptions): Promise<void> {
    return entering("close", () => {
      const { handOver: isOrderly = false, timeoutMs = handOverMs } = closeOptions(options, "options")
      return (this.#closing ??= this.#close(isOrderly ? timeoutMs : null))
    })
  }

  async #transferLeadership(to: NodeId | null, options: CallOptions): Promise<void> {
    await this.#request("the transfer of leadership", options, { leaderOnly: true }, (receiver) =>
      this.engine.transferLeadership(to, receiver, 0),
    )
  }

  async #openSession(options: CallOptions): Promise<Session> {
    // An unknown outcome may leave an unused session, which expires: safe to try again.
    const { result } = await this.#request("opening a session", options, { effect: "once" }, (receiver) =>
      this.engine.openSession(receiver, 0),
    )
    const id = Number(new DataView(result.buffer, result.byteOffset, result.byteLength).getBigUint64(0))
    const session: Session = new Session({
      id,
      engine: this.engine,
      gate: this.#gate,
      budget: this.#budget,
      timeoutMs: this.sessionTimeoutMs,
      onClosed: () => this.#sessions.delete(session),
    })
    this.#sessions.add(session)
    return session
  }

  async #close(handOverWithinMs: Milliseconds | null): Promise<void> {
    if (handOverWithinMs !== null) {
      const problem = await handOver(this.engine, handOverWithinMs, this.#identity.electionTimeoutMaxMs)
      if (problem !== null) this.#identity.log("warn", `closed before all was in order: ${problem}`)
    }
    for (const session of this.#sessions) session.abandon()
    const closed = this.engine.close()
    this.#gate.open()
    await closed
    await this.#identity.release()
    this.#ended.end(null)
    this.#emit("closed")
  }

  #emit<Event extends keyof NodeEvents>(event: Event, ...given: NodeEvents[Event]): void {
    this.#listenerErrors.emit(this.events, event, given)
  }

  #request(
    what: string,
    options: CallOptions,
    traits: Partial<Pick<CallDescription, "effect" | "leaderOnly">>,
    start: CallDescription["start"],
    commandBytes = 0,
  ): Promise<Committed> {
    const { timeoutMs = callTimeoutMs } = options
    const { effect = "each", leaderOnly = false } = traits
    const [engine, gate, budget] = [this.engine, this.#gate, this.#budget]
    return call<Committed>({ engine, gate, what, timeoutMs, effect, leaderOnly, start, budget, commandBytes })
  }
}

function ending(): { readonly promise: Promise<string | null>; readonly end: (because: string | null) => void } {
  let end: (because: string | null) => void = () => undefined
  const promise = new Promise<string | null>((resolve) => {
    end = resolve
  })
  return { promise, end }
}
