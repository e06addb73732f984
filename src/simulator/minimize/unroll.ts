/**
 * Writes out what fault plans did as a script with a moment for each deed, so that single deeds can be taken away: a plan without one of its
 * strikes cannot be said otherwise.
 *
 * Plans that damage disks stay plans. The world allows damage only while enough whole disks are left, and a script is not held to that: a shorter one
 * could break a rule by destroying what no protocol can recover. A plan's place in the list is part of its randomness, so the others leave an
 * empty place behind.
 */

import type { FaultKind, FaultPlan } from "../state/action.ts"
import type { Build } from "../state/build.ts"
import type { ScriptStep, WorldOptions } from "../state/options.ts"
import { strikeAt } from "../trace/struck.ts"
import type { Workload } from "../workload/workload.ts"
import { isToHeal, Phases } from "../world/run.ts"
import { World } from "../world/world.ts"

/** A plan that never strikes. */
export const emptyPlan: FaultPlan = { kind: "snapshot", everyMs: 1_000_000_000, lastsMs: 0 }

export function isEmptyPlan({ kind, everyMs, lastsMs }: FaultPlan): boolean {
  return kind === emptyPlan.kind && everyMs === emptyPlan.everyMs && lastsMs === emptyPlan.lastsMs
}

export function unrollStrikes(options: WorldOptions, build: Build, workload: Workload | undefined): WorldOptions {
  const world = World.create(options, build, workload)
  const phases = new Phases(world)
  const script: ScriptStep[] = [...options.script]
  for (;;) {
    const next = world.peek()
    if (next === null) break
    const { at, event } = next
    if (event.kind === "strike" && !world.isHealed && !isToHeal(world, at) && !damagesDisks(options.faults[event.plan]!.kind)) {
      for (const { afterMs, action } of strikeAt(world, event)) script.push({ atMs: at + afterMs, action })
    }
    if (!phases.step()) break
  }
  const { now, healedAt } = world
  // What would come after the healing is not done any more.
  const done = script.filter((step) => step.atMs <= now && (options.script.includes(step) || step.atMs < healedAt))
  const faults = options.faults.map((plan) => (damagesDisks(plan.kind) ? plan : emptyPlan))
  return {
    ...options,
    faults: faults.every(isEmptyPlan) ? [] : faults,
    script: done.toSorted((a, b) => a.atMs - b.atMs),
  }
}

function damagesDisks(kind: FaultKind): boolean {
  return kind === "rot" || kind === "misdirect" || kind === "wipe"
}
