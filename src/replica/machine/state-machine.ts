/**
 * What you replicate: the contract between a replica and your state machine (Raft §2, dissertation §6).
 *
 * A state machine is deterministic. The same commands in the same order must give the same results and the same state on every server,
 * so it looks at nothing but its state and what it is given: no clock, no dice, no files. `time` in the context is the cluster's own clock.
 */

/** One object serves all calls: valid only during the call that it is given to. */
export interface ApplyContext {
  /** The index of the entry being applied. Grows, with gaps. */
  readonly index: number
  /** The cluster's clock in milliseconds: never goes back, stands still while there is no leader. The same on every server. */
  readonly timeMs: number
}

/**
 * `Query` and `Answer` never leave this process, so they can be any type you like. Commands and results are bytes: commands travel through the
 * log, results are kept in sessions so that a retry gets the first answer again.
 */
export interface StateMachine<Query = unknown, Answer = unknown> {
  /**
   * Changes the state by one committed command and returns its result, before it returns: a Promise is refused. A command that makes no sense
   * has a result that says so. Where it throws all the same, `onApplyError` decides: `"halt"` (the default) stops the server, and every other
   * one that comes to this entry; `"refuse"` goes on, and then **apply must have changed nothing when it throws** and must throw for the same
   * commands on every server. Neither buffer changes owner: copy what you keep of the command (a `Buffer`'s `slice` is no copy), and what you
   * return need only be good until the next call.
   */
  apply(command: Uint8Array, context: ApplyContext): Uint8Array
  /**
   * Answers a question from the present state, before it returns and without changing it. May throw: the caller of the read gets the error, as
   * `queryFailed`.
   */
  query(query: Query): Answer
  /**
   * About how many items an answer of `query` holds: what making it took, and what handing it on will. A step makes answers of `answerItemsMax`
   * items and goes on in the next, so that heartbeats keep their moments. Without it every answer counts as one.
   */
  answerItems?(answer: Answer): number
  /**
   * The state at the moment of the call, as an iterator of its serialized chunks, which later `apply` calls must not change. A server takes
   * its snapshots from a `clone()`, to which nothing more is applied: one of the two has to freeze the state, not both. For a machine on disk
   * `clone` begins a read transaction, which `release` ends. Checkers and tests also ask the machine itself, and clones of clones.
   *
   * Chunks of about 64 KiB to 1 MiB serve best: any length is taken, but each is made in one turn of the event loop, and held in memory as a
   * whole, here and where it is restored.
   */
  snapshot(): Iterator<Uint8Array>
  /**
   * Begins to replace the whole state by a snapshot, given chunk by chunk (the same chunks, with the borders that `snapshot` chose). May be called
   * again before an earlier one was finished: that one's sink is then never used again, and must have changed nothing.
   */
  restore(): SnapshotSink
  /**
   * An independent copy with the same state, to be asked for its snapshot or to go on by itself. **Called on every server whenever a snapshot
   * is taken**, in the middle of a turn of the event loop: share structure, or copy on the next write. A deep copy of much stops the loop for as long
   * as it takes; the log then says so (`stalled`, "in your state machine's clone"). Simulator and visualizer call it much more often.
   */
  clone(): StateMachine<Query, Answer>
  /**
   * A hash of the whole state as an unsigned 32-bit number: equal on every server that applied the same prefix. Optional: without it servers
   * cannot compare their states (`verifyEveryEntries`), and `oarlock/testing` leaves out what needs it. May walk the whole state; how often it is
   * asked for is yours to choose.
   */
  hash?(): number
  /**
   * For a machine that keeps its state on disk, with `persist` and `records`: the index of the last point that it kept, 0 if it is empty. Asked at
   * the start: the server goes on after that entry, without its own snapshot, if that one is no newer. Machines in memory leave all three out.
   */
  appliedIndex?(): number
  /**
   * For a machine that keeps its state on disk: makes durable, **all in one transaction**, what `apply` and a finished `restore` have done since the
   * last call, the index, and the records. Nothing of it may become durable in any other moment: after a crash the machine is as it was at one of
   * its points. Called after each slice of entries, never for entries that this server's log does not have on disk. A point need not survive a
   * power failure (the log has what came later), so syncing each of them is not needed. Throwing stops the server.
   */
  persist?(point: MachinePoint): void
  /** The records of the last point, in any order. Asked at the start, right after `appliedIndex`. */
  records?(): Iterable<readonly [number: number, record: Uint8Array]>
  /** A clone that was made for a snapshot is not needed any more: what it holds frozen, such as a read transaction, can be let go of. */
  release?(): void
}

/** A state that a machine keeps on disk: as it was right after the entry `index`. */
export interface MachinePoint {
  /** The index of the last entry that is applied. Grows from point to point. */
  readonly index: number
  /**
   * What the replica keeps beside the state, by number (0 to 2^53 - 1), opaque: those that changed; null for one that is gone. The bytes stay as
   * they are.
   */
  readonly records: ReadonlyMap<number, Uint8Array | null>
  /** These are all records: forget the others. */
  readonly isWhole: boolean
}

/** Receives the chunks of a snapshot in order. The state changes at `finish`, all at once. Throws on chunks that are not of this state machine. */
export interface SnapshotSink {
  /** Takes the next chunk. The bytes are not changed afterwards, so they may be kept. */
  write(chunk: Uint8Array): void
  /** All chunks were written: puts the state that they hold in the place of the present one. */
  finish(): void
}
