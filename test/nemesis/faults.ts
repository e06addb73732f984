/** The kinds of faults: what each does to the servers, and how it ends. */

import { setTimeout as sleep } from "node:timers/promises"
import { OarlockError } from "../../src/client/index.ts"
import type { Dice } from "./dice.ts"
import type { Servers } from "./servers.ts"

export type FaultKind = "kill" | "terminate" | "stop" | "isolate" | "deafen" | "transfer" | "replace" | "killAll"

/** How often each is drawn, relative to the others. */
const weights: Readonly<Record<FaultKind, number>> = {
  kill: 5,
  terminate: 2,
  stop: 4,
  isolate: 3,
  deafen: 3,
  transfer: 3,
  replace: 2,
  killAll: 1,
}
const kinds = Object.keys(weights) as FaultKind[]

/** Kinds that need the cluster for themselves. */
const lonely: ReadonlySet<FaultKind> = new Set(["killAll", "replace"])

/** One fault, or two at a time that strike different servers. */
export function drawFaults(dice: Dice): FaultKind[] {
  const first = draw(dice)
  if (lonely.has(first) || !dice.chance(0.4)) return [first]
  const second = draw(dice)
  return lonely.has(second) ? [first] : [first, second]
}

function draw(dice: Dice): FaultKind {
  let left = dice.between(
    1,
    kinds.reduce((sum, kind) => sum + weights[kind], 0),
  )
  return kinds.find((kind) => (left -= weights[kind]) <= 0)!
}

/** Strikes server `victim` and undoes it after a while. */
export async function strike(kind: FaultKind, victim: number, servers: Servers, dice: Dice): Promise<void> {
  const { cluster } = servers
  switch (kind) {
    case "kill":
      await servers.kill(victim)
      await sleep(dice.between(0, 4_000))
      return servers.restart(victim)
    case "terminate":
      await servers.terminate(victim)
      await sleep(dice.between(0, 2_000))
      return servers.restart(victim)
    case "stop":
      cluster.signal(victim, "SIGSTOP")
      await sleep(dice.between(200, 8_000))
      cluster.signal(victim, "SIGCONT")
      return
    case "isolate":
      servers.isolate(victim)
      await sleep(dice.between(200, 6_000))
      return servers.reconnect(victim)
    case "deafen":
      servers.deafen(victim)
      await sleep(dice.between(200, 6_000))
      return servers.reconnect(victim)
    case "transfer":
      await transfer(servers)
      return
    case "replace":
      return servers.replace(victim)
    case "killAll": {
      const members = [...servers.members]
      await Promise.all(members.map((id) => servers.kill(id)))
      for (const id of members) servers.restart(id)
      return
    }
    default:
      kind satisfies never
  }
}

/** Where it cannot be done now, it is not done: that is an answer too. */
async function transfer({ operator }: Servers): Promise<void> {
  try {
    await operator.transferLeadership(null, { timeoutMs: 5_000 })
  } catch (error) {
    if (!(error instanceof OarlockError)) throw error
  }
}
