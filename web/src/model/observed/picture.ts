/**
 * The one picture that is drawn from many views: who leads as far as anybody says, who belongs, who reaches whom.
 *
 * Views differ, and each may be old. A claim to lead counts by its term (Raft §5.1: the higher term is the newer), and what the leader itself says of
 * its followers counts before what this page can or cannot reach.
 */

import type { ClusterStatus, MemberView } from "oarlock/server"
import { answers, type Cluster, contactLostMs, type Sight } from "./cluster.ts"

export interface Leadership {
  readonly id: number
  readonly name: string
  readonly term: number
  /** The leader's own view; null if only others speak of it. */
  readonly sight: Sight | null
  /** Whose word this is. */
  readonly sources: readonly Sight[]
  /** When it came to lead, as far as that was seen. */
  readonly since: number | null
}

export interface NodePicture {
  readonly id: number
  readonly name: string
  readonly member: MemberView | null
  /** Null: nobody knows where its clients reach it. */
  readonly sight: Sight | null
}

export interface Picture {
  readonly now: number
  readonly nodes: readonly NodePicture[]
  readonly leadership: Leadership | null
  /** Of the leader if it answers, else the newest that anybody told; null before the first answer. */
  readonly view: Sight | null
  readonly isUp: (id: number) => boolean
  /** Members that were asked and have neither answered nor failed yet: nobody knows yet how they are. */
  readonly unheard: readonly NodePicture[]
}

export function pictureOf(cluster: Cluster, now: number): Picture {
  const sights = [...cluster.sights.values()]
  const leadership = leadershipOf(cluster, sights)
  const view = leadership?.sight ?? newestOf(sights.filter(answers)) ?? newestOf(sights.filter(({ status }) => status !== null))
  const members = view?.status?.members ?? []
  const nodes: NodePicture[] = members.map((member) => ({
    id: member.id,
    name: member.name || `node ${member.id}`,
    member,
    sight: sights.find((sight) => sightBelongsTo(sight, member)) ?? null,
  }))
  for (const sight of sights) {
    if (sight.status === null || nodes.some((node) => node.sight === sight || node.id === sight.status!.self.id)) continue
    nodes.push({ id: sight.status.self.id, name: sight.status.self.name, member: null, sight })
  }
  nodes.sort((a, b) => a.id - b.id)
  const unheard = nodes.filter(({ sight }) => sight !== null && sight.status === null && sight.failure === null)
  return { now, nodes, leadership, view, isUp: (id) => isUp(nodes, leadership, id), unheard }
}

function sightBelongsTo({ address, status }: Sight, member: MemberView): boolean {
  return status === null ? address === member.clientAddress : status.self.id === member.id
}

/** The claim of the highest term among nodes that answer: their own, or what they say of a leader that they hear. */
function leadershipOf(cluster: Cluster, sights: readonly Sight[]): Leadership | null {
  const present = sights.filter(answers)
  let best: { readonly id: number; readonly term: number } | null = null
  for (const { status } of present) {
    const { self, leaderId } = status!
    if (leaderId === null || (best !== null && best.term >= self.term)) continue
    best = { id: leaderId, term: self.term }
  }
  if (best === null) return null
  const { id, term } = best
  const sight = present.find(({ status }) => status!.self.id === id && status!.self.role === "leader" && status!.self.term === term) ?? null
  const sources = sight === null ? present.filter(({ status }) => status!.leaderId === id && status!.self.term === term) : [sight]
  const since = [...cluster.sights.values()].map(({ ribbon }) => ribbon.since("leader", term)).find((at) => at !== null) ?? null
  return { id, term, sight, sources, since, name: nameOf(sights, id) }
}

/** Of several views the one of the highest term; in the same term, the one that has committed most. */
function newestOf(sights: readonly Sight[]): Sight | null {
  return (
    sights.toSorted((a, b) => b.status!.self.term - a.status!.self.term || b.status!.self.commitIndex - a.status!.self.commitIndex)[0] ??
    null
  )
}

/** As its leader sees it; without a leader, as this page does. */
function isUp(nodes: readonly NodePicture[], leadership: Leadership | null, id: number): boolean {
  const followers = leadership?.sight?.status?.followers
  if (followers !== null && followers !== undefined) {
    if (id === leadership!.id) return true
    const follower = followers.find((candidate) => candidate.id === id)
    const connection = leadership!.sight!.status!.connections.find((candidate) => candidate.id === id)
    // A lost connection is known at once, long before a silence means something.
    if (follower !== undefined) return isFresh(follower.contactAgeMs) && connection?.connected !== false
  }
  const sight = nodes.find((node) => node.id === id)?.sight
  return sight !== null && sight !== undefined && answers(sight)
}

export function nameOf(sights: readonly Sight[], id: number): string {
  for (const { status } of sights) {
    if (status?.self.id === id) return status.self.name
    const member = status?.members.find((candidate) => candidate.id === id)
    if (member !== undefined && member.name !== "") return member.name
  }
  return `node ${id}`
}

/** What one node, or this page, says of reaching another. */
export interface Reach {
  readonly state: "yes" | "no" | "cut" | "unknown"
  readonly text: string
}

export function reachFromPage({ sight }: NodePicture): Reach {
  if (sight === null) return { state: "unknown", text: "no address" }
  if (sight.failure !== null) return { state: "no", text: "no answer" }
  if (sight.roundTripMs === null) return { state: "unknown", text: "asking" }
  return { state: "yes", text: milliseconds(sight.roundTripMs) }
}

/** Null where the two are one. */
export function reachBetween(observer: NodePicture, other: NodePicture): Reach | null {
  if (observer.id === other.id) return null
  const { sight } = observer
  if (sight === null || sight.status === null || !answers(sight)) return { state: "unknown", text: "cannot say" }
  return reachOf(sight.status, other.id)
}

function reachOf(status: ClusterStatus, id: number): Reach {
  const cut = status.cutLinks?.find((link) => link.peer === id)
  if (cut !== undefined)
    return { state: "cut", text: cut.direction === "both" ? "cut" : cut.direction === "outbound" ? "cut out" : "cut in" }
  const connection = status.connections.find((candidate) => candidate.id === id)
  const follower = status.followers?.find((candidate) => candidate.id === id)
  if (connection?.connected === false) return { state: "no", text: "no connection" }
  if (follower !== undefined) {
    const { contactAgeMs } = follower
    if (contactAgeMs === null) return { state: "no", text: "never heard" }
    return { state: isFresh(contactAgeMs) ? "yes" : "no", text: heard(contactAgeMs) }
  }
  if (status.leaderId === id && status.self.heartbeatAgeMs !== null) {
    const { heartbeatAgeMs } = status.self
    return { state: isFresh(heartbeatAgeMs) ? "yes" : "no", text: heard(heartbeatAgeMs) }
  }
  return connection === undefined ? { state: "unknown", text: "no link" } : { state: "yes", text: "connected" }
}

function isFresh(ageMs: number | null): boolean {
  return ageMs !== null && ageMs < contactLostMs
}

function heard(ageMs: number): string {
  return `heard ${ageMs < contactLostMs ? `${Math.round(ageMs)} ms ago` : ago(ageMs)}`
}

/** How long the way from `observer` and back takes, in milliseconds, as it measures it itself; null where nothing gets through, or nobody says. */
export function roundTripBetween(observer: NodePicture, other: NodePicture): number | null {
  if (reachBetween(observer, other)?.state !== "yes") return null
  return observer.sight?.status?.connections.find(({ id }) => id === other.id)?.roundTripMs ?? null
}

/** Everybody who says that they cannot reach this node. One that the leader has lost itself is no witness against the others. */
export function unreachableFrom(picture: Picture, node: NodePicture): string[] {
  const witnesses = picture.leadership === null ? picture.nodes : picture.nodes.filter(({ id }) => picture.isUp(id))
  const observers = witnesses.filter((observer) => isBroken(reachBetween(observer, node)))
  return [...(reachFromPage(node).state === "no" ? ["this page"] : []), ...observers.map(({ name }) => name)]
}

export function isBroken(reach: Reach | null): boolean {
  return reach?.state === "no" || reach?.state === "cut"
}

export function milliseconds(ms: number): string {
  if (ms === Infinity) return "over 2.5 s"
  if (ms < 10) return `${ms.toFixed(1)} ms`
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`
}

/** "0.4 s ago", "3 min ago". */
export function ago(ms: number): string {
  return `${duration(ms)} ago`
}

export function duration(ms: number): string {
  const seconds = Math.max(0, ms) / 1000
  if (seconds < 10) return `${seconds.toFixed(1)} s`
  if (seconds < 120) return `${Math.round(seconds)} s`
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`
  return seconds < 172_800 ? `${Math.round(seconds / 3600)} h` : `${Math.round(seconds / 86_400)} days`
}

/** "n1, n2 and n3" */
export function inWords(names: readonly string[]): string {
  return names.length < 2 ? (names[0] ?? "") : `${names.slice(0, -1).join(", ")} and ${names.at(-1)!}`
}
