/** How servers and messages look, wherever they are drawn: on the ring, beside another branch, in a picture to keep. */

import type { NodeId } from "oarlock/core"
import type { NodeState } from "oarlock/simulator"
import type { ComponentChildren } from "preact"
import type { MessageShape } from "../../model/world/message-shape.ts"
import { memo } from "../memo.ts"
import { colorOfTerm } from "../palette.ts"
import { captionPlace, captionSize, placeOf } from "./geometry.ts"
import { ServerShape } from "./server-shape.tsx"

/** The class that says what a server is. */
export function roleOf(state: NodeState | null): string {
  if (state === null) return "down"
  return state.configuration.learners.includes(state.id) ? "learner" : state.role
}

interface ServerBodyProps {
  readonly state: NodeState | null
  readonly radius: number
  /** Whose timer the arc is, for the loop that moves it; without it there is none. */
  readonly timerOf?: NodeId
  /** Below the ballots. */
  readonly children?: ComponentChildren
}

export function ServerBody({ state, radius, timerOf, children }: ServerBodyProps) {
  const role = roleOf(state)
  return (
    <>
      <ServerShape role={role} radius={radius} color={state === null ? "var(--no-term)" : colorOfTerm(state.term)} />
      {role !== "down" && timerOf !== undefined && <circle class="timer" r={radius - 4} pathLength={100} data-timer={timerOf} />}
      {children}
      {state !== null && <Ballots state={state} radius={radius} />}
    </>
  )
}

interface ServerWordsProps {
  readonly id: NodeId
  readonly state: NodeState | null
  readonly isPaused: boolean
}

export function ServerWords({ id, state, isPaused }: ServerWordsProps) {
  return (
    <g aria-hidden="true">
      <text class="name" dy="-0.2em">
        {`S${id}`}
      </text>
      <text class="detail" dy="1.05em">
        {state === null ? "down" : isPaused ? "❚❚" : `term ${state.term}`}
      </text>
    </g>
  )
}

interface CaptionProps {
  readonly id: NodeId
  readonly servers: number
  readonly children: string
}

/** What is told of a server outside the ring. Not a part of its figure, whose middle is what a click or a finger aims at. */
export const Caption = memo(({ id, servers, children }: CaptionProps) => {
  const place = placeOf(id, servers)
  const { x, y, anchor } = captionPlace(id, servers, captionSize)
  return (
    <text class={`caption ${anchor}`} x={place.x + x} y={place.y + y} aria-hidden="true">
      {children}
    </text>
  )
})

/** How far a server is. */
export function progressOf({ commitIndex, last }: NodeState): string {
  return `commit ${commitIndex}/${last.index}`
}

export function MessageBody({ shape, term }: { readonly shape: MessageShape; readonly term: number }) {
  const color = colorOfTerm(term)
  return (
    <>
      <circle class={shape.isReply ? "dot outlined" : "dot"} r={9} style={shape.isReply ? { stroke: color } : { fill: color }} />
      <text class={shape.isReply ? "glyph outlined" : "glyph"} y={4} aria-hidden="true">
        {shape.glyph}
      </text>
    </>
  )
}

/** A candidate's votes, below it: filled is granted, empty is open, small is refused. */
function Ballots({ state, radius }: { readonly state: NodeState; readonly radius: number }) {
  if (state.role !== "candidate" && state.role !== "preCandidate") return null
  const { voters } = state.configuration
  return (
    <g class="ballots" transform={`translate(${-((voters.length - 1) * 11) / 2} ${radius + 9})`}>
      {voters.map((voter, position) => {
        const kind = state.votes.includes(voter) ? "granted" : state.refusals.includes(voter) ? "refused" : "open"
        return <circle key={voter} class={kind} cx={position * 11} r={4} />
      })}
    </g>
  )
}
