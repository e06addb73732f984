/**
 * The client at the edge of the ring, there only while somebody asks for something: a line to each server that it asked, and what came of it. A server
 * that cannot help says who can; that is the dashed line.
 */

import type { NodeId } from "oarlock/core"
import type { ScriptedRequest, World } from "oarlock/simulator"
import type { Names } from "../../model/world/names.ts"
import { requestsOf, wordsFor } from "../../model/world/requests.ts"
import { placeOf, serverRadius, stage, type Point } from "./geometry.ts"

/** World milliseconds for which an answer is shown. */
const answerShownMs = 50
/** Requests that are shown at once: the latest. */
const requestsShown = 3
/** Above, where the ring has one server alone and room beside it; what is asked is written over the client, since the lines go down from it. */
const place: Point = { x: stage.width - 46, y: 84 }
const halfWidth = 32

export function ClientFigure({ world, names }: { readonly world: World; readonly names: Names }) {
  const { now, nodeIds } = world
  const shown = requestsOf(world)
    .filter(({ outcome, askedAt }) => askedAt <= now && (outcome === null || now - outcome.at < answerShownMs))
    .slice(-requestsShown)
  if (shown.length === 0) return null
  const isFading = shown.every(({ outcome }) => outcome !== null && now - outcome.at > answerShownMs / 2)
  return (
    <g
      class={`client-figure ${isFading ? "fading" : ""}`}
      role="img"
      aria-label={`Client: ${shown.map((request) => wordsFor(request, names)).join("; ")}`}
    >
      {shown.map((request, position) => (
        <Asked key={request.operation.id} request={request} names={names} servers={nodeIds.length} above={shown.length - position} />
      ))}
      <rect x={place.x - halfWidth} y={place.y - 15} width={2 * halfWidth} height={30} rx={6} />
      <text x={place.x} y={place.y + 5}>
        client
      </text>
    </g>
  )
}

interface AskedProps {
  readonly request: ScriptedRequest
  readonly names: Names
  readonly servers: number
  /** In which line over the client it is written. */
  readonly above: number
}

function Asked({ request, names, servers, above }: AskedProps) {
  const { node, outcome } = request
  const server = edgeOf(node, servers)
  const leader = outcome?.kind === "rejected" && outcome.leader !== null ? edgeOf(outcome.leader, servers) : null
  const state = outcome === null ? "waiting" : outcome.kind
  // Where the answer has come to, or the request is.
  const mark = outcome === null ? server : between(place, server, 0.3)
  const glyph = outcome === null ? "?" : outcome.kind === "rejected" ? "✕" : outcome.kind === "unknown" ? "?" : "✓"
  return (
    <g class={state}>
      <line x1={place.x} y1={place.y} x2={server.x} y2={server.y} />
      {leader !== null && <line class="redirect" x1={place.x} y1={place.y} x2={leader.x} y2={leader.y} />}
      <circle class="client-mark" cx={mark.x} cy={mark.y} r={9} />
      <text class="client-glyph" x={mark.x} y={mark.y + 4}>
        {glyph}
      </text>
      <text class="client-words" x={stage.width - 8} y={place.y - 8 - above * 16}>
        {wordsFor(request, names)}
      </text>
    </g>
  )
}

/** Where the line from the client meets a server. */
function edgeOf(id: NodeId, servers: number): Point {
  const center = placeOf(id, servers)
  const length = Math.hypot(center.x - place.x, center.y - place.y)
  return between(place, center, 1 - (serverRadius(servers) + 6) / length)
}

function between(from: Point, to: Point, part: number): Point {
  return { x: from.x + (to.x - from.x) * part, y: from.y + (to.y - from.y) * part }
}
