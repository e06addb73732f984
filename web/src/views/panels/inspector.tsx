/** What is selected, in full. What shows it is loaded with the first selection. */

import type { Player } from "../../model/time-machine/player.ts"
import { Later } from "../later.tsx"

export function Inspector({ player }: { readonly player: Player }) {
  const { value: selection } = player.selection
  if (selection !== null) return <Later load={loadCard} props={{ player, selection }} isPart />
  return (
    <section class="panel inspector" tabIndex={-1} aria-label="Inspector">
      <h2>Inspector</h2>
      <p class="hint">Select a server or a message on its way to see everything about it and to act on it.</p>
    </section>
  )
}

const loadCard = () => import("./inspector-card.tsx").then((module) => module.InspectorCard)
