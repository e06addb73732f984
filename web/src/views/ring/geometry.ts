/** Where servers stand on the ring, and which side of a line they are on. */

import type { NodeId } from "oarlock/core"

export interface Point {
  readonly x: number
  readonly y: number
}

export const stage = { width: 640, height: 500 } as const
const center: Point = { x: stage.width / 2, y: stage.height / 2 + 4 }

export function ringRadius(servers: number): number {
  return servers === 1 ? 0 : servers <= 5 ? 175 : 195
}

export function serverRadius(servers: number): number {
  return servers <= 5 ? 40 : servers <= 7 ? 36 : 32
}

export function placeOf(id: NodeId, servers: number): Point {
  const angle = -Math.PI / 2 + ((id - 1) / servers) * 2 * Math.PI
  const radius = ringRadius(servers)
  return { x: center.x + radius * Math.cos(angle), y: center.y + radius * Math.sin(angle) }
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
