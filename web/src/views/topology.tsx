/**
 * The ring: servers with term, role, timer and commit index, and every message on its way. Structure is drawn when something happens; what moves is
 * moved by the frame loop alone.
 */

import type { NodeId } from "oarlock/core"
import type { InFlight, NodeState } from "oarlock/simulator"
import { useEffect, useRef, useState } from "preact/hooks"
import type { Player } from "../player.ts"
import { cutBetween } from "../session/deeds.ts"
import { onTheWay, partedBy, placeOf, serverRadius, stage, type Point } from "./geometry.ts"
import { isCut } from "./is-cut.ts"
import { shapeOf } from "./message-shape.ts"
import { colorOfTerm } from "./palette.ts"
import { ServerShape } from "./server-shape.tsx"

export function Topology({ player }: { readonly player: Player }) {
  const { world } = player.look()
  const servers = world.nodeIds.length
  const svg = useRef<SVGSVGElement>(null)
  const [knife, setKnife] = useState<{ readonly from: Point; readonly to: Point } | null>(null)
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
      onPointerDown={(event) => {
        const isOnStage = event.target === svg.current || (event.target as Element).classList.contains("link-target")
        if (!isOnStage) return
        if (event.target === svg.current) player.select(null)
        svg.current!.setPointerCapture(event.pointerId)
        setKnife({ from: pointAt(event), to: pointAt(event) })
      }}
      onPointerMove={(event) => knife !== null && setKnife({ from: knife.from, to: pointAt(event) })}
      onPointerUp={cutAlong}
      onPointerCancel={() => setKnife(null)}
    >
      <Links player={player} />
      {world.nodeIds.map((id) => (
        <Server key={id} player={player} id={id} servers={servers} />
      ))}
      {world.inFlight().map((message) => (
        <MessageDot key={message.name} player={player} message={message} servers={servers} />
      ))}
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

function Server({ player, id, servers }: { readonly player: Player; readonly id: NodeId; readonly servers: number }) {
  const { world } = player.look()
  const state = world.stateOf(id)
  const { x, y } = placeOf(id, servers)
  const radius = serverRadius(servers)
  const isPaused = state !== null && world.busyUntil(id) > world.now
  const { value: selection } = player.selection
  const isSelected = selection?.kind === "server" && selection.id === id
  const isMember = state?.configuration.members.some((member) => member.id === id) ?? true
  const isLearner = state?.configuration.learners.includes(id) === true
  const role = state === null ? "down" : isLearner ? "learner" : state.role
  const classes = ["server", role, isPaused ? "paused" : "", isSelected ? "selected" : "", isMember ? "" : "outside"]
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
        tabindex={0}
        aria-pressed={isSelected}
        aria-label={label}
        onKeyDown={(event) => {
          if (event.key === "Enter") player.click({ kind: "server", id })
        }}
      >
        <ServerShape role={role} radius={radius} color={state === null ? "var(--idle)" : colorOfTerm(state.term)} />
        {role !== "down" && <circle class="timer" r={radius - 4} pathLength={100} data-timer={id} />}
        {state !== null && <Ballots state={state} radius={radius} />}
      </g>
      {/* What is written here is said by the label above. */}
      <g aria-hidden="true">
        <text class="name" y={-6}>
          {`S${id}`}
        </text>
        <text class="detail" y={12}>
          {state === null ? "down" : isPaused ? "❚❚" : `term ${state.term}`}
        </text>
        {state !== null && <text class="below" y={radius + 22}>{`commit ${state.commitIndex} of ${state.last.index}`}</text>}
      </g>
    </g>
  )
}

/** A candidate's votes: filled is granted, empty is open, crossed is refused. */
function Ballots({ state, radius }: { readonly state: NodeState; readonly radius: number }) {
  if (state.role !== "candidate" && state.role !== "preCandidate") return null
  const { voters } = state.configuration
  return (
    <g class="ballots" transform={`translate(${-((voters.length - 1) * 11) / 2} ${radius - 12})`}>
      {voters.map((voter, position) => {
        const kind = state.votes.includes(voter) ? "granted" : state.refusals.includes(voter) ? "refused" : "open"
        return <circle key={voter} class={kind} cx={position * 11} r={4} />
      })}
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
  const color = colorOfTerm(message.message.term)
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
        <circle class="dot" r={9} style={shape.isReply ? { stroke: color } : { fill: color }} />
      </g>
      <text y={4} aria-hidden="true">
        {shape.glyph}
      </text>
    </g>
  )
}

function partOf(player: Player, { name, at }: InFlight, now: number): number {
  if (at === Infinity) return 0.5
  const sentAt = player.session.branch.sentAt.get(name) ?? now
  return at <= sentAt ? 1 : Math.max(0, Math.min(1, (now - sentAt) / (at - sentAt)))
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
    const left = Math.max(0, Math.min(1, (world.wakesAt(id) - now) / lengthOfTimer(world.stateOf(id), player)))
    arc.setAttribute("stroke-dasharray", `${(left * 100).toFixed(1)} 100`)
  }
}

function lengthOfTimer(state: NodeState | null, player: Player): number {
  return state?.role === "leader" ? player.session.options.raft.heartbeatIntervalMs : (state?.electionTimeoutMs ?? 1)
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
