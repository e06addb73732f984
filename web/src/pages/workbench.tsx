/** All views of one run, linked: what is selected in one lights up in the others. */

import type { ComponentChildren } from "preact"
import { useEffect, useState } from "preact/hooks"
import type { Player, ViewName } from "../model/time-machine/player.ts"
import type { BranchPosition } from "../model/time-machine/time-machine.ts"
import { Controls } from "../views/controls/controls.tsx"
import { Menu } from "../views/controls/menu.tsx"
import { Notice } from "../views/controls/notice.tsx"
import { useKeys } from "../views/controls/use-keys.tsx"
import { Later } from "../views/later.tsx"
import { ClientPanel } from "../views/panels/client-panel.tsx"
import { EventLog } from "../views/panels/event-log.tsx"
import { Inspector } from "../views/panels/inspector.tsx"
import { BrokenRule, Invariants } from "../views/panels/invariants.tsx"
import { LogTable } from "../views/panels/log-table.tsx"
import { Tabs, viewsFor } from "../views/panels/tabs.tsx"
import { Timeline } from "../views/panels/timeline.tsx"
import { Legend } from "../views/ring/legend.tsx"
import { Topology } from "../views/ring/topology.tsx"
import { Caption } from "../views/stories/caption.tsx"

interface WorkbenchProps {
  readonly player: Player
  /** What is said under the ring while time stands at a place. */
  readonly caption?: (position: BranchPosition) => string
  readonly children?: ComponentChildren
}

export function Workbench({ player, caption, children }: WorkbenchProps) {
  useEffect(() => player.start(), [player])
  const help = useKeys(player)
  const isNarrow = useNarrow()
  const views = viewsFor(isNarrow)
  const view = views.includes(player.view.value) ? player.view.value : "logs"
  /** Beside the others where there is room, behind its tab where there is none. */
  const side = (name: ViewName, content: ComponentChildren) =>
    !isNarrow ? (
      content
    ) : view !== name ? null : (
      <div class="tab-panel" role="tabpanel" id={`view-${name}`} aria-labelledby={`tab-${name}`}>
        {content}
      </div>
    )
  return (
    <div class="workbench">
      <div class="main">
        {isNarrow && <BrokenRule player={player} />}
        <div class="stage">
          <Topology player={player} />
          {caption !== undefined && <Caption player={player} of={caption} />}
          {isNarrow && player.selection.value !== null ? (
            <Later load={loadActionBar} props={{ player, selection: player.selection.value }} isPart />
          ) : (
            <Legend hasTape />
          )}
        </div>
        <Timeline player={player} />
        <Controls player={player} />
        <Tabs player={player} views={views} />
        {wide.includes(view) && (
          <div key={view} class="tab-panel" role="tabpanel" id={`view-${view}`} aria-labelledby={`tab-${view}`}>
            <WideView player={player} view={view} />
          </div>
        )}
      </div>
      <div class="side">
        <div class="about">{children}</div>
        <Notice player={player} />
        {side("inspector", <Inspector player={player} />)}
        {side("events", <EventLog player={player} />)}
        {side("client", <ClientPanel player={player} />)}
        {side("rules", <Invariants player={player} />)}
      </div>
      <Menu player={player} />
      {help}
      <Spoken player={player} />
    </div>
  )
}

const wide = viewsFor(false)

function WideView({ player, view }: { readonly player: Player; readonly view: ViewName }) {
  switch (view) {
    case "space-time":
      return <Later load={loadSpaceTime} props={{ player }} isPart />
    case "pending":
      return <Later load={loadPending} props={{ player }} isPart />
    case "compare":
      return <Later load={loadCompare} props={{ player }} isPart />
    default:
      return <LogTable player={player} />
  }
}

/** Where the inspector is out of sight, what it offers stands below the ring. */
const loadActionBar = () => import("../views/controls/action-bar.tsx").then((module) => module.ActionBar)
const loadSpaceTime = () => import("../views/panels/space-time.tsx").then((module) => module.SpaceTime)
const loadPending = () => import("../views/panels/pending.tsx").then((module) => module.PendingQueue)
const loadCompare = () => import("../views/panels/compare.tsx").then((module) => module.Compare)
/** Whether the views have to stand behind each other: as in `everybody.css`. */
function useNarrow(): boolean {
  const [query] = useState(() => matchMedia("(max-width: 860px)"))
  const [isNarrow, setNarrow] = useState(query.matches)
  useEffect(() => {
    const follow = (): void => setNarrow(query.matches)
    query.addEventListener("change", follow)
    return () => query.removeEventListener("change", follow)
  }, [query])
  return isNarrow
}

/** For those who listen: what the latest event was, but not while it runs by itself. */
function Spoken({ player }: { readonly player: Player }) {
  const { moment } = player.lookInTurn(3)
  const text = player.isPlaying.value ? "" : moment.sentences.join(". ")
  return (
    <div class="spoken" aria-live="polite">
      {text}
    </div>
  )
}
