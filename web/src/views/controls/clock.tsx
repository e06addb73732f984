/** Where in its run the world is: the event, the time, and while time stands still the hash of the whole state. */

import type { World } from "oarlock/simulator"
import { hex } from "oarlock/simulator/internal"
import { useEffect, useRef, useState } from "preact/hooks"
import type { Player } from "../../model/time-machine/player.ts"
import { worldTime } from "../../model/time-machine/world-time.ts"

export function Clock({ player }: { readonly player: Player }) {
  const timeMachine = player.lookInTurn(3)
  return (
    <output class="clock" aria-label="Where we are">
      {`event ${timeMachine.step} of ${timeMachine.end} · ${worldTime(timeMachine.world.now)}`}
      <StateHash player={player} />
    </output>
  )
}

/** A world whose hash takes longer than this, in milliseconds, is hashed once nobody steps any more. */
const promptMs = 4
/** Nobody has stepped for this long, in milliseconds. */
const restMs = 150

/** The hash of the whole state, while time stands still: too long for every frame, and nobody could read it. */
function StateHash({ player }: { readonly player: Player }) {
  const timeMachine = player.lookInTurn(3)
  const costMs = useRef(0)
  const [hash, setHash] = useState<{ readonly of: World; readonly at: number; readonly text: string } | null>(null)
  const { world, order } = timeMachine
  const isCurrent = hash?.of === world && hash.at === order
  const isSoon = player.isPlaying.value || costMs.current <= promptMs || isCurrent
  useEffect(() => {
    if (isSoon) return
    const timer = setTimeout(() => setHash({ of: world, at: order, text: timed(world, costMs) }), restMs)
    return () => clearTimeout(timer)
  }, [world, order, isSoon])
  if (player.isPlaying.value) return null
  if (costMs.current > promptMs) return <>{` · state ${isCurrent ? hash.text : "…"}`}</>
  return <>{` · state ${timed(world, costMs)}`}</>
}

/** The hash of a world, and how long it took. */
function timed(world: World, costMs: { current: number }): string {
  const since = performance.now()
  const text = hex(world.hash())
  costMs.current = performance.now() - since
  return text
}
