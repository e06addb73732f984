/**
 * `GET /metrics` for Prometheus (prom-client), and the counters behind it.
 *
 * Most figures are read from the node when somebody asks, so they cost nothing otherwise; only counts and durations are gathered as they
 * happen. Names follow Prometheus' customs: base units, `_total` for counters.
 */

import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from "prom-client"
import type { ReplicaStatus } from "../../replica/index.ts"
import type { UsedCertificate } from "../listening/certificates.ts"
import type { LogHealth } from "../logging/log-stream.ts"
import { namesOf } from "../logging/observation-text.ts"
import type { ServedNode } from "../node/served-node.ts"

export interface Metrics {
  readonly contentType: string
  render(): Promise<string>
  /** One fsync of the log took this long. */
  observeFsync(durationMs: number): void
  /** Applying one entry took this long. */
  observeApply(durationMs: number): void
  /** A connection to the client port was taken or turned away. */
  countConnection(protocol: string, accepted: boolean): void
  close(): void
}

export function createMetrics(node: ServedNode, log: LogHealth, certificates: readonly UsedCertificate[] = []): Metrics {
  const registry = new Registry()
  registry.setDefaultLabels({ node: node.name })
  collectDefaultMetrics({ register: registry })
  describeReplica(registry, node)
  describePeers(registry, node)
  describeLog(registry, log)
  describeCertificates(registry, certificates)
  describeLoop(registry, node)

  const counter = (name: string, help: string, labelNames: string[] = []) => new Counter({ name, help, labelNames, registers: [registry] })
  const elections = counter("oarlock_elections_total", "Elections by what came of them on this node", ["outcome"])
  const snapshots = counter("oarlock_snapshots_total", "Snapshots taken, installed and sent", ["action"])
  const connections = counter("oarlock_client_connections_total", "Connections to the client port by protocol", ["protocol", "outcome"])
  for (const outcome of ["campaigned", "won", "lost_leadership"]) elections.inc({ outcome }, 0)
  for (const action of ["taken", "installed", "sent"]) snapshots.inc({ action }, 0)

  const seconds = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5]
  const histogram = (name: string, help: string, buckets: number[]) => new Histogram({ name, help, buckets, registers: [registry] })
  const fsync = histogram("oarlock_wal_fsync_duration_seconds", "How long making a batch of the log durable took", seconds)
  const microseconds = [0.000001, 0.0000025, 0.000005, 0.00001, 0.000025, 0.00005, 0.0001, 0.00025, 0.001, 0.01, 0.1]
  const apply = histogram("oarlock_apply_duration_seconds", "How long applying an entry took, of every 32nd", microseconds)

  const stopObserving = node.onObservation((observation) => {
    if (observation.kind === "becameCandidate") elections.inc({ outcome: "campaigned" })
    if (observation.kind === "becameLeader") elections.inc({ outcome: "won" })
    if (observation.kind === "steppedDown") elections.inc({ outcome: "lost_leadership" })
    if (observation.kind === "snapshotTaken") snapshots.inc({ action: "taken" })
    if (observation.kind === "snapshotInstalled") snapshots.inc({ action: "installed" })
    if (observation.kind === "snapshotSent") snapshots.inc({ action: "sent" })
  })

  // Rendering takes milliseconds: requests that arrive meanwhile share its result.
  let rendering: Promise<string> | null = null
  const render = (): Promise<string> => {
    rendering ??= registry.metrics().finally(() => (rendering = null))
    return rendering
  }

  return {
    contentType: registry.contentType,
    render,
    observeFsync: (durationMs) => fsync.observe(durationMs / 1000),
    observeApply: (durationMs) => apply.observe(durationMs / 1000),
    countConnection: (protocol, accepted) => connections.inc({ protocol, outcome: accepted ? "accepted" : "refused" }),
    close() {
      stopObserving()
      registry.clear()
    },
  }
}

const roles = ["follower", "preCandidate", "candidate", "leader", "halted"] as const

function describeReplica(registry: Registry, node: ServedNode): void {
  const gauge = (name: string, help: string, read: (status: ReplicaStatus) => number) => {
    const metric: Gauge = new Gauge({ name, help, registers: [registry], collect: () => metric.set(read(node.status())) })
  }
  gauge("oarlock_term", "Current term", (status) => status.term)
  gauge("oarlock_leader", "Id of the leader as this node knows it, 0 if it knows none", (status) => status.leaderId ?? 0)
  gauge("oarlock_is_leader", "1 on the leader", (status) => Number(status.role === "leader"))
  gauge("oarlock_commit_index", "Highest entry known to be committed", (status) => status.commitIndex)
  gauge("oarlock_applied_index", "Highest entry applied to the state machine", (status) => status.lastApplied)
  gauge("oarlock_last_log_index", "Last entry of the log", (status) => status.lastLogIndex)
  gauge("oarlock_first_log_index", "First entry that the log still holds", (status) => status.firstLogIndex)
  gauge("oarlock_apply_lag_entries", "Committed entries that are not applied yet", (status) => status.commitIndex - status.lastApplied)
  gauge("oarlock_log_bytes", "Bytes of the log on disk", (status) => status.logBytes)
  gauge("oarlock_disk_bytes", "Bytes in the data folder", () => node.diskBytes())
  gauge("oarlock_disk_ok", "1 while the disk takes writes, 0 while it is full, stalled or failed", (status) => Number(status.disk === "ok"))
  gauge("oarlock_disk_rolled_back", "1 if this disk was put back to an older state of itself: it has no vote", (status) =>
    Number(status.isRolledBack),
  )
  gauge(
    "oarlock_rolled_back_peers",
    "Members whose disks this node has seen to have gone back in time",
    (status) => status.rolledBackPeers.length,
  )
  gauge("oarlock_refused_by_peers", "Servers that would not shake hands with this node", (status) => status.refusals.length)
  gauge("oarlock_life", "Processes that were started on this disk, this one included", (status) => status.life)
  gauge("oarlock_snapshot_index", "Last entry that the newest snapshot covers", (status) => status.snapshotIndex)
  gauge("oarlock_snapshot_bytes", "Bytes of the newest snapshot", (status) => status.snapshotBytes)
  gauge("oarlock_sessions", "Open client sessions", (status) => status.sessions)
  gauge("oarlock_voters", "Voting members", (status) => status.configuration.voters.length)
  gauge("oarlock_learners", "Members that do not vote", (status) => status.configuration.learners.length)
  gauge("oarlock_configuration_is_joint", "1 while a membership change is under way (Raft §6)", (status) =>
    Number(status.configuration.votersOutgoing.length > 0),
  )
  gauge("oarlock_store_revision", "Revision of the key-value store, as far as applied", () => node.store().revision)
  gauge("oarlock_store_keys", "Keys in the key-value store", () => node.store().keys)

  const role: Gauge<"role"> = new Gauge({
    name: "oarlock_role",
    help: "1 for the role that this node has",
    labelNames: ["role"],
    registers: [registry],
    collect() {
      const status = node.status()
      for (const name of roles) role.set({ role: name }, Number(name === status.role))
    },
  })
  const queue: Gauge<"queue"> = new Gauge({
    name: "oarlock_queue_depth",
    help: "What waits inside the replica",
    labelNames: ["queue"],
    registers: [registry],
    collect() {
      const status = node.status()
      queue.set({ queue: "proposals" }, status.pendingProposals)
      queue.set({ queue: "reads" }, status.pendingReads)
      queue.set({ queue: "apply" }, status.commitIndex - status.lastApplied)
    },
  })
  gauge("oarlock_pending_proposal_bytes", "Command bytes without an outcome yet", (status) => status.pendingProposalBytes)
}

function describeLog(registry: Registry, log: LogHealth): void {
  const lost: Counter = new Counter({
    name: "oarlock_log_lines_lost_total",
    help: "Lines of this server's own log that could not be written: nobody reads it, or its disk is full",
    registers: [registry],
    collect() {
      lost.reset()
      lost.inc(log.linesLost)
    },
  })
  const ok: Gauge = new Gauge({
    name: "oarlock_log_ok",
    help: "1 while this server's own log can be written, 0 while it cannot",
    registers: [registry],
    collect: () => ok.set(Number(log.trouble === null)),
  })
}

function describeCertificates(registry: Registry, certificates: readonly UsedCertificate[]): void {
  if (certificates.length === 0) return
  const name = "oarlock_certificate_expiry_timestamp_seconds"
  const help = "When the first certificate of this kind expires, in seconds since 1970; as read at the start"
  const expiry = new Gauge({ name, help, labelNames: ["use", "part"], registers: [registry] })
  const earliestLast = certificates.toSorted((a, b) => b.validToMs - a.validToMs)
  for (const { use, part, validToMs } of earliestLast) expiry.set({ use, part }, validToMs / 1000)
}

/** Counted by the node itself, which also says whose code it was. */
function describeLoop(registry: Registry, node: ServedNode): void {
  const counter = (name: string, help: string, read: () => number) => {
    const metric: Counter = new Counter({
      name,
      help,
      registers: [registry],
      collect() {
        metric.reset()
        metric.inc(read())
      },
    })
  }
  const stalled = "Times that the event loop stood still for half of the smallest election timeout or longer"
  counter("oarlock_event_loop_stalls_total", stalled, () => node.loop().stalls)
  counter("oarlock_event_loop_stalled_seconds_total", "Time lost in these stalls", () => node.loop().stalledMs / 1000)
  counter("oarlock_commands_refused_total", "Commands that the state machine refused by throwing", () => node.status().commandsRefused)
}

/** One collector fills all of them: it hangs on the first, and a registry renders in the order of making. */
function describePeers(registry: Registry, node: ServedNode): void {
  const gauge = (name: string, help: string, collect: () => void = () => {}) =>
    new Gauge({ name, help, labelNames: ["peer"], registers: [registry], collect })
  const lag = gauge(
    "oarlock_peer_lag_entries",
    "Entries of the leader's log that a follower is not known to have; only on the leader",
    () => {
      const status = node.status()
      const nameOf = namesOf(status.configuration)
      for (const metric of [lag, match, connected, roundTrip, buffered, dropped]) metric.reset()
      for (const peer of status.peers) {
        lag.set({ peer: nameOf(peer.id) }, peer.lag)
        match.set({ peer: nameOf(peer.id) }, peer.matchIndex)
      }
      for (const peer of node.peers()) {
        const label = { peer: nameOf(peer.id) }
        connected.set(label, Number(peer.connected))
        if (peer.roundTripMs !== null) roundTrip.set(label, peer.roundTripMs / 1000)
        buffered.set(label, peer.bufferedBytes)
        dropped.set(label, peer.messagesDropped)
      }
    },
  )
  const match = gauge("oarlock_peer_match_index", "Highest entry that a follower is known to share; only on the leader")
  const connected = gauge("oarlock_peer_connected", "1 while there is a connection to this node")
  const roundTrip = gauge("oarlock_peer_round_trip_seconds", "To this node and back, smoothed")
  const buffered = gauge("oarlock_peer_buffered_bytes", "Bytes that wait to be sent to this node")
  const dropped = gauge(
    "oarlock_peer_dropped_messages",
    "Messages to this node that were thrown away since the start: its buffer was full, or it was away",
  )
}
