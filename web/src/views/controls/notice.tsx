/** Why what was asked for last could not be done. */

import type { Player } from "../../model/time-machine/player.ts"

export function Notice({ player }: { readonly player: Player }) {
  const { value } = player.notice
  return value === null ? null : (
    <p class="notice" role="alert">
      {value}
    </p>
  )
}
