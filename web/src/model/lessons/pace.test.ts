/**
 * How a lesson looks to somebody who watches it: every step is played in frames of a sixtieth of a second, and what a frame shows is written down.
 * Nothing here asks the pace what it meant to do.
 */

import { readdirSync, readFileSync } from "node:fs"
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest"
import type { Pace } from "../time-machine/pace.ts"
import type { TimeMachine } from "../time-machine/time-machine.ts"
import { openLesson, paceOf, type OpenLesson } from "./open-lesson.ts"
import { parseLesson } from "./parse-lesson.ts"

// By a name that the compiler does not follow: tests are checked without the types of a browser, which it needs.
const file: string = "../time-machine/player.ts"
const { Player } = (await import(file)) as {
  readonly Player: new (timeMachine: TimeMachine) => {
    readonly isPlaying: { readonly value: boolean }
    readonly now: number
    start(): () => void
    playAt(pace: Pace): void
  }
}

/** A frame of a screen, in milliseconds. */
const frameMs = 1_000 / 60
/** What all of it may be late by: one frame at each end. */
const slackMs = 2 * frameMs

/** Milliseconds on the wall. */
const stillMsMax = 500
const mainMsMin = 1_000
const stepMsMax = 8_000

interface Frame {
  readonly atMs: number
  /** How many events and deeds have been. */
  readonly order: number
  readonly worldMs: number
  /** Whether a message moves. */
  readonly isMoving: boolean
}

let frames: ((at: number) => void)[]

beforeEach(() => {
  frames = []
  vi.stubGlobal("requestAnimationFrame", (show: (at: number) => void) => frames.push(show))
})

afterEach(() => {
  vi.unstubAllGlobals()
})

/** Plays a step until it stops by itself. */
function watch(opened: OpenLesson, step: number): Frame[] {
  const { timeMachine } = opened
  const player = new Player(timeMachine)
  player.start()
  player.playAt(paceOf(opened, step))
  const seen: Frame[] = []
  for (let atMs = 0; atMs < 60_000; atMs += frameMs) {
    for (const show of frames.splice(0)) show(atMs)
    const isMoving = timeMachine.inFlight.some(({ at }) => at !== Infinity)
    seen.push({ atMs, order: timeMachine.order, worldMs: player.now, isMoving })
    if (!player.isPlaying.value) break
  }
  return seen
}

/** The longest time for which nothing changed and nothing moved. */
function longestStillMs(seen: readonly Frame[]): number {
  let [longest, since] = [0, 0]
  for (const [position, frame] of seen.entries()) {
    const before = seen[position - 1]
    if (before === undefined || frame.order !== before.order || (frame.isMoving && frame.worldMs !== before.worldMs)) since = frame.atMs
    longest = Math.max(longest, frame.atMs - since)
  }
  return longest
}

/** How long one sees that it is about to happen, and that it has just happened: from what came before it to what came after it. */
function seenMs(seen: readonly Frame[], order: number): number {
  const at = seen.findIndex((frame) => frame.order >= order)
  const before = seen.findLastIndex((frame, position) => position < at && frame.order < seen[at - 1]!.order)
  const after = seen.findIndex((frame) => frame.order > seen[at]!.order)
  return (seen[after] ?? seen.at(-1)!).atMs - (seen[before + 1] ?? seen[0]!).atMs
}

/** Orders of the events that everybody should see: a leader, a commit, an answer, and the one that a line such as `run until 1 leads` waits for. */
function mainOrders({ timeMachine, lines, lesson, ends }: OpenLesson, step: number): number[] {
  const { moments, actions } = timeMachine.branch
  const from = ends[step - 2] ?? { step: 0, done: 0 }
  const to = ends[step - 1]!
  const found = new Set<number>()
  for (let event = from.step + 1; event <= to.step; event++) {
    const before = moments[event - 1]!
    // What was done right after the event is told with it.
    let moment = moments[event]!
    while (moment.before !== null) moment = moment.before
    if (moment.elected === null && moment.committed <= before.committed && !moment.isAnswer) continue
    found.add(event + actions.filter((action) => action.step < event).length)
  }
  const { first, last } = lesson.steps[step - 1]!.lines
  for (const [position, { text, place }] of lines.entries()) {
    if (place.line < first || place.line > last || !text.startsWith("run until ")) continue
    const end = lines[position + 1] ?? to
    found.add(end.step + end.done)
  }
  return [...found]
}

const folder = "lessons/"
const lessons = readdirSync(folder).map((name) => parseLesson(readFileSync(folder + name, "utf8"), name.replace(/\.md$/, "")))

describe.each(lessons)("$name", (lesson) => {
  const opened = openLesson(lesson)

  test.each(lesson.steps.map(({ title }, position) => ({ step: position + 1, title })))("step $step, $title", ({ step }) => {
    const seen = watch(opened, step)
    const { step: event, done } = opened.ends[step - 1]!
    expect(opened.timeMachine.position, "where it stops").toMatchObject({ step: event, done })
    expect(seen.at(-1)!.atMs, "all of it").toBeLessThanOrEqual(stepMsMax + slackMs)
    expect(longestStillMs(seen), "nothing moves").toBeLessThanOrEqual(stillMsMax + slackMs)
    for (const order of mainOrders(opened, step)) {
      expect(seenMs(seen, order), `event ${order} is seen`).toBeGreaterThanOrEqual(mainMsMin - slackMs)
    }
  })
})

test("there are events that everybody should see, in most steps", () => {
  const counts = lessons
    .map(openLesson)
    .flatMap((opened) => opened.lesson.steps.map((_, position) => mainOrders(opened, position + 1).length))
  expect(counts.filter((count) => count > 0).length).toBeGreaterThan(counts.length / 2)
})
