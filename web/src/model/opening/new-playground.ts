import { TimeMachine } from "../time-machine/time-machine.ts"
import { playOptions } from "./play-options.ts"

/** Events after which a playground that has no leader is shown all the same. */
const electionEventsMax = 2_000

/** A playground that stands at the moment after its first election, so that there is something to see at once. */
export function newPlayground(nodes: number, seed: number): TimeMachine {
  const timeMachine = new TimeMachine(playOptions(nodes, seed))
  const hasLeader = (): boolean => timeMachine.world.views.some(({ role, commitIndex }) => role === "leader" && commitIndex > 0)
  while (!hasLeader() && timeMachine.step < electionEventsMax && timeMachine.forward());
  return timeMachine
}

/** The logs of Figure 7 of the paper, by server: the leader's, and those of its followers (a) to (f). */
const figure7 = [
  [1, 1, 1, 4, 4, 5, 5, 6, 6, 6],
  [1, 1, 1, 4, 4, 5, 5, 6, 6],
  [1, 1, 1, 4],
  [1, 1, 1, 4, 4, 5, 5, 6, 6, 6, 6],
  [1, 1, 1, 4, 4, 5, 5, 6, 6, 6, 7, 7],
  [1, 1, 1, 4, 4, 4, 4],
  [1, 1, 1, 2, 2, 2, 3, 3, 3, 3, 3],
] as const

/** Seven servers whose logs differ in every way in which logs can, before anybody leads term 8. */
export function figure7Playground(seed: number): TimeMachine {
  const timeMachine = new TimeMachine(playOptions(figure7.length, seed))
  for (const [position, terms] of figure7.entries()) timeMachine.act({ kind: "writeLog", node: position + 1, term: 7, terms })
  while (timeMachine.world.views.length < figure7.length && timeMachine.forward());
  return timeMachine
}
