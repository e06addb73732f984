/**
 * What can be taken from a run, from the largest to the smallest. Each reduction tries what it can on the smallest run so far; together they are
 * gone through again until none of them finds anything.
 */

import { defaultRaftOptions } from "../../core/index.ts"
import { defaultReplicaLimits } from "../../replica/index.ts"
import { calmNetwork } from "../network/network.ts"
import type { WorldAction } from "../state/action.ts"
import { calmOptions, type WorldOptions } from "../state/options.ts"
import { shorten, smallest } from "./delta.ts"
import type { MinimizeSearch } from "./search.ts"
import { emptyPlan, isEmptyPlan } from "./unroll.ts"

export type Reduction = (search: MinimizeSearch) => void

export const reductions: readonly Reduction[] = [
  cutTheEnd,
  dropScript,
  dropPlans,
  calmDown,
  dropClients,
  dropServers,
  useDefaults,
  dropScript,
  closeGaps,
  roundTimes,
  tryOtherSeeds,
]

/** What comes after the broken rule. */
function cutTheEnd(search: MinimizeSearch): void {
  const { smallest: now, failure } = search
  const script = now.script.filter(({ atMs }) => atMs <= failure.atMs)
  const safetyMs = Math.min(now.safetyMs, Math.ceil(failure.atMs) + 1)
  if (failure.checker !== "load") search.try("without a floor of work", { ...now, writesMin: 0 })
  search.try("without what comes afterwards", { ...search.smallest, script, safetyMs })
  search.try("without what comes afterwards", { ...search.smallest, script })
  if (failure.checker === "liveness") {
    const timeouts = smallest(1, Math.ceil(now.livenessTimeouts), (livenessTimeouts) =>
      search.try(`with ${livenessTimeouts} election timeouts to recover`, { ...search.smallest, livenessTimeouts }),
    )
    search.try("with less time to recover", { ...search.smallest, livenessTimeouts: timeouts })
  }
}

function dropScript(search: MinimizeSearch): void {
  shorten(search.smallest.script, (script) => search.try(`with ${script.length} of the deeds`, { ...search.smallest, script }))
}

/** Plans leave an empty place behind, since their place is part of their randomness; in the end the empty ones may go. */
function dropPlans(search: MinimizeSearch): void {
  for (const [position, plan] of search.smallest.faults.entries()) {
    if (isEmptyPlan(plan)) continue
    search.try(`without ${plan.kind}`, { ...search.smallest, faults: search.smallest.faults.with(position, emptyPlan) })
  }
  const { faults } = search.smallest
  if (faults.every(isEmptyPlan)) search.try("without fault plans", { ...search.smallest, faults: [] })
  else search.try("without empty places", { ...search.smallest, faults: faults.filter((plan) => !isEmptyPlan(plan)) })
}

/** Faults that nature does: of the network, the disks, the clocks. */
function calmDown(search: MinimizeSearch): void {
  const tryEach = <K extends "network" | "disk">(part: K, changes: readonly Partial<WorldOptions[K]>[]): void => {
    for (const change of changes) {
      const names = Object.keys(change).join(" and ")
      search.try(`with a calm ${part}: ${names}`, { ...search.smallest, [part]: { ...search.smallest[part], ...change } })
    }
  }
  search.try("with a calm network", { ...search.smallest, network: { ...calmNetwork, latencyMinMs: 1, latencyMaxMs: 1 } })
  tryEach("network", [
    { dropRate: 0 },
    { duplicateRate: 0 },
    { slowRate: 0, slowMs: 0 },
    { unreachableHintRate: 0 },
    { ordered: true },
    { latencyMinMs: 1, latencyMaxMs: 1 },
    { latencyMinMs: calmNetwork.latencyMinMs, latencyMaxMs: calmNetwork.latencyMaxMs },
  ])
  const { disk } = calmOptions
  search.try("with a calm disk", {
    ...search.smallest,
    disk: { ...disk, lieRate: search.smallest.disk.lieRate, latencyMinMs: 1, latencyMaxMs: 1 },
  })
  tryEach("disk", [
    { stallRate: 0, stallMs: 0 },
    { syncFailRate: 0 },
    { errorRate: 0 },
    { crashRate: 0 },
    { lieRate: 0 },
    { latencyMinMs: 1, latencyMaxMs: 1 },
    { latencyMinMs: disk.latencyMinMs, latencyMaxMs: disk.latencyMaxMs },
  ])
  search.try("with equal clocks", { ...search.smallest, clockDrift: 0 })
  search.try("with servers that are never busy", { ...search.smallest, busyMsMax: 0 })
  search.try("with everybody back in the end", { ...search.smallest, healShare: 0 })
}

function dropClients(search: MinimizeSearch): void {
  const withClients = (what: string, change: Partial<WorldOptions["clients"]>): boolean =>
    search.try(what, { ...search.smallest, clients: { ...search.smallest.clients, ...change } })
  fewest(0, search.smallest.clients.count, (count) => withClients(`with ${count} clients`, { count }))
  if (search.smallest.clients.count === 0) {
    withClients("without what clients would do", { ...calmOptions.clients, count: 0 })
    return
  }
  // No client does more than one operation an event.
  const most = Math.min(search.smallest.clients.operationsMax, search.failure.step)
  smallest(0, most, (operationsMax) => withClients(`with ${operationsMax} operations a client`, { operationsMax }))
  smallest(1, search.smallest.clients.registers, (registers) => withClients(`with ${registers} keys`, { registers }))
  withClients("without padding", { paddingBytesMax: 0 })
  withClients("without sessions", { sessionShare: 0 })
  withClients("without reads", { readShare: 0 })
  withClients("with no answer lost", { lossRate: 0 })
  search.try("with plain registers", { ...search.smallest, workload: "registers" })
}

/** Fewer servers draw other fates: where the same seed does not fail with them, a few others are tried. */
function dropServers(search: MinimizeSearch): void {
  const { nodes, spares, seed } = search.smallest
  fewest(0, spares, (fewer) => search.try(`with ${fewer} spares`, withServers(search.smallest, search.smallest.nodes, fewer)))
  fewest(1, nodes, (fewer) =>
    [seed, ...otherSeeds].some((other) =>
      search.try(`with ${fewer} servers`, { ...withServers(search.smallest, fewer, search.smallest.spares), seed: other }),
    ),
  )
}

/** The smallest of `from` to `to` - 1 that works. */
function fewest(from: number, to: number, works: (value: number) => boolean): void {
  for (let value = from; value < to; value++) if (works(value)) return
}

/** What is said of servers that are no more goes with them. */
function withServers(options: WorldOptions, nodes: number, spares: number): WorldOptions {
  const exists = (id: number): boolean => id <= nodes + spares
  const script = options.script.flatMap((step) => {
    const action = amongThose(step.action, exists)
    return action === null ? [] : [{ ...step, action }]
  })
  return { ...options, nodes, spares, script }
}

function amongThose(action: WorldAction, exists: (id: number) => boolean): WorldAction | null {
  if (action.kind === "cut") {
    const [from, to] = [action.from.filter(exists), action.to.filter(exists)]
    return from.length === 0 || to.length === 0 ? null : { ...action, from, to }
  }
  if ("node" in action && !exists(action.node)) return null
  if (action.kind === "link" && !(exists(action.from) && exists(action.to))) return null
  if (action.kind === "transferLeadership" && action.to !== null && !exists(action.to)) return null
  return action
}

/** Limits and settings as they are out of the box: all at once, then one by one. */
function useDefaults(search: MinimizeSearch): void {
  search.try("with default settings", { ...search.smallest, raft: defaultRaftOptions, replica: defaultReplicaLimits })
  search.try("with default algorithm settings", { ...search.smallest, raft: defaultRaftOptions })
  for (const name of differing(search.smallest.raft, defaultRaftOptions)) {
    search.try(`with the default ${name}`, { ...search.smallest, raft: { ...search.smallest.raft, [name]: defaultRaftOptions[name] } })
  }
  search.try("with default limits", { ...search.smallest, replica: defaultReplicaLimits })
  for (const name of differing(search.smallest.replica, defaultReplicaLimits)) {
    search.try(`with the default ${name}`, {
      ...search.smallest,
      replica: { ...search.smallest.replica, [name]: defaultReplicaLimits[name] },
    })
  }
}

export function differing<T extends object>(options: T, defaults: T): (keyof T & string)[] {
  return (Object.keys(defaults) as (keyof T & string)[]).filter((name) => options[name] !== defaults[name])
}

/** Time in which nothing is done on purpose: everything behind it comes earlier. */
function closeGaps(search: MinimizeSearch): void {
  for (const share of [1, 0.5]) {
    for (let position = 0; position < search.smallest.script.length; position++) {
      const { script, safetyMs } = search.smallest
      const gapMs = (script[position]!.atMs - (script[position - 1]?.atMs ?? 0)) * share
      if (gapMs < 2) continue
      const earlier = script.map((step, at) => (at < position ? step : { ...step, atMs: step.atMs - gapMs }))
      search.try("with less time in between", { ...search.smallest, script: earlier, safetyMs: Math.max(1, safetyMs - gapMs) }, true)
    }
  }
}

/** Whole milliseconds read better. */
function roundTimes(search: MinimizeSearch): void {
  const round = (options: WorldOptions): WorldOptions => ({
    ...options,
    script: options.script.map(({ atMs, action }) => ({
      atMs: Math.round(atMs),
      action: "forMs" in action ? { ...action, forMs: Math.ceil(action.forMs) } : action,
    })),
  })
  search.try("with whole milliseconds", round(search.smallest))
}

const otherSeeds = [1, 2, 3, 4, 5, 6, 7, 8]

/** What is left may fail sooner with other dice. */
function tryOtherSeeds(search: MinimizeSearch): void {
  for (const seed of otherSeeds) search.try(`with seed ${seed}`, { ...search.smallest, seed }, true)
}
