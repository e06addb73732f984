/**
 * `oarlock status`: every member as it sees itself, and as the leader sees it, side by side. A member that does not answer is a row too.
 */

import type { Command } from "commander"
import type { ClusterStatus, FollowerView, MemberView, SelfStatus } from "../../server/index.ts"
import { findTarget, type Target } from "../connecting/endpoints.ts"
import { nodeAnswerMs, requestJson } from "../connecting/http-json.ts"
import { CliError, type ExitCode, exitCode } from "../terminal/cli-error.ts"
import { type ClusterOptions, type Context, defineClusterCommand, run } from "../terminal/command.ts"
import type { Style } from "../terminal/output.ts"
import { formatBytes, formatTable } from "../terminal/table.ts"

export interface StatusRow {
  readonly member: MemberView
  /** False for a server that answered and is no member: it was removed, or is not added yet. */
  readonly isMember: boolean
  /** Null if it did not answer; `error` says why. */
  readonly self: SelfStatus | null
  readonly error: string | null
  /** Whether its own log lines can be written; null if it did not answer. */
  readonly logLines: ClusterStatus["logLines"] | null
  /** The leader's view of it; null for the leader itself, and while there is no leader. */
  readonly follower: FollowerView | null
}

export interface StatusReport {
  readonly clusterId: string
  /** The leader of the newest term, by its own word. */
  readonly leaderId: number | null
  readonly term: number
  /** True while a membership change is under way (Raft §6). */
  readonly isJoint: boolean
  readonly rows: readonly StatusRow[]
  /** The cluster's identity; null if none of the nodes has heard of it. */
  readonly genesis: string | null
  /** Other clusters that answered at the addresses that were asked, each with the same members of this type. Empty, as it should be. */
  readonly otherClusters: readonly StatusReport[]
}

export function statusCommand(context: Context): Command {
  return defineClusterCommand("status", "Who leads, who follows, how far everyone is", [
    "oarlock status",
    "oarlock status --endpoints 10.0.0.1:2379 --json",
  ]).action((options: ClusterOptions) =>
    run(context, options, async (): Promise<ExitCode> => {
      const report = await gatherStatus(findTarget(context, options))
      context.output.print(options.json === true ? JSON.stringify(report) : formatStatus(report, context.output.style))
      return exitCode.ok
    }),
  )
}

/** Asks any node for the members and then each member for itself. Throws `CliError` (unreachable) if nobody answers. */
export async function gatherStatus(target: Target): Promise<StatusReport> {
  const answers = new Map<string, ClusterStatus>()
  const errors = new Map<string, string>()
  const ask = async (address: string): Promise<void> => {
    try {
      const { status, body } = await requestJson({
        address,
        path: "/cluster",
        timeoutMs: Math.min(target.timeoutMs, nodeAnswerMs),
        tls: target.tls,
      })
      if (status === 200) answers.set(address, body as ClusterStatus)
      else errors.set(address, `${address} answered with status ${status}`)
    } catch (error) {
      errors.set(address, (error as Error).message)
    }
  }
  await Promise.all(target.addresses.map(ask))
  if (answers.size === 0)
    throw new CliError(
      exitCode.unreachable,
      `No node answers: ${[...errors.values()].join("; ")}. Start a cluster with \`oarlock dev\`, or name its nodes with --endpoints.`,
    )
  const others = partByCluster(answers)
    .flatMap((views) => newest([...views.values()])!.members.map(({ clientAddress }) => clientAddress))
    .filter((address) => address !== "" && !answers.has(address) && !errors.has(address))
  await Promise.all([...new Set(others)].map(ask))
  const [first, ...otherClusters] = partByCluster(answers).map((views) => combine(views, answers, errors))
  return { ...first!, otherClusters }
}

/** What answered, apart by cluster, in the order in which the addresses were given. One token does not make one cluster: what it began with does. */
export function partByCluster(answers: ReadonlyMap<string, ClusterStatus>): Map<string, ClusterStatus>[] {
  const clusters = new Map<string, Map<string, ClusterStatus>>()
  // Newcomers that have not heard of their cluster's genesis come last: they belong to the first cluster of their token, as far as anybody knows.
  for (const [address, answer] of [...answers].toSorted(([, a], [, b]) => Number(isNew(a)) - Number(isNew(b)))) {
    const { genesis } = answer.self.identity
    const ofItsToken = [...clusters.keys()].find((key) => key.startsWith(answer.clusterId))
    const key = genesis === null && ofItsToken !== undefined ? ofItsToken : `${answer.clusterId} ${genesis ?? ""}`
    const views = clusters.get(key) ?? new Map<string, ClusterStatus>()
    clusters.set(key, views.set(address, answer))
  }
  return [...clusters.values()]
}

function isNew({ self }: ClusterStatus): boolean {
  return self.identity.genesis === null
}

function combine(
  views: ReadonlyMap<string, ClusterStatus>,
  everybody: ReadonlyMap<string, ClusterStatus>,
  errors: ReadonlyMap<string, string>,
): StatusReport {
  const answers = [...views.values()]
  const newestView = newest(answers)!
  const leader = newest(answers.filter((answer) => answer.self.role === "leader"))
  const view = leader ?? newestView
  const explain = ({ clientAddress }: MemberView): string => {
    if (clientAddress === "") return "it serves no clients, as far as the cluster knows"
    if (everybody.has(clientAddress)) return `${clientAddress} is answered by a server of another cluster, or by another member of this one`
    return errors.get(clientAddress) ?? "it did not answer"
  }
  const isMember = (id: number): boolean => view.members.some((member) => member.id === id)
  const strangers = [...views].flatMap(([address, { self }]) => (isMember(self.id) ? [] : [viewOfStranger(self, address)]))
  const rows = [...view.members, ...strangers].map((member): StatusRow => {
    const own = answers.find((answer) => answer.self.id === member.id) ?? null
    return {
      member,
      isMember: isMember(member.id),
      self: own?.self ?? null,
      logLines: own?.logLines ?? null,
      error: own === null ? explain(member) : null,
      follower: leader?.followers?.find((follower) => follower.id === member.id) ?? null,
    }
  })
  const isJoint = view.configuration.votersOutgoing.length > 0
  return {
    clusterId: view.clusterId,
    leaderId: leader?.self.id ?? null,
    term: Math.max(...answers.map((answer) => answer.self.term)),
    isJoint,
    rows,
    genesis: answers.find((answer) => !isNew(answer))?.self.identity.genesis ?? null,
    otherClusters: [],
  }
}

/** It has no vote, whatever it is. */
function viewOfStranger({ id, name }: SelfStatus, clientAddress: string): MemberView {
  return { id, name, peerAddress: "", clientAddress, standing: "learner" }
}

/** Of several views the one of the highest term; in the same term, the one that has committed most. */
function newest(answers: readonly ClusterStatus[]): ClusterStatus | null {
  return answers.toSorted((a, b) => b.self.term - a.self.term || b.self.commitIndex - a.self.commitIndex)[0] ?? null
}

export function formatStatus(report: StatusReport, style: Style): string {
  if (report.otherClusters.length === 0) return formatCluster(report, style)
  const clusters = [report, ...report.otherClusters]
  const tables = clusters.map((cluster, at) => {
    const title = style.bold(`Cluster ${at + 1} of ${clusters.length} (id ${cluster.clusterId}, genesis ${cluster.genesis ?? "not known"})`)
    return `${title}\n${formatCluster(cluster, style)}`
  })
  return [warnOfClusters(clusters, style), ...tables].join("\n\n")
}

function warnOfClusters(clusters: readonly StatusReport[], style: Style): string {
  const areAlike = new Set(clusters.map(({ clusterId }) => clusterId)).size < clusters.length
  const why = areAlike
    ? ", some with the same token: they began by themselves, with other first members, and know nothing of each other"
    : ""
  return [
    style.bad(`Warning: these are servers of ${clusters.length} clusters${why}. What is written to one is not in the other.`),
    "If they are to be one: stop the servers of the cluster that is not wanted, empty their data folders, and let them join the other (`oarlock member add`), or, if that one has yet to begin, start them with its list of members.",
    "If they are to be two: name the servers of one cluster in --endpoints, and give each cluster a token of its own (--initial-cluster-token).",
  ].join("\n")
}

function formatCluster(report: StatusReport, style: Style): string {
  const top = Math.max(0, ...report.rows.map((row) => row.self?.commitIndex ?? 0))
  const figure = (read: (self: SelfStatus) => number | string) => (row: StatusRow) => (row.self === null ? "-" : String(read(row.self)))
  const table = formatTable<StatusRow>(
    [
      { title: "NODE", cell: (row) => row.member.name || `node ${row.member.id}` },
      { title: "ROLE", cell: (row) => roleOf(row, report, style) },
      { title: "TERM", cell: figure((self) => self.term), align: "right" },
      { title: "COMMIT", cell: figure((self) => self.commitIndex), align: "right" },
      { title: "APPLIED", cell: figure((self) => self.lastApplied), align: "right" },
      { title: "LAG", cell: figure((self) => top - self.lastApplied), align: "right" },
      { title: "DISK", cell: figure((self) => formatBytes(self.diskBytes) + (self.disk === "ok" ? "" : ` ${self.disk}!`)), align: "right" },
      { title: "LEADER'S VIEW", cell: (row) => leadersView(row, report) },
      { title: "CLIENTS", cell: (row) => row.member.clientAddress || "-" },
    ],
    report.rows,
    style.bold,
  )
  const notes = report.rows.filter((row) => row.error !== null).map((row) => `${row.member.name || row.member.id}: ${row.error}`)
  for (const { member, logLines } of report.rows) {
    if (logLines?.trouble == null) continue
    const lost = logLines.linesLost === 0 ? "" : `; ${logLines.linesLost} lines are lost`
    notes.push(`${member.name || member.id}: it serves, but its log cannot be written: ${logLines.trouble}${lost}`)
  }
  for (const { member, self } of report.rows) {
    if (self?.halted) notes.push(`${member.name || member.id} stopped for good: ${self.halted}`)
  }
  for (const { member, self } of report.rows) if (self !== null) notes.push(...identityNotes(member, self, report))
  const isBeginning = report.rows.some(({ self }) => (self?.identity.waitsFor.length ?? 0) > 0)
  if (report.leaderId === null && !isBeginning) notes.push("No node leads: it takes a majority of the voters.")
  if (report.isJoint) notes.push("A membership change is under way: decisions need a majority of both the old and the new voters.")
  return notes.length === 0 ? table : `${table}\n\n${notes.join("\n")}`
}

/** What stands between a member and its vote, and what to do about it. */
function identityNotes(member: MemberView, { identity }: SelfStatus, report: StatusReport): string[] {
  const nameOf = (id: number): string => report.rows.find((row) => row.member.id === id)?.member.name || `node ${id}`
  const name = nameOf(member.id)
  const { isRolledBack, isRemoved, waitsFor, rolledBackPeers, refusals } = identity
  const notes: string[] = []
  const comeBack = "remove it, and add it under a new id with an empty data folder"
  if (isRolledBack) notes.push(`${name}: its disk has gone back in time, so it has no vote: ${comeBack}.`)
  if (isRemoved)
    notes.push(
      `${name}: it was removed from the cluster. Stop it; to use its machine again, add it under a new id with an empty data folder.`,
    )
  if (waitsFor.length > 0) {
    const names = waitsFor.map(nameOf).join(", ")
    const begun = report.rows.filter(({ self }) => self !== null && self.identity.waitsFor.length === 0).map((row) => nameOf(row.member.id))
    const advice =
      begun.length === 0
        ? "If they cannot be started, start the others with --begin-without."
        : `${begun.join(", ")} did not wait for all (--begin-without): unless it gets entries of a leader soon, start ${name} with the same.`
    notes.push(`${name}: a new cluster; it waits to meet ${names} before the first election. ${advice}`)
  }
  for (const peer of rolledBackPeers) notes.push(`${name}: it has seen that the disk of ${nameOf(peer)} went back in time; ${comeBack}.`)
  for (const { peer, code, message } of refusals) {
    if (code !== "rolledBack" && code !== "removed") notes.push(`${name}: ${nameOf(peer)} refuses it: ${message}`)
  }
  return notes
}

function roleOf(row: StatusRow, report: StatusReport, style: Style): string {
  if (row.self === null) return style.bad("unreachable")
  if (!row.isMember) return row.self.identity.isRemoved ? style.bad("removed") : "no member"
  const { role } = row.self
  // A deposed leader may not know it yet (it leads an older term): there is one leader per term, not one leader.
  if (role === "leader") return row.member.id === report.leaderId ? style.good("leader") : style.bad("old leader")
  if (role === "halted") return style.bad("halted")
  if (role !== "follower") return role === "preCandidate" ? "pre-candidate" : role
  return row.member.standing === "voter" ? "follower" : row.member.standing
}

function leadersView(row: StatusRow, report: StatusReport): string {
  if (row.member.id === report.leaderId) return "(leads)"
  if (row.follower === null) return "-"
  return `match ${row.follower.matchIndex} next ${row.follower.nextIndex} ${row.follower.state}`
}
