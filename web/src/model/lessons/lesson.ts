/**
 * A lesson: a document that reads well by itself, with a scenario in it.
 *
 *     # Title
 *
 *     What it teaches, in a sentence (Raft §5.2).
 *
 *     ## A step
 *
 *     What there is to see.
 *
 *     **What will happen?**
 *
 *     - [ ] this
 *       Why not.
 *     - [x] that
 *
 *     Why, shown when it has happened.
 *
 *     ```scenario
 *     timeout 1
 *     expect 1 candidate
 *     ```
 *
 * Every step has a script that ends with an `expect`; the scripts of all steps are one story, which the tests tell. So a lesson cannot lie.
 */

/** Steps of a lesson: more would be a course. */
export const lessonStepsMax = 7

export interface Lesson {
  /** `1-electing-a-leader`. */
  readonly name: string
  readonly title: string
  readonly moral: string
  readonly source: string
  readonly steps: readonly LessonStep[]
  /** All scripts as one scenario, each line where it stands in the lesson, so that errors name the right one. */
  readonly script: string
}

export interface LessonStep {
  readonly title: string
  /** Paragraphs that stand before the question and the script. */
  readonly before: readonly string[]
  readonly question: Question | null
  /** Paragraphs that tell what has happened, for afterwards. */
  readonly after: readonly string[]
  /** The lines of its script in the lesson, from 1, both included. */
  readonly lines: { readonly first: number; readonly last: number }
}

export interface Question {
  readonly text: string
  readonly answers: readonly Answer[]
}

export interface Answer {
  readonly text: string
  readonly isRight: boolean
  /** Of a wrong one, why it is wrong; of the right one, null: the step tells. */
  readonly why: string | null
}

/** A lesson that cannot be read: which line, and what was expected there. */
export class LessonError extends Error {
  override readonly name = "LessonError"

  constructor(file: string, line: number, problem: string) {
    super(`${file}:${line}: ${problem}`)
  }
}
