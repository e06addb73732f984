/** Learn: lessons that are told by the running code. Before something happens one is asked what will. */

import { useMemo } from "preact/hooks"
import { addressOf, lessons } from "../model/lessons/lessons.ts"
import { readProgress, standOf, type Progress } from "../model/lessons/progress.ts"
import { LessonStage } from "../views/lessons/lesson-stage.tsx"
import { onDevice } from "../views/lessons/on-device.ts"
import { useTitle } from "../views/use-title.ts"

interface LearnProps {
  readonly name: string | null
  /** From 1. */
  readonly step: number
}

export function LearnPage({ name, step }: LearnProps) {
  const lesson = useMemo(() => lessons.find((one) => one.name === name), [name])
  useTitle(lesson === undefined ? "Learn" : null)
  const progress = useMemo(() => onDevice(readProgress, new Map() as Progress), [name])
  if (lesson !== undefined) return <LessonStage lesson={lesson} step={Math.min(step, lesson.steps.length)} />
  return (
    <main class="cards">
      <h1>Learn</h1>
      {name !== null && <p class="notice" role="alert">{`There is no lesson "${name}" here; these are all.`}</p>}
      <p>Ten lessons, a few minutes each. What you see is the code that servers run; what a lesson says is checked by its tests.</p>
      <ol class="lessons">
        {lessons.map((one) => {
          const stand = standOf(progress, one)
          return (
            <li key={one.name} class="card">
              <a href={addressOf(one, 1)}>{one.title}</a>
              <p>{one.moral}</p>
              <p class="source">
                {`${one.source} · `}
                {stand === null ? (
                  `${one.steps.length} steps`
                ) : stand.isDone ? (
                  <b>✓ done</b>
                ) : (
                  `${stand.seen} of ${one.steps.length} steps seen`
                )}
              </p>
            </li>
          )
        })}
      </ol>
    </main>
  )
}
