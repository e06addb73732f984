/** `oarlock snapshot`: have a node write its state down now and let go of the log before it (Raft §7). */

import type { Command } from "commander"
import { withClient } from "../connecting/connect.ts"
import { CliError, exitCode } from "../terminal/cli-error.ts"
import { type ClusterOptions, type Context, defineClusterCommand } from "../terminal/command.ts"
import { askAnyNode, findMember } from "./member.ts"

export function snapshotCommand(context: Context): Command {
  return defineClusterCommand("snapshot", "Take a snapshot on one node, or on every one, now", [
    "oarlock snapshot            on every node",
    "oarlock snapshot n2",
  ])
    .argument("[node]", "its name or id")
    .action((node: string | undefined, options: ClusterOptions) =>
      withClient(context, options, async (client, target) => {
        const { members } = await askAnyNode(target)
        const chosen = node === undefined ? members.filter((member) => member.clientAddress !== "") : [findMember(members, node)]
        const taken: { id: number; name: string; index: number | null; error: string | null }[] = []
        for (const { id, name, clientAddress } of chosen) {
          if (clientAddress === "")
            throw new CliError(exitCode.unreachable, `${name || id} serves no clients, as far as the cluster knows.`)
          try {
            const { index } = await client.snapshot({ endpoint: clientAddress })
            taken.push({ id, name, index, error: null })
          } catch (error) {
            if (node !== undefined) throw error
            taken.push({ id, name, index: null, error: (error as Error).message })
          }
        }
        if (options.json === true) context.output.print(JSON.stringify(taken))
        else
          for (const { name, id, index, error } of taken)
            context.output.print(`${name || `node ${id}`}: ${error ?? `snapshot up to entry ${index}`}`)
        return taken.every(({ error }) => error === null) ? exitCode.ok : exitCode.failed
      }),
    )
}
