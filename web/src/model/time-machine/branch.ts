/**
 * One course of events. Acting in the past begins another branch: it shares everything up to where it leaves, and the future that was there stays
 * where it is.
 */

import type { TraceAction, World } from "oarlock/simulator"
import { BranchRecord } from "./branch-record.ts"
import { momentAfter, type Moment } from "./moment.ts"

export interface Branch {
  readonly id: number
  /** The branch that it left, and after which event; null for the first. */
  readonly left: { readonly branch: number; readonly step: number } | null
  /** What was done, in order, from the very beginning. */
  actions: TraceAction[]
  /** What happened so far: position n is event n. Its end is as far as this branch was ever told. */
  moments: Moment[]
  /** What became of its messages and servers. */
  readonly record: BranchRecord
  /** The event that broke a rule, once it has happened: nothing comes after it. */
  violatedAt: number | null
  /** By ascending step. */
  checkpoints: Checkpoint[]
  /** Events between two of them. */
  spacing: number
}

/** A world to go on from, and how many of the branch's actions it has seen. */
export interface Checkpoint {
  readonly step: number
  readonly world: World
  readonly done: number
}

/** Events between two checkpoints of a short run. */
const checkpointEvery = 32
/** Checkpoints of a branch. Above, every other one goes, so that no jump is far from one. */
export const checkpointsMax = 200

/** Keeps a copy of the world as a checkpoint, if one is due. */
export function keepCheckpoint(branch: Branch, world: World, done: number): void {
  const { checkpoints } = branch
  const step = world.eventNumber
  if (step % branch.spacing !== 0) return
  const position = checkpoints.findLastIndex((one) => one.step < step) + 1
  if (checkpoints[position]?.step === step) return
  checkpoints.splice(position, 0, { step, world: world.clone(), done })
  if (checkpoints.length <= checkpointsMax) return
  branch.spacing *= 2
  branch.checkpoints = checkpoints.filter((one) => one.step % branch.spacing === 0)
}

/** The latest checkpoint that is not behind `step`, and has seen no more than `done` actions if it is at `step`. */
export function checkpointBefore({ checkpoints }: Branch, step: number, done = Infinity): Checkpoint {
  return checkpoints.findLast((one) => one.step < step || (one.step === step && one.done <= done))!
}

/** The branch that every other one leaves, before anything happened. */
export function firstBranch(actions: readonly TraceAction[]): Branch {
  return {
    id: 1,
    left: null,
    actions: [...actions],
    moments: [],
    record: new BranchRecord(),
    violatedAt: null,
    checkpoints: [],
    spacing: checkpointEvery,
  }
}

/** A new branch that is equal up to event `step` and what `done` actions did. */
export function branchOff(branch: Branch, id: number, step: number, done: number): Branch {
  return {
    id,
    left: { branch: branch.id, step },
    actions: branch.actions.slice(0, done),
    moments: [...branch.moments.slice(0, step), momentAfter(branch.moments[step]!, done)],
    record: branch.record.upTo(step + done),
    violatedAt: branch.violatedAt === step ? step : null,
    checkpoints: branch.checkpoints.filter((one) => one.step < step || (one.step === step && one.done <= done)),
    spacing: branch.spacing,
  }
}
