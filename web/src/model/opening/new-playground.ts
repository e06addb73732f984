import { Session } from "../time-machine/time-machine.ts"
import { playOptions } from "./play-options.ts"

/** Events after which a playground that has no leader is shown all the same. */
const electionEventsMax = 2_000

/** A playground that stands at the moment after its first election, so that there is something to see at once. */
export function newPlayground(nodes: number, seed: number): Session {
  const session = new Session(playOptions(nodes, seed))
  const hasLeader = (): boolean => session.world.views.some(({ role, commitIndex }) => role === "leader" && commitIndex > 0)
  while (!hasLeader() && session.step < electionEventsMax && session.forward());
  return session
}
