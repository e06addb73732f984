/**
 * Small, named changes of a rule, each of which some checker has to notice: what shows that the checks can fail.
 *
 * A bug is planted around production code, never in it: a wrapper changes what goes into a replica, what comes out, or its state in between;
 * some need only options that no sane world has.
 */

import { clampDurability } from "../../src/core/durability.ts"
import type { Message, NodeId } from "../../src/core/index.ts"
import { lastIndexOf, termAt, truncateLog } from "../../src/core/log/log.ts"
import type { RaftState } from "../../src/core/state.ts"
import type { Effects, Read, ReplicaEvent } from "../../src/replica/index.ts"
import { calmNetwork, calmOptions, production, type Build, type ReplicaFace, type WorldOptions } from "../../src/simulator/index.ts"

export interface PlantedBug {
  readonly name: string
  /** Any of these may notice first. */
  readonly foundBy: readonly string[]
  /** What makes it likely to show. */
  readonly options?: Partial<WorldOptions>
  readonly raft?: Partial<WorldOptions["raft"]>
  readonly tamper?: Tamper
}

export interface Tamper {
  /** Right after recovery. */
  opened?(state: RaftState): void
  /** What really goes in. */
  events?(events: readonly ReplicaEvent[], replica: ReplicaFace): readonly ReplicaEvent[]
  /** After a step; may change the state, and says what really comes out. */
  effects?(effects: Effects, replica: ReplicaFace, now: number): Effects
}

/** Production's build with `tamper` around every replica. */
export function tamperedBuild(tamper: Tamper): Build {
  return {
    ...production,
    open: (...start) => {
      const replica = production.open(...start)
      tamper.opened?.(replica.raft.state)
      return new TamperedReplica(replica, tamper)
    },
  }
}

class TamperedReplica implements ReplicaFace {
  readonly #inner: ReplicaFace
  readonly #tamper: Tamper

  constructor(inner: ReplicaFace, tamper: Tamper) {
    this.#inner = inner
    this.#tamper = tamper
  }

  get deadline(): number {
    return this.#inner.deadline
  }

  get raft(): ReplicaFace["raft"] {
    return this.#inner.raft
  }

  get peerIncarnations(): ReplicaFace["peerIncarnations"] {
    return this.#inner.peerIncarnations
  }

  get lastApplied(): number {
    return this.#inner.lastApplied
  }

  step(now: number, events: readonly ReplicaEvent[]): Effects {
    const effects = this.#inner.step(now, this.#tamper.events?.(events, this.#inner) ?? events)
    return this.#tamper.effects?.(effects, this.#inner, now) ?? effects
  }

  clone(): ReplicaFace {
    return new TamperedReplica(this.#inner.clone(), this.#tamper)
  }

  hash(): number {
    return this.#inner.hash()
  }

  replicatedHash(): number {
    return this.#inner.replicatedHash()
  }
}

const crashes = [{ kind: "crash", everyMs: 500, lastsMs: 200 }] as const
const cuts = [
  { kind: "isolate", everyMs: 700, lastsMs: 700 },
  { kind: "split", everyMs: 900, lastsMs: 700 },
] as const

const rewriteMessages =
  (rewrite: (message: Message) => Message) =>
  (events: readonly ReplicaEvent[]): readonly ReplicaEvent[] =>
    events.map((event) => (event.kind === "message" ? { kind: "message", message: rewrite(event.message) } : event))

const rewriteReads =
  (given: Partial<Read>) =>
  (events: readonly ReplicaEvent[]): readonly ReplicaEvent[] =>
    events.map((event) => (event.kind === "read" ? { kind: "read", reads: event.reads.map((read) => ({ ...read, ...given })) } : event))

export const plantedBugs: readonly PlantedBug[] = [
  {
    name: "the disk says that it synced, and did not",
    foundBy: ["durable-promises", "committed-is-durable", "one-vote-per-term", "monotonic", "recovery"],
    options: {
      nodes: 3,
      disk: { ...calmOptions.disk, lieRate: 0.5 },
      faults: crashes,
    },
  },
  {
    name: "acknowledgements leave before their fsync",
    foundBy: ["durable-promises", "committed-is-durable"],
    options: { nodes: 3, faults: crashes },
    tamper: {
      // The log's completion is made up at once; when the real one comes, it is swallowed.
      events: (events) => events.filter((event) => !(event.kind === "disk" && event.completion.id % 2 === 1 && event.completion.ok)),
      effects: (effects, replica, now) => {
        const early = effects.disk.filter((request) => request.id % 2 === 1)
        if (early.length === 0) return effects
        const more = replica.step(
          now,
          early.map(({ id }) => ({ kind: "disk", completion: { id, ok: true, data: null, durationMs: 0 } })),
        )
        return merge(effects, more)
      },
    },
  },
  {
    name: "a restarted server has forgotten whom it voted for",
    foundBy: ["one-vote-per-term", "election-safety"],
    options: {
      nodes: 5,
      faults: [{ kind: "crash", everyMs: 100, lastsMs: 30 }],
      network: { ...calmNetwork, latencyMaxMs: 25 },
      disk: calmOptions.disk,
    },
    // Split votes, again and again.
    raft: { preVote: false, leaseReads: false, electionTimeoutMaxMs: 160 },
    tamper: {
      opened: (state) => {
        state.votedFor = null
        state.witness.votedFor = null
      },
    },
  },
  {
    name: "votes are granted to any log",
    foundBy: ["leader-completeness", "state-machine-safety", "halt"],
    options: { nodes: 3, faults: [...crashes, ...cuts] },
    tamper: {
      events: rewriteMessages((message) =>
        message.kind === "requestVote" || message.kind === "preVote"
          ? { ...message, lastLogTerm: message.term, lastLogIndex: 1e9 }
          : message,
      ),
    },
  },
  {
    name: "a follower cuts its log to what a message happens to show",
    foundBy: ["state-machine-safety", "committed-is-durable", "leader-completeness", "halt"],
    options: { nodes: 3, faults: crashes },
    tamper: {
      events: (events, replica) => {
        for (const event of events) if (event.kind === "message") truncateBehind(replica.raft.state, event.message)
        return events
      },
    },
  },
  {
    name: "a follower commits what its leader has, whether it is the same or not",
    foundBy: ["state-machine-safety", "leader-completeness", "halt"],
    options: { nodes: 5, faults: cuts },
    tamper: {
      events: (events, replica) => {
        const { state } = replica.raft
        for (const event of events) {
          if (event.kind !== "message" || event.message.kind !== "appendEntries" || event.message.term < state.term) continue
          state.commitIndex = Math.max(state.commitIndex, Math.min(event.message.leaderCommit, lastIndexOf(state.log)))
        }
        return events
      },
    },
  },
  {
    name: "linearizable reads are answered without asking anyone",
    foundBy: ["fresh-reads"],
    options: { nodes: 3, faults: cuts },
    tamper: { events: rewriteReads({ consistency: "stale", minimumIndex: 0 }) },
  },
  {
    name: "leases trust clocks that run three times as fast as others",
    foundBy: ["fresh-reads"],
    options: {
      nodes: 3,
      clockDrift: 2,
      faults: [{ kind: "isolate", everyMs: 500, lastsMs: 500 }],
      network: calmNetwork,
      disk: calmOptions.disk,
      clients: {
        ...calmOptions.clients,
        count: 8,
        thinkMsMax: 10,
        timeoutMs: 200,
        registers: 2,
        paddingBytesMax: 0,
        sessionShare: 0,
        readShare: 0.9,
        lossRate: 0,
      },
    },
    raft: { preVote: true, leaseReads: true },
    tamper: { events: rewriteReads({ consistency: "lease" }) },
  },
  {
    name: "retries are not recognized",
    foundBy: ["client-writes"],
    options: { nodes: 3, faults: crashes },
    tamper: {
      events: (events) =>
        events.map((event) =>
          event.kind === "propose"
            ? { kind: "propose", proposals: event.proposals.map((proposal) => ({ ...proposal, session: null })) }
            : event,
        ),
    },
  },
  {
    name: "a proposal in doubt is called rejected",
    foundBy: ["client-writes"],
    options: { nodes: 3, faults: [...crashes, ...cuts] },
    tamper: {
      effects: (effects) => ({
        ...effects,
        outcomes: effects.outcomes.map((outcome) =>
          outcome.kind === "unknown" ? { ...outcome, kind: "rejected", reason: "lostLeadership", leader: null } : outcome,
        ),
      }),
    },
  },
  {
    name: "a vote counts for two",
    foundBy: ["election-safety", "one-vote-per-term", "leader-completeness", "halt"],
    options: { nodes: 5, faults: cuts },
    tamper: {
      effects: (effects, { raft: { state } }) => {
        const { role } = state
        if (role.kind !== "candidate" && role.kind !== "preCandidate") return effects
        for (const [voter, granted] of role.votes) if (granted) role.votes.set(neighbour(voter), true)
        return effects
      },
    },
  },
  {
    name: "an election timeout is slept through",
    foundBy: ["liveness", "progress"],
    options: { nodes: 3 },
    tamper: { events: (events, { raft }) => (raft.state.role.kind === "leader" ? events : events.filter(({ kind }) => kind !== "wake")) },
  },
  {
    name: "an answer is forgotten",
    foundBy: ["liveness"],
    options: { nodes: 1, faults: [] },
    tamper: { effects: (effects) => ({ ...effects, outcomes: effects.outcomes.filter(({ id }) => id % 50 !== 49) }) },
  },
]

function truncateBehind(state: RaftState, message: Message): void {
  if (message.kind !== "appendEntries" || message.term < state.term || state.role.kind === "leader") return
  const end = message.prevLogIndex + message.entries.length
  if (end <= state.log.base.index || end >= lastIndexOf(state.log) || termAt(state.log, message.prevLogIndex) !== message.prevLogTerm)
    return
  truncateLog(state.log, end + 1)
  clampDurability(state.durability, end + 1)
}

function neighbour(id: NodeId): NodeId {
  return (id % 5) + 1
}

function merge(first: Effects, second: Effects): Effects {
  return {
    disk: [...first.disk, ...second.disk],
    messages: [...first.messages, ...second.messages],
    outcomes: [...first.outcomes, ...second.outcomes],
    reads: [...first.reads, ...second.reads],
    observations: [...first.observations, ...second.observations],
    halted: second.halted ?? first.halted,
  }
}
