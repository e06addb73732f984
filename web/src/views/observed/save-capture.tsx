/** Keeps what this page was told as a file. Nobody needs a token for it: it is what everybody sees here, and no key is in it. */

import type { Recorder } from "../../model/observed/recorded/recorder.ts"
import { version } from "../../model/version.ts"
import { saveFile } from "../sharing/save-file.ts"

export function SaveCapture({ recorder }: { readonly recorder: Recorder }) {
  const save = (): void => {
    const now = Date.now()
    const name = `oarlock-capture-${new Date(now).toISOString().slice(0, 19).replaceAll(":", "-")}.json`
    saveFile(new Blob([recorder.write(now, version)], { type: "application/json" }), name)
  }
  return (
    <section class="panel" aria-label="Capture">
      <div class="panel-head">
        <h2>Keep this</h2>
        <button type="button" onClick={save}>
          Save capture
        </button>
      </div>
      <p class="hint">
        What the nodes told in the last ten minutes, without keys and values. <a href="#/replay">Replay</a> opens it, here or elsewhere.
      </p>
    </section>
  )
}
