/** Keys lead the player while a page is shown; `?` shows what they do, and hides it. */

import type { VNode } from "preact"
import { useEffect, useState } from "preact/hooks"
import { keys, onKey } from "../keyboard.ts"
import type { Player } from "../player.ts"

/** Returns the help while it is shown. `without` are keys of views that are not on this page. */
export function useKeys(player: Player, without: readonly string[] = []): VNode | null {
  const [isHelpShown, setHelpShown] = useState(false)
  useEffect(() => {
    const listen = (event: KeyboardEvent): void => onKey(event, { player, showHelp: () => setHelpShown((shown) => !shown) })
    addEventListener("keydown", listen)
    return () => removeEventListener("keydown", listen)
  }, [player])
  return isHelpShown ? <Help without={without} close={() => setHelpShown(false)} /> : null
}

function Help({ without, close }: { readonly without: readonly string[]; readonly close: () => void }) {
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key !== "Escape") return
    event.stopPropagation()
    close()
  }
  return (
    <div class="help" role="dialog" aria-label="Keys" aria-modal="true" onKeyDown={onKeyDown}>
      <h2>Keys</h2>
      <dl>
        {keys
          .filter(([key]) => !without.includes(key))
          .map(([key, what]) => (
            <div class="field" key={key}>
              <dt>{key}</dt>
              <dd>{what}</dd>
            </div>
          ))}
      </dl>
      <button type="button" onClick={close} ref={focus}>
        Close
      </button>
    </div>
  )
}

function focus(element: HTMLElement | null): void {
  element?.focus()
}
