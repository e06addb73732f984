/** A link to this very run at this very moment, a frame for a page, and the run as a file. */

import { useState } from "preact/hooks"
import { inBackground } from "../../model/in-background.ts"
import type { Player } from "../../model/time-machine/player.ts"
import { Later } from "../later.tsx"

interface ShareBarProps {
  readonly player: Player
  /** The story that is told, by name: what a frame shows then, in place of this very run. */
  readonly story?: string
}

export function ShareBar({ player, story }: ShareBarProps) {
  const [said, setSaid] = useState("")
  const [isExporting, setExporting] = useState(false)
  const act = (choose: (actions: Actions) => string | Promise<string>) => (): void =>
    inBackground(import("./share-actions.ts").then(choose).then(setSaid))
  return (
    <>
      <button type="button" onClick={act(({ share }) => share(player))}>
        Share
      </button>
      <button type="button" onClick={act(({ embed }) => embed(player, story ?? null))}>
        Embed
      </button>
      <button type="button" onClick={act(({ save }) => save(player))}>
        Save as file
      </button>
      <button type="button" aria-expanded={isExporting} onClick={() => setExporting(!isExporting)}>
        Export
      </button>
      {isExporting && <Later load={loadExport} props={{ player }} isPart />}
      <span class="said" role="status">
        {said}
      </span>
    </>
  )
}

type Actions = typeof import("./share-actions.ts")

const loadExport = () => import("./export-panel.tsx").then((module) => module.ExportPanel)
