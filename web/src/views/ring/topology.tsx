/**
 * The ring: servers with term, role, timer and commit index, and every message on its way. Structure is drawn when something happens; what moves is
 * moved by the frame loop alone.
 */

import type { NodeId } from "oarlock/core"
import type { InFlight, NodeState, World } from "oarlock/simulator"
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks"
import { cutBetween } from "../../model/time-machine/compound-actions.ts"
import type { Player } from "../../model/time-machine/player.ts"
import { isCut } from "../../model/world/is-cut.ts"
import { shapeOf, type MessageShape } from "../../model/world/message-shape.ts"
import { onContextMenu, onMenuKey, useLongPress } from "../controls/menu-gestures.ts"
import { memo } from "../memo.ts"
import { ClientFigure } from "./client-figure.tsx"
import { partedBy, placeOf, serverRadius, stage, type Point } from "./geometry.ts"
import { Headings } from "./headings.tsx"
import { moveAll, movingOf, type Moving } from "./moving.ts"
import { Caption, MessageBody, progressOf, roleOf, ServerBody, ServerWords } from "./server-figure.tsx"
import { slotsFor } from "./slots.ts"

interface TopologyProps {
  readonly player: Player
  /** Whether the page shows the menus that are asked for here. */
  readonly hasMenus?: boolean
}

export function Topology({ player, hasMenus = true }: TopologyProps) {
  const timeMachine = player.look()
  const { world, inFlight } = timeMachine
  const { record } = timeMachine.branch
  const servers = world.nodeIds.length
  const { value: selection } = player.selection
  const svg = useRef<SVGSVGElement>(null)
  const moving = useRef<Moving | null>(null)
  const [knife, setKnife] = useState<{ readonly from: Point; readonly to: Point } | null>(null)
  // One stop for the tab key; up and down go on from there, since left and right are time.
  const [stop, setStop] = useState(1)
  const longPress = useLongPress(player)
  useSizes(svg)
  const slots = useRef<ReadonlyMap<string, number>>(new Map())
  slots.current = slotsFor(
    inFlight.map(({ name }) => name),
    slots.current,
  )
  useLayoutEffect(() => {
    moving.current = movingOf(svg.current!, timeMachine)
    moveAll(moving.current, player.now)
  })
  useEffect(
    () =>
      player.onFrame((now) => {
        if (moving.current !== null) moveAll(moving.current, now)
      }),
    [player],
  )

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
      if (one.length > 0 && other.length > 0) player.act(...cutBetween(player.timeMachine, one, other))
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
      onContextMenu={(event) => {
        if (hasMenus) onContextMenu(event, player)
      }}
      onKeyDown={(event) => {
        if (hasMenus) onMenuKey(event, player)
        if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return
        event.preventDefault()
        const next = (stop - 1 + (event.key === "ArrowDown" ? 1 : servers - 1)) % servers
        svg.current!.querySelector<SVGElement>(`[data-server="${next + 1}"] .face`)?.focus()
      }}
      onClickCapture={longPress.onClickCapture}
      onPointerDown={(event) => {
        if (hasMenus) longPress.onPointerDown(event)
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
      <Links
        player={player}
        servers={servers}
        cuts={world.cuts}
        links={world.links}
        selected={selection?.kind === "link" ? `${selection.one}-${selection.other}` : null}
      />
      <ClientFigure world={world} names={timeMachine.names} />
      {world.nodeIds.map((id) => (
        <Server key={id} {...serverProps(player, id, inFlight)} isStop={id === stop} onFocus={setStop} />
      ))}
      {world.nodeIds.map((id) => {
        const state = world.stateOf(id)
        return state === null ? null : (
          <Caption key={id} id={id} servers={servers}>
            {progressOf(state)}
          </Caption>
        )
      })}
      {inFlight.map((message) => {
        const { name, at } = message
        const flight = record.flightOf(name)
        return (
          <MessageDot
            key={slots.current.get(name)}
            player={player}
            name={name}
            shape={flight?.shape ?? shapeOf(message.message)}
            term={flight?.term ?? message.message.term}
            isHeld={at === Infinity}
            isSelected={selection?.kind === "message" && selection.name === name}
          />
        )
      })}
      <Headings player={player} />
      {knife !== null && <line class="knife" x1={knife.from.x} y1={knife.from.y} x2={knife.to.x} y2={knife.to.y} />}
    </svg>
  )
}

/** Of what is clicked for a message, in the drawing's units. */
const targetRadius = 15
/** What a finger needs, in pixels. */
const fingerPx = 24
/** The size of words, in the drawing's units, and what an eye needs, in pixels. */
const textSize = 14
const textPx = 12
/** A ring that is drawn smaller than this has no room for captions: the logs tell the same. */
const tinyScale = 0.5

/** However small the ring is drawn, its messages can be touched and its words can be read. */
function useSizes(svg: { readonly current: SVGSVGElement | null }): void {
  useLayoutEffect(() => {
    const drawing = svg.current!
    const observer = new ResizeObserver(([entry]) => {
      const { width, height } = entry!.contentRect
      const scale = Math.min(width / stage.width, height / stage.height)
      if (scale <= 0) return
      drawing.style.setProperty("--target", `${Math.max(targetRadius, fingerPx / 2 / scale).toFixed(1)}px`)
      drawing.classList.toggle("tiny", scale < tinyScale)
      drawing.style.setProperty("--text", `${Math.max(textSize, textPx / scale).toFixed(1)}px`)
    })
    observer.observe(drawing)
    return () => observer.disconnect()
  }, [svg])
}

interface LinksProps {
  readonly player: Player
  readonly servers: number
  readonly cuts: World["cuts"]
  readonly links: World["links"]
  readonly selected: string | null
}

const Links = memo(({ player, servers, cuts, links, selected }: LinksProps) => {
  const ids = Array.from({ length: servers }, (_, position) => position + 1)
  const pairs = ids.flatMap((one) => ids.filter((other) => other > one).map((other) => [one, other] as const))
  return (
    <g>
      {pairs.map(([one, other]) => {
        const [there, back] = [isCut(cuts, one, other), isCut(cuts, other, one)]
        const [a, b] = [placeOf(one, servers), placeOf(other, servers)]
        const isWorse = links.some(({ from, to }) => (from === one && to === other) || (from === other && to === one))
        const state = there && back ? "cut" : there || back ? "one-way" : isWorse ? "worse" : ""
        const name = `${one}-${other}`
        const ends = { x1: a.x, y1: a.y, x2: b.x, y2: b.y }
        return (
          <g key={name} data-link={name} onClick={() => player.click({ kind: "link", one, other })}>
            <line class={`link ${state} ${name === selected ? "selected" : ""}`} {...ends} />
            <line class="link-target" {...ends} />
          </g>
        )
      })}
    </g>
  )
})

interface ServerProps {
  readonly player: Player
  readonly id: NodeId
  readonly state: NodeState | null
  readonly servers: number
  readonly isPaused: boolean
  readonly isSelected: boolean
  readonly label: string
  /** Whether the tab key stops here. */
  readonly isStop: boolean
  readonly onFocus: (id: NodeId) => void
}

function serverProps(player: Player, id: NodeId, inFlight: readonly InFlight[]): Omit<ServerProps, "isStop" | "onFocus"> {
  const { world } = player.timeMachine
  const state = world.stateOf(id)
  const isPaused = state !== null && world.busyUntil(id) > world.now
  const { value: selection } = player.selection
  return {
    player,
    id,
    state,
    servers: world.nodeIds.length,
    isPaused,
    isSelected: selection?.kind === "server" && selection.id === id,
    label: describeServer(id, state, isPaused, inFlight),
  }
}

const Server = memo(({ player, id, state, servers, isPaused, isSelected, label, isStop, onFocus }: ServerProps) => {
  const { x, y } = placeOf(id, servers)
  const radius = serverRadius(servers)
  const isMember = state?.configuration.members.some((member) => member.id === id) ?? true
  const classes = ["server", roleOf(state), isPaused ? "paused" : "", isSelected ? "selected" : "", isMember ? "" : "outside"]
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
        onFocus={() => onFocus(id)}
        aria-pressed={isSelected}
        aria-label={label}
        onKeyDown={(event) => {
          if (event.key === "Enter") player.click({ kind: "server", id })
        }}
      >
        <ServerBody state={state} radius={radius} timerOf={id} />
      </g>
      {/* What is written here is said by the label above. */}
      <ServerWords id={id} state={state} isPaused={isPaused} />
    </g>
  )
}, looksTheSame)

/** The label says most of what is to be seen. */
function looksTheSame(one: ServerProps, other: ServerProps): boolean {
  return (
    one.label === other.label &&
    one.servers === other.servers &&
    one.isSelected === other.isSelected &&
    one.isStop === other.isStop &&
    one.player === other.player &&
    one.state?.last.index === other.state?.last.index &&
    one.state?.configuration === other.state?.configuration &&
    one.state?.votes.join() === other.state?.votes.join() &&
    one.state?.refusals.join() === other.state?.refusals.join()
  )
}

interface MessageDotProps {
  readonly player: Player
  readonly name: string
  readonly shape: MessageShape
  readonly term: number
  readonly isHeld: boolean
  readonly isSelected: boolean
}

/** The frame loop puts it in its place. */
const MessageDot = memo(({ player, name, shape, term, isHeld, isSelected }: MessageDotProps) => {
  const answer = shape.isGranted === null ? "" : shape.isGranted ? "granted" : "refused"
  return (
    <g
      class={`message ${shape.isReply ? "reply" : "request"} ${answer} ${isHeld ? "held" : ""} ${isSelected ? "selected" : ""}`}
      data-message={name}
      onClick={(event) => {
        event.stopPropagation()
        player.click({ kind: "message", name })
      }}
    >
      <g role="img" aria-label={`${name}, ${shape.name}${answer === "" ? "" : `, ${answer}`}${isHeld ? ", held back" : ""}`}>
        <circle class="target" r={targetRadius} />
        <MessageBody shape={shape} term={term} />
      </g>
    </g>
  )
})

function describeServer(id: NodeId, state: NodeState | null, isPaused: boolean, inFlight: readonly InFlight[]): string {
  if (state === null) return `S${id}, down`
  const inbound = inFlight.filter(({ to }) => to === id).length
  const messages = `${inbound} ${inbound === 1 ? "message" : "messages"} inbound`
  const role = state.configuration.learners.includes(id) ? "learner" : state.role
  return `S${id}, ${role}, term ${state.term}, commit ${state.commitIndex}, ${isPaused ? "paused, " : ""}${messages}`
}
