/** The ring as it is at one moment, with nothing to click: to stand beside another one, and to be kept as a picture. */

import type { NodeId } from "oarlock/core"
import type { World } from "oarlock/simulator"
import type { BranchRecord } from "../../model/time-machine/branch-record.ts"
import { isCut } from "../../model/world/is-cut.ts"
import { shapeOf } from "../../model/world/message-shape.ts"
import type { Names } from "../../model/world/names.ts"
import { ClientFigure } from "./client-figure.tsx"
import { onTheWay, placeOf, serverRadius, stage } from "./geometry.ts"
import { Caption, MessageBody, progressOf, roleOf, ServerBody, ServerWords } from "./server-figure.tsx"
import { timerArc, timerOf } from "./timer-arc.ts"

interface RingPictureProps {
  readonly world: World
  readonly record: BranchRecord
  readonly names: Names
  readonly label: string
  /** Servers that are to stand out. */
  readonly marked?: ReadonlySet<NodeId>
}

export function RingPicture({ world, record, names, label, marked = new Set() }: RingPictureProps) {
  const { nodeIds, now } = world
  const servers = nodeIds.length
  const radius = serverRadius(servers)
  const pairs = nodeIds.flatMap((one) => nodeIds.filter((other) => other > one).map((other) => [one, other] as const))
  return (
    <svg class="topology still" viewBox={`0 0 ${stage.width} ${stage.height}`} role="img" aria-label={label}>
      {pairs.map(([one, other]) => {
        const [a, b] = [placeOf(one, servers), placeOf(other, servers)]
        const [there, back] = [isCut(world.cuts, one, other), isCut(world.cuts, other, one)]
        return (
          <line
            key={`${one}-${other}`}
            class={`link ${there && back ? "cut" : there || back ? "one-way" : ""}`}
            x1={a.x}
            y1={a.y}
            x2={b.x}
            y2={b.y}
          />
        )
      })}
      <ClientFigure world={world} names={names} />
      {nodeIds.map((id) => {
        const state = world.stateOf(id)
        const { x, y } = placeOf(id, servers)
        return (
          <g key={id} class={`server ${roleOf(state)} ${marked.has(id) ? "marked" : ""}`} transform={`translate(${x} ${y})`}>
            {marked.has(id) && <circle class="mark" r={radius + 11} />}
            <ServerBody state={state} radius={radius}>
              {state !== null && (
                <circle
                  class="timer"
                  r={radius - 4}
                  pathLength={100}
                  transform="rotate(-90)"
                  stroke-dasharray={timerArc(timerOf(world, id), world.now)}
                />
              )}
            </ServerBody>
            <ServerWords id={id} state={state} isPaused={state !== null && world.busyUntil(id) > now} />
          </g>
        )
      })}
      {nodeIds.map((id) => {
        const state = world.stateOf(id)
        return state === null ? null : (
          <Caption key={id} id={id} servers={servers}>
            {progressOf(state)}
          </Caption>
        )
      })}
      {world.inFlight().map(({ name, from, to, at, message }) => {
        const shape = shapeOf(message)
        const sentAt = record.flightOf(name)?.sentAt ?? now
        const part = at === Infinity ? 0.5 : at <= sentAt ? 1 : Math.max(0, Math.min(1, (now - sentAt) / (at - sentAt)))
        const { x, y } = onTheWay(from, to, servers, part)
        return (
          <g key={name} class={`message ${shape.isReply ? "reply" : "request"}`} transform={`translate(${x} ${y})`}>
            <MessageBody shape={shape} term={message.term} />
          </g>
        )
      })}
    </svg>
  )
}
