/** Where servers stand on the ring, and which side of a line they are on. */

import type { NodeId } from "oarlock/core"

export interface Point {
  readonly x: number
  readonly y: number
}

export const stage = { width: 680, height: 520 } as const

/** As large as the stage has room for: with an even number of servers one of them stands at the very bottom, with its caption below. */
export function ringRadius(servers: number): number {
  if (servers === 1) return 0
  const isOdd = servers % 2 === 1
  return servers <= 5 ? (isOdd ? 190 : 178) : isOdd ? 198 : 184
}

/** The middle of the ring: what is drawn, not the circle, is in the middle of the stage. */
function centerOf(servers: number): Point {
  const below = servers % 2 === 1 ? Math.cos(Math.PI / servers) : 1
  const down = servers === 1 ? 0 : (ringRadius(servers) * (1 - below)) / 2
  return { x: stage.width / 2, y: stage.height / 2 + 6 + down }
}

export function serverRadius(servers: number): number {
  return servers <= 5 ? 44 : servers <= 7 ? 38 : 34
}

export function placeOf(id: NodeId, servers: number): Point {
  const angle = -Math.PI / 2 + ((id - 1) / servers) * 2 * Math.PI
  const radius = ringRadius(servers)
  const center = centerOf(servers)
  return { x: center.x + radius * Math.cos(angle), y: center.y + radius * Math.sin(angle) }
}

/** Where a caption of a server stands, from the server's middle, and which end of it is there. */
export interface CaptionPlace extends Point {
  readonly anchor: "start" | "middle" | "end"
}

/** The size of a caption in a drawing that is not smaller than it is meant to be: `--text` in the style sheet. */
export const captionSize = 14
/** Between a server and its caption, with room for a leader's second ring. */
const captionGap = 12
/** How far below the line through its middle a line of text is written, as a part of its size. */
const baseline = 0.35

/** Outside the ring, where no line runs, for text of `size`. Beside the topmost server, since a leader's crown is above it. */
export function captionPlace(id: NodeId, servers: number, size: number): CaptionPlace {
  const radius = serverRadius(servers)
  if (servers === 1) return { x: 0, y: radius + captionGap + size, anchor: "middle" }
  if (id === 1) return { x: radius + captionGap, y: -radius * 0.45, anchor: "start" }
  const { x, y } = placeOf(id, servers)
  const center = centerOf(servers)
  const [right, down] = [(x - center.x) / ringRadius(servers), (y - center.y) / ringRadius(servers)]
  if (Math.abs(right) < 0.45) return { x: 0, y: radius + captionGap + size * 0.8, anchor: "middle" }
  const distance = radius + captionGap
  return { x: right * distance, y: down * distance + size * baseline, anchor: right > 0 ? "start" : "end" }
}

/** The two groups of servers that the line through both points parts. */
export function partedBy(from: Point, to: Point, servers: number): readonly [NodeId[], NodeId[]] {
  const groups: readonly [NodeId[], NodeId[]] = [[], []]
  for (let id = 1; id <= servers; id++) {
    const { x, y } = placeOf(id, servers)
    const side = (to.x - from.x) * (y - from.y) - (to.y - from.y) * (x - from.x)
    groups[side < 0 ? 0 : 1].push(id)
  }
  return groups
}

/** Where on its way from one server to another a message is, `part` of the way; requests and replies pass each other on different sides. */
export function onTheWay(from: NodeId, to: NodeId, servers: number, part: number): Point {
  const [a, b] = [placeOf(from, servers), placeOf(to, servers)]
  const length = Math.hypot(b.x - a.x, b.y - a.y) || 1
  const inset = serverRadius(servers) + 10
  const along = (inset + (length - 2 * inset) * part) / length
  const offset = 9
  return {
    x: a.x + (b.x - a.x) * along - ((b.y - a.y) / length) * offset,
    y: a.y + (b.y - a.y) * along + ((b.x - a.x) / length) * offset,
  }
}
