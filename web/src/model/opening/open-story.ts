/** A story as a run: played to its end once, and replayed as its reader likes. */

import { createTrace, parseScenario, ScenarioRun, type PlacedCommand } from "oarlock/simulator"
import type { BranchPosition, TimeMachine } from "../time-machine/time-machine.ts"
import { plainNames, type Names } from "../world/names.ts"
import { openTrace } from "./open-trace.ts"

/** One line of a story, and where the time machine stood before it was done. */
export interface StoryLine extends PlacedCommand, BranchPosition {}

export interface Story {
  readonly timeMachine: TimeMachine
  readonly lines: readonly StoryLine[]
  /** What its comment explains beyond the moral; empty if nothing. */
  readonly notes: string
  /** Why the story did not come out as it says; null if it did. */
  readonly failure: string | null
  /** Whether going through it again comes to the same state. */
  readonly isSame: boolean
}

/** Keys and values as the story calls them; keys and values that are written later have plain names. */
function namesIn(run: ScenarioRun): Names {
  return {
    key: (register) => run.keyOf(register) ?? plainNames.key(register),
    value: (id) => run.valueOf(id) ?? plainNames.value(id),
  }
}

/** Tells a story to its end, kept or with its rule broken, and returns a time machine of it that stands at the beginning. */
export function openStory(text: string, file: string, broken: boolean): Story {
  const scenario = parseScenario(text, file)
  const run = new ScenarioRun(scenario, { broken })
  const lines: StoryLine[] = []
  for (let known: PlacedCommand | null = null; !run.isOver; run.step()) {
    const { current } = run
    if (current === null || current === known) continue
    known = current
    lines.push({ ...current, step: run.world.eventNumber, done: run.world.actions.length })
  }
  const { breakable } = scenario.setup
  const build = broken && breakable !== null ? `broken: ${breakable.rule}, shown by ${breakable.violates}` : "production"
  const trace = createTrace(run.world, { coreVersion: "", mode: "script", build })
  const { timeMachine, isSame } = openTrace(trace, namesIn(run))
  timeMachine.seek(0)
  return { timeMachine, lines, notes: scenario.notes, failure: run.failure?.message ?? null, isSame }
}
