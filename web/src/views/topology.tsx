/**
 * The ring: servers with term, role, timer and commit index, and every message on its way. Structure is drawn when something happens; what moves is
 * moved by the frame loop alone.
 */

import type { NodeId } from "oarlock/core"
import type { InFlight, NodeState } from "oarlock/simulator"
import { useEffect, useRef, useState } from "preact/hooks"
import type { Player } from "../player.ts"
import { cutBetween } from "../session/deeds.ts"
import { ClientFigure } from "./client-figure.tsx"
import { onTheWay, partedBy, placeOf, serverRadius, stage, type Point } from "./geometry.ts"
import { Headings, partOf } from "./headings.tsx"
import { isCut } from "./is-cut.ts"
import { onContextMenu, onMenuKey, useLongPress } from "./menu-gestures.ts"
import { shapeOf } from "./message-shape.ts"
import { MessageBody, roleOf, ServerBody, ServerWords } from "./server-figure.tsx"
import { timerArc } from "./timer-arc.ts"

export function Topology({ player }: { readonly player: Player }) {
  const { world } = player.look()
  const servers = world.nodeIds.length
  const svg = useRef<SVGSVGElement>(null)
  const [knife, setKnife] = useState<{ readonly from: Point; readonly to: Point } | null>(null)
  // One stop for the tab key; up and down go on from there, since left and right are time.
  const [stop, setStop] = useState(1)
  const longPress = useLongPress(player)
  useEffect(() => player.onFrame((now) => moveMessages(svg.current, player, now)), [player])

  const pointAt = (event: PointerEvent): Point => {
    const box = svg.current!.getBoundingClientRect()
    const scale = Math.max(stage.width / box.width, stage.height / box.height)
    const left = box.left + (box.width - stage.width / scale) / 2
    const top = box.top + (box.height - stage.height / scale) / 2
    return { x: (event.clientX - left) * scale, y: (event.clientY - top) * scale }
  }
  const cutAlong = (): void => {
    if (knife !== null && Math.hypot(knife.to.x - knife.from.x, knife.to.y - knife.from.y) > 40) {
      const [one, other] = partedBy(knife.from, knife.to, servers)
      if (one.length > 0 && other.length > 0) player.act(...cutBetween(player.session, one, other))
    }
    setKnife(null)
  }

  return (
    <svg
      ref={svg}
      class="topology"
      viewBox={`0 0 ${stage.width} ${stage.height}`}
      role="group"
      aria-label="Servers and the messages between them. Drag a line across the ring to cut what it crosses."
      onContextMenu={(event) => onContextMenu(event, player)}
      onKeyDown={(event) => {
        onMenuKey(event, player)
        if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return
        event.preventDefault()
        const next = (stop - 1 + (event.key === "ArrowDown" ? 1 : servers - 1)) % servers
        svg.current!.querySelector<SVGElement>(`[data-server="${next + 1}"] .face`)?.focus()
      }}
      onClickCapture={longPress.onClickCapture}
      onPointerDown={(event) => {
        longPress.onPointerDown(event)
        const isOnStage = event.target === svg.current || (event.target as Element).classList.contains("link-target")
        if (!isOnStage) return
        if (event.target === svg.current) player.select(null)
        svg.current!.setPointerCapture(event.pointerId)
        setKnife({ from: pointAt(event), to: pointAt(event) })
      }}
      onPointerMove={(event) => {
        longPress.onPointerMove(event)
        if (knife !== null) setKnife({ from: knife.from, to: pointAt(event) })
      }}
      onPointerUp={() => {
        longPress.onPointerUp()
        cutAlong()
      }}
      onPointerCancel={() => {
        longPress.onPointerUp()
        setKnife(null)
      }}
    >
      <Links player={player} />
      <ClientFigure world={world} names={player.session.names} />
      {world.nodeIds.map((id) => (
        <Server key={id} player={player} id={id} servers={servers} isStop={id === stop} onFocus={() => setStop(id)} />
      ))}
      {world.inFlight().map((message) => (
        <MessageDot key={message.name} player={player} message={message} servers={servers} />
      ))}
      <Headings player={player} />
      {knife !== null && <line class="knife" x1={knife.from.x} y1={knife.from.y} x2={knife.to.x} y2={knife.to.y} />}
    </svg>
  )
}

function Links({ player }: { readonly player: Player }) {
  const { cuts, links, nodeIds } = player.look().world
  const { value: selection } = player.selection
  const pairs = nodeIds.flatMap((one) => nodeIds.filter((other) => other > one).map((other) => [one, other] as const))
  return (
    <g>
      {pairs.map(([one, other]) => {
        const [there, back] = [isCut(cuts, one, other), isCut(cuts, other, one)]
        const [a, b] = [placeOf(one, nodeIds.length), placeOf(other, nodeIds.length)]
        const isWorse = links.some(({ from, to }) => (from === one && to === other) || (from === other && to === one))
        const state = there && back ? "cut" : there || back ? "one-way" : isWorse ? "worse" : ""
        const isSelected = selection?.kind === "link" && selection.one === one && selection.other === other
        const ends = { x1: a.x, y1: a.y, x2: b.x, y2: b.y }
        return (
          <g key={`${one}-${other}`} data-link={`${one}-${other}`} onClick={() => player.click({ kind: "link", one, other })}>
            <line class={`link ${state} ${isSelected ? "selected" : ""}`} {...ends} />
            <line class="link-target" {...ends} />
          </g>
        )
      })}
    </g>
  )
}

interface ServerProps {
  readonly player: Player
  readonly id: NodeId
  readonly servers: number
  /** Whether the tab key stops here. */
  readonly isStop: boolean
  readonly onFocus: () => void
}

function Server({ player, id, servers, isStop, onFocus }: ServerProps) {
  const { world } = player.look()
  const state = world.stateOf(id)
  const { x, y } = placeOf(id, servers)
  const radius = serverRadius(servers)
  const isPaused = state !== null && world.busyUntil(id) > world.now
  const { value: selection } = player.selection
  const isSelected = selection?.kind === "server" && selection.id === id
  const isMember = state?.configuration.members.some((member) => member.id === id) ?? true
  const classes = ["server", roleOf(state), isPaused ? "paused" : "", isSelected ? "selected" : "", isMember ? "" : "outside"]
  const label = describeServer(id, state, isPaused, player)
  return (
    <g
      class={classes.filter(Boolean).join(" ")}
      transform={`translate(${x} ${y})`}
      data-server={id}
      onClick={() => player.click({ kind: "server", id })}
    >
      <g
        class="face"
        role="button"
        tabindex={isStop ? 0 : -1}
        onFocus={onFocus}
        aria-pressed={isSelected}
        aria-label={label}
        onKeyDown={(event) => {
          if (event.key === "Enter") player.click({ kind: "server", id })
        }}
      >
        <ServerBody state={state} radius={radius} timerOf={id} />
      </g>
      {/* What is written here is said by the label above. */}
      <ServerWords id={id} state={state} radius={radius} isPaused={isPaused} />
    </g>
  )
}

function MessageDot({ player, message, servers }: { readonly player: Player; readonly message: InFlight; readonly servers: number }) {
  const shape = shapeOf(message.message)
  const { value: selection } = player.selection
  const isSelected = selection?.kind === "message" && selection.name === message.name
  const isHeld = message.at === Infinity
  const answer = shape.isGranted === null ? "" : shape.isGranted ? "granted" : "refused"
  const { x, y } = onTheWay(message.from, message.to, servers, partOf(player, message, player.now))
  return (
    <g
      class={`message ${shape.isReply ? "reply" : "request"} ${answer} ${isHeld ? "held" : ""} ${isSelected ? "selected" : ""}`}
      transform={`translate(${x} ${y})`}
      data-message={message.name}
      onClick={(event) => {
        event.stopPropagation()
        player.click({ kind: "message", name: message.name })
      }}
    >
      <g role="img" aria-label={`${message.name}, ${shape.name}${answer === "" ? "" : `, ${answer}`}${isHeld ? ", held back" : ""}`}>
        <circle class="target" r={15} />
        <MessageBody shape={shape} term={message.message.term} />
      </g>
    </g>
  )
}

function moveMessages(svg: SVGSVGElement | null, player: Player, now: number): void {
  if (svg === null) return
  const { world } = player.session
  const servers = world.nodeIds.length
  const isStill = matchMedia("(prefers-reduced-motion: reduce)").matches
  for (const message of world.inFlight()) {
    const { x, y } = onTheWay(message.from, message.to, servers, isStill ? 0.5 : partOf(player, message, now))
    svg.querySelector(`[data-message="${CSS.escape(message.name)}"]`)?.setAttribute("transform", `translate(${x} ${y})`)
  }
  for (const id of world.nodeIds) {
    const arc = svg.querySelector(`[data-timer="${id}"]`)
    if (arc === null) continue
    arc.setAttribute("stroke-dasharray", timerArc(world, id, now))
  }
}

function describeServer(id: NodeId, state: NodeState | null, isPaused: boolean, player: Player): string {
  if (state === null) return `S${id}, down`
  const inbound = player
    .look()
    .world.inFlight()
    .filter(({ to }) => to === id).length
  const messages = `${inbound} ${inbound === 1 ? "message" : "messages"} inbound`
  return `S${id}, ${state.role}, term ${state.term}, commit ${state.commitIndex}, ${isPaused ? "paused, " : ""}${messages}`
}
