/**
 * Gathers the connections that have something to send, and lets each send it once, at the end of the turn.
 *
 * Replies to many requests become ready together, when one fsync or one round of messages completes. Writing each by itself would cost a
 * system call apiece; this way a connection makes one write per turn of the event loop. Node's next-tick queue is that moment: it runs right
 * after the callback in which the replica stepped, before the loop looks at sockets again.
 */

export interface Flushable {
  flush(): void
}

export class TurnEnd {
  private waiting: Flushable[] = []
  private spare: Flushable[] = []
  private readonly schedule: (run: () => void) => void

  /** `schedule` calls back soon, after what runs now; tests pass their own. */
  constructor(schedule: (run: () => void) => void = process.nextTick) {
    this.schedule = schedule
  }

  /** `flushable` adds itself at most once per turn. */
  add(flushable: Flushable): void {
    this.waiting.push(flushable)
    if (this.waiting.length === 1) this.schedule(this.run)
  }

  private readonly run = (): void => {
    const now = this.waiting
    this.waiting = this.spare
    // What a flush adds belongs to the next turn.
    for (const flushable of now) flushable.flush()
    now.length = 0
    this.spare = now
  }
}
