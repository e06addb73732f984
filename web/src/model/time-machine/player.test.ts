import { afterEach, beforeEach, expect, test, vi } from "vitest"
import { newPlayground } from "../opening/new-playground.ts"
import type { BranchPosition, TimeMachine } from "./time-machine.ts"

// By a name that the compiler does not follow: tests are checked without the types of a browser, which it needs.
const file: string = "./player.ts"
const { Player } = (await import(file)) as {
  readonly Player: new (timeMachine: TimeMachine) => {
    readonly isPlaying: { readonly value: boolean }
    start(): () => void
    playTo(goal: BranchPosition): void
  }
}

let frames: ((at: number) => void)[]

beforeEach(() => {
  frames = []
  vi.stubGlobal("requestAnimationFrame", (show: (at: number) => void) => frames.push(show))
})

afterEach(() => {
  vi.unstubAllGlobals()
})

/** A second of the wall, in frames. */
function watch(): void {
  for (let at = 0; at <= 1_000; at += 50) for (const show of frames.splice(0)) show(at)
}

test("playing to where it stands already plays nothing", () => {
  const timeMachine = newPlayground(3, 1)
  const player = new Player(timeMachine)
  player.start()
  const { branch: _, ...here } = timeMachine.position
  player.playTo(here)
  expect(player.isPlaying.value).toBe(false)
  watch()
  expect(timeMachine.position).toMatchObject(here)
})

test("playing to an event goes there and no further", () => {
  const timeMachine = newPlayground(3, 1)
  const player = new Player(timeMachine)
  player.start()
  const { step, done } = timeMachine.position
  player.playTo({ step: step + 1, done })
  expect(player.isPlaying.value).toBe(true)
  for (let second = 0; second < 10; second++) watch()
  expect([player.isPlaying.value, timeMachine.position]).toEqual([false, { branch: 1, step: step + 1, done }])
})
