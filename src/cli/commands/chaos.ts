/** `oarlock chaos …`: break something in a cluster of `oarlock dev`, for real. */

import { resolve } from "node:path"
import type { Command } from "commander"
import { type DevControl, findDevFolder, readManifest } from "../connecting/manifest.ts"
import { askSupervisor, type ControlAnswer, type ControlRequest } from "../dev/control.ts"
import { CliError, exitCode } from "../terminal/cli-error.ts"
import { type Context, type CommonOptions, defineCommand, defineGroup, run } from "../terminal/command.ts"
import { formatTable } from "../terminal/table.ts"

interface ChaosOptions extends CommonOptions {
  readonly data?: string
}

const targetHelp = "leader, follower, random, or a node's name or id"

export function chaosCommand(context: Context): Command {
  const chaos = defineGroup("chaos", "Kill, pause and cut off nodes of the `oarlock dev` cluster, for real", [
    "oarlock chaos kill leader",
    "oarlock chaos restart",
    "oarlock chaos cut n1 n2 --one-way",
    "oarlock chaos heal",
  ])
  const define = (name: string, description: string, examples: readonly string[]) => {
    const command = defineCommand(name, description, examples).option(
      "--data <dir>",
      "folder of the cluster (default: data, here or in a folder above)",
    )
    chaos.addCommand(command)
    return command
  }
  const ask = (options: ChaosOptions, request: ControlRequest, show: (answer: ControlAnswer) => string) =>
    run(context, options, async () => {
      const answer = await askSupervisor(findControl(context, options), request)
      context.output.print(options.json === true ? JSON.stringify(answer) : show(answer))
    })
  const message = (answer: ControlAnswer) => answer.message

  const harms = [
    ["kill", "kill -9 a node: it loses what it had in memory, and its disk remains"],
    ["pause", "SIGSTOP a node: it stands still, keeps everything, and does not notice"],
  ] as const
  for (const [action, description] of harms) {
    define(action, description, [`oarlock chaos ${action} leader`])
      .argument("<node>", targetHelp)
      .action((target: string, options: ChaosOptions) => ask(options, { action, target }, message))
  }
  const cures = [
    ["resume", "SIGCONT a paused node; without a name, all that are paused", "every node that is paused"],
    ["restart", "start a node that is down; one that runs is stopped first; without a name, all that are down", "every node that is down"],
  ] as const
  for (const [action, description, all] of cures) {
    define(action, description, [`oarlock chaos ${action}       ${all}`, `oarlock chaos ${action} n1`])
      .argument("[node]", targetHelp)
      .action((target: string | undefined, options: ChaosOptions) => ask(options, { action, target: target ?? null }, message))
  }
  define("cut", "throw away all messages between two nodes", ["oarlock chaos cut n1 n2", "oarlock chaos cut leader follower --one-way"])
    .argument("<a>", targetHelp)
    .argument("<b>", targetHelp)
    .option("--one-way", "only those from <a> to <b>")
    .action((from: string, to: string, options: ChaosOptions & { readonly oneWay?: boolean }) =>
      ask(options, { action: "cut", from, to, oneWay: options.oneWay === true }, message),
    )
  define("heal", "let messages through again: between two nodes, to and from one, or everywhere", [
    "oarlock chaos heal",
    "oarlock chaos heal n1 n2",
  ])
    .argument("[a]", targetHelp)
    .argument("[b]", targetHelp)
    .action((from: string | undefined, to: string | undefined, options: ChaosOptions) =>
      ask(options, { action: "heal", from: from ?? null, to: to ?? null }, message),
    )
  define("status", "what runs, what is paused, what is cut", ["oarlock chaos status"]).action((options: ChaosOptions) =>
    ask(options, { action: "status" }, formatChaosStatus),
  )
  return chaos
}

export function formatChaosStatus(answer: ControlAnswer): string {
  const table = formatTable(
    [
      { title: "NODE", cell: (node) => node.name },
      { title: "PROCESS", cell: (node) => (node.pid === null ? "-" : String(node.pid)), align: "right" },
      { title: "STATE", cell: (node) => node.state },
      { title: "LEADS", cell: (node) => (node.leads ? `term ${answer.term}` : "") },
      { title: "CLIENTS", cell: (node) => node.client },
      { title: "LOG", cell: (node) => node.log },
    ],
    answer.nodes,
  )
  const nameOf = (id: number) => answer.nodes.find((node) => node.id === id)?.name ?? `node ${id}`
  const cuts = answer.cutLinks.map((cut) => `  ${nameOf(cut.from)} → ${nameOf(cut.to)}`)
  return cuts.length === 0 ? table : `${table}\n\nCut links:\n${cuts.join("\n")}`
}

function findControl(context: Context, options: ChaosOptions): DevControl {
  const folder = options.data === undefined ? findDevFolder(context.workingDirectory) : resolve(context.workingDirectory, options.data)
  const manifest = folder === null ? null : readManifest(folder)
  if (manifest === null) {
    const where = options.data === undefined ? "here or in a folder above" : `in ${options.data}`
    throw new CliError(
      exitCode.unreachable,
      `There is no \`oarlock dev\` cluster ${where}. Start one with \`npm start\` or \`npx oarlock dev\`, or give its folder with --data.`,
    )
  }
  if (manifest.control === null)
    throw new CliError(exitCode.unreachable, "The cluster of `oarlock dev` does not run. Start it with `npm start` or `npx oarlock dev`.")
  return manifest.control
}
