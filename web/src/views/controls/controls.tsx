/** Time, as a player of films has it: play, one event back or on, how fast; everything else about time is behind "More". */

import { useEffect, useRef, useState } from "preact/hooks"
import { speeds, type Player } from "../../model/time-machine/player.ts"
import { Later } from "../later.tsx"
import { Clock } from "./clock.tsx"
import { Control } from "./control.tsx"

export function Controls({ player }: { readonly player: Player }) {
  player.lookInTurn(3)
  return (
    <div class="controls" role="toolbar" aria-label="Time">
      <PlayControl player={player} />
      <span class="pair">
        <Control name="One event back" keys="←" act={() => player.back()}>
          ←
        </Control>
        <Control name="One event on" keys="→" act={() => player.forward()}>
          →
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
      <Speed player={player} />
      <More player={player} />
      <Clock player={player} />
    </div>
  )
}

/** What has a pace of its own is told at it, until somebody chooses another speed. */
function Speed({ player }: { readonly player: Player }) {
  const isPaced = player.hasPace && player.keepsPace.value
  const choose = (value: string): void => {
    player.keepsPace.value = value === "told"
    if (value !== "told") player.speed.value = Number(value)
  }
  return (
    <label class="speed">
      speed{" "}
      <select value={isPaced ? "told" : String(player.speed.value)} onChange={(event) => choose(event.currentTarget.value)}>
        {player.hasPace && <option value="told">as told</option>}
        {speeds.map((speed) => (
          <option key={speed} value={String(speed)}>
            {nameOfSpeed(speed)}
          </option>
        ))}
      </select>
    </label>
  )
}

export function PlayControl({ player }: { readonly player: Player }) {
  const isPlaying = player.isPlaying.value
  return (
    <Control name={isPlaying ? "Pause" : "Play"} keys="space" isMain act={() => player.toggle()}>
      {isPlaying ? "❚❚ Pause" : "▶ Play"}
    </Control>
  )
}

/** Jumps, branches, and how clicks and calm time are taken. */
function More({ player }: { readonly player: Player }) {
  const box = useRef<HTMLDetailsElement>(null)
  const [isOpen, setOpen] = useState(false)
  useEffect(() => {
    // A click elsewhere closes it, as it would a menu.
    const onPointerDown = ({ target }: PointerEvent): void => {
      if (box.current?.open === true && !box.current.contains(target as Node)) box.current.open = false
    }
    addEventListener("pointerdown", onPointerDown)
    return () => removeEventListener("pointerdown", onPointerDown)
  }, [])
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key !== "Escape" || box.current?.open !== true) return
    event.stopPropagation()
    box.current.open = false
    box.current.querySelector("summary")!.focus()
  }
  return (
    <details class="more" ref={box} onToggle={() => setOpen(box.current?.open === true)} onKeyDown={onKeyDown}>
      <summary>More</summary>
      {isOpen && <Later load={loadMore} props={{ player }} isPart />}
    </details>
  )
}

const loadMore = () => import("./more-time.tsx").then((module) => module.MoreTime)

function nameOfSpeed(speed: number): string {
  return speed >= 1_000 ? `${speed / 1_000}×` : `1/${1_000 / speed}×`
}
