/**
 * Where a planted bug sits: around the production core, never in it. Each hook changes what goes into a server, its state in between, or what it
 * finds on its disk. Hooks must be functions of what they are given, because the same step is only ever computed once, and must treat all servers
 * alike, because of two situations that differ in names only one is explored.
 */

import type { Message, RaftStart, RaftState, Write } from "../../core/index.ts"

export interface Tampering {
  /** Before `message` goes in; says what really does. */
  receive?(message: Message, state: RaftState): Message
  /** After an input, before what it leads to is said. */
  settle?(state: RaftState): void
  /** What a restarting server really finds. */
  restart?(start: RaftStart): RaftStart
  /** Whether `write` counts as done when it is asked for, although it is on disk only later. Only slow disks can. */
  completesEarly?(write: Write): boolean
}

export const untampered: Tampering = {}
