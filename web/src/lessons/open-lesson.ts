/** A lesson as a session: told to its end once, with the event at which each step ends. */

import { openStory, type Story } from "../session/open-story.ts"
import type { Lesson } from "./lesson.ts"

export interface OpenLesson extends Story {
  readonly lesson: Lesson
  /** The event after which the n-th step is over. */
  readonly ends: readonly number[]
}

export function openLesson(lesson: Lesson): OpenLesson {
  const story = openStory(lesson.script, `${lesson.name}.md`, false)
  const ends = lesson.steps.map(({ lines: { last } }) => story.lines.find(({ place }) => place.line > last)?.step ?? story.session.end)
  return { ...story, lesson, ends }
}
