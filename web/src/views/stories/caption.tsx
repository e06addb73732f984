/** What is being told, under the ring. */

import type { Player } from "../../model/time-machine/player.ts"
import type { BranchPosition } from "../../model/time-machine/time-machine.ts"

interface CaptionProps {
  readonly player: Player
  readonly of: (position: BranchPosition) => string
}

/** Of the first branch alone: what somebody makes happen on another one is not in the story. */
export function Caption({ player, of }: CaptionProps) {
  const { branch, position } = player.look()
  return (
    <p class="stage-caption" aria-live="polite">
      {branch.id === 1 ? of(position) : "This is your own branch of the story."}
    </p>
  )
}
