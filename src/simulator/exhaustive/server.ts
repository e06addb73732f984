/**
 * One server of a world that is explored: the production core, its disk, and the one write that may be under way, exactly as a replica runs
 * them (`startDisk`: the next write is sealed when the last one is done, and takes along everything that came in between).
 *
 * Time is abstracted. Two scales that never meet (a heartbeat is a millionth of an election timeout) make every timer an action that can
 * happen at any moment: the server's clock jumps to where the timer is due, and nothing else is due by that.
 */

import {
  bootstrapConfiguration,
  defaultRaftOptions,
  emptyConfiguration,
  Raft,
  type Configuration,
  type Entry,
  type HardState,
  type MembershipChange,
  type Message,
  type NodeId,
  type RaftObservation,
  type RaftOptions,
  type RaftStart,
  type Write,
} from "../../core/index.ts"
import type { Bounds } from "./bounds.ts"
import type { Tampering } from "./tampering.ts"

/** What would be there after a loss of power. */
export interface DurableState {
  readonly hardState: HardState
  readonly entries: readonly Entry[]
}

/** The batch on its way to the disk: one record for the hard state, then one for each entry. */
export interface PendingWrite {
  readonly number: number
  readonly hardState: HardState
  readonly entries: readonly Entry[]
}

/** Never changed once made: a step works on a copy. */
export interface Server {
  readonly id: NodeId
  readonly raft: Raft
  /** Its own clock. */
  readonly now: number
  readonly disk: DurableState
  readonly writing: PendingWrite | null
}

export type Input =
  | { readonly kind: "deliver"; readonly message: Message }
  /** The election timer runs out. */
  | { readonly kind: "timeout" }
  /** The leader's heartbeat is due. */
  | { readonly kind: "heartbeat" }
  /** The leader notices that it heard from no quorum for an election timeout (CheckQuorum). */
  | { readonly kind: "quorumLost" }
  /** So long without word from the leader that others may be heard (dissertation §4.2.3), not so long as to campaign. */
  | { readonly kind: "leaderContactEnds" }
  /** So long since it asked for pre-votes that it stands in no rival's way any more, not so long as to ask again. */
  | { readonly kind: "precedenceEnds" }
  | { readonly kind: "propose" }
  | { readonly kind: "change" }
  /** The write under way is on disk. */
  | { readonly kind: "sync" }
  /** Power fails and comes back; of the write under way, the first `kept` records are on disk. */
  | { readonly kind: "crash"; readonly kept: number }

export interface ServerStep {
  readonly server: Server
  readonly sent: readonly Message[]
  readonly observations: readonly RaftObservation[]
}

const electionTimeoutMs = 1_000_000
/** As in the core: half of the smallest election timeout. */
const precedenceMs = electionTimeoutMs / 2
const heartbeatIntervalMs = 1

/** What all servers of one world have in common. */
export interface WorldSetting {
  readonly bounds: Bounds
  readonly tampering: Tampering
}

export function startServer(setting: WorldSetting, id: NodeId): ServerStep {
  return boot(setting, id, { hardState: { term: 0, votedFor: null, commitIndex: 0 }, entries: [] })
}

/** What `input` makes of `server`, which must be ready for it (see `inputsOf`). Throws what the core throws. */
export function stepServer(setting: WorldSetting, server: Server, input: Input): ServerStep {
  if (input.kind === "crash") return boot(setting, server.id, diskAfterCrash(server, input.kept))
  const draft: Draft = { ...server, raft: server.raft.clone(), sent: [], observations: [] }
  act(setting, draft, input)
  settle(setting, draft)
  return finish(draft)
}

/** What can happen to `server` by itself. What reaches it from others is not listed. */
export function inputsOf({ bounds }: WorldSetting, server: Server): Input[] {
  const inputs: Input[] = []
  const { raft, writing } = server
  const { role, term } = raft.state
  if (role.kind === "leader") {
    if (role.round <= bounds.heartbeats) inputs.push({ kind: "heartbeat" })
    if (bounds.preVote && !decidesAlone(raft.configuration)) inputs.push({ kind: "quorumLost" })
    if (commandCount(raft) < bounds.entries) inputs.push({ kind: "propose" })
    if (bounds.change !== null && raft.configuration.index === 0) inputs.push({ kind: "change" })
  } else {
    const mayCampaign = bounds.campaigners === null || bounds.campaigners.includes(server.id)
    if (mayCampaign && term < bounds.terms) inputs.push({ kind: "timeout" })
    if (hasRecentLeader(server)) inputs.push({ kind: "leaderContactEnds" })
    if (hasJustAsked(server)) inputs.push({ kind: "precedenceEnds" })
  }
  if (writing !== null) inputs.push({ kind: "sync" })
  for (let kept = 0; kept <= recordCount(writing); kept++) inputs.push({ kind: "crash", kept })
  return inputs
}

// The two ways in which time that has passed makes a difference.

/** Whether a voter keeps quiet for its leader's sake. */
export function hasRecentLeader({ raft, now }: Server): boolean {
  const { options, role, leaderContactAt } = raft.state
  return options.preVote && role.kind !== "leader" && now - leaderContactAt < options.electionTimeoutMinMs
}

/** Whether a server that asked for pre-votes may go before a rival with an equal log. */
export function hasJustAsked({ raft, now }: Server): boolean {
  const { role, electionTimerSetAt } = raft.state
  return role.kind === "preCandidate" && now - electionTimerSetAt < precedenceMs
}

export function optionsOf(bounds: Bounds, id: NodeId): RaftOptions {
  return {
    ...defaultRaftOptions,
    id,
    seed: 0,
    preVote: bounds.preVote,
    electionTimeoutMinMs: electionTimeoutMs,
    electionTimeoutMaxMs: electionTimeoutMs + 1,
    heartbeatIntervalMs,
    appendEntriesMax: bounds.appendEntriesMax,
  }
}

/** The configuration that server `id` starts with, when it has nothing on its disk. */
export function genesisOf(bounds: Bounds, id: NodeId): Configuration {
  if (id > bounds.servers) return emptyConfiguration
  return bootstrapConfiguration(Array.from({ length: bounds.servers }, (_, i) => memberNumbered(i + 1)))
}

/** A member as `MembershipChange` wants it. */
export function memberNumbered(id: NodeId): { id: NodeId; name: string; peerAddress: string; clientAddress: string } {
  return { id, name: `S${id}`, peerAddress: `s${id}:1`, clientAddress: "" }
}

interface Draft {
  readonly id: NodeId
  readonly raft: Raft
  now: number
  disk: DurableState
  writing: PendingWrite | null
  readonly sent: Message[]
  readonly observations: RaftObservation[]
}

function boot(setting: WorldSetting, id: NodeId, disk: DurableState): ServerStep {
  const { bounds, tampering } = setting
  const snapshot = { lastIndex: 0, lastTerm: 0, configuration: genesisOf(bounds, id) }
  const start: RaftStart = { hardState: disk.hardState, snapshot, entries: disk.entries }
  const raft = Raft.create(optionsOf(bounds, id), tampering.restart?.(start) ?? start, 0)
  const draft: Draft = { id, raft, now: 0, disk, writing: null, sent: [], observations: [] }
  settle(setting, draft)
  return finish(draft)
}

function act({ bounds, tampering }: WorldSetting, draft: Draft, input: Exclude<Input, { kind: "crash" }>): void {
  const { raft } = draft
  switch (input.kind) {
    case "deliver":
      return raft.receive(tampering.receive?.(input.message, raft.state) ?? input.message, draft.now)
    case "timeout":
    case "heartbeat":
      // Clocks show whole milliseconds, so that differences are exact: a fraction could leave a moment that has come a little ahead.
      draft.now = Math.max(draft.now, Math.ceil(raft.deadline))
      return raft.wake(draft.now)
    case "quorumLost":
      draft.now += electionTimeoutMs + 1
      return raft.wake(draft.now)
    case "leaderContactEnds":
      draft.now = Math.max(draft.now, raft.state.leaderContactAt + electionTimeoutMs)
      return
    case "precedenceEnds":
      draft.now = Math.max(draft.now, raft.state.electionTimerSetAt + precedenceMs)
      return
    case "propose":
      // The proposer's number makes what two leaders append differ.
      raft.propose([Uint8Array.of(draft.id)])
      return
    case "change":
      raft.changeMembership(bounds.change as readonly MembershipChange[], null, draft.now)
      return
    case "sync":
      return completeWrite(draft, draft.writing!)
    default:
      input satisfies never
  }
}

/** Takes what the core wants said and written, as a replica does after every input. */
function settle({ bounds, tampering }: WorldSetting, draft: Draft): void {
  const { raft } = draft
  for (;;) {
    tampering.settle?.(raft.state)
    const ready = raft.takeReady(draft.now)
    draft.sent.push(...ready.messages)
    draft.observations.push(...ready.observations)
    if (draft.writing !== null) return
    const write = raft.takeWrite()
    if (write === null) return
    const sealed = seal(draft, write)
    if (!bounds.slowDisks.includes(draft.id)) {
      completeWrite(draft, sealed)
    } else {
      draft.writing = sealed
      if (tampering.completesEarly?.(write) === true) raft.persisted(sealed.number, draft.now)
    }
  }
}

/** As `sealBatch` of the storage layer does: each batch says how far the log is certainly committed, whatever becomes of the batch. */
function seal(draft: Draft, write: Write): PendingWrite {
  const { raft, disk } = draft
  const first = write.entries[0]?.index ?? Infinity
  const commitIndex = first <= disk.entries.length ? Math.min(raft.commitIndex, first - 1) : raft.commitIndex
  return { number: write.number, hardState: { ...(write.hardState ?? disk.hardState), commitIndex }, entries: write.entries }
}

function completeWrite(draft: Draft, write: PendingWrite): void {
  draft.disk = applyWrite(draft.disk, write, recordCount(write))
  draft.writing = null
  draft.raft.persisted(write.number, draft.now)
}

function diskAfterCrash({ disk, writing }: Server, kept: number): DurableState {
  return writing === null ? disk : applyWrite(disk, writing, kept)
}

function applyWrite(disk: DurableState, write: PendingWrite, kept: number): DurableState {
  if (kept === 0) return disk
  const entries = write.entries.slice(0, kept - 1)
  const first = entries[0]
  return {
    hardState: write.hardState,
    entries: first === undefined ? disk.entries : [...disk.entries.slice(0, first.index - 1), ...entries],
  }
}

function recordCount(write: PendingWrite | null): number {
  return write === null ? 0 : 1 + write.entries.length
}

function finish({ id, raft, now, disk, writing, sent, observations }: Draft): ServerStep {
  return { server: { id, raft, now, disk, writing }, sent, observations }
}

function decidesAlone({ voters, votersOutgoing }: Configuration): boolean {
  return voters.length <= 1 && votersOutgoing.length === 0
}

function commandCount(raft: Raft): number {
  if (raft.lastIndex === 0) return 0
  return raft.entries(1, raft.lastIndex).filter((entry) => entry.kind === "command").length
}
