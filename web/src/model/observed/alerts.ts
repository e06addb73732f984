/** What is wrong, or looks wrong and is not, each with what to do about it. */

import { answers, type Cluster, type Heard } from "./cluster.ts"
import type { DevStatus } from "./dev-status.ts"
import { duration, inWords, milliseconds, type NodePicture, type Picture, reachBetween, unreachableFrom } from "./picture.ts"
import { type Lack, lacksOf } from "./quorum.ts"
import { brokenTerm } from "./verdict.ts"

export interface Alert {
  readonly id: string
  /** Red is for violations and lost data alone. */
  readonly level: "violation" | "trouble" | "notice"
  readonly text: string
  readonly advice: string
}

/** An election takes no longer than this, in milliseconds. */
const electionMs = 2_000
/** So many elections within a minute are churn. */
const churnElections = 4
const churnWindowMs = 60_000
/** An fsync that slow, at the 99th percentile, delays every write, in milliseconds. */
const slowFsyncMs = 100
/** Older figures are history, in milliseconds. */
const freshFsyncMs = 15_000
/** A follower, or a state machine, this many entries behind is worth a word. */
const lagEntries = 5_000
/** Clocks that differ by more than this make times from several nodes hard to compare, in milliseconds. */
const clockSkewMs = 1_000

/** `dev` is what the supervisor of `oarlock dev` says of the processes, where there is one that answers this page. */
export function alertsOf(cluster: Cluster, picture: Picture, dev: DevStatus | null = null): Alert[] {
  const present = picture.nodes.filter(({ sight }) => sight !== null && answers(sight))
  // Of those who are away the verdict has said it all then.
  if (present.length === 0) return [...twoLeaders(cluster, picture, present), ...strangers(cluster)]
  return [
    ...twoLeaders(cluster, picture, present),
    ...noQuorum(cluster, picture, present),
    ...churn(cluster, picture),
    ...picture.nodes.flatMap((node) => away(picture, node, dev)),
    ...present.flatMap((node) => ofNode(picture.now, node)),
    ...strangers(cluster),
    ...joint(picture),
  ]
}

function twoLeaders(cluster: Cluster, picture: Picture, present: readonly NodePicture[]): Alert[] {
  const broken = brokenTerm(cluster)
  const found: Alert[] = []
  if (broken !== null) {
    const names = [...cluster.leaders.get(broken)!].map((id) => picture.nodes.find((node) => node.id === id)?.name ?? `node ${id}`)
    found.push({
      id: "same-term",
      level: "violation",
      text: `${inWords(names)} both led term ${broken}: Election Safety is broken.`,
      advice: "Stop writing, keep every data folder and log as it is, and report this: it is a mistake of ours, or of a disk that forgot.",
    })
  }
  const leaders = present.filter(({ sight }) => sight!.status!.self.role === "leader")
  const newest = Math.max(...leaders.map(({ sight }) => sight!.status!.self.term))
  for (const { name, sight } of leaders) {
    const { term } = sight!.status!.self
    if (term === newest) continue
    found.push({
      id: `stale-${name}`,
      level: "notice",
      text: `${name} still leads term ${term}, while term ${newest} has begun.`,
      advice:
        "Expected while it is cut off: it can commit nothing, and steps down when it hears of the newer term or notices that no majority answers.",
    })
  }
  return found
}

function noQuorum(cluster: Cluster, picture: Picture, present: readonly NodePicture[]): Alert[] {
  const { view, isUp, nodes, leadership, now, unheard } = picture
  const configuration = view?.status?.configuration
  // Nobody is missing who was not heard out.
  if (configuration === undefined || unheard.length > 0) return []
  const lacks = lacksOf(configuration, isUp)
  if (lacks.length === 0) {
    if (leadership !== null || present.length === 0 || now - cluster.ledAt < electionMs) return []
    return [
      {
        id: "leaderless",
        level: "trouble",
        text: "Enough voters answer this page, but nobody leads.",
        advice: "Look at who reaches whom below: nodes may be cut off from each other, not from you.",
      },
    ]
  }
  const reached = lacks.map(({ who, up, count, majority }) => `${up} of ${count} ${who} can be reached, ${majority} are needed`)
  const toBringBack = ({ up, majority, away: ids }: Lack): string => {
    const names = inWords(ids.map((id) => nodes.find((node) => node.id === id)?.name ?? `node ${id}`))
    return majority - up === ids.length ? names : `${majority - up} of ${names}`
  }
  return [
    {
      id: "no-quorum",
      level: "trouble",
      text: `No quorum: ${reached.join("; ")}. Writes and linearizable reads wait; nothing is lost.`,
      advice: `Bring back ${lacks.map(toBringBack).join(", and ")}: start the process with its own data folder. Do not wipe a folder to "start clean".`,
    },
  ]
}

function churn(cluster: Cluster, { now }: Picture): Alert[] {
  const isRecentVictory = ({ at, event }: Heard) => at > now - churnWindowMs && event.observation.kind === "becameLeader"
  const count = cluster.events.filter(isRecentVictory).length
  if (count < churnElections) return []
  return [
    {
      id: "churn",
      level: "trouble",
      text: `${count} elections were won in the last minute.`,
      advice:
        "Unless somebody is killing leaders: compare the fsync times and round trips below with the election timeout; raise --election-timeout on slow machines.",
    },
  ]
}

function away(picture: Picture, node: NodePicture, dev: DevStatus | null): Alert[] {
  if (node.member === null) return []
  const from = unreachableFrom(picture, node)
  if (from.length === 0) return []
  const failure = node.sight?.failure ?? null
  const why = failure === null ? "" : ` It has not answered this page for ${duration(picture.now - failure.since)} (${failure.because}).`
  return [
    {
      id: `away-${node.id}`,
      level: "trouble",
      text: `${node.name} is unreachable from ${inWords(from)}.${why}`,
      advice: whatWasDone(picture, node, dev) ?? whatToLookAt(picture, node, from),
    },
  ]
}

/** Where it was broken on purpose, from here or with `oarlock chaos`. */
function whatWasDone(picture: Picture, { id, name }: NodePicture, dev: DevStatus | null): string | null {
  switch (dev?.nodes.find((node) => node.id === id)?.state) {
    case "paused":
      return `It was paused on purpose (SIGSTOP): Resume lets it go on.`
    case "killed":
      return `It was killed on purpose (kill -9): Start brings it back, with what is on its disk.`
    case "stopped":
    case "ended":
      return `Its process has ended: Start brings it back. Its log is ${name}.log in the data folder.`
    default:
      return howItWasCut(picture, id, dev)
  }
}

/** Both ends of a cut link miss each other, but only who is left without a majority is cut off. */
function howItWasCut({ view, nodes }: Picture, id: number, dev: DevStatus | null): string | null {
  const links = dev?.cutLinks.filter(({ from, to }) => from === id || to === id) ?? []
  if (links.length === 0) return null
  const lost = new Set(links.map(({ from, to }) => (from === id ? to : from)))
  const configuration = view?.status?.configuration
  if (configuration !== undefined && lacksOf(configuration, (other) => !lost.has(other)).length > 0) {
    return "It was cut off on purpose: Heal brings it back."
  }
  const names = inWords([...lost].map((other) => nodes.find((node) => node.id === other)?.name ?? `node ${other}`))
  return `The way between it and ${names} was cut on purpose: Heal mends it.`
}

function whatToLookAt(picture: Picture, node: NodePicture, from: readonly string[]): string {
  const others = picture.nodes.filter((other) => reachBetween(other, node)?.state === "yes")
  return from.length === 1 && from[0] === "this page" && others.length > 0
    ? `${inWords(others.map(({ name }) => name))} can reach it: look at its client address, and at what stands between this machine and it.`
    : "See whether its process runs and what its log says last; then the network between."
}

function ofNode(now: number, { name, sight }: NodePicture): Alert[] {
  const { self, followers, logLines } = sight!.status!
  const found: Alert[] = []
  const add = (id: string, text: string, advice: string, level: Alert["level"] = "trouble") =>
    found.push({ id: `${id}-${name}`, level, text, advice })
  if (self.halted !== null) {
    add(
      "halted",
      `${name} stopped for good: ${self.halted}.`,
      self.halted.includes("your state machine's")
        ? "The state machine is at fault, not the cluster: start a version that answers the command, or nodes that refuse it."
        : "Read the end of its log; start it again only once that is understood.",
    )
  }
  if (self.identity.isRolledBack) {
    add(
      "rolled-back",
      `${name}'s disk has gone back in time: it has forgotten what it promised, and has no vote.`,
      "Remove this member, and add it again under a new id with an empty data folder. Look for what put an older copy of its folder there.",
    )
  }
  if (self.identity.isRemoved) {
    add(
      "removed",
      `${name} was removed from the cluster.`,
      "Stop its process. To bring it back, add it under a new id with an empty data folder.",
      "notice",
    )
  }
  if (self.identity.waitsFor.length > 0) {
    add(
      "beginning",
      `${name} begins a new cluster and waits to meet ${inWords(self.identity.waitsFor.map((id) => `node ${id}`))} before the first election.`,
      "Start the others. If one of them cannot be started, start these with --begin-without and its id.",
      "notice",
    )
  }
  if (self.disk === "full")
    add("disk", `${name} has no room on its disk and refuses writes.`, "Make room in its data folder's file system; it goes on by itself.")
  if (self.disk === "stalled")
    add("disk", `${name}'s disk does not answer.`, "Look at the machine's storage; a leader in this state hands over by itself.")
  if (self.disk === "failed")
    add(
      "disk",
      `${name}'s disk failed.`,
      "Replace the disk, then remove this member and add a new one: never reuse its name with an empty folder.",
    )
  if (logLines.trouble !== null) {
    add(
      "log",
      `${name} cannot write its log lines: ${logLines.trouble}.`,
      "It serves all the same. Give its standard error a reader, or its log's disk room; without a reader it needs a restart for that.",
      "notice",
    )
  }
  if (sight!.fsync !== null && sight!.fsync.at > now - freshFsyncMs && sight!.fsync.p99Ms > slowFsyncMs) {
    add(
      "fsync",
      `${name} waits up to ${milliseconds(sight!.fsync.p99Ms)} for its disk (99 of 100 fsyncs).`,
      "Every write waits for a majority of disks: give the log a faster or a quieter one.",
    )
  }
  if (self.commitIndex - self.lastApplied > lagEntries) {
    add(
      "apply",
      `${name} has ${self.commitIndex - self.lastApplied} committed entries still to apply.`,
      "It will catch up; until then its stale reads are old.",
      "notice",
    )
  }
  for (const follower of followers ?? []) {
    // While it is looked for where the logs agree, nobody knows how far behind it is.
    if (follower.lag <= lagEntries || follower.state === "probe") continue
    const other = sight!.status!.members.find((member) => member.id === follower.id)?.name ?? `node ${follower.id}`
    add(
      `lag-${follower.id}`,
      `${other} is ${follower.lag} entries behind ${name}.`,
      `It is being ${follower.state === "snapshot" ? "sent a snapshot" : "caught up"}; do not take another voter away meanwhile.`,
      "notice",
    )
  }
  if (Math.abs(sight!.clockAheadMs) > clockSkewMs) {
    add(
      "clock",
      `${name}'s wall clock differs from this machine's by ${milliseconds(Math.abs(sight!.clockAheadMs))}.`,
      "Raft does not mind; times shown here are corrected for it.",
      "notice",
    )
  }
  return found
}

function strangers(cluster: Cluster): Alert[] {
  return [...cluster.sights.values()]
    .filter(({ stranger }) => stranger !== null)
    .map(({ address, stranger }) => ({
      id: `stranger-${address}`,
      level: "trouble",
      text: `At ${address} a node of another cluster (${stranger}) answered last: what it says is not shown here.`,
      advice: "Look at what runs there. If that is the cluster that you mean, open the page from one of its nodes.",
    }))
}

function joint({ view }: Picture): Alert[] {
  const status = view?.status
  if (status === undefined || status === null || status.configuration.votersOutgoing.length === 0) return []
  const names = (ids: readonly number[]) =>
    inWords(ids.map((id) => status.members.find((member) => member.id === id)?.name ?? `node ${id}`))
  return [
    {
      id: "joint",
      level: "notice",
      text: `The members are changing: every decision needs a majority of ${names(status.configuration.votersOutgoing)} and one of ${names(status.configuration.voters)} (joint consensus, §6).`,
      advice: "The leader ends this by itself as soon as both majorities answer.",
    },
  ]
}
