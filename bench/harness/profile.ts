/**
 * Where the processor time of a process went, from the profile that `node --cpu-prof` wrote: functions by the time that they were on top
 * of the stack, their callees not counted.
 */

import { readFileSync } from "node:fs"

interface Profile {
  readonly nodes: readonly { readonly id: number; readonly callFrame: CallFrame }[]
  readonly samples: readonly number[]
  /** Microseconds before each sample. */
  readonly timeDeltas: readonly number[]
}

interface CallFrame {
  readonly functionName: string
  readonly url: string
  readonly lineNumber: number
}

export interface SelfTime {
  readonly name: string
  /** Of all the time in which the process was not idle. */
  readonly percent: number
}

const notWork = new Set(["(idle)", "(root)"])

export function readProfile(file: string): readonly SelfTime[] {
  const { nodes, samples, timeDeltas } = JSON.parse(readFileSync(file, "utf8")) as Profile
  const frames = new Map(nodes.map((node) => [node.id, node.callFrame]))
  const micros = new Map<string, number>()
  let total = 0
  for (const [at, id] of samples.entries()) {
    const frame = frames.get(id)!
    if (notWork.has(frame.functionName)) continue
    // A delta is the time since the sample before: it belongs to what is sampled next.
    const delta = Math.max(0, timeDeltas[at] ?? 0)
    const name = nameOf(frame)
    micros.set(name, (micros.get(name) ?? 0) + delta)
    total += delta
  }
  return [...micros].map(([name, time]) => ({ name, percent: (time / total) * 100 })).sort((a, b) => b.percent - a.percent)
}

function nameOf({ functionName, url, lineNumber }: CallFrame): string {
  const file = url.replace(/^.*\/(dist|node_modules)\//, "")
  return `${functionName || "(anonymous)"}${file === "" ? "" : `  ${file}:${lineNumber + 1}`}`
}
