/** Right click, long press, Shift+F10: the ways to ask for a menu, and what it is asked about. */

import { useMemo } from "preact/hooks"
import type { Player, Selection } from "../../model/time-machine/player.ts"

const longPressMs = 500
/** A finger that moves further than this draws a line, and asks for nothing. */
const stillPx = 10

export function onContextMenu(event: MouseEvent, player: Player): void {
  const found = selectionAt(event.target as Element)
  if (found === null) return
  event.preventDefault()
  // A key that asks for a menu gives no place, or the corner of the page.
  const hasPlace = event.clientX !== 0 || event.clientY !== 0
  if (hasPlace) player.openMenu(found, event.clientX, event.clientY)
  else openBeside(event.target as Element, found, player)
}

export function onMenuKey(event: KeyboardEvent, player: Player): void {
  if (event.key !== "ContextMenu" && !(event.key === "F10" && event.shiftKey)) return
  const found = selectionAt(event.target as Element)
  if (found === null) return
  event.preventDefault()
  openBeside(event.target as Element, found, player)
}

/** Handlers for pointers on something that has a menu. */
export function useLongPress(player: Player) {
  return useMemo(() => {
    let timer = 0
    let from = { x: 0, y: 0 }
    let isLong = false
    const stop = (): void => clearTimeout(timer)
    return {
      onPointerDown(event: PointerEvent): void {
        stop()
        isLong = false
        const found = event.pointerType === "mouse" ? null : selectionAt(event.target as Element)
        if (found === null) return
        from = { x: event.clientX, y: event.clientY }
        timer = setTimeout(() => {
          isLong = true
          player.openMenu(found, from.x, from.y)
        }, longPressMs)
      },
      onPointerMove(event: PointerEvent): void {
        if (Math.hypot(event.clientX - from.x, event.clientY - from.y) > stillPx) stop()
      },
      onPointerUp: stop,
      /** The finger that opened a menu is lifted: that is no click. */
      onClickCapture(event: MouseEvent): void {
        if (!isLong) return
        isLong = false
        event.stopPropagation()
      },
    }
  }, [player])
}

function openBeside(target: Element, found: NonNullable<Selection>, player: Player): void {
  const { left, bottom, width } = target.getBoundingClientRect()
  player.openMenu(found, left + width / 2, bottom)
}

function selectionAt(target: Element): Selection {
  const element = target.closest<SVGElement | HTMLElement>("[data-server], [data-message], [data-pending], [data-timer-of], [data-link]")
  if (element === null) return null
  const { server, timerOf, message, pending, link } = element.dataset
  const id = server ?? timerOf
  if (id !== undefined) return { kind: "server", id: Number(id) }
  const name = message ?? pending
  if (name !== undefined) return { kind: "message", name }
  const [one, other] = link!.split("-").map(Number)
  return { kind: "link", one: one!, other: other! }
}
