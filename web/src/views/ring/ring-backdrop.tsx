/** A ring behind words: it moves and there is nothing to click. It goes on for a bounded time, then it begins anew. */

import { useEffect, useRef } from "preact/hooks"
import { newPlayground } from "../../model/opening/new-playground.ts"
import type { Player } from "../../model/time-machine/player.ts"
import { Topology } from "./topology.tsx"

/** Events after which another run begins, so that a page that is left open does not fill memory. */
const eventsMax = 3_000

export function RingBackdrop({ player }: { readonly player: Player }) {
  const box = useRef<HTMLDivElement>(null)
  const { step } = player.look()
  useEffect(() => {
    if (step > eventsMax) player.open(newPlayground(5, 7))
  }, [step > eventsMax])
  // Neither a mouse nor a key nor a screen reader comes in.
  useEffect(() => box.current?.setAttribute("inert", ""), [])
  return (
    <div class="backdrop" aria-hidden="true" ref={box}>
      <Topology player={player} hasMenus={false} />
    </div>
  )
}
