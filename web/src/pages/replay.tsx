/** Replay: a trace file, opened where it breaks a rule, or at its end; or a capture of a live cluster. */

import { readTrace, TraceError, type Trace } from "oarlock/simulator"
import { useMemo, useState } from "preact/hooks"
import { inBackground } from "../model/in-background.ts"
import { BadCapture, type Capture, isCapture, readCapture } from "../model/observed/recorded/read-capture.ts"
import { CannotShow } from "../model/opening/cannot-show.ts"
import type { Opened as Run } from "../model/opening/open-trace.ts"
import { eventsMax } from "../model/sharing/share.ts"
import { Player } from "../model/time-machine/player.ts"
import { CaptureStage } from "../views/observed/capture-stage.tsx"
import { ShareBar } from "../views/sharing/share-bar.tsx"
import { useTitle } from "../views/use-title.ts"
import { Opening } from "./opening.tsx"
import { Workbench } from "./workbench.tsx"

const fileBytesMax = 32 << 20

type Opened =
  | { readonly kind: "trace"; readonly name: string; readonly trace: Trace }
  | { readonly kind: "capture"; readonly name: string; readonly capture: Capture }

export function ReplayPage() {
  useTitle("Replay")
  const [opened, setOpened] = useState<Opened | null>(null)
  const [problem, setProblem] = useState<string | null>(null)
  const open = async (file: File): Promise<void> => {
    setOpened(null)
    try {
      const read = await readFile(file)
      setProblem(null)
      setOpened(read)
    } catch (error) {
      setProblem(sentenceFor(error, file.name))
    }
  }
  const close = (): void => setOpened(null)
  if (opened?.kind === "trace") {
    return (
      <Opening key={opened.name} trace={opened.trace}>
        {(run) => <ReplayStage name={opened.name} run={run} close={close} />}
      </Opening>
    )
  }
  if (opened?.kind === "capture") return <CaptureStage name={opened.name} capture={opened.capture} close={close} />
  return (
    <main
      class="cards"
      onDragOver={(event) => event.preventDefault()}
      onDrop={(event) => {
        event.preventDefault()
        const file = event.dataTransfer?.files[0]
        if (file !== undefined) inBackground(open(file))
      }}
    >
      <h1>Replay</h1>
      <p>
        Open a trace: what <code>oarlock simulate</code> leaves behind for a failing seed, or what was saved here. It is replayed in this
        page, and opens where it breaks a rule.
      </p>
      <p>
        Or a capture: what <em>Save capture</em> on the <a href="#/live">Live page</a> keeps of a real cluster. It shows what that page
        showed, at any moment of it.
      </p>
      <label class="drop">
        Choose a file, or drop one here
        <input
          type="file"
          accept=".json,application/json"
          onChange={(event) => {
            const file = event.currentTarget.files?.[0]
            if (file !== undefined) inBackground(open(file))
            // The same file, mended, is a new choice.
            event.currentTarget.value = ""
          }}
        />
      </label>
      {problem !== null && (
        <p class="notice" role="alert">
          {problem}
        </p>
      )}
    </main>
  )
}

/** Throws a `TraceError`, a `BadCapture` or a `CannotShow`. */
async function readFile(file: File): Promise<Opened> {
  const { name, size } = file
  if (size > fileBytesMax) {
    throw new CannotShow(
      `${name} has ${size} bytes; this page opens files of up to ${fileBytesMax}. A trace that long can be shortened by "oarlock minimize"; a capture of the Live page is never that long.`,
    )
  }
  const source = await file.text()
  if (isCapture(source)) return { kind: "capture", name, capture: readCapture(source) }
  const trace = readTrace(source)
  if (trace.end.step > eventsMax) {
    throw new CannotShow(
      `${name} is a run of ${trace.end.step} events; this page shows up to ${eventsMax}. "oarlock minimize" makes it shorter.`,
    )
  }
  return { kind: "trace", name, trace }
}

function sentenceFor(error: unknown, name: string): string {
  if (error instanceof CannotShow) return error.message
  if (error instanceof BadCapture) return `${name} is no capture that this page can show. ${error.message}`
  if (!(error instanceof TraceError)) throw error
  return error.path === "formatVersion" && error.problem.startsWith("is missing")
    ? `${name} is neither a trace nor a capture of Oarlock. Choose a file that "oarlock simulate", Save as file or Save capture left behind.`
    : `${name} is no trace that this version can replay: ${error.message}`
}

interface ReplayStageProps {
  readonly name: string
  readonly run: Run
  readonly close: () => void
}

function ReplayStage({ name, run, close }: ReplayStageProps) {
  const player = useMemo(() => new Player(run.timeMachine), [run])
  return (
    <Workbench player={player}>
      <section class="panel" aria-label="Trace">
        <h1>{name}</h1>
        <p class={run.isSame ? "same" : "different"}>
          {run.isSame
            ? "✓ Replayed identically: the same events, the same state."
            : "✕ This version comes to another state than the one that recorded it."}
        </p>
        <div class="actions">
          <button type="button" onClick={close}>
            Open another
          </button>
          <ShareBar player={player} />
        </div>
      </section>
    </Workbench>
  )
}
