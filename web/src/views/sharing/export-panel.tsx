/** What can be kept of a run besides the run: pictures, a film, a test. */

import { hex } from "oarlock/simulator/internal"
import { useState } from "preact/hooks"
import { inBackground } from "../../model/in-background.ts"
import { regressionTest } from "../../model/sharing/regression-test.ts"
import type { Player } from "../../model/time-machine/player.ts"
import { version } from "../../model/version.ts"
import { framesMax, gifOf, pngOf, ringSvg, spaceTimeSvg } from "./pictures.tsx"
import { saveFile } from "./save-file.ts"

/** Frames of a film unless somebody asks for others. */
const framesFirst = 40

export function ExportPanel({ player }: { readonly player: Player }) {
  const timeMachine = player.look()
  const [said, setSaid] = useState("")
  const [frames, setFrames] = useState(framesFirst)
  const [isBusy, setBusy] = useState(false)
  const name = (what: string, ending: string): string => `oarlock-${timeMachine.options.seed}-${what}-${timeMachine.step}.${ending}`
  const keep = (what: Blob, file: string): void => {
    saveFile(what, file)
    setSaid(`Saved as ${file}.`)
  }
  const slowly = async (work: () => Promise<void>): Promise<void> => {
    player.isPlaying.value = false
    setBusy(true)
    try {
      await work()
    } catch (error) {
      setSaid(`That did not work: ${error instanceof Error ? error.message : String(error)}.`)
    } finally {
      setBusy(false)
    }
  }
  const svg = (what: string, text: string): void => keep(new Blob([text], { type: "image/svg+xml" }), name(what, "svg"))
  const png = (what: string, text: string): Promise<void> => slowly(async () => keep(await pngOf(text), name(what, "png")))
  const gif = (): Promise<void> =>
    slowly(async () => {
      const through = timeMachine.step
      const from = Math.max(0, through - frames + 1)
      const film = await gifOf(timeMachine, from, through, (done) => setSaid(`Frame ${done} of ${through - from + 1}`))
      keep(film, name("ring", "gif"))
    })
  const test = (): void => {
    player.isPlaying.value = false
    const trace = timeMachine.trace({ coreVersion: version, mode: timeMachine.mode, build: timeMachine.buildName })
    const file = `oarlock-${trace.seed}-${hex(trace.end.hash)}.test.mjs`
    keep(
      new Blob([regressionTest(trace, timeMachine.worldOf(timeMachine.branch.id, timeMachine.end), file)], { type: "text/javascript" }),
      file,
    )
  }
  return (
    <div class="export" role="group" aria-label="Export">
      <div class="actions">
        <span>Ring</span>
        <button type="button" onClick={() => svg("ring", ringSvg(timeMachine))}>
          SVG
        </button>
        <button type="button" disabled={isBusy} onClick={() => inBackground(png("ring", ringSvg(timeMachine)))}>
          PNG
        </button>
        <button type="button" disabled={isBusy} onClick={() => inBackground(gif())}>
          GIF
        </button>
        <label>
          of the last{" "}
          <input
            type="number"
            min={1}
            max={framesMax}
            value={frames}
            onChange={(event) => setFrames(Math.max(1, Math.min(framesMax, Math.round(Number(event.currentTarget.value)) || framesFirst)))}
          />{" "}
          events
        </label>
      </div>
      <div class="actions">
        <span>Space-time</span>
        <button type="button" onClick={() => svg("space-time", spaceTimeSvg(timeMachine, "time"))}>
          Space-time SVG
        </button>
        <button type="button" disabled={isBusy} onClick={() => inBackground(png("space-time", spaceTimeSvg(timeMachine, "time")))}>
          Space-time PNG
        </button>
      </div>
      <div class="actions">
        <span>Run</span>
        <button type="button" disabled={timeMachine.buildName !== "production"} onClick={test}>
          Regression test
        </button>
        {timeMachine.buildName !== "production" && <span class="hint">With a broken rule there is nothing to keep.</span>}
      </div>
      <p class="said" role="status">
        {said}
      </p>
    </div>
  )
}
