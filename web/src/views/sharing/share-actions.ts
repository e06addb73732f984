/** What Share, Embed and Save as file do; each returns what is to be said about it. Loaded when one of them is first asked for. */

import { writeTrace, type Trace } from "oarlock/simulator"
import { hex } from "oarlock/simulator/internal"
import { embedCode } from "../../model/sharing/embed-code.ts"
import { encodeShare } from "../../model/sharing/share.ts"
import type { Player } from "../../model/time-machine/player.ts"
import { version } from "../../model/version.ts"
import { saveFile } from "./save-file.ts"

export async function share(player: Player): Promise<string> {
  const { step, done } = player.timeMachine.position
  const link = `#/play/${await encodeShare({ trace: record(player), step, done, view: player.view.value })}`
  history.replaceState(null, "", link)
  return copied(location.href, "The link is on the clipboard.", "The link is in the address bar.")
}

/** `story`: by its name, what a frame shows in place of this very run. */
export async function embed(player: Player, story: string | null): Promise<string> {
  const { step, done } = player.timeMachine.position
  const shown = story ?? (await encodeShare({ trace: record(player), step, done }))
  const code = embedCode(location.href.replace(/#.*$/, ""), `#/embed/${shown}`, document.title)
  return copied(code, "The frame is on the clipboard: paste it into a page.", `Paste this into a page: ${code}`)
}

export function save(player: Player): string {
  const trace = record(player)
  const file = `oarlock-${trace.seed}-${hex(trace.end.hash)}.json`
  saveFile(new Blob([writeTrace(trace)], { type: "application/json" }), file)
  return `Saved as ${file}; open it under Replay, or with "oarlock replay".`
}

function record(player: Player): Trace {
  const { timeMachine } = player
  player.isPlaying.value = false
  return timeMachine.trace({ coreVersion: version, mode: timeMachine.mode, build: timeMachine.buildName })
}

/** A browser may keep the clipboard to itself. */
async function copied(text: string, done: string, otherwise: string): Promise<string> {
  try {
    await navigator.clipboard.writeText(text)
    return done
  } catch {
    return otherwise
  }
}
