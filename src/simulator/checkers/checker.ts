/**
 * What a checker is and what it gets to see.
 *
 * After every step of the world, all checkers look at the one node that moved and at what it did. They remember what they need and
 * nothing more, so that a look costs the same at the millionth entry as at the first; what they remember can be copied, like all of the
 * world. A checker never trusts the code under test to tell it about a broken rule: it sees logs, terms, votes, messages, applied commands
 * and answers, and judges for itself.
 */

import type { Configuration, Entry, LogIndex, LogPosition, Message, NodeId, SnapshotMeta, Term } from "../../core/index.ts"

/** One server that is up, as an observer sees it who can look into all of them. Valid only until the server's next step. */
export interface NodeView {
  /** The server's id: 1 to `nodes` + `spares` of the world's options. */
  readonly id: NodeId
  /** Which start of this server: 1 for the first, grows with each restart. */
  readonly life: number
  /** Which disk it runs on: 1 for the first, grows with each wipe, and each time that it is put back. What is on another disk is another server under the same id. */
  readonly incarnation: number
  /** Its role in its term (Raft Figure 4; `preCandidate` of dissertation §9.6). */
  readonly role: "follower" | "preCandidate" | "candidate" | "leader"
  /** Its current term, in memory; the one on disk may be older for a moment. */
  readonly term: Term
  /** The server that it voted for in this term; null for none. */
  readonly votedFor: NodeId | null
  /** The highest index that it knows to be committed. */
  readonly commitIndex: LogIndex
  /** What its state machine has applied. */
  readonly appliedIndex: LogIndex
  /** The last index that its newest durable snapshot covers. */
  readonly snapshotIndex: LogIndex
  /** That snapshot: the same object until there is a newer one. `lastIndex` 0 if there is none. */
  readonly snapshot: SnapshotMeta
  /** The position before the first entry that it holds. */
  readonly base: LogPosition
  /** The index of the last entry in its log; `base.index` if it holds none. */
  readonly lastIndex: LogIndex
  /** Its entry at `index`; undefined outside of base.index + 1 to lastIndex. */
  entry(index: LogIndex): Entry | undefined
  /** The latest configuration in its log, committed or not: the one that it goes by (Raft §6). */
  readonly configuration: Configuration
}

/** What is remembered of a server from its previous step in the same life. */
export interface NodeSummary {
  readonly role: NodeView["role"]
  readonly term: Term
  readonly votedFor: NodeId | null
  readonly commitIndex: LogIndex
  readonly appliedIndex: LogIndex
  readonly lastIndex: LogIndex
}

/** A command that a state machine applied. */
export interface AppliedEntry {
  readonly kind: "applied"
  readonly index: LogIndex
  readonly timeMs: number
  readonly command: Uint8Array
  readonly result: Uint8Array
  /** The machine's hash afterwards, or null where it was not asked. */
  readonly hash: number | null
  /** The hash of another machine that was restored from a snapshot of this state; null where that was not tried. */
  readonly restoredHash: number | null
  /** The client's operation that made this command, or 0 if none is known. */
  readonly operationId: number
  /** What it changed in the model that clients' answers are judged by; null if nothing. */
  readonly effect: { readonly register: number; readonly value: number } | null
}

/** A command that a state machine threw at. */
export interface Refused {
  readonly kind: "refused"
  readonly index: LogIndex
  readonly timeMs: number
}

/** A state machine whose state became that of a snapshot through `index`. */
export interface Restored {
  readonly kind: "restored"
  readonly index: LogIndex
  readonly hash: number
}

/** What a client asked for and what became of it. `at` is world time in milliseconds. */
export type ClientEvent =
  | {
      readonly kind: "asked"
      readonly operation: ClientOperation
      readonly at: number
    }
  | {
      readonly kind: "written"
      readonly operation: ClientOperation
      /** What the outcome said. */
      readonly index: LogIndex
      readonly result: Uint8Array
      /** Whether the result says that something changed; a `cas` that did not hold changes nothing. */
      readonly changed: boolean
      readonly at: number
    }
  | {
      readonly kind: "read"
      readonly operation: ClientOperation
      /** What the server had applied when it answered. */
      readonly index: LogIndex
      readonly value: number
      readonly at: number
    }
  /** Certainly not done, and the client will not ask again. */
  | { readonly kind: "refused"; readonly operation: ClientOperation; readonly at: number }
  /** The client gave up without knowing. */
  | { readonly kind: "abandoned"; readonly operation: ClientOperation; readonly at: number }

/**
 * One operation of a simulated client, in the terms that every workload shares: a register stands for a key, and a value is the id of the write that
 * made it.
 */
export interface ClientOperation {
  /** The client's number: 1 to `clients.count`; from `scriptedClientsFrom` on for those that a script speaks for. */
  readonly client: number
  /** Unique in the run. For a write, the id that its command carries. */
  readonly id: number
  /** `cas` writes only if the register holds `expected`. Reads are the only operations without a command. */
  readonly kind: "put" | "cas" | "delete" | "read"
  /** Its command is one at which every state machine throws: it changes nothing, whatever `kind` says. */
  readonly isPoison?: true
  /** What it is about: one key of whatever the state machine stores. */
  readonly register: number
  /** Of a `cas`: what the register has to hold; 0 for nothing. Otherwise 0. */
  readonly expected: number
  /** Carried by a session: exactly once, whatever the number of tries. */
  readonly inSession: boolean
  /** Of a read: how fresh it has to be (dissertation §6.4). `linearizable` for writes. */
  readonly consistency: "linearizable" | "lease" | "stale"
  /** The lowest index that a read's answer may come from, by the client's own account. */
  readonly minimumIndex: LogIndex
}

/** A leader appended the first entry of a change that an operator had asked it for, or told the operator later that the change is not made. */
export interface ChangeEvent extends LogPosition {
  readonly kind: "begun" | "refused"
}

/** What a node's disk would give back if power failed now and nothing unsynced survived. */
export interface DurableView {
  /** The term on disk (`currentTerm` of Raft Figure 2). */
  readonly term: Term
  /** The vote on disk for that term; null for none. */
  readonly votedFor: NodeId | null
  /** The newest durable snapshot's last index. */
  readonly snapshotIndex: LogIndex
  /** The last index of the durable log; `snapshotIndex` if no entry follows the snapshot. */
  readonly lastIndex: LogIndex
  /** The term of the durable entry at `index`, or null if it is not there. */
  termAt(index: LogIndex): Term | null
}

/** One step of the world, as checkers see it. */
export interface StepView {
  readonly eventNumber: number
  /** World time in milliseconds. */
  readonly now: number
  /** The server that moved; null if only clients did. */
  readonly node: NodeView | null
  /** The same server before this step; null if it has just started. */
  readonly before: NodeSummary | null
  /** The first index where its log is not what it was; lastIndex + 1 if nothing changed. Entries that were compacted away do not count. */
  readonly changedFrom: LogIndex
  /** All servers that are up, in the order of their ids. */
  readonly nodes: readonly NodeView[]
  /** Servers whose disks were wiped or put back: what they had acknowledged is gone, through no fault of theirs. */
  readonly wiped: readonly NodeId[]
  readonly journal: readonly (AppliedEntry | Refused | Restored)[]
  readonly sent: readonly Message[]
  readonly clients: readonly ClientEvent[]
  /** What became of changes of membership on the server that moved. */
  readonly changes: readonly ChangeEvent[]
  /** Reads a node's durable state back: dear, so checkers ask for a sample. Null if its disk cannot be read back. */
  durable(node: NodeId): DurableView | null
  /** A hash of all that is replicated on a server that is up (state machine, sessions, clock): dear, so checkers ask for a sample. */
  replicatedHash(node: NodeId): number | null
  /** A number that is the same for the same event of the same run: what samples are drawn by. Asked for where something could be one. */
  sample(): number
}

export interface Checker<State> {
  /** In code and in reports, kebab-case. */
  readonly name: string
  /** The rule in one sentence. */
  readonly rule: string
  /** Where the rule comes from. */
  readonly paper: string
  /** Which steps it is shown: those in which a server moved, or those in which a command was applied or a client asked or was told something. */
  readonly watches: "servers" | "outcomes"
  /** Names in etcd-io/raft's `etcdraft.tla`: of the invariant (`…Inv`), or of the action whose guard the rule is. Null where it has none. */
  readonly tla: string | null
  create(): State
  clone(state: State): State
  /** Says in a sentence what is wrong, or returns null. */
  check(state: State, step: StepView): string | null
  /** Looks back once, when a run is over: for what only the whole of it shows. */
  conclude?(state: State): string | null
}
