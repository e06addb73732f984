/** What can be done to what is selected: what is done often as buttons, the rest in the menu. */

import type { Player, Selection } from "../../model/time-machine/player.ts"
import { choicesFor, nameOfSelection } from "./choices.ts"

export function ActionBar({ player, selection }: { readonly player: Player; readonly selection: NonNullable<Selection> }) {
  player.lookInTurn(4)
  const choices = choicesFor(player, selection)
  return (
    <div class="actions" role="toolbar" aria-label={`Actions on ${nameOfSelection(selection)}`}>
      {choices
        .filter(({ isRare }) => isRare !== true)
        .map(({ name, hint, act }) => (
          <button
            key={name}
            type="button"
            onClick={() => {
              act()
            }}
            {...(hint === undefined ? {} : { title: `${name} (${hint})` })}
          >
            {name}
          </button>
        ))}
      {choices.some(({ isRare }) => isRare === true) && (
        <button
          type="button"
          aria-haspopup="menu"
          onClick={(event) => {
            const { left, bottom } = event.currentTarget.getBoundingClientRect()
            player.openMenu(selection, left, bottom)
          }}
        >
          More …
        </button>
      )}
    </div>
  )
}
