/**
 * Which servers may take part: whom this server refuses, who refuses this server, and when its cluster begins.
 *
 * Raft assumes three things that a real disk and a real operator do not guarantee.
 *
 * - A disk never forgets. So each start of a process on a disk is a numbered *life* with a random nonce, and other servers record the highest life that
 *   they met. If that life comes again with another nonce, or a lower one comes, the disk was put back to an older state ("rolled back").
 * - All servers are in one cluster. So a cluster has a *genesis*, an identity computed from its token and its first members.
 * - A cluster begins once. So the first election waits until all first members have met: a server whose disk was replaced since would then be
 *   known to the others with its earlier disk.
 *
 * A server that passes these checks is *met*: a record of it goes to disk before anything that is promised afterwards.
 *
 * Both shells call `judgePeer` when two servers shake hands, and report the introduction as an event whatever the result was.
 */

import { hashValue, isMember, type Configuration, type LogIndex, type NodeId, type Term } from "../core/index.ts"
import { forgetPeer, recordOwn, recordPeer, type Recovered } from "../storage/index.ts"
import { livesRememberedMax, type Introduction, type OwnStanding, type PeerStanding, type PeerRefusal } from "../wire/index.ts"
import type { Effects } from "./effect.ts"
import type { ReplicaOptions } from "./options/options.ts"
import type { ReplicaState } from "./replica-state.ts"

export interface Peers {
  /** What this server has recorded about itself: on disk, or queued for it. */
  own: OwnStanding
  /** Term and last index on the disk when this life began. */
  readonly beganAt: { readonly term: Term; readonly lastIndex: LogIndex }
  /** Other servers that were met, as recorded on disk or queued for it. */
  readonly known: Map<NodeId, PeerStanding>
  /** First members that must still be met before the first election, ascending; empty if none. */
  waitsFor: readonly NodeId[]
  /** Servers that refuse the handshake with this one, and why. */
  readonly refusals: Map<NodeId, PeerRefusal>
}

/** How many servers that are not members (yet) are remembered. Of more, the one that was met first is forgotten. */
export const strangersMax = 64

/** `configuration`: the one in force on the disk, or the one that a new cluster begins with. */
export function createPeers(options: ReplicaOptions, recovered: Recovered, configuration: Configuration, lastIndex: LogIndex): Peers {
  const { own } = recovered
  const others = configuration.members.map(({ id }) => id).filter((id) => id !== options.raft.id)
  const isBeginning = lastIndex === 0 && configuration.index === 0
  const hasBegun = own?.hasBegun === true || !isBeginning || others.length === 0
  return {
    own: {
      life: (own?.life ?? 0) + 1,
      nonce: options.bootId,
      genesis: own?.genesis ?? (isBeginning ? genesisOf(options.identity.clusterId, configuration) : null),
      hasBegun,
      isPartial: own?.isPartial ?? false,
      isCondemned: own?.isCondemned ?? false,
      isTooLate: own?.isTooLate ?? false,
      previousNonces: own === null ? [] : [own.nonce, ...own.previousNonces].slice(0, livesRememberedMax),
    },
    beganAt: { term: recovered.hardState.term, lastIndex },
    known: new Map(recovered.peers),
    waitsFor: hasBegun ? [] : others,
    refusals: new Map(),
  }
}

/** Identifies one start of a server: the disk (`incarnation`), the number of the start (`life`) and its random number (`nonce`). */
export type Life = Pick<Introduction, "incarnation" | "life" | "nonce">

export function clonePeers(peers: Peers): Peers {
  return { ...peers, known: new Map(peers.known), refusals: new Map(peers.refusals) }
}

/**
 * The identity of a cluster that begins with these members, 16 hexadecimal digits; null without members. Their addresses are not part of it,
 * because they may change.
 */
export function genesisOf(clusterId: string, { members }: Configuration): string | null {
  if (members.length === 0) return null
  const beginning = [clusterId, members.map(({ id }) => id)]
  return [hashValue(1, beginning), hashValue(2, beginning)].map((word) => word.toString(16).padStart(8, "0")).join("")
}

/** Whether the cluster with the identity `genesis` began with the members of `configuration`. */
export function isSameBeginning(genesis: string, clusterId: string, configuration: Configuration): boolean {
  return genesisOf(clusterId, configuration) === genesis
}

/** How this server introduces itself in a handshake. Only once the replica is ready: before that, a crash could leave no record of this life. */
export function introduce({ peers, options }: ReplicaState): Introduction {
  const { own, beganAt } = peers
  const { life, nonce, previousNonces, genesis, isPartial, isCondemned } = own
  return { incarnation: options.identity.incarnation, life, nonce, previousNonces, genesis, ...beganAt, isPartial, isCondemned }
}

/** Why this server refuses the handshake with `peer`, which introduces itself; null if it accepts. */
export function judgePeer(state: ReplicaState, peer: NodeId, introduction: Introduction): PeerRefusal | null {
  const { peers, options } = state
  const { own, known } = peers
  const { genesis, incarnation } = introduction
  if (genesis !== null && own.genesis !== null && genesis !== own.genesis) {
    const message = `server ${peer} belongs to a cluster that began with other members (genesis ${genesis}; here ${own.genesis}). If it is to be a first member here, stop it, empty its data folder and start it again; if this cluster has begun, add it as a new member. If the other cluster is the right one, do so with server ${options.raft.id}`
    return { code: "otherBeginning", message }
  }
  if (isRemoved(state, peer)) {
    return {
      code: "removed",
      message: `server ${peer} was removed from this cluster; ids are never used again. Stop it; to use its machine again, add it under a new id with an empty data folder`,
    }
  }
  const standing = known.get(peer)
  if (standing !== undefined && standing.incarnation !== incarnation) {
    const what = `server ${peer} is known with incarnation ${standing.incarnation}, and this one is ${incarnation}`
    return { code: "unknownIncarnation", message: `${what}: it lost its disk; remove it and add it under a new id` }
  }
  const because = explainRollBack(state, peer, standing, introduction)
  if (because === null) return null
  const advice =
    "nothing that it has promised since can be relied on, so it has no vote; remove it, and add it under a new id with an empty data folder (docs/guarantees.md)"
  return { code: "rolledBack", message: `the disk of server ${peer} has gone back in time: ${because}; ${advice}` }
}

/** Whether `peer` was a member and is not any more, by the last committed configuration: an uncommitted removal may still be undone. */
export function isRemoved({ raft }: ReplicaState, peer: NodeId): boolean {
  const { configurations, commitIndex } = raft.state
  const committed = configurations.findLast(({ index }) => index <= commitIndex)
  return committed !== undefined && committed.members.length > 0 && peer <= committed.highestId && !isMember(committed, peer)
}

/** Whether the disk of `peer` was rolled back: its messages are ignored, on every connection. */
export function isCondemned({ peers }: ReplicaState, peer: NodeId): boolean {
  return peers.known.get(peer)?.isCondemned === true
}

/** Says in a phrase what shows that the disk of `peer` was rolled back; null if nothing does. */
function explainRollBack(state: ReplicaState, peer: NodeId, standing: PeerStanding | undefined, it: Introduction): string | null {
  if (it.isCondemned) return "it was told so by another server"
  if (standing === undefined || it.life === 0) return null
  if (standing.isCondemned) return "this was seen before"
  if (it.life < standing.life) return `it starts as life ${it.life}, and life ${standing.life} was met before`
  if (it.life === standing.life) return it.nonce === standing.nonce ? null : `it starts as life ${it.life} for the second time`
  // Of lives before those it remembers nothing is known, nor of a version that names only its present life.
  const met = it.previousNonces[it.life - standing.life - 1]
  if (met !== undefined && met !== standing.nonce) return `life ${standing.life}, which was met here, is not its own`
  return explainBrokenPromise(state, peer, it)
}

/** Says in a phrase what `peer` has promised to this server in an earlier life and has not on its disk any more; null if nothing. */
function explainBrokenPromise({ raft }: ReplicaState, peer: NodeId, { term, lastIndex }: Introduction): string | null {
  const promise = raft.promiseOf(peer)
  if (promise === null) return null
  if (term < promise.term) return `it starts in term ${term}, and has made promises in term ${promise.term}`
  // In a later term, a leader may have replaced entries that `peer` acknowledged, but never those that were committed at that time.
  const kept = term === promise.term ? Math.max(promise.index, promise.committedIndex) : promise.committedIndex
  return lastIndex < kept ? `its log ends at entry ${lastIndex}, and it has acknowledged entry ${kept}` : null
}

/** Another server has introduced itself. `welcomedUs`: it accepted this server; false if it opened the connection. */
export function onIntroduced(state: ReplicaState, peer: NodeId, introduction: Introduction, welcomedUs: boolean, effects: Effects): void {
  const refusal = judgePeer(state, peer, introduction)
  if (refusal === null) meet(state, peer, introduction, welcomedUs, effects)
  else if (refusal.code === "rolledBack") {
    // An introduction may arrive late, from a process that has ended and whose server was met in a later life since. So the verdict is recorded
    // only when the other server has believed it and says so (`isCondemned`). Until then its acknowledgements are discarded, and it has to
    // acknowledge again.
    if (introduction.isCondemned) condemn(state, peer, introduction, refusal.message, effects)
    else state.raft.forgetAcknowledged(peer)
  }
}

function meet(state: ReplicaState, peer: NodeId, introduction: Introduction, welcomedUs: boolean, effects: Effects): void {
  const { peers, log } = state
  const { incarnation, life, nonce, genesis } = introduction
  remember(state, peer, { incarnation, life, nonce, isCondemned: false })
  // A server that opened the connection has not judged this one yet. Only a server that has accepted this one has recorded it, and counts as met.
  if (!welcomedUs) return
  peers.refusals.delete(peer)
  if (peers.own.genesis === null && genesis !== null) {
    peers.own = { ...peers.own, genesis }
    recordOwn(log, peers.own)
  }
  // If the cluster has begun without some first members, this server may be one of them, and the others may not know its earlier disk. So having
  // met them does not allow an election here; entries from a leader do (`noticeFirstEntries`).
  const isAllowedByOperator = (state.options.beginWithout ?? []).length > 0
  if (!introduction.isPartial || isAllowedByOperator) maybeBegin(state, peer, effects)
  else if (peers.waitsFor.length > 0)
    effects.observations.push({ kind: "waitsToBegin", genesis: genesis ?? "", waitsFor: peers.waitsFor, begunBy: peer })
}

function remember({ peers, log, raft }: ReplicaState, peer: NodeId, standing: PeerStanding): void {
  const { known } = peers
  const before = known.get(peer)
  // Life 0 is a server of a version without lives: a record with a life says more.
  const isSame =
    before !== undefined && (standing.life === 0 || (before.life === standing.life && before.isCondemned === standing.isCondemned))
  if (isSame) return
  known.set(peer, standing)
  recordPeer(log, peer, standing)
  const strangers = [...known.keys()].filter((id) => !raft.state.configurations.some((one) => isMember(one, id)))
  for (const id of strangers.slice(0, Math.max(0, strangers.length - strangersMax))) forget(log, known, id)
}

function forget(log: ReplicaState["log"], known: Map<NodeId, PeerStanding>, peer: NodeId): void {
  known.delete(peer)
  forgetPeer(log, peer)
}

/**
 * Removed servers are refused by their ids, so their records are dropped. Done at a start only, so that a server that leaves still learns of its
 * removal.
 */
export function forgetRemoved(state: ReplicaState): void {
  const { peers, log } = state
  for (const id of peers.known.keys()) if (isRemoved(state, id)) forget(log, peers.known, id)
}

/** The disk of `peer` was rolled back: recorded for good, so the server has no vote and is ignored in later lives too. */
function condemn(state: ReplicaState, peer: NodeId, { incarnation, life, nonce }: Introduction, because: string, effects: Effects): void {
  const { peers, raft } = state
  const standing = peers.known.get(peer)
  if (standing?.isCondemned === true) return
  remember(state, peer, { ...(standing ?? { incarnation, life, nonce }), isCondemned: true })
  raft.forgetAcknowledged(peer)
  effects.observations.push({ kind: "peerRolledBack", peer, because })
}

/** Another server has refused this one. If the reason is that this server's disk was rolled back, this server records that at once, and for good. */
export function onRefusedBy(state: ReplicaState, peer: NodeId, refusal: PeerRefusal, effects: Effects): void {
  const { peers, log, raft, now } = state
  const before = peers.refusals.get(peer)
  peers.refusals.set(peer, refusal)
  if (before?.code !== refusal.code) effects.observations.push({ kind: "refusedBy", peer, code: refusal.code, message: refusal.message })
  if ((refusal.code === "removed" || refusal.code === "unknownIncarnation") && !peers.own.isTooLate && !peers.own.hasBegun) {
    peers.own = { ...peers.own, isTooLate: true }
    recordOwn(log, peers.own)
  }
  if (refusal.code !== "rolledBack" || peers.own.isCondemned) return
  peers.own = { ...peers.own, isCondemned: true }
  recordOwn(log, peers.own)
  raft.bar(true, `server ${peer} has seen that this disk went back in time`, now)
}

/** The server `met` was met. If no other has to be waited for, the cluster begins. */
function maybeBegin(state: ReplicaState, met: NodeId, effects: Effects): void {
  const { peers, options } = state
  if (peers.waitsFor.length === 0 || peers.own.isTooLate) return
  peers.waitsFor = peers.waitsFor.filter((id) => id !== met)
  if (peers.waitsFor.every((id) => mayBeginWithout(options, id))) begin(state, effects)
}

function mayBeginWithout({ beginWithout }: ReplicaOptions, id: NodeId): boolean {
  return beginWithout !== undefined && beginWithout.includes(id)
}

function begin(state: ReplicaState, effects: Effects): void {
  const { peers, log, raft, now } = state
  const without = peers.waitsFor
  peers.waitsFor = []
  // Queued before any vote, so no vote is on disk without the record that the cluster has begun.
  peers.own = { ...peers.own, hasBegun: true, isPartial: without.length > 0 }
  recordOwn(log, peers.own)
  raft.bar(peers.own.isCondemned, "", now)
  effects.observations.push({ kind: "clusterBegins", genesis: peers.own.genesis ?? "", without })
}

/** In the first step of a new cluster: begins it if nothing has to be waited for, otherwise reports which servers it waits for. */
export function announceBeginning(state: ReplicaState, effects: Effects): void {
  const { peers, options } = state
  const { waitsFor, own } = peers
  if (waitsFor.length === 0) return
  if (waitsFor.every((id) => mayBeginWithout(options, id))) begin(state, effects)
  else effects.observations.push({ kind: "waitsToBegin", genesis: own.genesis ?? "", waitsFor, begunBy: null })
}

/** A leader has sent entries, so the cluster has begun with this server as a member. */
export function noticeFirstEntries(state: ReplicaState): void {
  const { peers, raft, now } = state
  if (peers.waitsFor.length === 0 || raft.lastIndex === 0) return
  peers.waitsFor = []
  raft.bar(peers.own.isCondemned, "", now)
}

/**
 * Whether this server has a record on disk that it met `peer` in that life (0: in any life) and that nothing speaks against it. Only then are its
 * messages used.
 */
export function isRecorded({ log, peers }: ReplicaState, peer: NodeId, { incarnation, life, nonce }: Life): boolean {
  const standing = log.contents.peers.get(peer)
  if (standing === undefined || standing.incarnation !== incarnation || peers.known.get(peer)?.isCondemned === true) return false
  return life === 0 || (standing.life === life && standing.nonce === nonce)
}
