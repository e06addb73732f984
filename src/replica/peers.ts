/**
 * Who may speak here: what this server holds against others, what others hold against it, and when its cluster begins.
 *
 * Raft takes three things for granted that a real disk and a real operator do not give. That a disk never forgets: so each start of a process on a
 * disk is a numbered *life* with a random nonce, peers remember the highest one that they met, and a life that was seen before, or a lower one, is a
 * disk that was put back to an older state of itself. That everybody is in one cluster: so a cluster has a *genesis* drawn from its token and its
 * first members. And that a cluster begins once: so the first election waits until all first members have met, because each of them would then
 * know an earlier disk of each other one. A server that none of this speaks against is met, and remembered before anything that is promised
 * afterwards.
 *
 * Both shells ask `judgePeer` when two servers shake hands, and report the introduction as an event whatever the answer was.
 */

import { hashValue, isMember, type Configuration, type LogIndex, type NodeId, type Term } from "../core/index.ts"
import { forgetPeer, recordOwn, recordPeer, type Recovered } from "../storage/index.ts"
import { livesRememberedMax, type Introduction, type OwnStanding, type PeerStanding, type PeerRefusal } from "../wire/index.ts"
import type { Effects } from "./effect.ts"
import type { ReplicaOptions } from "./options/options.ts"
import type { ReplicaState } from "./replica-state.ts"

export interface Peers {
  /** What this server's own disk says, or will say once what is queued is durable. */
  own: OwnStanding
  /** What the disk held when this life began. */
  readonly beganAt: { readonly term: Term; readonly lastIndex: LogIndex }
  readonly known: Map<NodeId, PeerStanding>
  /** First members that have yet to be met before the first election; empty once nothing has to be waited for. Ascending. */
  waitsFor: readonly NodeId[]
  /** Who refuses this server, and why. */
  readonly refusals: Map<NodeId, PeerRefusal>
}

/** Servers that are no members (yet) whose standing is remembered; of more, the one that was met first is forgotten. */
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

/** Which process on which disk. */
export type Life = Pick<Introduction, "incarnation" | "life" | "nonce">

export function clonePeers(peers: Peers): Peers {
  return { ...peers, known: new Map(peers.known), refusals: new Map(peers.refusals) }
}

/** The identity of a cluster that begins with these members; null without any. 16 hexadecimal digits. Addresses may change, so they are no part of it. */
export function genesisOf(clusterId: string, { members }: Configuration): string | null {
  if (members.length === 0) return null
  const beginning = [clusterId, members.map(({ id }) => id)]
  return [hashValue(1, beginning), hashValue(2, beginning)].map((word) => word.toString(16).padStart(8, "0")).join("")
}

/** Whether a cluster with that identity began with these members. */
export function isSameBeginning(genesis: string, clusterId: string, configuration: Configuration): boolean {
  return genesisOf(clusterId, configuration) === genesis
}

/** What this server says of itself when it shakes hands. Only once the replica is ready: a life that is not on disk yet may not come to be. */
export function introduce({ peers, options }: ReplicaState): Introduction {
  const { own, beganAt } = peers
  const { life, nonce, previousNonces, genesis, isPartial, isCondemned } = own
  return { incarnation: options.identity.incarnation, life, nonce, previousNonces, genesis, ...beganAt, isPartial, isCondemned }
}

/** What this server holds against `peer`, which introduces itself; null if nothing. */
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

/** Whether `peer` was a member once and is none any more. Only what is committed counts: a removal may still be rolled back. */
export function isRemoved({ raft }: ReplicaState, peer: NodeId): boolean {
  const { configurations, commitIndex } = raft.state
  const committed = configurations.findLast(({ index }) => index <= commitIndex)
  return committed !== undefined && committed.members.length > 0 && peer <= committed.highestId && !isMember(committed, peer)
}

/** Whether the disk of `peer` has gone back in time: nothing that it says counts, on whichever connection it comes. */
export function isCondemned({ peers }: ReplicaState, peer: NodeId): boolean {
  return peers.known.get(peer)?.isCondemned === true
}

/** Says in a phrase what shows that the disk of `peer` has forgotten something; null if nothing does. */
function explainRollBack(state: ReplicaState, peer: NodeId, standing: PeerStanding | undefined, it: Introduction): string | null {
  if (it.isCondemned) return "it was told so by another server"
  if (standing === undefined || it.life === 0) return null
  if (standing.isCondemned) return "this was seen before"
  if (it.life < standing.life) return `it starts as life ${it.life}, and life ${standing.life} was met before`
  if (it.life === standing.life) return it.nonce === standing.nonce ? null : `it starts as life ${it.life} for the second time`
  // Beyond what it remembers, and of an earlier version that names one life alone, nobody can tell.
  const met = it.previousNonces[it.life - standing.life - 1]
  if (met !== undefined && met !== standing.nonce) return `life ${standing.life}, which was met here, is not its own`
  return explainBrokenPromise(state, peer, it)
}

/** A new life began with less than an earlier one had promised to this server. */
function explainBrokenPromise({ raft }: ReplicaState, peer: NodeId, { term, lastIndex }: Introduction): string | null {
  const promise = raft.promiseOf(peer)
  if (promise === null) return null
  if (term < promise.term) return `it starts in term ${term}, and has made promises in term ${promise.term}`
  // A leader of a later term may have replaced what it acknowledged, but never what was committed then.
  const kept = term === promise.term ? Math.max(promise.index, promise.committedIndex) : promise.committedIndex
  return lastIndex < kept ? `its log ends at entry ${lastIndex}, and it has acknowledged entry ${kept}` : null
}

/** A peer has introduced itself. `welcomedUs`: by accepting this server, not only by calling it. */
export function onIntroduced(state: ReplicaState, peer: NodeId, introduction: Introduction, welcomedUs: boolean, effects: Effects): void {
  const refusal = judgePeer(state, peer, introduction)
  if (refusal === null) meet(state, peer, introduction, welcomedUs, effects)
  else if (refusal.code === "rolledBack") {
    // A greeting may come late, from a process that has ended and was met since in a later life. Only a disk that is there can believe the verdict and say
    // so: then it is for good. Until then what it acknowledged is asked for anew.
    if (introduction.isCondemned) condemn(state, peer, introduction, refusal.message, effects)
    else state.raft.forgetAcknowledged(peer)
  }
}

function meet(state: ReplicaState, peer: NodeId, introduction: Introduction, welcomedUs: boolean, effects: Effects): void {
  const { peers, log } = state
  const { incarnation, life, nonce, genesis } = introduction
  remember(state, peer, { incarnation, life, nonce, isCondemned: false })
  // A caller has not judged this server yet. Only a server that has welcomed this one has it on its disk, and counts as met.
  if (!welcomedUs) return
  peers.refusals.delete(peer)
  if (peers.own.genesis === null && genesis !== null) {
    peers.own = { ...peers.own, genesis }
    recordOwn(log, peers.own)
  }
  // Where the cluster began without some of its members, and this server may be one of those, having met the others proves nothing about it:
  // entries have to (`noticeFirstEntries`).
  const hasOperatorsWord = (state.options.beginWithout ?? []).length > 0
  if (!introduction.isPartial || hasOperatorsWord) maybeBegin(state, peer, effects)
  else if (peers.waitsFor.length > 0)
    effects.observations.push({ kind: "waitsToBegin", genesis: genesis ?? "", waitsFor: peers.waitsFor, begunBy: peer })
}

function remember({ peers, log, raft }: ReplicaState, peer: NodeId, standing: PeerStanding): void {
  const { known } = peers
  const before = known.get(peer)
  // An earlier version of a server that is known by its life says less than is known.
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

/** Those that were removed are refused by their ids, and need not be remembered: told at the start, so that a server that leaves hears the end of it. */
export function forgetRemoved(state: ReplicaState): void {
  const { peers, log } = state
  for (const id of peers.known.keys()) if (isRemoved(state, id)) forget(log, peers.known, id)
}

/** The disk of `peer` has gone back in time: it counts for nothing any more, whatever it says in later lives. */
function condemn(state: ReplicaState, peer: NodeId, { incarnation, life, nonce }: Introduction, because: string, effects: Effects): void {
  const { peers, raft } = state
  const standing = peers.known.get(peer)
  if (standing?.isCondemned === true) return
  remember(state, peer, { ...(standing ?? { incarnation, life, nonce }), isCondemned: true })
  raft.forgetAcknowledged(peer)
  effects.observations.push({ kind: "peerRolledBack", peer, because })
}

/** A peer has refused this server. That its disk went back in time it believes at once, and for good. */
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

/** `met` was met: if it was the last one that the first election waits for, the cluster begins. */
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
  // Queued before any vote can be: on disk, nobody votes in a cluster that has not begun.
  peers.own = { ...peers.own, hasBegun: true, isPartial: without.length > 0 }
  recordOwn(log, peers.own)
  raft.bar(peers.own.isCondemned, "", now)
  effects.observations.push({ kind: "clusterBegins", genesis: peers.own.genesis ?? "", without })
}

/** The first step: a new cluster says that it is one, and for whom it waits. */
export function announceBeginning(state: ReplicaState, effects: Effects): void {
  const { peers, options } = state
  const { waitsFor, own } = peers
  if (waitsFor.length === 0) return
  if (waitsFor.every((id) => mayBeginWithout(options, id))) begin(state, effects)
  else effects.observations.push({ kind: "waitsToBegin", genesis: own.genesis ?? "", waitsFor, begunBy: null })
}

/** A leader has sent entries: the cluster has begun, and this server is part of it. */
export function noticeFirstEntries(state: ReplicaState): void {
  const { peers, raft, now } = state
  if (peers.waitsFor.length === 0 || raft.lastIndex === 0) return
  peers.waitsFor = []
  raft.bar(peers.own.isCondemned, "", now)
}

/** Whether this server has on disk that it met `peer` in that life (0: in any), and holds nothing against it: only then may it count on what it says. */
export function isRecorded({ log, peers }: ReplicaState, peer: NodeId, { incarnation, life, nonce }: Life): boolean {
  const standing = log.contents.peers.get(peer)
  if (standing === undefined || standing.incarnation !== incarnation || peers.known.get(peer)?.isCondemned === true) return false
  return life === 0 || (standing.life === life && standing.nonce === nonce)
}
