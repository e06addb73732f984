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
