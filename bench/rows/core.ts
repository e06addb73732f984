/** The algorithm without disk and network, beside etcd's raft in the same loop: `core-loop.ts` and `etcd-raft/main.go`. */

import { join } from "node:path"
import type { CoreFigures } from "../core-loop.ts"
import { run } from "../harness/children.ts"
import { type Comparison, compare } from "../harness/comparison.ts"
import { type Context, interleave } from "../harness/context.ts"
import { buildGo } from "../harness/load-generator.ts"
import { projectFolder } from "../harness/project-folder.ts"

const timeoutMs = 120_000

export async function core(context: Context): Promise<Comparison[]> {
  const etcdRaft = context.machine.go === null ? null : await buildGo("etcd-raft")
  const ours = [process.execPath, join(projectFolder, ".build", "bench", "core-loop.js")]
  // Neither loop needs a running etcd, only its sources.
  const wanted = context.systems.filter((system) => system.name === "oarlock" || etcdRaft !== null)
  const rounds = await interleave({ ...context, systems: wanted }, context.args.rounds, async (system, round) => {
    const figures = JSON.parse(await run(system.name === "etcd" ? [etcdRaft!] : ours, timeoutMs)) as CoreFigures
    const { batched, single, idle } = figures
    context.tell(
      `  round ${round}, ${system.name}: batches of 64 ${thousands(batched)}, one by one ${thousands(single)}, idle steps ${thousands(idle)}`,
    )
    return figures
  })
  const figures = (of: keyof CoreFigures) => ({
    etcd: rounds.etcd.map((round) => round[of]),
    oarlock: rounds.oarlock.map((round) => round[of]),
  })
  return [
    compare("core", "core alone, batches of 64 (entries)", "/s", figures("batched"), { of: "ratio", is: "atLeast", bound: 1 }),
    compare("core", "core alone, one by one (entries)", "/s", figures("single"), { of: "ratio", is: "atLeast", bound: 2 }),
    compare("core", "core alone, idle with five nodes (steps)", "/s", figures("idle"), null),
  ]
}

function thousands(perSecond: number): string {
  return `${Math.round(perSecond / 1000).toLocaleString("en")}k/s`
}
