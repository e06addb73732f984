/** What is told of one event: for the event log, the timeline and the search. Made once, when the event first happens. */

import type { NodeId } from "oarlock/core"
import { describeAction, describeEvent, sentenceOf, type Action, type Explanation, type World, type WorldEvent } from "oarlock/simulator"

export interface Moment {
  /** The event's number; 0 is before the first. */
  readonly step: number
  /** World time in milliseconds. */
  readonly at: number
  /** What happened, in a few words: `S1>S3#42 arrives`. */
  readonly title: string
  /** What the servers did about it and which rule made them, a sentence each. */
  readonly sentences: readonly string[]
  /** Whom it concerns. */
  readonly servers: readonly NodeId[]
  /** The server that it happened on, if it was one. */
  readonly place: NodeId | null
  /** Who became leader in it, and of which term. */
  readonly elected: { readonly id: NodeId; readonly term: number } | null
  /** The highest index that anybody has committed by now, and the highest term that anybody is in. */
  readonly committed: number
  readonly term: number
  /** Whether a server removed entries in it. */
  readonly isPurge: boolean
  /** Whether it was done by the user, a script or a fault. */
  readonly isDone: boolean
  /** How many actions had been done when this was told, and what was told before the last one of them, if that came right after this event. */
  readonly done: number
  readonly before: Moment | null
}

export interface Seen {
  readonly event: WorldEvent | null
  readonly actions: readonly Action[]
  readonly explanations: readonly Explanation[]
  readonly elected: { readonly id: NodeId; readonly term: number } | null
  readonly isPurge: boolean
  readonly done: number
}

/** `before` is what was told of the same step so far, when something is done right after it. */
export function momentOf(world: World, { event, actions, explanations, elected, isPurge, done }: Seen, before: Moment | null): Moment {
  const told = explanations.map(sentenceOf)
  const deeds = actions.map((action) => capitalized(describeAction(action)))
  const named = explanations.map(({ node }) => node)
  const servers = [...new Set([...(before?.servers ?? []), ...serversOf(event), ...actions.flatMap(serverOf), ...named])]
  return {
    step: world.eventNumber,
    at: world.now,
    title: before?.title ?? (event === null ? "The beginning" : capitalized(describeEvent(event))),
    sentences: [...(before?.sentences ?? []), ...deeds, ...told],
    servers,
    place: before?.place ?? placeOf(event),
    elected: elected ?? before?.elected ?? null,
    committed: Math.max(0, ...world.views.map(({ commitIndex }) => commitIndex)),
    term: Math.max(0, ...world.views.map(({ term }) => term)),
    isDone: actions.length > 0 || before?.isDone === true || event?.kind === "act" || event?.kind === "script",
    isPurge: isPurge || before?.isPurge === true,
    done,
    before,
  }
}

/** What was told of the same event when only `done` actions had been done. */
export function momentAfter(moment: Moment, done: number): Moment {
  let one = moment
  while (one.done > done && one.before !== null) one = one.before
  return one
}

function placeOf(event: WorldEvent | null): NodeId | null {
  if (event === null) return null
  if (event.kind === "deliver") return event.to
  return serversOf(event)[0] ?? null
}

function serversOf(event: WorldEvent | null): NodeId[] {
  if (event === null) return []
  if (event.kind === "deliver") return [event.from, event.to]
  if (event.kind === "greet") return [event.one, event.other]
  if (event.kind === "act") return serverOf(event.action)
  return "node" in event ? [event.node] : []
}

function serverOf(action: Action): NodeId[] {
  return "node" in action ? [action.node] : []
}

function capitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}
