/** A run: servers, clients, faults until the time is over; then everything is mended, compared and judged. */

import { setTimeout as sleep } from "node:timers/promises"
import { eventually } from "../e2e/real-cluster.ts"
import { Dice } from "./dice.ts"
import { drawFaults, type FaultKind, strike } from "./faults.ts"
import { judge } from "./judge.ts"
import type { NemesisOptions } from "./options.ts"
import { recoveryMs, Servers } from "./servers.ts"
import { Workload } from "./workload.ts"

export interface NemesisReport {
  readonly seed: number
  readonly seconds: number
  readonly operations: number
  readonly answered: number
  readonly refused: number
  readonly unknown: number
  readonly mibWritten: number
  readonly faults: Readonly<Partial<Record<FaultKind, number>>>
  /** The longest call, in milliseconds. */
  readonly longestMs: number
  readonly highestRssMib: number
  readonly appliedIndex: number
  readonly keys: number
  readonly keysLinearizable: number
  readonly keysUndecided: number
  readonly violations: readonly string[]
  /** Where folders and logs of the servers are; null if nothing was wrong, and they are gone. */
  readonly kept: string | null
}

/** `tell` is given a line of progress now and then; `signal` ends the faults early. */
export async function runNemesis(options: NemesisOptions, tell: (line: string) => void, signal?: AbortSignal): Promise<NemesisReport> {
  const servers = await Servers.start(options.nodes)
  const workload = new Workload(options)
  const faults: Partial<Record<FaultKind, number>> = {}
  const began = performance.now()
  const seconds = (): number => (performance.now() - began) / 1000
  const looking = setInterval(() => servers.look(), 500)
  const telling = setInterval(() => {
    const { answered, refused, unknown } = workload.counts
    const struck = Object.entries(faults).map(([kind, count]) => `${count} ${kind}`)
    tell(
      `${seconds().toFixed(0)} s: ${answered} answered, ${refused} refused, ${unknown} unknown; ${struck.join(", ")}; at most ${servers.highestRssMib.toFixed(0)} MiB`,
    )
  }, 10_000)
  const violations: string[] = []
  const clients = Array.from({ length: options.clients }, () => servers.cluster.client({ timeoutMs: 10_000 }))
  const load = clients.map((client, position) => workload.run(position + 1, client, new Dice(options.seed, position + 1)))
  let appliedIndex = 0
  try {
    await strikeUntil(options, servers, workload, faults, () => seconds() >= options.minutes * 60 || signal?.aborted === true)
    await servers.mend()
    workload.isStopped = true
    await Promise.all(load)
    appliedIndex = await servers.compare()
    await workload.readAll(1, clients[0]!)
    await workload.judgeCounters(clients[0]!)
  } catch (error) {
    violations.push(`the run did not come to its end: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`)
  } finally {
    workload.isStopped = true
    clearInterval(looking)
    clearInterval(telling)
  }
  tell(`judging ${workload.operations.length} operations …`)
  const verdict = judge(workload.operations)
  const { answered, refused, unknown } = workload.counts
  const { highestRssMib } = servers
  violations.push(...servers.violations, ...workload.violations, ...verdict.violations)
  if (highestRssMib > options.memoryMib)
    violations.push(`a server took ${highestRssMib.toFixed(0)} MiB of memory; at most ${options.memoryMib} are allowed`)
  const isKept = violations.length > 0
  await servers.cluster.close({ keepFolder: isKept })
  await Promise.all(load)
  return {
    seed: options.seed,
    seconds: seconds(),
    operations: workload.operations.length,
    answered,
    refused,
    unknown,
    mibWritten: workload.bytesWritten / (1 << 20),
    faults,
    longestMs: workload.longestMs,
    highestRssMib,
    appliedIndex,
    keys: verdict.keys,
    keysLinearizable: verdict.linearizable,
    keysUndecided: verdict.undecided.length,
    violations,
    kept: isKept ? servers.cluster.folder : null,
  }
}

/** One fault or pair after another, each followed by proof that the cluster serves again. */
async function strikeUntil(
  options: NemesisOptions,
  servers: Servers,
  workload: Workload,
  faults: Partial<Record<FaultKind, number>>,
  isOver: () => boolean,
): Promise<void> {
  const dice = new Dice(options.seed, 0)
  while (!isOver()) {
    const kinds = drawFaults(dice)
    const members = [...servers.members]
    const first = dice.between(0, members.length - 1)
    await Promise.all(
      kinds.map((kind, position) => {
        faults[kind] = (faults[kind] ?? 0) + 1
        return strike(kind, members[(first + position) % members.length]!, servers, dice)
      }),
    )
    const before = workload.counts.answered
    await eventually("calls are answered again", () => workload.counts.answered > before + options.clients, recoveryMs)
    await sleep(dice.between(0, 1_000))
  }
}
