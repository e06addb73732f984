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
   * Changes the state by one committed command and returns its result. Must not throw: a command that makes no sense has a result that says
   * so. Neither buffer changes owner: copy what you keep of the command, and what you return need only be good until the next call.
   */
  apply(command: Uint8Array, context: ApplyContext): Uint8Array
  /** Answers a question from the present state, without changing it. May throw: the caller of the read gets the error. */
  query(query: Query): Answer
  /**
   * About how many items an answer of `query` holds: what making it took, and what handing it on will. A step makes answers of `answerItemsMax` items and
   * goes on in the next, so that heartbeats keep their moments. Without it every answer counts as one.
   */
  answerItems?(answer: Answer): number
  /** Freezes the present state as an iterator of its serialized chunks. Must be cheap to call (copy on write): later `apply` calls must not change what it yields. Chunks of about 64 KiB to 1 MiB serve best; any length is taken, and a chunk is held in memory as a whole, here and where it is restored. */
  snapshot(): Iterator<Uint8Array>
  /** Begins to replace the whole state by a snapshot, given chunk by chunk: the same chunks, with the borders that `snapshot` chose. */
  restore(): SnapshotSink
  /** An independent copy with the same state; cheap, by sharing structure. Needed by the simulator and the visualizer, which rewind time. */
  clone(): StateMachine<Query, Answer>
  /** A hash of the whole state as an unsigned 32-bit number: equal on every server that applied the same prefix. May be slow. */
  hash(): number
  /**
   * For a machine that keeps state of its own outside the replica: the index of the last entry in it, 0 if it is empty. Checked at the start, so
   * that a machine which is ahead of its snapshot is refused instead of being given commands twice. Machines in memory leave it out.
   */
  appliedIndex?(): number
}

/** Receives the chunks of a snapshot in order. The state changes at `finish`, all at once. Throws on chunks that are not of this state machine. */
export interface SnapshotSink {
  write(chunk: Uint8Array): void
  finish(): void
}
