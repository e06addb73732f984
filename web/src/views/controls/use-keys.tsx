/** Keys lead the player while a page is shown; `?` shows what they do, and hides it. */

import type { VNode } from "preact"
import { useEffect, useState } from "preact/hooks"
import type { Player } from "../../model/time-machine/player.ts"
import { Later } from "../later.tsx"
import { onKey } from "./keyboard.ts"

/** Returns the help while it is shown. `without` are keys of views that are not on this page. */
export function useKeys(player: Player, without: readonly string[] = []): VNode | null {
  const [isHelpShown, setHelpShown] = useState(false)
  useEffect(() => {
    const listen = (event: KeyboardEvent): void => onKey(event, { player, showHelp: () => setHelpShown((shown) => !shown) })
    addEventListener("keydown", listen)
    return () => removeEventListener("keydown", listen)
  }, [player])
  return isHelpShown ? <Later load={loadHelp} props={{ without, close: () => setHelpShown(false) }} isPart /> : null
}

const loadHelp = () => import("./help.tsx").then((module) => module.Help)
