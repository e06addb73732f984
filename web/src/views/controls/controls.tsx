/** Time: play, step, jump; and the world: how many servers, a new seed, a link to share, a file to keep. */

import type { World } from "oarlock/simulator"
import { hex } from "oarlock/simulator/internal"
import type { ComponentChildren } from "preact"
import { useEffect, useRef, useState } from "preact/hooks"
import { speeds, type Player } from "../../model/time-machine/player.ts"

export function Controls({ player }: { readonly player: Player }) {
  const timeMachine = player.lookInTurn(3)
  const isElection = (step: number): boolean => timeMachine.branch.moments[step]?.elected != null
  const isCommit = (step: number): boolean => {
    const { moments } = timeMachine.branch
    return step > 0 && moments[step]!.committed > moments[step - 1]!.committed
  }
  return (
    <div class="controls" role="toolbar" aria-label="Time">
      <Control name={player.isPlaying.value ? "Pause" : "Play"} keys="space" isMain act={() => player.toggle()}>
        {player.isPlaying.value ? "❚❚ Pause" : "▶ Play"}
      </Control>
      <span class="pair">
        <Control name="One event back" keys="←" act={() => player.back()}>
          ←
        </Control>
        <Control name="One event on" keys="→" act={() => player.forward()}>
          →
        </Control>
      </span>
      <Control name="One round on: until all that is on its way now has ended" act={() => player.round()}>
        round ⇥
      </Control>
      <span class="pair">
        <Control name="To the election before" keys="Shift+←" act={() => player.jump(-1, isElection)}>
          ⇤ election
        </Control>
        <Control name="To the next election" keys="Shift+→" act={() => player.jump(1, isElection)}>
          election ⇥
        </Control>
      </span>
      <span class="pair">
        <Control name="To the commit before" act={() => player.jump(-1, isCommit)}>
          ⇤ commit
        </Control>
        <Control name="To the next commit" act={() => player.jump(1, isCommit)}>
          commit ⇥
        </Control>
      </span>
      <span class="pair">
        <Control name="Undo" keys="Ctrl+Z" isDisabled={!player.canUndo} act={() => player.undo()}>
          ↶
        </Control>
        <Control name="Redo" keys="Ctrl+Shift+Z" isDisabled={!player.canRedo} act={() => player.redo()}>
          ↷
        </Control>
      </span>
      <Control name="Begin a branch here" keys="B" act={() => player.fork()}>
        branch
      </Control>
      <label class="speed">
        speed{" "}
        <select value={player.speed.value} onChange={(event) => (player.speed.value = Number(event.currentTarget.value))}>
          {speeds.map((speed) => (
            <option key={speed} value={speed}>
              {nameOfSpeed(speed)}
            </option>
          ))}
        </select>
      </label>
      <label>
        <input
          type="checkbox"
          checked={player.actsAtOnce.value}
          onChange={(event) => (player.actsAtOnce.value = event.currentTarget.checked)}
        />{" "}
        one click crashes and drops
      </label>
      <label>
        <input type="checkbox" checked={player.hurries.value} onChange={(event) => (player.hurries.value = event.currentTarget.checked)} />{" "}
        skip idle time
      </label>
      <output class="clock" aria-label="Where we are">
        {`event ${timeMachine.step} of ${timeMachine.end} · ${timeMachine.world.now.toFixed(1)} ms`}
        <StateHash player={player} />
      </output>
    </div>
  )
}

/** A world whose hash takes longer than this, in milliseconds, is hashed once nobody steps any more. */
const promptMs = 4
/** Nobody has stepped for this long, in milliseconds. */
const restMs = 150

/** The hash of the whole state, while time stands still: too long for every frame, and nobody could read it. */
function StateHash({ player }: { readonly player: Player }) {
  const timeMachine = player.lookInTurn(3)
  const costMs = useRef(0)
  const [hash, setHash] = useState<{ readonly of: World; readonly at: number; readonly text: string } | null>(null)
  const { world, order } = timeMachine
  const isCurrent = hash?.of === world && hash.at === order
  const isSoon = player.isPlaying.value || costMs.current <= promptMs || isCurrent
  useEffect(() => {
    if (isSoon) return
    const timer = setTimeout(() => setHash({ of: world, at: order, text: timed(world, costMs) }), restMs)
    return () => clearTimeout(timer)
  }, [world, order, isSoon])
  if (player.isPlaying.value) return null
  if (costMs.current > promptMs) return <>{` · state ${isCurrent ? hash.text : "…"}`}</>
  return <>{` · state ${timed(world, costMs)}`}</>
}

/** The hash of a world, and how long it took. */
function timed(world: World, costMs: { current: number }): string {
  const since = performance.now()
  const text = hex(world.hash())
  costMs.current = performance.now() - since
  return text
}

interface ControlProps {
  readonly name: string
  readonly keys?: string
  readonly isMain?: boolean
  readonly isDisabled?: boolean
  readonly act: () => void
  readonly children: ComponentChildren
}

function Control({ name, keys, isMain = false, isDisabled = false, act, children }: ControlProps) {
  return (
    <button
      type="button"
      class={isMain ? "main" : ""}
      aria-label={name}
      title={keys === undefined ? name : `${name} (${keys})`}
      disabled={isDisabled}
      onClick={act}
    >
      {children}
    </button>
  )
}

function nameOfSpeed(speed: number): string {
  return speed >= 1_000 ? `${speed / 1_000}×` : `1/${1_000 / speed}×`
}
