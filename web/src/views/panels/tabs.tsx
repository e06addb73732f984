/** Which of the views is shown. On a narrow page all of them stand behind each other here; elsewhere only those that want the whole width. */

import { useEffect, useRef } from "preact/hooks"
import { viewNames, type Player, type ViewName } from "../../model/time-machine/player.ts"

const titles: Readonly<Record<ViewName, string>> = {
  logs: "Logs",
  "space-time": "Space-time",
  pending: "Pending",
  compare: "Compare",
  inspector: "Inspector",
  events: "Events",
  client: "Client",
  rules: "Rules",
}

export function Tabs({ player, views }: { readonly player: Player; readonly views: readonly ViewName[] }) {
  const list = useRef<HTMLDivElement>(null)
  const present = views.includes(player.view.value) ? player.view.value : views[0]!
  useEffect(() => {
    const tab = list.current?.querySelector<HTMLElement>("[aria-selected=true]")
    if (tab === null || tab === undefined) return
    const { offsetLeft, offsetWidth } = tab
    const { scrollLeft, clientWidth } = list.current!
    if (offsetLeft < scrollLeft || offsetLeft + offsetWidth > scrollLeft + clientWidth) list.current!.scrollLeft = offsetLeft - 40
  }, [present])
  const onKeyDown = (event: KeyboardEvent): void => {
    const position = views.indexOf(present)
    const target = { ArrowRight: position + 1, ArrowLeft: position - 1 + views.length, Home: 0, End: views.length - 1 }[event.key]
    if (target === undefined) return
    event.preventDefault()
    event.stopPropagation()
    player.view.value = views[target % views.length]!
    list.current?.querySelectorAll<HTMLElement>("[role=tab]")[target % views.length]?.focus()
  }
  return (
    <div class="tabs" role="tablist" aria-label="Views" ref={list} onKeyDown={onKeyDown}>
      {views.map((view) => (
        <button
          key={view}
          type="button"
          role="tab"
          id={`tab-${view}`}
          aria-selected={view === present}
          aria-controls={`view-${view}`}
          tabIndex={view === present ? 0 : -1}
          onClick={() => (player.view.value = view)}
        >
          {titles[view]}
        </button>
      ))}
    </div>
  )
}

/** The views that a page of this width has tabs for. */
export function viewsFor(isNarrow: boolean): readonly ViewName[] {
  return isNarrow ? viewNames : viewNames.slice(0, viewNames.indexOf("inspector"))
}
