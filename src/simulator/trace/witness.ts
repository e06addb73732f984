/**
 * Looks over the shoulders of all replicas of a world: what each step took in, what it asked for, and what was known before and after.
 *
 * It stands between the world and the code that runs in it, changes nothing and is in no hash, so a world that is watched goes on exactly like one
 * that is not. One witness serves a world and all its forks: they run one at a time, and the caller that steps one takes what was seen right away.
 */

import type { LogIndex, Term } from "../../core/index.ts"
import type { Effects, ReplicaEvent } from "../../replica/index.ts"
import { nodeStateOf, termAt, type NodeState } from "../observe/node-state.ts"
import { production, type Build } from "../state/build.ts"
import type { ReplicaFace } from "../state/simulated-node.ts"

/** One step of one replica. */
export interface ReplicaStep {
  readonly before: NodeState
  readonly events: readonly ReplicaEvent[]
  readonly effects: Effects
  readonly after: NodeState
  /** For each `prevLogIndex` that it was asked about: the term that stood there before, null where its log did not reach. */
  readonly askedTerms: ReadonlyMap<LogIndex, Term | null>
}

export class ReplicaWitness {
  /** What to make the world of. */
  readonly build: Build
  readonly #seen: ReplicaStep[] = []

  constructor(build: Build = production) {
    const saw = (step: ReplicaStep): void => {
      this.#seen.push(step)
    }
    this.build = {
      ...build,
      open: (...start) => new WatchedReplica(build.open(...start), saw),
      durable: (reader, identity) => build.durable(reader, identity),
    }
  }

  /** What replicas did since this was last asked. */
  take(): readonly ReplicaStep[] {
    return this.#seen.splice(0)
  }
}

class WatchedReplica implements ReplicaFace {
  readonly #inner: ReplicaFace
  readonly #saw: (step: ReplicaStep) => void

  constructor(inner: ReplicaFace, saw: (step: ReplicaStep) => void) {
    this.#inner = inner
    this.#saw = saw
  }

  step(now: number, events: readonly ReplicaEvent[]): Effects {
    const inner = this.#inner
    const before = nodeStateOf(inner, now)
    const askedTerms = new Map<LogIndex, Term | null>()
    for (const event of events) {
      if (event.kind !== "message" || event.message.kind !== "appendEntries") continue
      const { prevLogIndex } = event.message
      askedTerms.set(prevLogIndex, termAt(inner.raft, prevLogIndex))
    }
    const effects = inner.step(now, events)
    this.#saw({ before, events, effects, after: nodeStateOf(inner, now), askedTerms })
    return effects
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

  clone(): WatchedReplica {
    return new WatchedReplica(this.#inner.clone(), this.#saw)
  }

  hash(): number {
    return this.#inner.hash()
  }

  replicatedHash(): number {
    return this.#inner.replicatedHash()
  }
}
