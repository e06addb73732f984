/**
 * Snapshots as the algorithm sees them (Raft §7, Figure 13): positions and configurations. Their bytes are the replica's matter.
 *
 * An arriving chunk is word from the leader, so it counts like a heartbeat. A snapshot at or below the commit index is of no use; one that fits the
 * log makes it commit that far and keeps the rest; any other replaces the log.
 */

import { activate, compactConfigurations, configurationAt } from "../configurations.ts"
import { rebaseDurability } from "../durability.ts"
import { resetElectionTimer } from "../election-timer.ts"
import { invariant } from "../invariants/invariant.ts"
import { compactLog, resetLog, termAt } from "../log/log.ts"
import type { InstallSnapshot, InstallSnapshotReply } from "../message.ts"
import type { Ready } from "../outbox.ts"
import { becomeProbe } from "../progress/progress.ts"
import type { RaftState } from "../state.ts"
import type { LogIndex, Milliseconds, NodeId, SnapshotMeta } from "../types.ts"
import { commitTo } from "./commitment.ts"

/** `installed`: the snapshot replaced log and state. `fastForwarded`: the log has those entries already, they are committed now. `ignored`: it says nothing new. */
export type InstallResult = "installed" | "fastForwarded" | "ignored"

/** A chunk from this term's leader. */
export function onInstallSnapshot(state: RaftState, out: Ready, message: InstallSnapshot, now: Milliseconds): void {
  resetElectionTimer(state, now)
  out.snapshotChunks.push(message)
}

export function onInstallSnapshotReply(state: RaftState, out: Ready, message: InstallSnapshotReply, now: Milliseconds): void {
  const { role } = state
  if (role.kind !== "leader") return
  const progress = role.progress.get(message.from)
  if (progress === undefined) return
  progress.lastContactAt = now
  out.snapshotReplies.push(message)
}

/** What a snapshot taken at `index`, which must be applied, has to carry. */
export function describeSnapshot(state: RaftState, index: LogIndex): SnapshotMeta {
  const lastTerm = termAt(state.log, index)
  invariant(lastTerm !== null && index <= state.commitIndex, "a snapshot of what is not committed or already gone", {
    index,
    commitIndex: state.commitIndex,
    base: state.log.base.index,
  })
  return { lastIndex: index, lastTerm, configuration: configurationAt(state, index) }
}

/** `snapshot`, taken here, is durable: entries below `keepFrom` are not needed any more. */
export function compact(state: RaftState, snapshot: SnapshotMeta, keepFrom: LogIndex): void {
  invariant(snapshot.lastIndex <= state.commitIndex, "a snapshot of what is not committed", {
    lastIndex: snapshot.lastIndex,
    commitIndex: state.commitIndex,
  })
  if (snapshot.lastIndex > state.snapshot.lastIndex) state.snapshot = snapshot
  // What others committed can be in a snapshot here before this server's own log write begins: those entries still have to go to disk.
  compactLog(state.log, Math.min(keepFrom - 1, state.snapshot.lastIndex, state.durability.requestedIndex))
  compactConfigurations(state, state.snapshot.lastIndex)
}

/** A received snapshot is complete and durable: adopt it if it tells anything new. */
export function installSnapshot(state: RaftState, out: Ready, snapshot: SnapshotMeta): InstallResult {
  const { lastIndex, lastTerm } = snapshot
  if (lastIndex <= state.commitIndex) return "ignored"
  state.snapshot = snapshot
  if (termAt(state.log, lastIndex) === lastTerm) {
    // By the way of every commit: it may have been elected meanwhile, and then counts what is uncommitted.
    commitTo(state, out, lastIndex)
    return "fastForwarded"
  }
  resetLog(state.log, { index: lastIndex, term: lastTerm })
  rebaseDurability(state.durability, lastIndex)
  state.commitIndex = lastIndex
  activate(state, out, snapshot.configuration, "snapshot")
  return "installed"
}

/** The replica's sender is done with `peer`: it has everything up to `lastIndex` now, or could not be reached. */
export function snapshotSent(state: RaftState, out: Ready, peer: NodeId, lastIndex: LogIndex, ok: boolean): void {
  const { role } = state
  if (role.kind !== "leader") return
  const progress = role.progress.get(peer)
  if (progress === undefined || progress.state !== "snapshot") return
  if (ok) progress.matchIndex = Math.max(progress.matchIndex, lastIndex)
  becomeProbe(progress)
  out.observations.push({ kind: "followerState", peer, state: "probe" })
}
