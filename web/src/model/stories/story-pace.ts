/** How a story is told: each of its lines long enough for its caption to be read. */

import type { Story } from "../opening/open-story.ts"
import { Pace } from "../time-machine/pace.ts"
import type { BranchPosition } from "../time-machine/time-machine.ts"
import { narrate } from "./narration.ts"

/** Milliseconds for a caption: to find it, and for each of its words. */
const captionMs = 900
const wordMs = 160

/** Null if nothing happens in it. */
export function storyPace({ timeMachine, lines }: Story): Pace | null {
  const { branch } = timeMachine
  const end: BranchPosition = { step: branch.moments.length - 1, done: branch.actions.length }
  const stops = [{ step: 0, done: 0 }, ...lines, end].filter(
    ({ step, done }, position, all) => position === 0 || step + done > all[position - 1]!.step + all[position - 1]!.done,
  )
  if (stops.length < 2) return null
  const words = Math.max(1, ...lines.map(({ command }) => narrate(command).split(" ").length))
  return new Pace(branch, stops, { leastMs: captionMs + wordMs * Math.min(words, 14) })
}

/** What is said while the story stands at a place: of the last line that was done there and that does something. */
export function captionAt(story: Story, { step, done }: BranchPosition): string {
  const order = step + done
  const told = story.lines.filter((line) => line.step + line.done <= order)
  const last = told.at(-1)
  if (last === undefined) return "The servers start."
  // An expectation stays only if nothing comes after it.
  const doing = last === story.lines.at(-1) ? last : (told.findLast(({ command }) => command.kind !== "expect") ?? last)
  return narrate(doing.command)
}
