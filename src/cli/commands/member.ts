/** `oarlock member …`: who belongs to the cluster, and changing that while it runs (Raft §6; dissertation §4). */

import { setTimeout as delay } from "node:timers/promises"
import type { Command } from "commander"
import { type ClusterStatus, type MemberView } from "../../server/index.ts"
import type { MembershipChange } from "../../server/internal.ts"
import { formatAddress, parseAddress } from "../../server/internal.ts"
import { useClient } from "../connecting/connect.ts"
import { findTarget, type Target } from "../connecting/endpoints.ts"
import { nodeAnswerMs, requestJson } from "../connecting/http-json.ts"
import { describeStart } from "../connecting/start-of-member.ts"
import { CliError, exitCode } from "../terminal/cli-error.ts"
import { addClusterOptions, type ClusterOptions, type Context, defineCommand, defineGroup, parseInteger, run } from "../terminal/command.ts"
import { formatTable } from "../terminal/table.ts"
import { partByCluster } from "./status.ts"

interface AddOptions extends ClusterOptions {
  readonly peer: string
  readonly client?: string
  readonly id?: string
  readonly learner?: boolean
}

export function memberCommand(context: Context): Command {
  const member = defineGroup("member", "See and change who belongs to the cluster", [
    "oarlock member list",
    "oarlock member add n4 --peer 127.0.0.1:42380 --client 127.0.0.1:42379",
    "oarlock member remove n4",
  ])
  const define = (name: string, description: string, examples: readonly string[]) => {
    const command = addClusterOptions(defineCommand(name, description, examples))
    member.addCommand(command)
    return command
  }
  define("list", "all members, and whether they vote", ["oarlock member list", "oarlock member list --json"]).action(
    (options: ClusterOptions) =>
      run(context, options, async () => {
        const { members, configuration } = await askAnyNode(findTarget(context, options))
        context.output.print(options.json === true ? JSON.stringify({ version: configuration.index, members }) : formatMembers(members))
      }),
  )
  define("add", "add a server; it gets a vote once it has caught up", [
    "oarlock member add n4 --peer 10.0.0.4:2380 --client 10.0.0.4:2379",
    "oarlock member add n4 --peer 10.0.0.4:2380 --learner    without a vote, until `member promote`",
  ])
    .argument("<name>", "a name that no member has")
    .requiredOption("--peer <address>", "where other servers reach it")
    .option("--client <address>", "where clients reach it")
    .option("--id <id>", "its id (default: one above the highest that the cluster ever had)")
    .option("--learner", "do not give it a vote by itself")
    .action((name: string, options: AddOptions) => run(context, options, () => addMember(context, name, options)))

  const changes = [
    ["remove", "take a server out; it can stop once this is done"],
    ["promote", "give a learner a vote; refused while it is behind"],
    ["demote", "make a voter a learner"],
  ] as const
  for (const [kind, description] of changes) {
    define(kind, description, [`oarlock member ${kind} n4`])
      .argument("<node>", "its name or id")
      .action((node: string, options: ClusterOptions) =>
        run(context, options, async () => {
          const target = findTarget(context, options)
          const { members, configuration } = await askAnyNode(target)
          const { id } = findMember(members, node)
          await change(target, [{ kind, id }], configuration.index)
          if (options.json === true) context.output.print(JSON.stringify({ kind, id, name: nameOf(members, id) }))
          else context.output.print(`${pastTense[kind]} ${nameOf(members, id)}.`)
        }),
      )
  }
  return member
}

const pastTense = { remove: "Removed", promote: "Promoted", demote: "Demoted" } as const

async function addMember(context: Context, name: string, options: AddOptions): Promise<void> {
  const target = findTarget(context, options)
  if (name === "") throw new CliError(exitCode.usage, "The name is empty. Give the new server one that no member has.")
  const givenId = options.id === undefined ? null : parseInteger(options.id, "--id", 1, 0xffff_ffff)
  const peerAddress = readAddress(options.peer, "--peer")
  const clientAddress = options.client === undefined ? "" : readAddress(options.client, "--client")
  const { configuration, members, self } = await askAnyNode(target)
  const id = givenId ?? configuration.highestId + 1
  const kind = options.learner === true ? "addLearner" : "addVoter"
  const member = { id, name, peerAddress, clientAddress }
  await addAndSee(target, { kind, member }, configuration.index)
  if (options.json === true) return context.output.print(JSON.stringify({ kind, member }))
  const vote = options.learner === true ? "as a learner" : "as a learner; it gets its vote once it runs and has caught up"
  context.output.print(`Added ${name} (id ${id}) ${vote}. Start it with:`)
  const clientAddresses = members.map((one) => one.clientAddress)
  const cluster = { clientAddresses, asked: target.addresses[0]!, isSecure: target.tls !== null, timings: self.timings ?? null }
  for (const line of describeStart(member, cluster)) context.output.print(line)
}

async function change(target: Target, changes: readonly MembershipChange[], version: number): Promise<void> {
  await useClient(target, (client) => client.changeMembership(changes, { version }))
}

/** Returns once the cluster lists the new server. Its promotion, which ends the change, waits for a process that is yet to be started. */
async function addAndSee(target: Target, changeOfMembers: MembershipChange, version: number): Promise<void> {
  const done = new AbortController()
  const isListed = async (): Promise<void> => {
    for (;;) {
      await delay(100, undefined, { signal: done.signal })
      const { configuration } = await askAnyNode(target)
      if (configuration.index > version) return
    }
  }
  try {
    await useClient(target, (client) => Promise.race([client.changeMembership([changeOfMembers], { version }), isListed()]))
  } finally {
    done.abort()
  }
}

/** The view of the node that has committed most, of those that answer. Throws `CliError`: nobody answers (unreachable), or two clusters do (usage). */
export async function askAnyNode(target: Target): Promise<ClusterStatus> {
  const asked = target.addresses.map((address) =>
    requestJson({ address, path: "/cluster", timeoutMs: Math.min(target.timeoutMs, nodeAnswerMs), tls: target.tls }),
  )
  const answers = await Promise.allSettled(asked)
  const views = answers.flatMap((answer, at) =>
    answer.status === "fulfilled" && answer.value.status === 200
      ? [[target.addresses[at]!, answer.value.body as ClusterStatus] as const]
      : [],
  )
  const clusters = partByCluster(new Map(views)).map((part) => [...part.keys()].join(", "))
  if (clusters.length > 1)
    throw new CliError(
      exitCode.usage,
      `These addresses are of ${clusters.length} clusters that know nothing of each other: ${clusters.join(" | ")}. Name those of one; \`oarlock status\` with all of them shows which is which.`,
    )
  const [best] = views.map(([, view]) => view).toSorted((a, b) => b.self.term - a.self.term || b.self.commitIndex - a.self.commitIndex)
  if (best !== undefined) return best
  const reasons = answers.map((answer) =>
    answer.status === "rejected" ? (answer.reason as Error).message : `status ${answer.value.status}`,
  )
  throw new CliError(exitCode.unreachable, `No node answers: ${reasons.join("; ")}. Name the cluster's nodes with --endpoints.`)
}

/** By name or id. Throws `CliError` (not found). */
export function findMember(members: readonly MemberView[], node: string): MemberView {
  // A member may have no name, and nobody means it by saying nothing.
  if (node === "") throw new CliError(exitCode.usage, "The node is empty. Name it by its name or its id.")
  const member = members.find((candidate) => candidate.name === node || String(candidate.id) === node)
  if (member !== undefined) return member
  throw new CliError(
    exitCode.notFound,
    `There is no member ${node}. The members are ${members.map(({ name, id }) => name || String(id)).join(", ")}.`,
  )
}

export function formatMembers(members: readonly MemberView[]): string {
  return formatTable(
    [
      { title: "ID", cell: (member) => String(member.id), align: "right" },
      { title: "NAME", cell: (member) => member.name || "-" },
      { title: "STANDING", cell: (member) => member.standing },
      { title: "PEERS", cell: (member) => member.peerAddress },
      { title: "CLIENTS", cell: (member) => member.clientAddress || "-" },
    ],
    members,
  )
}

function nameOf(members: readonly MemberView[], id: number): string {
  return members.find((member) => member.id === id)?.name || `node ${id}`
}

function readAddress(text: string, where: string): string {
  const address = parseAddress(text)
  if ("port" in address) return formatAddress(address)
  throw new CliError(
    exitCode.usage,
    `${where}: found ${JSON.stringify(text)}, expected ${address.expected}${address.advice === "" ? "" : `; ${address.advice}`}.`,
  )
}
