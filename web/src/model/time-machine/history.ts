/** Undo and redo: where the time machine stood before each thing that was done, and where it stood right after. Branches stay; only where one stands moves. */

import type { Position, TimeMachine } from "./time-machine.ts"

interface Change {
  readonly before: Position
  readonly after: Position
}

/** Changes that can be undone; the oldest is forgotten first. */
const changesMax = 1_000

export class History {
  #past: Change[] = []
  #future: Change[] = []

  get canUndo(): boolean {
    return this.#past.length > 0
  }

  get canRedo(): boolean {
    return this.#future.length > 0
  }

  /** Does something, and remembers it if the time machine stands elsewhere then. */
  record(timeMachine: TimeMachine, change: () => void): void {
    const before = timeMachine.position
    try {
      change()
    } finally {
      const after = timeMachine.position
      if (before.branch !== after.branch || before.done !== after.done) {
        this.#past.push({ before, after })
        if (this.#past.length > changesMax) this.#past.shift()
        this.#future = []
      }
    }
  }

  undo(timeMachine: TimeMachine): boolean {
    const change = this.#past.pop()
    if (change === undefined) return false
    this.#future.push(change)
    timeMachine.goTo(change.before, true)
    return true
  }

  redo(timeMachine: TimeMachine): boolean {
    const change = this.#future.pop()
    if (change === undefined) return false
    this.#past.push(change)
    timeMachine.goTo(change.after, true)
    return true
  }
}
