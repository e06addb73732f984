/** `oarlock transfer`: hand leadership over without an election timeout (dissertation §3.10). */

import type { Command } from "commander"
import { withClient } from "../connecting/connect.ts"
import { type ClusterOptions, type Context, defineClusterCommand } from "../terminal/command.ts"
import { askAnyNode, findMember } from "./member.ts"

export function transferCommand(context: Context): Command {
  return defineClusterCommand("transfer", "Hand leadership over to another node", [
    "oarlock transfer            to the follower that is furthest along",
    "oarlock transfer n2",
  ])
    .argument("[node]", "who shall lead: its name or id")
    .action((node: string | undefined, options: ClusterOptions) =>
      withClient(context, options, async (client, target) => {
        const { members } = await askAnyNode(target)
        const to = node === undefined ? null : findMember(members, node)
        await client.transferLeadership(to?.id ?? null)
        const { leaderId } = await askAnyNode(target)
        const leader = members.find((member) => member.id === leaderId)
        if (options.json === true) context.output.print(JSON.stringify({ leaderId, name: leader?.name ?? null }))
        else context.output.print(leader === undefined ? "Handed over." : `${leader.name || `node ${leader.id}`} leads now.`)
      }),
    )
}
