/** All views of one session, linked: what is selected in one lights up in the others. */

import type { ComponentChildren } from "preact"
import { useEffect, useState } from "preact/hooks"
import { keys, onKey } from "../keyboard.ts"
import type { Player } from "../player.ts"
import { ClientPanel } from "../views/client-panel.tsx"
import { Controls } from "../views/controls.tsx"
import { EventLog } from "../views/event-log.tsx"
import { Inspector } from "../views/inspector.tsx"
import { Invariants } from "../views/invariants.tsx"
import { LogTable } from "../views/log-table.tsx"
import { Timeline } from "../views/timeline.tsx"
import { Topology } from "../views/topology.tsx"

export function Workbench({ player, children }: { readonly player: Player; readonly children?: ComponentChildren }) {
  const [isHelpShown, setHelpShown] = useState(false)
  useEffect(() => player.start(), [player])
  useEffect(() => {
    const listen = (event: KeyboardEvent): void => onKey(event, { player, showHelp: () => setHelpShown((shown) => !shown) })
    addEventListener("keydown", listen)
    return () => removeEventListener("keydown", listen)
  }, [player])
  return (
    <div class="workbench">
      <div class="main">
        <div class="stage">
          <Topology player={player} />
          <Legend />
        </div>
        <Controls player={player} />
        <Timeline player={player} />
        <LogTable player={player} />
      </div>
      <div class="side">
        {children}
        <Notice player={player} />
        <Inspector player={player} />
        <EventLog player={player} />
        <ClientPanel player={player} />
        <Invariants player={player} />
      </div>
      {isHelpShown && <Help close={() => setHelpShown(false)} />}
      <Spoken player={player} />
    </div>
  )
}

function Notice({ player }: { readonly player: Player }) {
  const { value } = player.notice
  return value === null ? null : (
    <p class="notice" role="alert">
      {value}
    </p>
  )
}

function Legend() {
  return (
    <p class="legend">
      <b>colour</b> term · <b>crown</b> leads · <b>dashed</b> campaigns · <b>filled</b> request · <b>outlined</b> reply · <b>✓ ✕</b>{" "}
      granted, refused · drag across the ring to cut
    </p>
  )
}

function Help({ close }: { readonly close: () => void }) {
  return (
    <div class="help" role="dialog" aria-label="Keys" aria-modal="true">
      <h2>Keys</h2>
      <dl>
        {keys.map(([key, what]) => (
          <div class="field" key={key}>
            <dt>{key}</dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
      <button type="button" onClick={close} autofocus>
        Close
      </button>
    </div>
  )
}

/** For those who listen: what the latest event was, but not while it runs by itself. */
function Spoken({ player }: { readonly player: Player }) {
  const { moment } = player.look()
  const text = player.isPlaying.value ? "" : moment.sentences.join(". ")
  return (
    <div class="spoken" aria-live="polite">
      {text}
    </div>
  )
}
