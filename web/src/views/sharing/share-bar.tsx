/** A link to this very run at this very moment, and the run as a file. */

import { writeTrace, type Trace } from "oarlock/simulator"
import { hex } from "oarlock/simulator/internal"
import { useState } from "preact/hooks"
import { inBackground } from "../../model/in-background.ts"
import type { Player } from "../../model/time-machine/player.ts"
import { version } from "../../model/version.ts"
import { Later } from "../later.tsx"
import { saveFile } from "./save-file.ts"

export function ShareBar({ player }: { readonly player: Player }) {
  const [said, setSaid] = useState("")
  const [isExporting, setExporting] = useState(false)
  const record = (): Trace => {
    const { timeMachine } = player
    player.isPlaying.value = false
    return timeMachine.trace({ coreVersion: version, mode: timeMachine.mode, build: timeMachine.buildName })
  }
  const share = async (): Promise<void> => {
    const { encodeShare } = await import("../../model/sharing/share.ts")
    const { step, done } = player.timeMachine.position
    const link = `#/play/${await encodeShare({ trace: record(), step, done, view: player.view.value })}`
    history.replaceState(null, "", link)
    try {
      await navigator.clipboard.writeText(location.href)
      setSaid("The link is on the clipboard.")
    } catch {
      setSaid("The link is in the address bar.")
    }
  }
  const save = (): void => {
    const trace = record()
    const file = `oarlock-${trace.seed}-${hex(trace.end.hash)}.json`
    saveFile(new Blob([writeTrace(trace)], { type: "application/json" }), file)
    setSaid(`Saved as ${file}; open it under Replay, or with "oarlock replay".`)
  }
  return (
    <>
      <button type="button" onClick={() => inBackground(share())}>
        Share
      </button>
      <button type="button" onClick={save}>
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

const loadExport = () => import("./export-panel.tsx").then((module) => module.ExportPanel)
