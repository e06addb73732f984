/**
 * Hand-made worlds for checkers: servers, disks, journals and clients as an observer would find them, with everything that a test does not care about
 * filled in.
 */

import { bootstrapConfiguration, type Configuration, type Entry, type SnapshotMeta } from "../../src/core/index.ts"
import type {
  AppliedEntry,
  Checker,
  ClientEvent,
  ClientOperation,
  DurableView,
  NodeSummary,
  NodeView,
  StepView,
} from "../../src/simulator/checkers/index.ts"

const member = (id: number) => ({ id, name: "", peerAddress: "", clientAddress: "" })

export function voters(...ids: readonly number[]): Configuration {
  return bootstrapConfiguration(ids.map(member))
}

/** Servers 1, 2 and 3 vote. */
export const three = voters(1, 2, 3)

/** An entry whose content is its term, unless told otherwise. */
export function entry(index: number, term: number, content = term): Entry {
  return { index, term, kind: "command", data: Uint8Array.of(content), configuration: null, encoded: null }
}

export interface Given extends Partial<Omit<NodeView, "entry" | "base">> {
  readonly id: number
  /** Terms of the entries after the base. */
  readonly log?: readonly number[]
  readonly base?: number
  readonly baseTerm?: number
  readonly contents?: readonly number[]
  /** Configurations by the index of their entry. */
  readonly configurations?: readonly Configuration[]
}

export function node(given: Given): NodeView {
  const { log = [], base = 0, baseTerm = 0, contents = log, configurations = [], ...rest } = given
  const entries = log.map((term, position) => {
    const index = base + position + 1
    const configuration = configurations.find((one) => one.index === index)
    return configuration === undefined
      ? entry(index, term, contents[position])
      : { ...entry(index, term), kind: "configuration" as const, data: new Uint8Array(0), configuration }
  })
  const snapshotIndex = rest.snapshot?.lastIndex ?? rest.snapshotIndex ?? base
  return {
    life: 1,
    incarnation: 1,
    role: "follower",
    term: log.at(-1) ?? baseTerm,
    votedFor: null,
    commitIndex: base,
    appliedIndex: base,
    snapshotIndex,
    snapshot: snapshotOf(snapshotIndex, baseTerm),
    lastIndex: base + log.length,
    configuration: configurations.at(-1) ?? three,
    ...rest,
    base: { index: base, term: baseTerm },
    entry: (index) => entries[index - base - 1],
  }
}

export function snapshotOf(lastIndex: number, lastTerm: number, configuration: Configuration = three): SnapshotMeta {
  return { lastIndex, lastTerm, configuration }
}

export function before(given: Partial<NodeSummary>): NodeSummary {
  return { role: "follower", term: 1, votedFor: null, commitIndex: 0, appliedIndex: 0, lastIndex: 0, ...given }
}

export function step(given: Partial<StepView>): StepView {
  const moved = given.node ?? null
  return {
    eventNumber: 1,
    now: 0,
    node: moved,
    before: null,
    changedFrom: moved === null ? 0 : moved.base.index + 1,
    nodes: moved === null ? [] : [moved],
    wiped: [],
    journal: [],
    sent: [],
    clients: [],
    changes: [],
    sample: () => 0,
    durable: () => null,
    replicatedHash: () => 0,
    ...given,
  }
}

/** Each of these servers moves in turn. */
export const moves = (...nodes: readonly NodeView[]): StepView[] => nodes.map((one) => step({ node: one }))

/** What a checker says to each of several steps in turn. */
export function verdicts<State>(checker: Checker<State>, ...steps: readonly StepView[]): (string | null)[] {
  const state = checker.create()
  return steps.map((one) => checker.check(state, one))
}

/** What it says to the last of them. */
export function verdict<State>(checker: Checker<State>, ...steps: readonly StepView[]): string | null {
  return verdicts(checker, ...steps).at(-1) ?? null
}

export function disk(given: { term?: number; votedFor?: number | null; log?: readonly number[]; snapshotIndex?: number }): DurableView {
  const { term = 1, votedFor = null, log = [], snapshotIndex = 0 } = given
  return { term, votedFor, snapshotIndex, lastIndex: Math.max(log.length, snapshotIndex), termAt: (index) => log[index - 1] ?? null }
}

/** Write `id` is applied at `index`. */
export function applied(index: number, id: number, given: Partial<AppliedEntry> = {}): AppliedEntry {
  return {
    kind: "applied",
    index,
    timeMs: index,
    command: Uint8Array.of(id),
    result: Uint8Array.of(1),
    hash: index,
    restoredHash: null,
    operationId: id,
    effect: { register: 1, value: id },
    ...given,
  }
}

/** Server 2 applies these. */
export const applies = (...journal: AppliedEntry[]): StepView => step({ node: node({ id: 2 }), journal })

export function operation(id: number, given: Partial<ClientOperation> = {}): ClientOperation {
  return { client: 1, id, kind: "put", register: 1, expected: 0, inSession: true, consistency: "linearizable", minimumIndex: 0, ...given }
}

const told = (event: ClientEvent): StepView => step({ clients: [event] })

export const asks = (one: ClientOperation): StepView => told({ kind: "asked", operation: one, at: 0 })
export const wrote = (one: ClientOperation, index: number, result = Uint8Array.of(1)): StepView =>
  told({ kind: "written", operation: one, index, result, changed: true, at: 0 })
export const wasRead = (one: ClientOperation, index: number, value: number): StepView =>
  told({ kind: "read", operation: one, index, value, at: 0 })
export const refused = (one: ClientOperation): StepView => told({ kind: "refused", operation: one, at: 0 })
