/** Everything that waits to happen, in the order in which it will: messages that can be delivered and timers that can run out. Any of it can go first. */

import type { NodeId } from "oarlock/core"
import { describeEvent, type InFlight } from "oarlock/simulator"
import { describeMessage } from "oarlock/simulator/internal"
import { isPausedByHand } from "../../model/time-machine/compound-actions.ts"
import type { Player } from "../../model/time-machine/player.ts"
import { shapeOf } from "../../model/world/message-shape.ts"
import { onContextMenu, onMenuKey } from "../controls/menu-gestures.ts"
import { colorOfTerm } from "../palette.ts"

/** Rows that exist at once: the next ones. */
const rowsMax = 40

type Pending =
  | { readonly kind: "message"; readonly at: number; readonly message: InFlight }
  | { readonly kind: "timer"; readonly at: number; readonly id: NodeId }

export function PendingQueue({ player }: { readonly player: Player }) {
  const { world } = player.lookInTurn(5)
  const rows = pendingOf(player)
  const next = world.peek()
  return (
    <section class="pending" aria-label="Pending queue">
      <p class="hint">
        {next === null
          ? "Nothing is left to happen."
          : `Next by itself: ${describeEvent(next.event)}, in ${(next.at - world.now).toFixed(1)} ms. Disks and clients are not listed.`}
      </p>
      <ol
        aria-label="What waits to happen, the next first"
        onContextMenu={(event) => onContextMenu(event, player)}
        onKeyDown={(event) => onMenuKey(event, player)}
      >
        {rows.slice(0, rowsMax).map((pending) => (
          <Row key={pending.kind === "message" ? pending.message.name : `timer ${pending.id}`} player={player} pending={pending} />
        ))}
      </ol>
      {rows.length > rowsMax && <p class="hint">{`and ${rows.length - rowsMax} more`}</p>}
    </section>
  )
}

function Row({ player, pending }: { readonly player: Player; readonly pending: Pending }) {
  const { value: selection } = player.selection
  const { world } = player.timeMachine
  const { at } = pending
  const isPaused = pending.kind === "timer" && isPausedByHand(world, pending.id)
  const when = at === Infinity ? "held back" : isPaused ? "when it goes on" : `in ${Math.max(0, at - world.now).toFixed(1)} ms`
  if (pending.kind === "timer") {
    const { id } = pending
    const isLeader = world.stateOf(id)?.role === "leader"
    const isSelected = selection?.kind === "server" && selection.id === id
    return (
      <li class={isSelected ? "selected" : ""} data-timer-of={id}>
        <span class="when">{when}</span>
        <span class="glyph timer" aria-hidden="true">
          ◷
        </span>
        <button type="button" class="what" aria-pressed={isSelected} onClick={() => player.select({ kind: "server", id })}>
          {`S${id}: ${isLeader ? "heartbeat" : "election timer"}`}
        </button>
        <button
          type="button"
          class="fire"
          aria-label={`Fire next: the timer of S${id}`}
          onClick={() => player.act({ kind: "timeout", node: id })}
        >
          Fire next
        </button>
      </li>
    )
  }
  const { name, from, message } = pending.message
  const shape = shapeOf(message)
  const isSelected = selection?.kind === "message" && selection.name === name
  return (
    <li class={isSelected ? "selected" : ""} data-pending={name}>
      <span class="when">{when}</span>
      <span class={`glyph ${shape.isReply ? "reply" : ""}`} style={{ "--term": colorOfTerm(message.term) }} aria-hidden="true">
        {shape.glyph}
      </span>
      <button type="button" class="what" aria-pressed={isSelected} onClick={() => player.select({ kind: "message", name })}>
        <b>{name}</b> {`S${from} ${describeMessage(message)}`}
      </button>
      <button
        type="button"
        class="fire"
        aria-label={`Fire next: ${name}`}
        onClick={() => player.act({ kind: "deliverMessage", message: name })}
      >
        Fire next
      </button>
    </li>
  )
}

function pendingOf({ timeMachine: { world } }: Player): readonly Pending[] {
  const messages = world.inFlight().map((message): Pending => ({ kind: "message", at: message.at, message }))
  const timers = world.views.map(({ id }): Pending => ({ kind: "timer", at: Math.max(world.wakesAt(id), world.busyUntil(id)), id }))
  return [...messages, ...timers.filter(({ at }) => at !== Infinity)].toSorted((a, b) => (a.at === b.at ? 0 : a.at - b.at))
}
