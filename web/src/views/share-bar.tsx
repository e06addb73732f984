/** A link to this very run at this very moment, and the run as a file. */

import { hex, writeTrace, type Trace } from "oarlock/simulator"
import { useState } from "preact/hooks"
import type { Player } from "../player.ts"
import { version } from "../version.ts"

export function ShareBar({ player }: { readonly player: Player }) {
  const [said, setSaid] = useState("")
  const record = (): Trace => {
    const { session } = player
    player.isPlaying.value = false
    return session.trace({ coreVersion: version, mode: session.mode, build: session.buildName })
  }
  const share = async (): Promise<void> => {
    const { encodeShare } = await import("../session/share.ts")
    const link = `#/play/${await encodeShare({ trace: record(), step: player.session.step })}`
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
    const address = URL.createObjectURL(new Blob([writeTrace(trace)], { type: "application/json" }))
    const anchor = document.createElement("a")
    anchor.href = address
    anchor.download = `oarlock-${trace.seed}-${hex(trace.end.hash)}.json`
    anchor.click()
    URL.revokeObjectURL(address)
    setSaid(`Saved as ${anchor.download}; open it under Replay, or with "oarlock replay".`)
  }
  return (
    <>
      <button type="button" onClick={() => void share()}>
        Share
      </button>
      <button type="button" onClick={save}>
        Save as file
      </button>
      <span class="said" role="status">
        {said}
      </span>
    </>
  )
}
