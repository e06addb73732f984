/** A capture, opened: what the Live page showed, at any moment of it. Nobody is asked anything, and nothing can be done. */

import { useEffect, useMemo } from "preact/hooks"
import { inWords } from "../../model/observed/picture.ts"
import { CapturePlayer } from "../../model/observed/recorded/capture-player.ts"
import type { Capture } from "../../model/observed/recorded/read-capture.ts"
import { Alerts } from "./alert-list.tsx"
import { Elections, Events } from "./happenings.tsx"
import { LiveRing } from "./live-ring.tsx"
import { Logs } from "./logs.tsx"
import { Members } from "./members.tsx"
import { Nodes } from "./nodes.tsx"
import { Reachability } from "./reachability.tsx"
import { Ribbons } from "./ribbons.tsx"
import { TimeBar } from "./time-bar.tsx"
import { VerdictLine } from "./verdict-line.tsx"

/** At most so often is the page drawn anew while it plays, in milliseconds: as the Live page is. */
const drawEveryMs = 100
/** A tab that was asleep does not catch up. */
const passedMsMax = 200

interface CaptureStageProps {
  /** Of the file. */
  readonly name: string
  readonly capture: Capture
  readonly close: () => void
}

export function CaptureStage({ name, capture, close }: CaptureStageProps) {
  const player = useMemo(() => new CapturePlayer(capture), [capture])
  const title = useMemo(() => `A capture of ${inWords(namesIn(capture))}, ${spanInWords(capture)}.`, [capture])
  useEffect(() => letTimePass(player), [player])
  useEffect(() => {
    const listen = (event: KeyboardEvent): void => onKey(event, player)
    addEventListener("keydown", listen)
    return () => removeEventListener("keydown", listen)
  }, [player])
  const isKnown = player.picture.value.nodes.length > 0
  return (
    <main class="live captured">
      <section class="notice banner" aria-label="Capture">
        <p>
          <strong>{title}</strong>{" "}
          <span class="source">{`${name}, saved by Oarlock ${capture.oarlock}. “This page” is the page that saved it; no node is asked now.`}</span>
        </p>
        <button type="button" onClick={close}>
          Open another
        </button>
      </section>
      <TimeBar player={player} />
      <VerdictLine facts={player} />
      <div class="workbench">
        <div class="main">
          {isKnown && (
            <>
              <section class="stage" aria-label="Cluster">
                <LiveRing facts={player} />
              </section>
              <Ribbons facts={player} />
              <Nodes facts={player} />
              <Logs facts={player} />
              <Reachability facts={player} />
            </>
          )}
        </div>
        <div class="side">
          <Alerts facts={player} />
          <Members facts={player} />
          <Elections facts={player} />
          <Events facts={player} />
        </div>
      </div>
    </main>
  )
}

/** Returns how to stop that. */
function letTimePass(player: CapturePlayer): () => void {
  let last = performance.now()
  const timer = setInterval(() => {
    const now = performance.now()
    player.pass(Math.min(passedMsMax, now - last))
    last = now
  }, drawEveryMs)
  return () => clearInterval(timer)
}

/** Of the nodes that answered; of none, the addresses that were asked. */
function namesIn({ start, notes }: Capture): string[] {
  const statuses = [...start.sights.map(({ status }) => status), ...notes.map((note) => (note.kind === "status" ? note.status : null))]
  const names = new Set(statuses.flatMap((status) => (status === null ? [] : [status.self.name])))
  if (names.size > 0) return [...names].toSorted()
  return [...new Set([...start.sights, ...notes].map(({ address }) => address))].toSorted()
}

/** "from 2026-05-04 14:03:07 to 14:13:07", with another day only where it is another. */
function spanInWords({ from, until }: Capture): string {
  const day = (at: number): string => new Date(at).toLocaleDateString("sv")
  const time = (at: number): string => new Date(at).toTimeString().slice(0, 8)
  const untilDay = day(until) === day(from) ? "" : `${day(until)} `
  return `from ${day(from)} ${time(from)} to ${untilDay}${time(until)}`
}

/** As in the playground. What has a use for a key keeps it, except the slider: there, too, an arrow is a second. */
function onKey(event: KeyboardEvent, player: CapturePlayer): void {
  const target = event.target as Element
  if (event.ctrlKey || event.metaKey || event.altKey || target.matches("input[type=search], textarea, select")) return
  const isArrow = event.key === "ArrowLeft" || event.key === "ArrowRight"
  if (event.key === " " && !target.matches("button, a, summary, [role=button]")) player.toggle()
  else if (isArrow && !target.matches(".wide")) {
    const direction = event.key === "ArrowRight" ? 1 : -1
    if (event.shiftKey) player.jump(direction)
    else player.step(direction)
  } else return
  event.preventDefault()
}
