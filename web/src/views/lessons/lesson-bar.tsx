/** The three things to do in a lesson: back, play, next. Under them, how much of the step has passed. */

import { useEffect, useRef } from "preact/hooks"
import type { Lesson } from "../../model/lessons/lesson.ts"
import { addressOf, lessons } from "../../model/lessons/lessons.ts"
import type { OpenLesson } from "../../model/lessons/open-lesson.ts"
import type { Player } from "../../model/time-machine/player.ts"

interface LessonBarProps {
  readonly player: Player
  readonly opened: OpenLesson
  /** From 1. */
  readonly number: number
  /** Plays the step from its beginning. */
  readonly play: () => void
}

export function LessonBar({ player, opened, number, play }: LessonBarProps) {
  const { lesson, ends } = opened
  const back = neighbour(lesson, number, -1)
  const next = neighbour(lesson, number, 1)
  const { branch, order } = player.look()
  const end = ends[number - 1]!
  const isOver = branch.id !== 1 || order >= end.step + end.done
  const isPlaying = player.isPlaying.value
  const press = (): void => {
    if (isOver && !isPlaying) play()
    else player.toggle()
  }
  return (
    <div class="lesson-bar">
      <Passed player={player} />
      <nav aria-label="Lesson">
        {back === null ? <span class="link disabled">← Back</span> : <Link {...back}>← Back</Link>}
        <button type="button" class={isOver ? "" : "main"} onClick={press} title="Play or pause (space)">
          {isPlaying ? "❚❚ Pause" : isOver ? "↺ Again" : "▶ Play"}
        </button>
        <Link {...(next ?? { address: "#/play", title: "That was the last lesson: go and play" })} isMain={isOver}>
          Next →
        </Link>
      </nav>
    </div>
  )
}

interface Neighbour {
  readonly address: string
  readonly title: string
}

function Link({ address, title, isMain = false, children }: Neighbour & { readonly isMain?: boolean; readonly children: string }) {
  return (
    <a class={isMain ? "link main" : "link"} href={address} title={title} aria-label={`${children.replaceAll(/[←→ ]/g, "")}: ${title}`}>
      {children}
    </a>
  )
}

/** The step before or after this one, in the lesson beside it if need be. */
function neighbour(lesson: Lesson, number: number, direction: 1 | -1): Neighbour | null {
  const step = lesson.steps[number - 1 + direction]
  if (step !== undefined) return { address: addressOf(lesson, number + direction), title: step.title }
  const other = lessons[lessons.indexOf(lesson) + direction]
  if (other === undefined) return null
  return { address: addressOf(other, direction === 1 ? 1 : other.steps.length), title: other.title }
}

/** Grows while the step plays. The frame loop alone draws it. */
function Passed({ player }: { readonly player: Player }) {
  const bar = useRef<HTMLDivElement>(null)
  useEffect(
    () =>
      player.onFrame(() => {
        // A last frame may come when the page has gone elsewhere.
        if (bar.current !== null) bar.current.style.transform = `scaleX(${player.passed})`
      }),
    [player],
  )
  return (
    <div class="passed" aria-hidden="true">
      <div ref={bar} />
    </div>
  )
}
