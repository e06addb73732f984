/**
 * A story about a cluster, as plain data: what `parseScenario` makes of a text and what `ScenarioRun` performs.
 *
 * The vocabulary is small on purpose. A command does one thing at one moment; only `elect`, `run`, `settle`, `step` and the commands that
 * wait for a message let time pass. A condition is the same thing in `run until` and in `expect`. The language is described in
 * docs/scenarios.md, with an example of every command.
 */

import type { LogIndex, MembershipChange, Message, MessageKind, NodeId, Term } from "../../core/index.ts"
import type { ReadConsistency } from "../../replica/index.ts"

/** A story about a cluster, read from a text. Made by `parseScenario`; its parts are described in docs/scenarios.md. */
export interface Scenario {
  /** Where it was read from, for error messages. */
  readonly file: string
  /** The first paragraph of its opening comment, without the source. */
  readonly moral: string
  /** Where the moral comes from: "Raft §5.2". */
  readonly source: string
  /** The other paragraphs of the opening comment; empty if there is none. */
  readonly notes: string
  /** What holds before the first server starts: how many servers there are, and their options. */
  readonly setup: Setup
  /** In the order of their lines. The last one is an `expect`. */
  readonly commands: readonly PlacedCommand[]
}

/** What holds before the first server starts. */
export interface Setup {
  /** Servers 1 to `nodes` make up the first configuration. */
  readonly nodes: number
  /** How many servers exist beside them, in no configuration. */
  readonly spares: number
  /** Servers of the first configuration that are not started with the others. */
  readonly late: readonly NodeId[]
  /** Those without which the others may begin. */
  readonly beginWithout: readonly NodeId[]
  readonly options: readonly ScenarioOption[]
  readonly logs: readonly InitialLog[]
  /** The rule that may be switched off for this story, and what turns red then. */
  readonly breakable: Breakable | null
}

/** One option of the world, under the name that it has in code. */
export interface ScenarioOption {
  readonly name: string
  readonly value: number | boolean | string
}

/** What is on a server's disk when it starts for the first time: an entry without a command for each term. */
export interface InitialLog {
  readonly node: NodeId
  /** The term that it was last in; at least that of its last entry. */
  readonly term: Term
  readonly terms: readonly Term[]
}

export interface Breakable {
  readonly rule: string
  readonly violates: string
}

/** A place in the text. */
export interface Place {
  /** The line, counted from 1. */
  readonly line: number
  /** The column in characters, counted from 1. */
  readonly column: number
}

/** A command of a story, and where it stands. */
export interface PlacedCommand {
  /** Where the command begins. */
  readonly place: Place
  /** The line as it was written, without comment and spaces around it. */
  readonly text: string
  /** What it says, as the parser understood it. */
  readonly command: Command
}

export type Command =
  /** Time out a server, again and again if need be, until it leads; then `settle`. */
  | { readonly kind: "elect"; readonly node: NodeId }
  | { readonly kind: "timeout"; readonly nodes: readonly NodeId[] }
  | { readonly kind: "runFor"; readonly forMs: number }
  | { readonly kind: "runUntil"; readonly conditions: readonly PlacedCondition[]; readonly withinMs: number }
  /** Until nothing is about to happen: messages have arrived, disks are done, clients have heard. */
  | { readonly kind: "settle" }
  | { readonly kind: "step"; readonly events: number }
  | { readonly kind: "expect"; readonly conditions: readonly PlacedCondition[] }
  // Network
  | { readonly kind: "partition"; readonly groups: readonly (readonly NodeId[])[] }
  | { readonly kind: "cut"; readonly from: readonly NodeId[]; readonly to: readonly NodeId[]; readonly bothWays: boolean }
  | { readonly kind: "isolate"; readonly nodes: readonly NodeId[] }
  /** Ends every cut; with servers, the cuts between them and all others; with a direction, that one alone. */
  | { readonly kind: "heal"; readonly nodes: readonly NodeId[]; readonly direction: { readonly from: NodeId; readonly to: NodeId } | null }
  | { readonly kind: "link"; readonly from: NodeId; readonly to: NodeId; readonly quality: LinkQuality }
  | { readonly kind: "message"; readonly deed: MessageDeed; readonly selector: MessageSelector }
  // Servers
  | { readonly kind: "crash"; readonly nodes: readonly NodeId[]; readonly powerLoss: boolean }
  | { readonly kind: "restart" | "resume" | "wipe" | "copyDisk" | "putBackDisk"; readonly nodes: readonly NodeId[] }
  /** Until it is resumed. */
  | { readonly kind: "pause"; readonly nodes: readonly NodeId[] }
  | { readonly kind: "suspend"; readonly nodes: readonly NodeId[]; readonly forMs: number }
  | { readonly kind: "clock"; readonly node: NodeId; readonly rate: number }
  | { readonly kind: "setClock"; readonly node: NodeId; readonly byMs: number }
  | { readonly kind: "slowDisk"; readonly node: NodeId; readonly byMs: number; readonly forMs: number }
  | { readonly kind: "fillDisk"; readonly node: NodeId; readonly forMs: number }
  | { readonly kind: "failSync"; readonly node: NodeId }
  | { readonly kind: "rot"; readonly node: NodeId; readonly target: "log" | "snapshot"; readonly number: number }
  /** What the state machine holds in memory becomes something else. */
  | { readonly kind: "spoil"; readonly node: NodeId }
  // Clients and operators
  | { readonly kind: "request"; readonly node: NodeId; readonly request: ClientRequest; readonly client: string | null }
  /** The client sends its latest request once more, under the same sequence number if it has a session. */
  | { readonly kind: "retry"; readonly node: NodeId; readonly client: string }
  | { readonly kind: "transfer"; readonly node: NodeId; readonly to: NodeId | null }
  | { readonly kind: "snapshot"; readonly node: NodeId }
  | {
      readonly kind: "change"
      readonly node: NodeId
      readonly steps: readonly MembershipStep[]
      /** The index of the configuration that it was made for. */
      readonly version: LogIndex | null
    }

export interface LinkQuality {
  readonly latencyMs?: number
  readonly dropRate?: number
  readonly duplicateRate?: number
}

export type MessageDeed = { readonly kind: "drop" | "duplicate" | "deliver" | "hold" } | { readonly kind: "delay"; readonly byMs: number }

export type ClientRequest =
  | { readonly kind: "write"; readonly key: string; readonly value: string; readonly inSession: boolean }
  /** `expected` null: only if there is no such key. */
  | { readonly kind: "cas"; readonly key: string; readonly value: string; readonly expected: string | null; readonly inSession: boolean }
  | { readonly kind: "delete"; readonly key: string; readonly inSession: boolean }
  /** A command at which every state machine throws. */
  | { readonly kind: "poison"; readonly inSession: boolean }
  | { readonly kind: "read"; readonly key: string; readonly consistency: ReadConsistency }

/** A `MembershipChange` that names servers by number alone. */
export type MembershipStep = { readonly kind: Exclude<MembershipChange["kind"], "update">; readonly node: NodeId }

/** Messages on their way that fit. Null fits everything. */
export interface MessageSelector {
  /** `the` takes the next one to arrive, `every` all of them. */
  readonly which: "the" | "every"
  readonly kind: MessageKind | null
  readonly from: NodeId | null
  readonly to: NodeId | null
  readonly term: Term | null
  /** Of a vote or an acknowledgement: granted (accepted) or refused. */
  readonly granted: boolean | null
  /** Of an append: whether it carries entries. */
  readonly hasEntries: boolean | null
}

export interface PlacedCondition {
  readonly place: Place
  readonly text: string
  readonly condition: StoryCondition
}

export type StoryCondition =
  /** `servers` empty: everyone who is up. `holds`: for each of them, for some of them, or for none. */
  | { readonly kind: "servers"; readonly servers: readonly NodeId[]; readonly holds: "each" | "some" | "none"; readonly claim: Claim }
  | { readonly kind: "leaders"; readonly count: NumberComparison }
  /** The latest request of that kind, of that client if one is named. */
  | {
      readonly kind: "outcome"
      readonly client: string | null
      readonly request: RequestKind
      readonly not: boolean
      readonly outcome: ExpectedOutcome
    }
  | { readonly kind: "onItsWay"; readonly selector: MessageSelector; readonly present: boolean }
  /** The servers have applied equally far and are in the same state. */
  | { readonly kind: "agree"; readonly servers: readonly NodeId[] }
  /** Null: any. */
  | { readonly kind: "violation"; readonly checker: string | null; readonly present: boolean }
  | { readonly kind: "history"; readonly linearizable: boolean }

export type RequestKind = "write" | "cas" | "delete" | "poison" | "read" | "change" | "transfer" | "snapshot"

export type ExpectedOutcome =
  /** No answer yet. */
  | { readonly kind: "waiting" }
  /** `swapped` for a `cas` alone: whether it found what it expected. */
  | { readonly kind: "committed"; readonly swapped: boolean | null }
  | { readonly kind: "rejected"; readonly reason: string | null }
  | { readonly kind: "unknown" }
  | { readonly kind: "answered"; readonly value: string | null }

/** Something about one server. `not` turns it around. */
export type Claim = { readonly not: boolean } & (
  | { readonly kind: "role"; readonly role: "leader" | "follower" | "candidate" | "preCandidate" }
  | { readonly kind: "up" | "down" | "joint" }
  /** Neither votes nor campaigns: its cluster has not begun, or its disk went back. */
  | { readonly kind: "barred" }
  /** Has stopped for good, at that entry if one is named. */
  | { readonly kind: "halted"; readonly at: LogIndex | null }
  /** Has stopped because its state is not that of the others, from that entry on as far as it knows. */
  | { readonly kind: "differs"; readonly from: LogIndex; readonly through: LogIndex | null }
  /** Would not shake hands with that server. */
  | { readonly kind: "refuses"; readonly peer: NodeId }
  | { readonly kind: "number"; readonly field: NumberField; readonly comparison: NumberComparison }
  /** `nobody` is null. */
  | { readonly kind: "voted"; readonly onDisk: boolean; readonly candidate: NodeId | null }
  /** The whole log that it holds, or what it holds from an index on. */
  | { readonly kind: "log"; readonly from: LogIndex | null; readonly entries: readonly ExpectedEntry[] }
  | { readonly kind: "holds"; readonly key: string; readonly value: string | null }
  | { readonly kind: "members"; readonly list: "voters" | "outgoing" | "learners"; readonly ids: readonly NodeId[] }
)

export type NumberField = "term" | "commit" | "applied" | "last" | "snapshot" | "configuration" | "life" | "diskTerm" | "diskLast"

export interface NumberComparison {
  readonly how: "is" | "above" | "below" | "atLeast" | "atMost"
  readonly value: number
}

export interface ExpectedEntry {
  readonly term: Term
  /** Null if the story does not say. */
  readonly content: EntryContent | null
}

export type EntryContent =
  | { readonly kind: "noop" }
  | { readonly kind: "configuration" }
  | { readonly kind: "put"; readonly key: string; readonly value: string }
  | { readonly kind: "delete"; readonly key: string }
  | { readonly kind: "poison" }

/** The message kinds as a scenario names them. */
export const messageNames: Readonly<Record<string, MessageKind>> = {
  "pre-vote request": "preVote",
  "pre-vote reply": "preVoteReply",
  "vote request": "requestVote",
  "vote reply": "requestVoteReply",
  append: "appendEntries",
  "append reply": "appendEntriesReply",
  "snapshot chunk": "installSnapshot",
  "snapshot reply": "installSnapshotReply",
  timeout: "timeoutNow",
  "read request": "readIndex",
  "read reply": "readIndexReply",
  forward: "forwardProposals",
  "forward reply": "forwardProposalsReply",
}

export function fits(selector: MessageSelector, message: Message): boolean {
  const { kind, from, to, term, granted, hasEntries } = selector
  if (kind !== null && message.kind !== kind) return false
  if (from !== null && message.from !== from) return false
  if (to !== null && message.to !== to) return false
  if (term !== null && message.term !== term) return false
  if (granted !== null && grantOf(message) !== granted) return false
  return hasEntries === null || (message.kind === "appendEntries" && message.entries.length > 0 === hasEntries)
}

function grantOf(message: Message): boolean | null {
  if (message.kind === "requestVoteReply" || message.kind === "preVoteReply") return message.granted
  return message.kind === "appendEntriesReply" ? message.success : null
}
