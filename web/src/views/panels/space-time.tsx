/**
 * The space-time diagram: a lane for each server, messages as lines across, what may have led to the selection and what it may lead to. SVG, of which
 * only what is in view exists, with all lines of one look as one path.
 *
 * No canvas: with nine servers and 20,000 events behind it the drawing has 70 elements, and more than some seconds never come into view. So it can be
 * kept as a file, read by style sheets, and clicked on.
 */

import type { NodeId } from "oarlock/core"
import { useLayoutEffect, useRef, useState } from "preact/hooks"
import { coneOf, type Apex, type Cone } from "../../model/time-machine/causal-cone.ts"
import type { Player } from "../../model/time-machine/player.ts"
import { colorOfTerm } from "../palette.ts"
import {
  axisHeight,
  laneHeight,
  layOut,
  positionOf,
  stepsInView,
  whatIsAt,
  type Line,
  type Layout,
  type Unit,
  type View,
} from "./space-time-layout.ts"

const scales: Readonly<Record<Unit, readonly number[]>> = {
  time: [0.2, 0.5, 1, 2, 4, 8, 16],
  events: [0.5, 1, 2, 4, 8, 16, 32],
}
const scaleFirst: Readonly<Record<Unit, number>> = { time: 4, events: 5 }
/** Browsers give up on boxes that are wider. */
const widthPxMax = 8_000_000
/** With no more messages than this in view, each of them says what it is. */
const lettersMax = 90

export function SpaceTime({ player }: { readonly player: Player }) {
  const [unit, setUnit] = useState<Unit>("time")
  const [zoom, setZoom] = useState(scaleFirst)
  const box = useRef<HTMLDivElement>(null)
  const [view, setView] = useState({ left: 0, width: 640 })
  const timeMachine = player.lookInTurn(5)
  const { branch, world, step } = timeMachine
  const { moments, record } = branch
  const last = moments.at(-1)!
  const extent = Math.max(1, unit === "time" ? last.at : last.step)
  const scale = Math.min(scales[unit][zoom[unit]]!, widthPxMax / extent)
  const here = positionOf({ unit, scale }, step, world.now)
  const total = Math.max(view.width, positionOf({ unit, scale }, last.step, last.at) + 40)

  // The present stays in view, unless the reader has scrolled away while nothing moves.
  useLayoutEffect(() => {
    const element = box.current!
    const { scrollLeft, clientWidth } = element
    const isInView = here >= scrollLeft + 20 && here <= scrollLeft + clientWidth * 0.92
    if (!isInView) element.scrollLeft = here - clientWidth * 0.7
    setView((before) =>
      before.left === element.scrollLeft && before.width === clientWidth ? before : { left: element.scrollLeft, width: clientWidth },
    )
  }, [here, branch, unit, scale])
  // Not after the next paint: by then the diagram may be gone.
  useLayoutEffect(() => {
    const element = box.current!
    const watcher = new ResizeObserver(() => setView({ left: element.scrollLeft, width: element.clientWidth }))
    watcher.observe(element)
    return () => watcher.disconnect()
  }, [])

  const [first, through] = stepsInView({ unit, scale, ...view, moments })
  const seen: View = {
    unit,
    scale,
    ...view,
    servers: world.nodeIds,
    moments,
    record,
    step,
    now: world.now,
    order: timeMachine.order,
    cone: coneOfSelection(player, first, through),
    arrivals: new Map(world.inFlight().map(({ name, at }) => [name, at])),
  }
  const layout = layOut(seen)
  const { value: selection } = player.selection
  const line = selection?.kind === "message" ? layout.lines.find(({ flight }) => flight.name === selection.name) : undefined
  const selected = line === undefined ? undefined : { ...line, label: record.wordsFor(line.flight).label }

  const onClick = (event: MouseEvent): void => {
    const { left, top } = (event.currentTarget as Element).getBoundingClientRect()
    const found = whatIsAt(seen, layout, event.clientX - left, event.clientY - top)
    if ("line" in found) {
      player.seek(found.line.flight.sentStep)
      player.select({ kind: "message", name: found.line.flight.name })
    } else {
      player.seek(found.step)
      if (found.id !== null) player.select({ kind: "server", id: found.id })
    }
  }
  const step2 = (by: number): void =>
    setZoom((before) => ({ ...before, [unit]: Math.max(0, Math.min(scales[unit].length - 1, before[unit] + by)) }))

  return (
    <section class="space-time" aria-label="Space-time diagram">
      <div class="actions">
        <label>
          by{" "}
          <select value={unit} onChange={(event) => setUnit(event.currentTarget.value as Unit)}>
            <option value="time">virtual time</option>
            <option value="events">order of events</option>
          </select>
        </label>
        <button
          type="button"
          aria-label="Zoom in"
          title="Zoom in"
          disabled={zoom[unit] === scales[unit].length - 1}
          onClick={() => step2(1)}
        >
          +
        </button>
        <button type="button" aria-label="Zoom out" title="Zoom out" disabled={zoom[unit] === 0} onClick={() => step2(-1)}>
          −
        </button>
        <p class="hint">
          A click goes to a message or an event. <span class="key past">past</span> and <span class="key future">future</span> of what is
          selected stand out; ✗ never arrived.
        </p>
      </div>
      <div class="space-time-picture">
        <div class="space-time-names" aria-hidden="true" style={{ paddingTop: `${axisHeight}px` }}>
          {world.nodeIds.map((id) => (
            <button
              type="button"
              key={id}
              tabIndex={-1}
              class={selection?.kind === "server" && selection.id === id ? "selected" : ""}
              style={{ height: `${laneHeight}px` }}
              onClick={() => player.select({ kind: "server", id })}
            >
              S{id}
            </button>
          ))}
        </div>
        <div
          class="space-time-scroll"
          ref={box}
          tabIndex={0}
          role="region"
          aria-label="Lanes of the servers, time to the right"
          onScroll={(event) => setView({ left: event.currentTarget.scrollLeft, width: event.currentTarget.clientWidth })}
        >
          <div style={{ width: `${total}px`, height: `${layout.height}px` }}>
            <Drawing layout={layout} width={view.width} servers={world.nodeIds} selected={selected} onClick={onClick} />
          </div>
        </div>
      </div>
    </section>
  )
}

interface DrawingProps {
  readonly layout: Layout
  readonly width: number
  readonly servers: readonly NodeId[]
  readonly selected?: (Line & { readonly label: string }) | undefined
  readonly onClick?: (event: MouseEvent) => void
  /** For a drawing that stands alone: the names are in it. */
  readonly withNames?: boolean
}

export function Drawing({ layout, width, servers, selected, onClick, withNames = false }: DrawingProps) {
  const { height, stretches, groups, dots, ticks, lines, x } = layout
  return (
    <svg
      class="space-time-drawing"
      width={width}
      height={height}
      viewBox={`0 0 ${width} ${height}`}
      role="img"
      aria-label={`${lines.length} messages between ${servers.length} servers`}
      {...(onClick === undefined ? {} : { onClick })}
    >
      {ticks.map((tick) => (
        <g key={tick.text} class="tick">
          <line x1={tick.x} x2={tick.x} y1={axisHeight - 6} y2={height} />
          <text x={tick.x + 3} y={14}>
            {tick.text}
          </text>
        </g>
      ))}
      {stretches.map((stretch) => (
        <line
          key={`${stretch.id} ${stretch.x1}`}
          class={`lane ${stretch.kind}`}
          x1={stretch.x1}
          x2={stretch.x2}
          y1={stretch.y}
          y2={stretch.y}
          style={stretch.kind === "down" ? {} : { stroke: colorOfTerm(stretch.term) }}
        />
      ))}
      {groups.map(({ key, term, classes, path }) => (
        <path key={key} class={`flights ${classes}`} d={path} style={{ "--term": colorOfTerm(term) }} />
      ))}
      <path
        class="dots"
        d={dots
          .filter(({ kind }) => kind === "event")
          .map(dotAt)
          .join("")}
      />
      <path
        class="dots action"
        d={dots
          .filter(({ kind }) => kind === "action")
          .map(dotAt)
          .join("")}
      />
      {dots
        .filter(({ kind }) => kind === "elected")
        .map((dot) => (
          <path
            key={dot.step}
            class="elected"
            transform={`translate(${dot.x} ${dot.y - 12})`}
            d="M-7 4 L-7 -4 L-3 0 L0 -6 L3 0 L7 -4 L7 4 Z"
          />
        ))}
      {lines.length <= lettersMax && lines.map((line) => <Letter key={line.flight.name} line={line} />)}
      {selected !== undefined && (
        <g class="selected" data-flight={selected.flight.name}>
          <line x1={selected.x1} y1={selected.y1} x2={selected.x2} y2={selected.y2} />
          <circle cx={selected.x1} cy={selected.y1} r={5} />
          <text x={(selected.x1 + selected.x2) / 2 + 8} y={(selected.y1 + selected.y2) / 2 + (selected.y2 > selected.y1 ? -6 : 14)}>
            {selected.label}
          </text>
        </g>
      )}
      {withNames &&
        stretches
          .filter(({ id }, position) => stretches.findIndex((one) => one.id === id) === position)
          .map(({ id, y }) => (
            <text key={id} class="lane-name" x={4} y={y - 7}>
              {`S${id}`}
            </text>
          ))}
      <line class="present" x1={x} x2={x} y1={axisHeight - 10} y2={height} />
    </svg>
  )
}

/** The letter of a message, on its line, near to where it begins. */
function Letter({ line }: { readonly line: Line }) {
  const { x1, y1, x2, y2, flight } = line
  // Requests and replies between the same two lanes have their letters at different heights.
  const part = flight.shape.isReply ? 0.62 : 0.38
  return (
    <text class="letter" x={x1 + (x2 - x1) * part} y={y1 + (y2 - y1) * part + 4}>
      {flight.shape.glyph}
    </text>
  )
}

function dotAt({ x, y }: { readonly x: number; readonly y: number }): string {
  return `M${x.toFixed(1)} ${(y - 2.5).toFixed(1)}v5`
}

/** Of a selected message, or of a selected server as it is at the event that one stands at. */
function coneOfSelection(player: Player, first: number, last: number): Cone | null {
  const { timeMachine } = player
  const { record } = timeMachine.branch
  const { value: selection } = player.selection
  if (selection === null || selection.kind === "link") return null
  // Nobody is there to have a past or a future.
  if (selection.kind === "server" && timeMachine.world.stateOf(selection.id) === null) return null
  const flight = selection.kind === "message" ? record.flightOf(selection.name) : null
  if (selection.kind === "message" && flight === null) return null
  const apex: Apex =
    flight === null ? { kind: "server", id: (selection as { id: NodeId }).id, step: timeMachine.step } : { kind: "message", flight }
  return coneOf(apex, record, first, last)
}
