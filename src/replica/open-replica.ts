/**
 * Makes a replica from a disk: recovery, once, synchronously, before the first step (Raft §5.1, §7).
 *
 * The log and the newest good snapshot are read and checked, the state machine is restored from the snapshot, and the entries after it are
 * applied again as soon as they are known to be committed. On an empty disk the log begins with the bootstrap configuration, which the log's first
 * request makes durable, before any vote or acknowledgement leaves.
 *
 * A state machine in memory is a function of the log. A machine that keeps its state on disk (`appliedIndex`, `persist`, `records`) continues from its
 * own state, if that is the state after an entry of this log and no older than the snapshot. A machine that has a state but keeps no records of the
 * sessions is refused: commands would be applied twice.
 */

import { entered, foreignOptions, number, withMethods } from "../arguments/index.ts"
import { emptyConfiguration, Raft, type Configuration, type LogIndex, type Milliseconds } from "../core/index.ts"
import {
  createLogStore,
  createSnapshotStore,
  defaultSnapshotLimits,
  recordOwn,
  recover,
  RecoveryError,
  snapshotChunks,
  type DiskReader,
  type Recovered,
} from "../storage/index.ts"
import { createApplied, type Applied } from "./apply.ts"
import { createDiskHealth } from "./disk-health.ts"
import { createClusterClock } from "./machine/cluster-clock.ts"
import { callAppliedIndex, callRecords } from "./machine/machine-calls.ts"
import { explainMissingHash, stateMachine } from "./machine/read-machine.ts"
import type { StateMachine } from "./machine/state-machine.ts"
import { createVerifying } from "./machine/verify.ts"
import { createRequests } from "./membership.ts"
import { explainBigConfiguration } from "./options/frame-fit.ts"
import { explainBadReplicaOptions, type ReplicaOptions } from "./options/options.ts"
import { createPeers } from "./peers.ts"
import { createRecentEvents } from "./recent-events.ts"
import { Replica } from "./replica.ts"
import { createForwardFilter } from "./requests/forward-filter.ts"
import { createForwarding } from "./requests/forwarding.ts"
import { createProposals } from "./requests/proposals.ts"
import { createReads } from "./requests/reads.ts"
import { readRecords } from "./snapshots/machine-records.ts"
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
 * to an existing cluster. It only matters on an empty disk. The first `step` starts the replica.
 *
 * Throws a `RecoveryError` if data on the disk is missing, damaged or another server's, a `RangeError` if the options do not fit together, and a
 * `TypeError` if an argument has the wrong type.
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
  const { storedSnapshot, entries } = recovered
  const applied = restore(reader, recovered, identity.incarnation, machine)
  // Entries that a machine on disk has applied are committed, even if the log had not recorded that.
  const hardState = { ...recovered.hardState, commitIndex: Math.max(recovered.hardState.commitIndex, applied.lastApplied) }
  const raft = Raft.create(options.raft, { hardState, snapshot, entries }, now)
  const peers = createPeers(options, recovered, raft.configuration, raft.lastIndex)
  const log = createLogStore(identity, recovered, configuration, {
    segmentBytesMax: options.logSegmentBytesMax,
    zeroAheadBytes: options.logZeroAheadBytes,
    batchesInFlightMax: options.logBatchesInFlightMax,
  })
  if (peers.own.isCondemned || peers.waitsFor.length > 0) raft.bar(true, "", now)
  // The first record of this life: other servers hear of the life once the record is on disk.
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

/** The state to continue from: the machine's own state on disk, unless this server's snapshot is newer. */
function restore(reader: DiskReader, recovered: Recovered, incarnation: string, machine: StateMachine): Applied {
  const { storedSnapshot: stored } = recovered
  const applied = createApplied(machine)
  const ownIndex = callAppliedIndex(machine) ?? 0
  const snapshotIndex = stored?.meta.lastIndex ?? 0
  if (ownIndex > 0 && ownIndex >= snapshotIndex && applied.keeping !== null) {
    continueFromOwnState(applied, ownIndex, recovered, incarnation)
    return applied
  }
  if (ownIndex > snapshotIndex) {
    throw new RecoveryError(
      null,
      null,
      `the state machine has applied entries up to ${ownIndex}, but the newest snapshot ends at ${snapshotIndex}: the log would be applied to it twice`,
      "give it the functions persist and records, so that a server can go on from there, start with an empty state machine, or bring back the data folder that belongs to it",
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
  // The `appliedIndex` of a machine that keeps its state changes only with its next point.
  const restoredIndex = applied.keeping === null ? (callAppliedIndex(machine) ?? snapshotIndex) : snapshotIndex
  if (restoredIndex !== snapshotIndex) {
    const found = `after its restore from entry ${snapshotIndex} the state machine says that it is at entry ${restoredIndex}`
    throw new RecoveryError(stored.file, null, found, "this is a mistake in the state machine's restore")
  }
  return applied
}

/** Continues from the machine's own state, after checking that it is a state of this log. */
function continueFromOwnState(applied: Applied, ownIndex: LogIndex, { entries, snapshot }: Recovered, incarnation: string): void {
  const advice =
    "bring back the state or the data folder that belongs to the other, or start with an empty state machine: it is then restored from the snapshot and the log"
  const lastIndex = entries.at(-1)?.index ?? snapshot?.lastIndex ?? 0
  if (ownIndex > lastIndex) {
    const found = `the state machine keeps the state after entry ${ownIndex}, but the log ends at ${lastIndex}: one of the two went back in time, or belongs to another server`
    throw new RecoveryError(null, null, found, advice)
  }
  try {
    readRecords(callRecords(applied.machine), ownIndex, incarnation, applied)
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    throw new RecoveryError(
      null,
      null,
      `this server cannot continue from the state that the state machine keeps: ${message}`,
      advice,
      error,
    )
  }
  const term = snapshot?.lastIndex === ownIndex ? snapshot.lastTerm : entries.find(({ index }) => index === ownIndex)?.term
  if (term !== applied.lastAppliedTerm) {
    const found = `the state machine keeps the state after entry ${ownIndex} of term ${applied.lastAppliedTerm}, and the log has ${term === undefined ? "no such entry" : `one of term ${term}`} there: it is that of another log`
    throw new RecoveryError(null, null, found, advice)
  }
  applied.keeping = { index: ownIndex, isWhole: false }
}
