/** One step of a lesson: what there is to see, a question before it happens, and what has happened. */

import { useEffect, useState } from "preact/hooks"
import { inBackground } from "../../model/in-background.ts"
import type { Question } from "../../model/lessons/lesson.ts"
import type { OpenLesson } from "../../model/lessons/open-lesson.ts"
import { noteStep } from "../../model/lessons/progress.ts"
import type { Player } from "../../model/time-machine/player.ts"
import type { BranchPosition } from "../../model/time-machine/time-machine.ts"
import { version } from "../../model/version.ts"
import { Clock } from "../controls/clock.tsx"
import { onDevice } from "./on-device.ts"
import { Prose } from "./prose.tsx"

interface StepProps {
  readonly player: Player
  readonly opened: OpenLesson
  /** From 1. */
  readonly number: number
  readonly play: () => void
}

export function Step({ player, opened, number, play }: StepProps) {
  const { lesson, ends } = opened
  const { title, before, question, after } = lesson.steps[number - 1]!
  const [answer, setAnswer] = useState<number | null>(null)
  const hasHappened = hasCome(player, ends[number - 1]!)
  useEffect(() => {
    if (hasHappened) onDevice((storage) => noteStep(storage, lesson, number), undefined)
  }, [hasHappened, lesson, number])
  const choose = (position: number): void => {
    setAnswer(position)
    play()
  }
  return (
    <section class="panel step" aria-label="Step">
      <h2>{`${number}. ${title}`}</h2>
      {before.map((text) => (
        <Prose key={text}>{text}</Prose>
      ))}
      {question !== null && <Ask question={question} answer={answer} choose={choose} />}
      <div aria-live="polite">
        {hasHappened && answer !== null && <Reply question={question!} answer={answer} />}
        {hasHappened && after.map((text) => <Prose key={text}>{text}</Prose>)}
      </div>
      <div class="actions quiet">
        {!hasHappened && (
          <button type="button" onClick={() => player.stand(ends[number - 1]!)}>
            To the end of the step
          </button>
        )}
        <button type="button" onClick={() => inBackground(tryIt(player))}>
          Try it yourself
        </button>
      </div>
      <Script opened={opened} number={number} player={player} />
    </section>
  )
}

/** What is to be said to somebody who chose a wrong answer, once the right one can be seen. */
function Reply({ question, answer }: { readonly question: Question; readonly answer: number }) {
  const { text, why } = question.answers[answer]!
  return why === null ? null : (
    <p class="reply">
      <b>{`${text}?`}</b> {why}
    </p>
  )
}

/** Whether the lesson itself has come so far: what somebody makes happen on a branch of his own is not in it. */
function hasCome(player: Player, { step, done }: BranchPosition): boolean {
  const { branch, order } = player.look()
  return branch.id === 1 && order >= step + done
}

interface AskProps {
  readonly question: Question
  /** Which one was chosen. */
  readonly answer: number | null
  readonly choose: (position: number) => void
}

function Ask({ question, answer, choose }: AskProps) {
  return (
    <fieldset class="ask">
      <legend>{question.text}</legend>
      {question.answers.map(({ text, isRight }, position) => {
        const verdict = answer === null ? "" : isRight ? "right" : position === answer ? "wrong" : ""
        return (
          <label key={text} class={verdict}>
            <input type="radio" name="answer" checked={position === answer} disabled={answer !== null} onChange={() => choose(position)} />{" "}
            {text}
            {verdict === "right" ? " ✓" : verdict === "wrong" ? " ✕ not so" : ""}
          </label>
        )
      })}
    </fieldset>
  )
}

/** The script of the step, and of its expectations those that have been met. */
function Script({ opened, number, player }: Pick<StepProps, "opened" | "number" | "player">) {
  const { first, last } = opened.lesson.steps[number - 1]!.lines
  const lines = opened.lines.filter(({ place }) => first <= place.line && place.line <= last)
  return (
    <details class="script">
      <summary>The script of this step</summary>
      <ol class="lines">
        {lines.map((line) => (
          <li key={line.place.line}>
            {line.text}
            {line.text.startsWith("expect ") && hasCome(player, line) ? " ✓" : ""}
          </li>
        ))}
      </ol>
      <Clock player={player} />
    </details>
  )
}

/** Opens this very moment in the playground, with all that led to it. */
async function tryIt(player: Player): Promise<void> {
  const { timeMachine } = player
  const { encodeShare } = await import("../../model/sharing/share.ts")
  player.isPlaying.value = false
  const { step, done } = timeMachine.position
  const trace = timeMachine.trace({ coreVersion: version, mode: timeMachine.mode, build: timeMachine.buildName })
  location.hash = `#/play/${await encodeShare({ trace, step, done })}`
}
