/** Where each message is going, while time stands still: then nothing else tells. */

import type { Player } from "../../model/time-machine/player.ts"
import { onTheWay, placeOf } from "./geometry.ts"
import { isMotionReduced, wayOf } from "./moving.ts"

export function Headings({ player }: { readonly player: Player }) {
  const { world, inFlight, branch } = player.look()
  if (player.isPlaying.value) return null
  const servers = world.nodeIds.length
  const isStill = isMotionReduced()
  return (
    <g aria-hidden="true">
      {inFlight.map(({ name, from, to, at }) => {
        const [a, b] = [placeOf(from, servers), placeOf(to, servers)]
        const { x, y } = onTheWay(from, to, servers, wayOf(branch.record.flightOf(name)?.sentAt ?? world.now, at, isStill)(player.now))
        const degrees = (Math.atan2(b.y - a.y, b.x - a.x) * 180) / Math.PI
        return <path key={name} class="heading" transform={`translate(${x} ${y}) rotate(${degrees})`} d="M12 -5L19 0L12 5Z" />
      })}
    </g>
  )
}
