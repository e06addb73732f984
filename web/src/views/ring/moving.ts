/**
 * What moves on the ring between two events: messages on their way and the arcs of timers. Everything about them is looked up when something happens;
 * a frame only multiplies.
 */

import type { TimeMachine } from "../../model/time-machine/time-machine.ts"
import { onTheWay, type Point } from "./geometry.ts"
import { timerArc, timerOf, type Timer } from "./timer-arc.ts"

export interface Moving {
  readonly messages: readonly {
    readonly element: Element
    readonly from: Point
    readonly to: Point
    /** The part of the way at world time `now`. */
    readonly partAt: (now: number) => number
  }[]
  readonly timers: readonly { readonly element: Element; readonly timer: Timer }[]
  /** World time at which all are where they belong. */
  shown: number
}

export function movingOf(svg: SVGSVGElement, { world, inFlight, branch }: TimeMachine): Moving {
  const servers = world.nodeIds.length
  const isStill = isMotionReduced()
  const elements = new Map<string, Element>()
  for (const element of svg.querySelectorAll<SVGElement>("[data-message]")) elements.set(element.dataset["message"]!, element)
  const messages = inFlight.flatMap(({ name, from, to, at }) => {
    const element = elements.get(name)
    if (element === undefined) return []
    const partAt = wayOf(branch.record.flightOf(name)?.sentAt ?? world.now, at, isStill)
    return { element, from: onTheWay(from, to, servers, 0), to: onTheWay(from, to, servers, 1), partAt }
  })
  const timers = world.nodeIds.flatMap((id) => {
    const element = svg.querySelector(`[data-timer="${id}"]`)
    return element === null ? [] : { element, timer: timerOf(world, id) }
  })
  return { messages, timers, shown: -1 }
}

/** Whether nothing is to move: then a message stands in the middle of its way. */
export function isMotionReduced(): boolean {
  return matchMedia("(prefers-reduced-motion: reduce)").matches
}

/** The part of its way that a message has gone at world time `now`, if it was sent and arrives then. */
export function wayOf(sentAt: number, at: number, isStill: boolean): (now: number) => number {
  if (isStill || at === Infinity) return () => 0.5
  return at <= sentAt ? () => 1 : (now) => Math.max(0, Math.min(1, (now - sentAt) / (at - sentAt)))
}

export function moveAll(moving: Moving, now: number): void {
  if (moving.shown === now) return
  moving.shown = now
  for (const { element, from, to, partAt } of moving.messages) {
    const part = partAt(now)
    const x = from.x + (to.x - from.x) * part
    const y = from.y + (to.y - from.y) * part
    element.setAttribute("transform", `translate(${x.toFixed(1)} ${y.toFixed(1)})`)
  }
  for (const { element, timer } of moving.timers) element.setAttribute("stroke-dasharray", timerArc(timer, now))
}
