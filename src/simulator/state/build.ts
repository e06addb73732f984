/**
 * Which code a world runs: production's, unless a test puts something in its place to see whether the checkers notice.
 */

import type { Configuration, Milliseconds } from "../../core/index.ts"
import { openReplica, type ReplicaOptions, type StateMachine } from "../../replica/index.ts"
import * as requests from "../../requests/index.ts"
import { recover, type DiskReader, type StorageIdentity } from "../../storage/index.ts"
import type { DurableView } from "../checkers/index.ts"
import type { ReplicaFace } from "./simulated-node.ts"

/** What clients go by. */
export type RequestRules = typeof requests

/**
 * The code that a world runs as its servers and clients: `production`, or one in which a test has broken a rule. A trace names it; see `Trace.build`.
 */
export interface Build {
  /** Starts a replica on what `reader` gives. Throws if the disk cannot be trusted. */
  open(reader: DiskReader, options: ReplicaOptions, machine: StateMachine, bootstrap: Configuration, now: Milliseconds): ReplicaFace
  /** What recovery would find on that disk, or null if it would refuse it. */
  durable(reader: DiskReader, identity: StorageIdentity): DurableView | null
  /** What the world's clients go by: production's if left out. */
  readonly requests?: RequestRules
  /** Checkers whose complaints do not end the run: for a story that tells what one broken rule leads to. None if left out. */
  readonly tolerated?: ReadonlySet<string>
}

/** The code that servers and clients run outside of the simulator. Every function that takes a `Build` uses it by default. */
export const production: Build & Required<Pick<Build, "requests">> = {
  open: (reader, options, machine, bootstrap, now) => openReplica(reader, options, machine, bootstrap, now),
  durable: (reader, identity) => {
    try {
      return durableView(reader, identity)
    } catch {
      return null
    }
  },
  requests,
}

/** What the clients of a world go by that runs `build`. */
export function rulesOf(build: Build): RequestRules {
  return build.requests ?? requests
}

function durableView(reader: DiskReader, identity: StorageIdentity): DurableView {
  const { hardState, snapshot, entries } = recover(reader, identity)
  const snapshotIndex = snapshot?.lastIndex ?? 0
  const first = entries[0]?.index ?? snapshotIndex + 1
  return {
    term: hardState.term,
    votedFor: hardState.votedFor,
    snapshotIndex,
    lastIndex: Math.max(snapshotIndex, entries.at(-1)?.index ?? 0),
    termAt: (index) => entries[index - first]?.term ?? null,
  }
}
