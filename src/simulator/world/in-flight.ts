/**
 * Messages on their way, one by one: each has a stable name, under which a script, a scenario or a minimizer may lose it, double it, hold it
 * back or let it through. What is held is out of the queue until somebody names it again.
 */

import type { Message, NodeId } from "../../core/index.ts"
import { decodeMessage } from "../../wire/index.ts"
import { messageName } from "../network/network.ts"
import { deliver } from "../servers/delivery.ts"
import type { MessageAction } from "../state/action.ts"
import type { Delivery } from "../state/world-event.ts"
import type { WorldState } from "../state/world-state.ts"

/** A message that was sent and has not arrived. */
export interface InFlight {
  /** `S1>S3#42`: the 42nd from server 1 to server 3. A duplicate has its number behind: `S1>S3#42.1`. */
  readonly name: string
  /** The sender. */
  readonly from: NodeId
  /** The receiver. */
  readonly to: NodeId
  /** World time of its arrival; infinite while it is held back. */
  readonly at: number
  /** What it says. Decoded when it is asked for. */
  readonly message: Message
}

/** In the order in which they will arrive, with those that are held back at the end. */
export function inFlight({ queue, held }: WorldState): readonly InFlight[] {
  const messages: InFlight[] = []
  for (const { at, event } of queue.inOrder()) if (event.kind === "deliver") messages.push(new InFlightMessage(at, event))
  for (const delivery of held) messages.push(new InFlightMessage(Infinity, delivery))
  return messages
}

export function actOnMessage(state: WorldState, action: MessageAction): void {
  const found = find(state, action.message)
  if (found === null) return
  const { delivery, at } = found
  switch (action.kind) {
    case "dropMessage":
      remove(state, delivery)
      state.coverage.dropped += 1
      return
    case "duplicateMessage": {
      const copy = { ...delivery, copy: nextCopy(state, delivery) }
      if (at === Infinity) state.held = [...state.held, copy]
      else state.queue.add(at, copy)
      state.coverage.duplicated += 1
      return
    }
    case "deliverMessage":
      remove(state, delivery)
      deliver(state, delivery)
      return
    case "holdMessage":
      if (at === Infinity) return
      remove(state, delivery)
      state.held = [...state.held, delivery]
      return
    case "delayMessage":
      remove(state, delivery)
      state.queue.add((at === Infinity ? state.now : at) + action.byMs, delivery)
      return
    default:
      action satisfies never
  }
}

/** What was held back arrives now, one after the other. */
export function releaseHeld(state: WorldState): void {
  for (const delivery of state.held) state.queue.add(state.now, delivery)
  state.held = []
}

/** Decodes its bytes only when they are looked at. */
class InFlightMessage implements InFlight {
  readonly name: string
  readonly from: NodeId
  readonly to: NodeId
  readonly at: number
  readonly #frame: Uint8Array

  constructor(at: number, { from, to, number, copy, frame }: Delivery) {
    this.name = messageName(from, to, number, copy)
    this.from = from
    this.to = to
    this.at = at
    this.#frame = frame
  }

  get message(): Message {
    return decodeMessage(this.#frame).message
  }
}

function find(state: WorldState, name: string): { readonly delivery: Delivery; readonly at: number } | null {
  const isNamed = (delivery: Delivery): boolean => messageName(delivery.from, delivery.to, delivery.number, delivery.copy) === name
  for (const { at, event } of state.queue.all()) if (event.kind === "deliver" && isNamed(event)) return { delivery: event, at }
  const delivery = state.held.find(isNamed)
  return delivery === undefined ? null : { delivery, at: Infinity }
}

function remove(state: WorldState, delivery: Delivery): void {
  state.queue.takeAll((event) => event === delivery)
  state.held = state.held.filter((one) => one !== delivery)
}

/** One more than the highest number that a copy on its way has. */
function nextCopy({ queue, held }: WorldState, { from, to, number }: Delivery): number {
  let highest = 0
  const look = (one: Delivery): void => {
    if (one.from === from && one.to === to && one.number === number) highest = Math.max(highest, one.copy)
  }
  for (const { event } of queue.all()) if (event.kind === "deliver") look(event)
  held.forEach(look)
  return highest + 1
}
