/** What can be done to a server, a message or a link, as a menu where it was asked for. Focus goes back to where it was. */

import { useLayoutEffect, useRef } from "preact/hooks"
import type { Menu, Player } from "../../model/time-machine/player.ts"
import { choicesFor, nameOfSelection } from "./choices.ts"

export function ContextMenu({ player, menu }: { readonly player: Player; readonly menu: Menu }) {
  const list = useRef<HTMLDivElement>(null)
  const { selection, x, y } = menu
  void player.look()
  const choices = choicesFor(player, selection)
  const close = (): void => {
    player.menu.value = null
  }

  useLayoutEffect(() => {
    const element = list.current!
    const { width, height } = element.getBoundingClientRect()
    element.style.left = `${Math.max(8, Math.min(x, innerWidth - width - 8))}px`
    element.style.top = `${Math.max(8, Math.min(y, innerHeight - height - 8))}px`
  }, [x, y, choices.length])
  // At once, and not after the next paint: by then the menu may be gone, and nobody would take the listeners away.
  useLayoutEffect(() => {
    const element = list.current!
    const before = document.activeElement as HTMLElement | null
    element.querySelector<HTMLElement>("[role=menuitem]")?.focus()
    const onPointerDown = (event: PointerEvent): void => {
      if (!element.contains(event.target as Node)) close()
    }
    addEventListener("pointerdown", onPointerDown, true)
    addEventListener("resize", close)
    return () => {
      removeEventListener("pointerdown", onPointerDown, true)
      removeEventListener("resize", close)
      // A click elsewhere has moved the focus: it stays there.
      if (document.activeElement === document.body || element.contains(document.activeElement)) before?.focus()
    }
  }, [selection])

  const onKeyDown = (event: KeyboardEvent): void => {
    const items = [...list.current!.querySelectorAll<HTMLElement>("[role=menuitem]")]
    const present = items.indexOf(document.activeElement as HTMLElement)
    const letter = event.key.length === 1 && /\S/.test(event.key) ? event.key.toLowerCase() : null
    const target = {
      ArrowDown: (present + 1) % items.length,
      ArrowUp: (present - 1 + items.length) % items.length,
      Home: 0,
      End: items.length - 1,
    }[event.key]
    if (event.key === "Escape" || event.key === "Tab") close()
    else if (target !== undefined) items[target]?.focus()
    else if (letter !== null) {
      const after = [...items.slice(present + 1), ...items.slice(0, present + 1)]
      after.find((item) => item.textContent.toLowerCase().startsWith(letter))?.focus()
    } else return
    event.preventDefault()
    event.stopPropagation()
  }

  return (
    <div
      ref={list}
      class="menu"
      role="menu"
      aria-label={`What can be done to ${nameOfSelection(selection)}`}
      onKeyDown={onKeyDown}
      onContextMenu={(event) => event.preventDefault()}
    >
      <p class="menu-title" aria-hidden="true">
        {nameOfSelection(selection)}
      </p>
      {choices.length === 0 && (
        <button type="button" role="menuitem" onClick={close}>
          It is gone
        </button>
      )}
      {choices.map(({ name, hint, act }) => (
        <button
          key={name}
          type="button"
          role="menuitem"
          tabIndex={-1}
          onClick={() => {
            close()
            act()
          }}
        >
          {name}
          {hint !== undefined && <kbd aria-hidden="true">{hint}</kbd>}
        </button>
      ))}
    </div>
  )
}
