/** Which node somebody means who wants to break something: by its role, by chance, or by name. */

import { randomInt } from "node:crypto"
import { CliError, exitCode } from "../terminal/cli-error.ts"
import type { NodeProcess } from "./node-process.ts"

/**
 * One of `all` for which `fits` holds: `leader`, `follower`, `random`, a name or an id. Throws `CliError` if there is none; `condition` is what `fits`
 * asks for, in words: "runs".
 */
export function chooseTarget(
  all: readonly NodeProcess[],
  leaderId: number | null,
  target: string,
  fits: (process: NodeProcess) => boolean,
  condition: string,
): NodeProcess {
  const named = all.find((process) => process.node.name === target || String(process.node.id) === target)
  const candidates =
    target === "leader"
      ? all.filter((process) => process.node.id === leaderId)
      : target === "follower"
        ? all.filter((process) => process.isAlive && leaderId !== null && process.node.id !== leaderId)
        : target === "random"
          ? all
          : named === undefined
            ? []
            : [named]
  const fitting = candidates.filter(fits)
  if (fitting.length > 0) return fitting[randomInt(fitting.length)]!
  const known = `leader, follower, random or one of ${all.map((process) => process.node.name).join(", ")}`
  if (named !== undefined) throw new CliError(exitCode.failed, `${named.node.name} is ${named.state}: it must be a node that ${condition}.`)
  if (target === "leader" && leaderId === null)
    throw new CliError(exitCode.failed, "No node leads at the moment. Look at `oarlock chaos status`, or name a node.")
  if (["leader", "follower", "random"].includes(target))
    throw new CliError(exitCode.failed, `There is no ${target} that ${condition}. Look at \`oarlock chaos status\`.`)
  throw new CliError(exitCode.notFound, `There is no node ${target} here. Name ${known}.`)
}
