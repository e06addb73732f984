/** `oarlock watch-leader`: a line whenever who leads, or who belongs, changes. Goes on by itself when the node it listens to goes away. */

import type { Command } from "commander"
import type { LeaderState } from "../../client/index.ts"
import { withClient } from "../connecting/connect.ts"
import { type ClusterOptions, type Context, defineClusterCommand } from "../terminal/command.ts"
import { exitSoon } from "../terminal/exit-soon.ts"
import { askAnyNode } from "./member.ts"

export function watchLeaderCommand(context: Context): Command {
  return defineClusterCommand("watch-leader", "Print a line whenever leader, term or members change, until Ctrl-C", [
    "oarlock watch-leader",
    "oarlock watch-leader --json | while read -r line; do …; done",
  ]).action((options: ClusterOptions) =>
    withClient(context, options, async (client, target) => {
      // Later on any node may go and come; but if none is there to begin with, to wait in silence would be no answer.
      await askAnyNode(target)
      const stop = (): void => client.close()
      const onSignal = (): void => {
        stop()
        exitSoon()
      }
      process.once("SIGINT", onSignal).once("SIGTERM", onSignal)
      context.output.gone.addEventListener("abort", stop)
      let before: LeaderState | null = null
      try {
        for await (const state of client.watchLeader()) {
          const text = describeChange(before, state)
          const time = new Date()
          if (options.json === true) context.output.print(JSON.stringify({ time: time.toISOString(), ...state }))
          else if (text !== null) context.output.print(`${context.output.style.dim(time.toTimeString().slice(0, 8))}  ${text}`)
          before = state
          await context.output.keepUp()
        }
      } finally {
        process.removeListener("SIGINT", onSignal).removeListener("SIGTERM", onSignal)
        context.output.gone.removeEventListener("abort", stop)
      }
    }),
  )
}

/** What is new, as a sentence; null if nothing that a person would notice. */
export function describeChange(before: LeaderState | null, now: LeaderState): string | null {
  const sentences: string[] = []
  const nameOf = (id: number) => now.members.find((member) => member.id === id)?.name || `node ${id}`
  if (before === null || before.term !== now.term || before.leader !== now.leader) {
    sentences.push(now.leader === null ? `nobody leads (term ${now.term})` : `${nameOf(now.leader)} leads term ${now.term}`)
  }
  const members = describeMembers(now)
  if (before !== null && describeMembers(before) !== members) sentences.push(`the members are now ${members}`)
  return sentences.length === 0 ? null : sentences.join("; ")
}

function describeMembers(state: LeaderState): string {
  return state.members.map(({ id, name, standing }) => `${name || `node ${id}`}${standing === "voter" ? "" : ` (${standing})`}`).join(", ")
}
