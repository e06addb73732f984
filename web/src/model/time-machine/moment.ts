/**
 * What is told of one event: for the event log, the timeline and the search. Made once, when the event first happens; a long run has a hundred
 * thousand of them, so what is seldom looked at is kept as `Texts`, and what many of them have in common is the same object.
 */

import type { NodeId } from "oarlock/core"
import { describeEvent, type WorldAction, type World, type WorldEvent } from "oarlock/simulator"
import { describeAction, sentenceOf, type Explanation } from "oarlock/simulator/internal"
import type { Texts } from "./texts.ts"

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
  /** Whether a client has its answer in it. */
  readonly isAnswer: boolean
  /** Whether it was done by the user, a script or a fault. */
  readonly isDone: boolean
  /** How many actions had been done when this was told, and what was told before the last one of them, if that came right after this event. */
  readonly done: number
  readonly before: Moment | null
}

export interface Seen {
  readonly event: WorldEvent | null
  readonly actions: readonly WorldAction[]
  readonly explanations: readonly Explanation[]
  readonly elected: { readonly id: NodeId; readonly term: number } | null
  readonly isPurge: boolean
  readonly done: number
}

/** `before` is what was told of the same step so far, when something is done right after it. */
export function momentOf(world: World, seen: Seen, before: Moment | null, texts: Texts): Moment {
  const { event, actions, explanations, elected, isPurge } = seen
  const title = before?.title ?? (event === null ? "The beginning" : capitalized(describeEvent(event)))
  const done = actions.map((action) => capitalized(describeAction(action)))
  const told = [title, ...(before?.sentences ?? []), ...done, ...explanations.map(sentenceOf)]
  const named = explanations.map(({ node }) => node)
  let [committed, term] = [0, 0]
  for (const view of world.views) {
    committed = Math.max(committed, view.commitIndex)
    term = Math.max(term, view.term)
  }
  return new ToldMoment(
    {
      step: world.eventNumber,
      at: world.now,
      servers: group([...(before?.servers ?? []), ...serversOf(event), ...actions.flatMap(serverOf), ...named]),
      place: before?.place ?? placeOf(event),
      elected: elected ?? before?.elected ?? null,
      committed,
      term,
      isDone: actions.length > 0 || before?.isDone === true || event?.kind === "act" || event?.kind === "script",
      isPurge: isPurge || before?.isPurge === true,
      isAnswer: event?.kind === "answer" || before?.isAnswer === true,
      done: seen.done,
      before,
    },
    texts,
    texts.add(told),
  )
}

class ToldMoment implements Moment {
  readonly step: number
  readonly at: number
  readonly servers: readonly NodeId[]
  readonly place: NodeId | null
  readonly elected: Moment["elected"]
  readonly committed: number
  readonly term: number
  readonly isPurge: boolean
  readonly isAnswer: boolean
  readonly isDone: boolean
  readonly done: number
  readonly before: Moment | null
  readonly #texts: Texts
  /** Where the title is, and behind it the sentences. */
  readonly #text: number

  constructor(facts: Omit<Moment, "title" | "sentences">, texts: Texts, text: number) {
    this.step = facts.step
    this.at = facts.at
    this.servers = facts.servers
    this.place = facts.place
    this.elected = facts.elected
    this.committed = facts.committed
    this.term = facts.term
    this.isPurge = facts.isPurge
    this.isAnswer = facts.isAnswer
    this.isDone = facts.isDone
    this.done = facts.done
    this.before = facts.before
    this.#texts = texts
    this.#text = text
  }

  get title(): string {
    return this.#texts.at(this.#text)[0]!
  }

  get sentences(): readonly string[] {
    return this.#texts.at(this.#text).slice(1)
  }
}

const groups = new Map<string, readonly NodeId[]>()

/** These servers, each once: the same array for the same ones. */
function group(ids: readonly NodeId[]): readonly NodeId[] {
  const key = ids.join()
  let found = groups.get(key)
  if (found === undefined) groups.set(key, (found = [...new Set(ids)]))
  return found
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

function serverOf(action: WorldAction): NodeId[] {
  return "node" in action ? [action.node] : []
}

function capitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}
