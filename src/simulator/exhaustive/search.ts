/**
 * Breadth-first search through all situations of a small world: whatever breaks a property is found by a shortest way.
 *
 * Deterministic, and in portions, so that its caller can tell how far it is. Memory is bounded: when it would go beyond, the search stops
 * and says so.
 */

import { defaultBounds, explainBadBounds, type Bounds } from "./bounds.ts"
import { Frontier } from "./frontier.ts"
import { properties } from "./properties/properties.ts"
import { startServer, type Server, type WorldSetting } from "./server.ts"
import { untampered, type Tampering } from "./tampering.ts"
import { Trail } from "./trail.ts"
import { VisitedSet } from "./visited.ts"
import { WorldSpace, type ActionCode, type SpaceOptions } from "./world-space.ts"

export interface SearchOptions extends SpaceOptions {
  readonly bounds: Bounds
  readonly tampering: Tampering
  /** Actions from the beginning. */
  readonly depthMax: number
  readonly statesMax: number
  /** Of the search's own arrays. The tables of servers and messages come on top, and are small against them. */
  readonly bytesMax: number
}

export const defaultSearchOptions: SearchOptions = {
  bounds: defaultBounds,
  tampering: untampered,
  properties: properties.map(({ name }) => name),
  symmetry: true,
  forgetLate: true,
  depthMax: Infinity,
  statesMax: Infinity,
  bytesMax: 2 ** 31,
}

/** Why there is no more to explore: everything was seen, something was found, or a limit was reached. */
export type SearchEnd = "explored" | "violation" | "depth" | "states" | "memory"

export interface PropertyViolation {
  readonly property: string
  readonly reason: string
  /** From the beginning; the last one breaks the property. */
  readonly actions: readonly ActionCode[]
}

export interface SearchReport {
  readonly end: SearchEnd | null
  /** Situations found, up to renaming. */
  readonly states: number
  /** Steps looked at, also those that led to what was known. */
  readonly steps: number
  /** Actions from the beginning to the situations that are being explored. */
  readonly depth: number
  /** Situations that wait to be explored. */
  readonly waiting: number
  /** Different states of single servers, different messages, and steps that the core really made. */
  readonly serverStates: number
  readonly messages: number
  readonly coreSteps: number
  readonly bytes: number
  readonly violation: PropertyViolation | null
}

export class StateSearch {
  readonly space: WorldSpace
  readonly setting: WorldSetting
  readonly #options: SearchOptions
  readonly #visited = new VisitedSet()
  readonly #trail = new Trail()
  #current = new Frontier()
  #following = new Frontier()
  #place: number | null = 0
  #depth = 0
  #steps = 0
  #explored = 0
  #end: SearchEnd | null = null
  #violation: PropertyViolation | null = null

  /** Throws a `RangeError` if the bounds make no sense. */
  constructor(options: SearchOptions) {
    const problem = explainBadBounds(options.bounds)
    if (problem !== null) throw new RangeError(problem)
    const unknown = options.properties.find((name) => !properties.some((property) => property.name === name))
    if (unknown !== undefined) throw new RangeError(`there is no property "${unknown}"`)
    this.#options = options
    this.setting = { bounds: options.bounds, tampering: options.tampering }
    this.space = new WorldSpace(this.setting, options)
    const { next, nextLength, fingerprint } = this.space
    this.#visited.add(fingerprint.high, fingerprint.low)
    this.#current.push(this.#trail.add(0, 0), next, nextLength)
  }

  get report(): SearchReport {
    return {
      end: this.#end,
      states: this.#visited.size,
      steps: this.#steps,
      depth: this.#depth,
      waiting: this.#visited.size - this.#explored,
      serverStates: this.space.servers.facts.length,
      messages: this.space.messages.messages.length,
      coreSteps: this.space.servers.steps,
      bytes: this.#bytes,
      violation: this.#violation,
    }
  }

  /** Explores up to `countMax` more situations. True as long as there is more to do. */
  advance(countMax: number): boolean {
    for (let count = 0; count < countMax && this.#end === null; count++) {
      if (this.#place === null) this.#descend()
      else this.#explore(this.#place)
    }
    return this.#end === null
  }

  /** The servers before anything has happened, in the order of their ids. */
  beginning(): Server[] {
    return Array.from({ length: this.space.serverCount }, (_, slot) => startServer(this.setting, slot + 1).server)
  }

  get #bytes(): number {
    return this.#visited.bytes + this.#trail.bytes + this.#current.bytes + this.#following.bytes
  }

  #descend(): void {
    if (this.#following.count === 0) {
      this.#end = "explored"
      return
    }
    if (this.#depth + 1 >= this.#options.depthMax) {
      this.#end = "depth"
      return
    }
    const empty = this.#current
    empty.clear()
    this.#current = this.#following
    this.#following = empty
    this.#place = 0
    this.#depth += 1
  }

  #explore(place: number): void {
    const { space } = this
    const situation = this.#current.situationAt(place)
    const found = this.#current.foundAt(place)
    space.expand(situation, (action, complaint) => {
      if (this.#violation !== null) return
      this.#steps += 1
      if (complaint !== null) {
        this.#violation = { ...complaint, actions: [...this.#trail.to(found), action] }
        this.#end = "violation"
        return
      }
      if (!this.#visited.add(space.fingerprint.high, space.fingerprint.low)) return
      this.#following.push(this.#trail.add(found, action), space.next, space.nextLength)
    })
    this.#explored += 1
    this.#place = this.#current.next(place)
    if (this.#end !== null) return
    if (this.#visited.size >= this.#options.statesMax) this.#end = "states"
    else if (this.#bytes > this.#options.bytesMax) this.#end = "memory"
  }
}

/** Searches to the end. */
export function search(options: Partial<SearchOptions> & { readonly bounds: Bounds }): { search: StateSearch; report: SearchReport } {
  const running = new StateSearch({ ...defaultSearchOptions, ...options })
  while (running.advance(1 << 20));
  return { search: running, report: running.report }
}
