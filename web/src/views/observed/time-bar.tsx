/** Time in a capture: play, step, jump between elections, and a slider over a tape that is coloured by term. */

import { type CapturePlayer, speeds } from "../../model/observed/recorded/capture-player.ts"
import { timeOf } from "../../model/observed/time-text.ts"
import { colorOfTerm } from "../palette.ts"

/** What one pull at the slider moves, in milliseconds. */
const gripMs = 100

export function TimeBar({ player }: { readonly player: CapturePlayer }) {
  const { from, until } = player.capture
  const { now } = player.picture.value
  const isPlaying = player.isPlaying.value
  return (
    <section class="panel time-bar" aria-label="Time">
      <div class="controls" role="toolbar" aria-label="Play and jump">
        <button type="button" class="main" title="space" onClick={() => player.toggle()}>
          {isPlaying ? "❚❚ Pause" : "▶ Play"}
        </button>
        <button type="button" aria-label="One second back" title="One second back (←)" onClick={() => player.step(-1)}>
          ←
        </button>
        <button type="button" aria-label="One second on" title="One second on (→)" onClick={() => player.step(1)}>
          →
        </button>
        <button
          type="button"
          aria-label="To the election before"
          title="To the election before (Shift+←)"
          disabled={player.electionFrom(-1) === null}
          onClick={() => player.jump(-1)}
        >
          ⇤ election
        </button>
        <button
          type="button"
          aria-label="To the next election"
          title="To the next election (Shift+→)"
          disabled={player.electionFrom(1) === null}
          onClick={() => player.jump(1)}
        >
          election ⇥
        </button>
        <label class="speed">
          speed{" "}
          <select value={player.speed.value} onChange={(event) => (player.speed.value = Number(event.currentTarget.value))}>
            {speeds.map((speed) => (
              <option key={speed} value={speed}>
                {`${speed}×`}
              </option>
            ))}
          </select>
        </label>
        <output class="clock" aria-label="Where we are">
          {timeOf(now)}
        </output>
      </div>
      <div class="timeline">
        <input
          type="range"
          min={0}
          max={until - from}
          step={gripMs}
          value={now - from}
          aria-label="Moment"
          aria-valuetext={timeOf(now)}
          onInput={(event) => player.seek(from + Number(event.currentTarget.value))}
        />
        <Tape player={player} />
      </div>
    </section>
  )
}

const width = 1000
const height = 10

function Tape({ player: { capture, reigns, picture } }: { readonly player: CapturePlayer }) {
  const { from, until } = capture
  const x = (at: number): number => ((at - from) / Math.max(1, until - from)) * width
  return (
    <svg class="capture-tape" viewBox={`0 0 ${width} ${height}`} preserveAspectRatio="none" aria-hidden="true">
      {reigns.map(({ at, term }, place) => (
        <rect
          key={at}
          x={x(at)}
          y={2}
          width={x(reigns[place + 1]?.at ?? until) - x(at)}
          height={height - 4}
          style={{ fill: colorOfTerm(term) }}
        />
      ))}
      {reigns.map(({ at, isElection }) => isElection && <rect key={at} class="election" x={x(at)} y={0} width={2} height={height} />)}
      <rect class="present" x={x(picture.value.now) - 2} y={0} width={4} height={height} />
    </svg>
  )
}
