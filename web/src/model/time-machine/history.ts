/** Undo and redo: where the session stood before each thing that was done, and where it stood right after. Branches stay; only where one stands moves. */

import type { Position, Session } from "./time-machine.ts"

interface Deed {
  readonly before: Position
  readonly after: Position
}

/** Deeds that can be undone; the oldest is forgotten first. */
const deedsMax = 1_000

export class History {
  #past: Deed[] = []
  #future: Deed[] = []

  get canUndo(): boolean {
    return this.#past.length > 0
  }

  get canRedo(): boolean {
    return this.#future.length > 0
  }

  /** Does something, and remembers it if the session stands elsewhere then. */
  record(session: Session, deed: () => void): void {
    const before = session.position
    try {
      deed()
    } finally {
      const after = session.position
      if (before.branch !== after.branch || before.done !== after.done) {
        this.#past.push({ before, after })
        if (this.#past.length > deedsMax) this.#past.shift()
        this.#future = []
      }
    }
  }

  undo(session: Session): boolean {
    const deed = this.#past.pop()
    if (deed === undefined) return false
    this.#future.push(deed)
    session.goTo(deed.before, true)
    return true
  }

  redo(session: Session): boolean {
    const deed = this.#future.pop()
    if (deed === undefined) return false
    this.#past.push(deed)
    session.goTo(deed.after, true)
    return true
  }
}
