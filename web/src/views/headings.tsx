/** Where each message is going, while time stands still: then nothing else tells. */

import type { InFlight } from "oarlock/simulator"
import type { Player } from "../player.ts"
import { onTheWay, placeOf } from "./geometry.ts"

export function Headings({ player }: { readonly player: Player }) {
  const { world } = player.look()
  if (player.isPlaying.value) return null
  const servers = world.nodeIds.length
  const isStill = matchMedia("(prefers-reduced-motion: reduce)").matches
  return (
    <g aria-hidden="true">
      {world.inFlight().map((message) => {
        const { name, from, to } = message
        const [a, b] = [placeOf(from, servers), placeOf(to, servers)]
        const { x, y } = onTheWay(from, to, servers, isStill ? 0.5 : partOf(player, message, player.now))
        const degrees = (Math.atan2(b.y - a.y, b.x - a.x) * 180) / Math.PI
        return <path key={name} class="heading" transform={`translate(${x} ${y}) rotate(${degrees})`} d="M12 -5L19 0L12 5Z" />
      })}
    </g>
  )
}

/** How much of its way a message has gone. */
function partOf(player: Player, { name, at }: InFlight, now: number): number {
  if (at === Infinity) return 0.5
  const sentAt = player.session.branch.ledger.flightOf(name)?.sentAt ?? now
  return at <= sentAt ? 1 : Math.max(0, Math.min(1, (now - sentAt) / (at - sentAt)))
}
