/** One lesson: the ring and the logs on one side, on the other the steps, what they say and what they ask. */

import { useEffect, useMemo, useState } from "preact/hooks"
import type { Lesson } from "../../model/lessons/lesson.ts"
import { addressOf, lessons } from "../../model/lessons/lessons.ts"
import { beginningOf, openLesson, paceOf, type OpenLesson } from "../../model/lessons/open-lesson.ts"
import { Player } from "../../model/time-machine/player.ts"
import { Menu } from "../controls/menu.tsx"
import { Notice } from "../controls/notice.tsx"
import { useKeys } from "../controls/use-keys.tsx"
import { Inspector } from "../panels/inspector.tsx"
import { LogTable } from "../panels/log-table.tsx"
import { Legend } from "../ring/legend.tsx"
import { Topology } from "../ring/topology.tsx"
import { useTitle } from "../use-title.ts"
import { LessonBar } from "./lesson-bar.tsx"
import { Step } from "./step.tsx"

interface LessonStageProps {
  readonly lesson: Lesson
  /** From 1. */
  readonly step: number
}

export function LessonStage({ lesson, step }: LessonStageProps) {
  useTitle(`${lesson.title}: ${lesson.steps[step - 1]!.title}`)
  const opened = useMemo(() => openLesson(lesson), [lesson])
  const player = useMemo(() => new Player(opened.timeMachine), [opened])
  useEffect(() => player.start(), [player])
  const help = useKeys(player, ["/"])
  // Before the first paint of a step, so that the one before it is not seen in its place.
  useMemo(() => beginStep(player, opened, step), [player, opened, step])
  return (
    <div class="workbench lesson">
      <div class="main">
        <div class="stage">
          <Topology player={player} />
          <Legend />
        </div>
        <LogTable player={player} />
        <LessonBar player={player} opened={opened} number={step} play={() => playStep(player, opened, step)} />
      </div>
      <div class="side">
        <section class="panel" aria-label="Lesson">
          <Jump lesson={lesson} step={step} />
          <h1>{lesson.title}</h1>
          <p class="source">{`${lesson.moral} ${lesson.source}.`}</p>
          <Steps lesson={lesson} step={step} />
        </section>
        <Step key={`${lesson.name} ${step}`} player={player} opened={opened} number={step} play={() => playStep(player, opened, step)} />
        <Notice player={player} />
        {player.selection.value !== null && <Inspector player={player} />}
      </div>
      <Menu player={player} />
      {help}
    </div>
  )
}

/** To the moment before a step. A step that asks nothing begins by itself. */
function beginStep(player: Player, opened: OpenLesson, step: number): void {
  player.select(null)
  player.stand(beginningOf(opened, step))
  player.prepare(paceOf(opened, step))
  if (opened.lesson.steps[step - 1]!.question === null) playStep(player, opened, step)
}

function playStep(player: Player, opened: OpenLesson, step: number): void {
  player.playAt(paceOf(opened, step))
}

function Steps({ lesson, step }: LessonStageProps) {
  return (
    <ol class="steps" aria-label="Steps">
      {lesson.steps.map(({ title }, position) => (
        <li key={title}>
          <a href={addressOf(lesson, position + 1)} {...(position + 1 === step ? { "aria-current": "step" as const } : {})}>
            {title}
          </a>
        </li>
      ))}
    </ol>
  )
}

function Jump({ lesson, step }: LessonStageProps) {
  const [value, setValue] = useState(addressOf(lesson, step))
  useEffect(() => setValue(addressOf(lesson, step)), [lesson, step])
  return (
    <p class="crumb">
      <a href="#/learn">All lessons</a>{" "}
      <label>
        <span class="spoken">Jump to</span>
        <select
          value={value}
          onChange={(event) => {
            location.hash = event.currentTarget.value
          }}
        >
          {lessons.map((one) => (
            <optgroup key={one.name} label={one.title}>
              {one.steps.map(({ title }, position) => (
                <option key={title} value={addressOf(one, position + 1)}>
                  {title}
                </option>
              ))}
            </optgroup>
          ))}
        </select>
      </label>
    </p>
  )
}
