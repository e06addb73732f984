/** A lesson as a run: played to its end once, with the event at which each step ends. */

import { openStory, type Story } from "../opening/open-story.ts"
import type { BranchPosition } from "../time-machine/time-machine.ts"
import type { Lesson } from "./lesson.ts"

export interface OpenLesson extends Story {
  readonly lesson: Lesson
  /** Where the n-th step is over: what the next one does has not been done there, even if it is done right then. */
  readonly ends: readonly BranchPosition[]
}

export function openLesson(lesson: Lesson): OpenLesson {
  const story = openStory(lesson.script, `${lesson.name}.md`, false)
  const end = { step: story.timeMachine.end, done: story.timeMachine.branch.actions.length }
  const ends = lesson.steps.map(({ lines: { last } }) => story.lines.find(({ place }) => place.line > last) ?? end)
  return { ...story, lesson, ends }
}
