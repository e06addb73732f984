/**
 * From a disk to a replica: recovery, once, synchronously, before the first step (Raft §5.1, §7).
 *
 * The log and the newest good snapshot are read and checked, the state machine is restored from the snapshot, and the entries after it are
 * applied again as soon as they are known to be committed. On an empty disk the bootstrap configuration is what the log begins with, made
 * durable by the log's first request, before anything is promised to anyone.
 *
 * The state machine lives in memory and is a function of the log. One that says it has a state of its own already (`appliedIndex`) must not be
 * ahead of the snapshot that it would be restored from: going on would apply commands twice, and is refused.
 */

import { entered, foreignOptions, number, withMethods } from "../arguments/index.ts"
import { emptyConfiguration, Raft, type Configuration, type Milliseconds } from "../core/index.ts"
import {
  createLogStore,
  createSnapshotStore,
  defaultSnapshotLimits,
  recordOwn,
  recover,
  RecoveryError,
  snapshotChunks,
  type DiskReader,
  type StoredSnapshot,
} from "../storage/index.ts"
import { createApplied, type Applied } from "./apply.ts"
import { createDiskHealth } from "./disk-health.ts"
import { explainBigConfiguration } from "./frame-fit.ts"
import { createClusterClock } from "./machine/cluster-clock.ts"
import { callAppliedIndex } from "./machine/machine-calls.ts"
import { explainMissingHash, stateMachine } from "./machine/read-machine.ts"
import type { StateMachine } from "./machine/state-machine.ts"
import { createVerifying } from "./machine/verify.ts"
import { createRequests } from "./membership.ts"
import { explainBadReplicaOptions, type ReplicaOptions } from "./options.ts"
import { createPeers } from "./peers.ts"
import { createRecentEvents } from "./recent-events.ts"
import { Replica } from "./replica.ts"
import { createForwardFilter } from "./requests/forward-filter.ts"
import { createForwarding } from "./requests/forwarding.ts"
import { createProposals } from "./requests/proposals.ts"
import { createReads } from "./requests/reads.ts"
import { createSnapshotReceiving, RestoreFeed } from "./snapshots/snapshot-receiving.ts"
import { createSnapshotSending } from "./snapshots/snapshot-sending.ts"
import { createSnapshotTaking } from "./snapshots/snapshot-taking.ts"

export { RecoveryError }

const diskReader = withMethods<DiskReader>("a reader of a disk", "list", "sizeBytes", "read")
const someOptions = foreignOptions<Partial<ReplicaOptions>>("an object")

/**
 * Recovers the replica that the disk holds, or makes a new one. `machine` must be in its initial state; the replica owns it from here on.
 *
 * `bootstrap` is the configuration that a new cluster starts with, the same on all of its first servers; null for a server that will be added
 * to a cluster that exists. It only matters on an empty disk. The first `step` starts the replica.
 *
 * Throws a `RecoveryError` if the disk does not hold what it should, a `RangeError` if the options do not fit together, a `TypeError` for
 * what is none of what it takes.
 */
export function openReplica(
  reader: DiskReader,
  options: ReplicaOptions,
  machine: StateMachine,
  bootstrap: Configuration | null,
  now: Milliseconds,
): Replica {
  entered("openReplica", () => {
    diskReader(reader, "reader")
    const { raft, identity } = someOptions(options, "options")
    someOptions(raft, "options.raft")
    someOptions(identity, "options.identity")
    stateMachine(machine, "machine")
    number(0)(now, "now")
  })
  const problem =
    explainBadReplicaOptions(options) ??
    explainMissingHash(machine, options.verifyEveryEntries ?? 0) ??
    explainBigConfiguration(bootstrap ?? emptyConfiguration, [], options)
  if (problem !== null) throw new RangeError(problem)
  const { identity } = options
  const { electionTimeoutMaxMs, heartbeatIntervalMs, appendBytesMax } = options.raft
  const recovered = recover(reader, identity)
  const configuration = bootstrap ?? emptyConfiguration
  const snapshot = recovered.snapshot ?? { lastIndex: 0, lastTerm: 0, configuration }
  const { storedSnapshot, hardState, entries } = recovered
  const applied = restore(reader, storedSnapshot, machine)
  const raft = Raft.create(options.raft, { hardState, snapshot, entries }, now)
  const peers = createPeers(options, recovered, raft.configuration, raft.lastIndex)
  const log = createLogStore(identity, recovered, configuration, {
    segmentBytesMax: options.logSegmentBytesMax,
    zeroAheadBytes: options.logZeroAheadBytes,
    batchesInFlightMax: options.logBatchesInFlightMax,
  })
  if (peers.own.isCondemned || peers.waitsFor.length > 0) raft.bar(true, "", now)
  // The first record of this life: nobody hears of it before it is on disk.
  recordOwn(log, peers.own)
  const notices = recovered.notices.map((message) => ({ kind: "recoveryNotice", message }) as const)
  return new Replica({
    options,
    raft,
    log,
    snapshots: createSnapshotStore(identity, storedSnapshot, {
      ...defaultSnapshotLimits,
      requestBytesMax: options.snapshotRequestBytesMax,
      pieceBytesMax: options.snapshotPieceBytesMax,
      pendingBytesMax: options.snapshotPendingBytesMax,
    }),
    applied,
    clock: createClusterClock(),
    proposals: createProposals(options.pendingProposalsMax, options.pendingProposalBytesMax, options.raft.proposalBytesMax),
    forwards: createForwardFilter(),
    forwarding: createForwarding(electionTimeoutMaxMs, heartbeatIntervalMs, options.forwardTimeoutMs, appendBytesMax),
    reads: createReads(options.pendingReadsMax, options.readTimeoutMs, electionTimeoutMaxMs, options.bootId),
    requests: createRequests(options.pendingRequestsMax),
    taking: createSnapshotTaking(),
    sending: createSnapshotSending(),
    receiving: createSnapshotReceiving(),
    disk: createDiskHealth(),
    peers,
    recent: createRecentEvents(options.recentEventsMax),
    verifying: createVerifying(),
    isReady: false,
    knownTerm: hardState.term,
    knownLeader: null,
    ledTerm: 0,
    electedBy: [],
    now,
    hasMoreToApply: false,
    idle: { wakes: 0, progress: 0 },
    recovered: [...notices, ...raft.takeReady(now).observations],
    halted: null,
    haltedBy: null,
  })
}

function restore(reader: DiskReader, stored: StoredSnapshot | null, machine: StateMachine): Applied {
  const applied = createApplied(machine)
  const ownIndex = callAppliedIndex(machine) ?? 0
  const snapshotIndex = stored?.meta.lastIndex ?? 0
  if (ownIndex > snapshotIndex) {
    throw new RecoveryError(
      null,
      null,
      `the state machine has applied entries up to ${ownIndex}, but the newest snapshot ends at ${snapshotIndex}: the log would be applied to it twice`,
      "start with an empty state machine, or bring back the data folder that belongs to it",
    )
  }
  if (stored === null) return applied
  const feed = new RestoreFeed(machine, false)
  try {
    for (const chunk of snapshotChunks(reader, stored)) feed.write(chunk)
    feed.finish(applied, stored.meta)
  } catch (error) {
    if (error instanceof RecoveryError) throw error
    const advice = "start the state machine that wrote it, in the version that wrote it or a later one"
    const message = error instanceof Error ? error.message : String(error)
    throw new RecoveryError(stored.file, null, `the state machine cannot be restored from it: ${message}`, advice, error)
  }
  const restoredIndex = callAppliedIndex(machine) ?? snapshotIndex
  if (restoredIndex !== snapshotIndex) {
    const found = `after its restore from entry ${snapshotIndex} the state machine says that it is at entry ${restoredIndex}`
    throw new RecoveryError(stored.file, null, found, "this is a mistake in the state machine's restore")
  }
  return applied
}
