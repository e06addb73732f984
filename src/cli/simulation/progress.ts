/** How far a campaign is: one line that is redrawn on a terminal, a line now and then elsewhere. */

import { formatAge } from "../terminal/table.ts"
import { count, rate } from "./summary.ts"

export interface CampaignState {
  readonly seeds: number
  readonly failed: number
  readonly simulatedMs: number
  readonly elapsedMs: number
  /** Null without an end. */
  readonly seedsPlanned: number | null
  readonly forMs: number | null
}

/** `▕██████░░░░▏ 421 of 1,000 seeds · 19.3 seeds/s · 211 simulated s/s · 0 failed · 30 s left`. */
export function formatProgress(state: CampaignState): string {
  const { seeds, failed, simulatedMs, elapsedMs, seedsPlanned } = state
  const done = shareDone(state)
  const length = 20
  const full = Math.floor(done * length)
  const bar = Number.isFinite(done) ? `▕${"█".repeat(full)}${"░".repeat(length - full)}▏ ` : ""
  const left = leftMs(state, done)
  return [
    `${bar}${count(seeds)}${seedsPlanned === null ? "" : ` of ${count(seedsPlanned)}`} seeds`,
    `${rate(seeds, elapsedMs)} seeds/s`,
    `${rate(simulatedMs / 1000, elapsedMs)} simulated s/s`,
    `${count(failed)} failed`,
    ...(left === null ? [] : [`${formatAge(left)} left`]),
  ].join(" · ")
}

/** The larger of what is done of the seeds and of the time: whichever ends first ends the campaign. NaN without an end. */
function shareDone({ seeds, seedsPlanned, elapsedMs, forMs }: CampaignState): number {
  const shares = [...(seedsPlanned === null ? [] : [seeds / seedsPlanned]), ...(forMs === null ? [] : [elapsedMs / forMs])]
  return shares.length === 0 ? Number.NaN : Math.min(1, Math.max(...shares))
}

function leftMs({ elapsedMs, seeds }: CampaignState, done: number): number | null {
  return seeds === 0 || !(done > 0) ? null : (elapsedMs * (1 - done)) / done
}

export interface CampaignProgress {
  /** Shows the state, if it is time to. */
  show(state: CampaignState, isLast?: boolean): void
  /** Takes the line away, so that something else can be written. */
  clear(): void
}

const redrawMs = 200
const lineEveryMs = 30_000

/** CampaignProgress on `stream`. */
export function createProgress(stream: {
  readonly isTTY?: boolean
  readonly columns?: number
  write(text: string): unknown
}): CampaignProgress {
  const isTerminal = stream.isTTY === true
  const everyMs = isTerminal ? redrawMs : lineEveryMs
  let shownMs = isTerminal ? -Infinity : 0
  return {
    show(state, isLast = false) {
      if (!isLast && state.elapsedMs - shownMs < everyMs) return
      shownMs = state.elapsedMs
      const line = formatProgress(state)
      if (isTerminal) stream.write(`\r\u001B[2K${[...line].slice(0, (stream.columns ?? 80) - 1).join("")}`)
      else if (!isLast) stream.write(`${line}\n`)
    },
    clear() {
      if (isTerminal) stream.write("\r\u001B[2K")
    },
  }
}
