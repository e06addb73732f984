/** The script of a story, folded away; the line that was done last is marked, and a click on a line goes there. */

import { useEffect, useRef } from "preact/hooks"
import type { Story } from "../../model/opening/open-story.ts"
import type { Player } from "../../model/time-machine/player.ts"

export function Script({ player, told }: { readonly player: Player; readonly told: Story }) {
  const list = useRef<HTMLOListElement>(null)
  const present = told.lines.findLastIndex(({ step, done }) => step + done <= player.lookInTurn(3).order)
  useEffect(() => {
    const line = list.current?.children[present] as HTMLElement | undefined
    if (line !== undefined) list.current!.scrollTop = line.offsetTop - list.current!.clientHeight / 2
  }, [present])
  return (
    <details class="script">
      <summary>The script, as the tests run it</summary>
      <ol class="lines" ref={list}>
        {told.lines.map((line, position) => (
          <li key={position} class={position === present ? "present" : ""}>
            <button type="button" onClick={() => player.stand(line)}>
              {line.text}
            </button>
          </li>
        ))}
      </ol>
    </details>
  )
}
