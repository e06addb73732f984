/** Replay: a trace file, opened where it breaks a rule, or at its end. */

import { readTrace, TraceError, type Trace } from "oarlock/simulator"
import { useMemo, useState } from "preact/hooks"
import { Player } from "../player.ts"
import { CannotShow, type Opened } from "../session/open.ts"
import { ShareBar } from "../views/share-bar.tsx"
import { Opening } from "./opening.tsx"
import { Workbench } from "./workbench.tsx"

/** The longest run that a page replays while somebody waits. */
const eventsMax = 200_000
const fileBytesMax = 32 << 20

export function ReplayPage() {
  const [trace, setTrace] = useState<{ readonly name: string; readonly trace: Trace } | null>(null)
  const [problem, setProblem] = useState<string | null>(null)
  const open = async (file: File): Promise<void> => {
    setTrace(null)
    try {
      if (file.size > fileBytesMax)
        throw new CannotShow(`${file.name} has ${file.size} bytes; this page opens files of up to ${fileBytesMax}.`)
      const read = readTrace(await file.text())
      if (read.end.step > eventsMax) {
        throw new CannotShow(
          `${file.name} is a run of ${read.end.step} events; this page shows up to ${eventsMax}. "oarlock minimize" makes it shorter.`,
        )
      }
      setProblem(null)
      setTrace({ name: file.name, trace: read })
    } catch (error) {
      if (!(error instanceof TraceError || error instanceof CannotShow)) throw error
      setProblem(error instanceof TraceError ? `${file.name} is no trace that this version can replay: ${error.message}` : error.message)
    }
  }
  if (trace !== null) {
    return (
      <Opening key={trace.name} trace={trace.trace}>
        {(opened) => <ReplayStage name={trace.name} opened={opened} close={() => setTrace(null)} />}
      </Opening>
    )
  }
  return (
    <main
      class="cards"
      onDragOver={(event) => event.preventDefault()}
      onDrop={(event) => {
        event.preventDefault()
        const file = event.dataTransfer?.files[0]
        if (file !== undefined) void open(file)
      }}
    >
      <h1>Replay</h1>
      <p>
        Open a trace: what <code>oarlock simulate</code> leaves behind for a failing seed, or what was saved here. It is replayed in this
        page, and opens where it breaks a rule.
      </p>
      <label class="drop">
        Choose a file, or drop one here
        <input
          type="file"
          accept=".json,application/json"
          onChange={(event) => {
            const file = event.currentTarget.files?.[0]
            if (file !== undefined) void open(file)
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

interface ReplayStageProps {
  readonly name: string
  readonly opened: Opened
  readonly close: () => void
}

function ReplayStage({ name, opened, close }: ReplayStageProps) {
  const player = useMemo(() => new Player(opened.session), [opened])
  return (
    <Workbench player={player}>
      <section class="panel" aria-label="Trace">
        <h1>{name}</h1>
        <p class={opened.isSame ? "same" : "different"}>
          {opened.isSame
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
