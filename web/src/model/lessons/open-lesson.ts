/** A lesson as a run: played to its end once, with the event at which each step ends. */

import { openStory, type Story } from "../opening/open-story.ts"
import { Pace } from "../time-machine/pace.ts"
import type { BranchPosition } from "../time-machine/time-machine.ts"
import type { Lesson } from "./lesson.ts"

export interface OpenLesson extends Story {
  readonly lesson: Lesson
  /** Where the n-th step is over: what the next one does has not been done there, even if it is done right then. */
  readonly ends: readonly BranchPosition[]
}

const beginning: BranchPosition = { step: 0, done: 0 }

/** Where step `number`, from 1, begins. */
export function beginningOf({ ends }: OpenLesson, number: number): BranchPosition {
  return ends[number - 2] ?? beginning
}

/** How step `number` is played. A line such as `run until 1 leads` says which event it is about: the one at which it is over. */
export function paceOf(opened: OpenLesson, number: number): Pace {
  const { lines, timeMachine, ends, lesson } = opened
  const { first, last } = lesson.steps[number - 1]!.lines
  const to = ends[number - 1]!
  const about = lines.flatMap(({ text, place }, position) =>
    first <= place.line && place.line <= last && text.startsWith("run until ") ? [lines[position + 1] ?? to] : [],
  )
  return new Pace(timeMachine.branch, [beginningOf(opened, number), to], { about })
}

export function openLesson(lesson: Lesson): OpenLesson {
  const story = openStory(lesson.script, `${lesson.name}.md`, false)
  const end = { step: story.timeMachine.end, done: story.timeMachine.branch.actions.length }
  const ends = lesson.steps.map(({ lines: { last } }) => story.lines.find(({ place }) => place.line > last) ?? end)
  return { ...story, lesson, ends }
}
