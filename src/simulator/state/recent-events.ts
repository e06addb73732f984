/** The latest events of a world, for the report of a failure: a ring, so that remembering one costs nothing. */

import type { WorldEvent } from "./world-event.ts"

const eventsMax = 24

export class RecentWorldEvents {
  readonly #events: WorldEvent[]
  #next: number

  constructor(events: WorldEvent[] = [], next = 0) {
    this.#events = events
    this.#next = next
  }

  add(event: WorldEvent): void {
    this.#events[this.#next] = event
    this.#next = (this.#next + 1) % eventsMax
  }

  /** Oldest first. */
  inOrder(): readonly WorldEvent[] {
    return [...this.#events.slice(this.#next), ...this.#events.slice(0, this.#next)]
  }

  clone(): RecentWorldEvents {
    return new RecentWorldEvents(this.#events.slice(), this.#next)
  }
}
