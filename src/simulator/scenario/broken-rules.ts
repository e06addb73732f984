/**
 * Rules that a scenario can switch off to show what they are for: each a small change around production's code, never in it. They are named after
 * what a server then does wrong.
 */

import type { LogIndex, Message } from "../../core/index.ts"
import type { Effects, ReplicaEvent } from "../../replica/index.ts"
import { production, type Build } from "../state/build.ts"
import type { ReplicaFace } from "../state/simulated-node.ts"

/** What is changed around a replica. */
interface Breach {
  /** Right after recovery. */
  opened?(replica: ReplicaFace): void
  /** What really goes in. */
  events?(events: readonly ReplicaEvent[], replica: ReplicaFace): readonly ReplicaEvent[]
  /** After a step. */
  stepped?(replica: ReplicaFace): void
}

const breaches: Readonly<Record<string, Breach>> = {
  /** Raft §5.4.2: "only log entries from the leader's current term are committed by counting replicas". */
  "commit-old-terms-by-counting": {
    stepped: commitByCounting,
  },
  /** Raft §5.4.1: a voter denies its vote to a log that is behind its own. */
  "vote-for-any-log": {
    events: rewriting((message) =>
      message.kind === "requestVote" || message.kind === "preVote" ? { ...message, lastLogTerm: message.term, lastLogIndex: 1e9 } : message,
    ),
  },
  /** Raft §5.2, Figure 2: the vote is on stable storage before it is given. */
  "forget-the-vote": {
    opened: ({ raft: { state } }) => {
      state.votedFor = null
      state.witness.votedFor = null
    },
  },
  /** Dissertation §6.4: a leader confirms that it leads before it answers a read. */
  "read-without-asking": {
    events: (events) =>
      events.map((event) =>
        event.kind === "read"
          ? { kind: "read", reads: event.reads.map((read) => ({ ...read, consistency: "stale", minimumIndex: 0 })) }
          : event,
      ),
  },
  /** Dissertation §6.4.1: a lease is measured on a clock that must have run on. */
  "trust-a-stopped-clock": {
    events: (events) => events.filter((event) => event.kind !== "paused"),
  },
  /** Dissertation §6.3: a session recognizes what it has done already. */
  "forget-sessions": {
    events: (events) =>
      events.map((event) =>
        event.kind === "propose"
          ? { kind: "propose", proposals: event.proposals.map((proposal) => ({ ...proposal, session: null })) }
          : event,
      ),
  },
}

export const brokenRules: ReadonlyMap<string, Build> = new Map(Object.entries(breaches).map(([name, breach]) => [name, buildWith(breach)]))

/** The highest index that a majority of the voters has, whatever its term. */
function commitByCounting({ raft: { state, configuration } }: ReplicaFace): void {
  const { role } = state
  if (role.kind !== "leader") return
  const matched = configuration.voters.map((voter): LogIndex => {
    return voter === state.options.id ? state.durability.persistedIndex : (role.progress.get(voter)?.matchIndex ?? 0)
  })
  const index = matched.toSorted((a, b) => b - a)[Math.floor(matched.length / 2)] ?? 0
  state.commitIndex = Math.max(state.commitIndex, index)
}

function rewriting(rewrite: (message: Message) => Message): (events: readonly ReplicaEvent[]) => readonly ReplicaEvent[] {
  return (events) => events.map((event) => (event.kind === "message" ? { kind: "message", message: rewrite(event.message) } : event))
}

function buildWith(breach: Breach): Build {
  return {
    ...production,
    open: (...start) => {
      const replica = production.open(...start)
      breach.opened?.(replica)
      return new BreachedReplica(replica, breach)
    },
  }
}

class BreachedReplica implements ReplicaFace {
  readonly #inner: ReplicaFace
  readonly #breach: Breach

  constructor(inner: ReplicaFace, breach: Breach) {
    this.#inner = inner
    this.#breach = breach
  }

  get deadline(): number {
    return this.#inner.deadline
  }

  get raft(): ReplicaFace["raft"] {
    return this.#inner.raft
  }

  get lastApplied(): number {
    return this.#inner.lastApplied
  }

  get isReady(): boolean {
    return this.#inner.isReady
  }

  introduce(): ReturnType<ReplicaFace["introduce"]> {
    return this.#inner.introduce()
  }

  judgePeer(...asked: Parameters<ReplicaFace["judgePeer"]>): ReturnType<ReplicaFace["judgePeer"]> {
    return this.#inner.judgePeer(...asked)
  }

  hasMet(...asked: Parameters<ReplicaFace["hasMet"]>): boolean {
    return this.#inner.hasMet(...asked)
  }

  step(now: number, events: readonly ReplicaEvent[]): Effects {
    const effects = this.#inner.step(now, this.#breach.events?.(events, this.#inner) ?? events)
    this.#breach.stepped?.(this.#inner)
    return effects
  }

  clone(): ReplicaFace {
    return new BreachedReplica(this.#inner.clone(), this.#breach)
  }

  hash(): number {
    return this.#inner.hash()
  }

  replicatedHash(): number {
    return this.#inner.replicatedHash()
  }
}
