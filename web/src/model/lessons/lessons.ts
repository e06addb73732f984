/** The documents under `lessons/`, in their order. */

import type { Lesson } from "./lesson.ts"
import { parseLesson } from "./parse-lesson.ts"

const texts = import.meta.glob<string>("../../../../lessons/*.md", { query: "?raw", import: "default", eager: true })

export const lessons: readonly Lesson[] = Object.entries(texts).map(([path, text]) =>
  parseLesson(text, path.replace(/^.*\//, "").replace(/\.md$/, "")),
)

/** `#/learn/1-electing-a-leader/2`: steps count from 1. */
export function addressOf(lesson: Lesson, step: number): string {
  return `#/learn/${lesson.name}/${step}`
}
