// Every checker is shown hand-made worlds: one that keeps its rule and looks as if it did not, and ones that break it, with the reason.

import { describe, expect, it } from "vitest"
import { bootstrapConfiguration, type Entry, type Message } from "../../core/index.ts"
import {
  checkers,
  clientWrites,
  committedIsDurable,
  durablePromises,
  electionSafety,
  equalStates,
  freshReads,
  leaderAppendOnly,
  leaderCompleteness,
  logMatching,
  monotonic,
  oneVotePerTerm,
  stateMachineSafety,
  type Applied,
  type Checker,
  type ClientOperation,
  type DurableView,
  type NodeSummary,
  type NodeView,
  type StepView,
} from "./index.ts"

const member = (id: number) => ({ id, name: "", peerAddress: "", clientAddress: "" })
const three = bootstrapConfiguration([member(1), member(2), member(3)])

/** An entry whose content is its term, unless told otherwise. */
function entry(index: number, term: number, content = term): Entry {
  return { index, term, kind: "command", data: Uint8Array.of(content), configuration: null, encoded: null }
}

interface Given extends Partial<Omit<NodeView, "entry" | "base">> {
  readonly id: number
  /** Terms of the entries after the base. */
  readonly log?: readonly number[]
  readonly base?: number
  readonly baseTerm?: number
  readonly contents?: readonly number[]
}

function node(given: Given): NodeView {
  const { log = [], base = 0, baseTerm = 0, contents = log, ...rest } = given
  const entries = log.map((term, position) => entry(base + position + 1, term, contents[position]))
  return {
    life: 1,
    incarnation: 1,
    role: "follower",
    term: log.at(-1) ?? baseTerm,
    votedFor: null,
    commitIndex: base,
    appliedIndex: base,
    snapshotIndex: base,
    lastIndex: base + log.length,
    configuration: three,
    ...rest,
    base: { index: base, term: baseTerm },
    entry: (index) => entries[index - base - 1],
  }
}

function before(given: Partial<NodeSummary>): NodeSummary {
  return { role: "follower", term: 1, votedFor: null, commitIndex: 0, appliedIndex: 0, lastIndex: 0, ...given }
}

function step(given: Partial<StepView>): StepView {
  const moved = given.node ?? null
  return {
    eventNumber: 1,
    now: 0,
    node: moved,
    before: null,
    changedFrom: moved === null ? 0 : moved.base.index + 1,
    wiped: [],
    nodes: moved === null ? [] : [moved],
    journal: [],
    sent: [],
    clients: [],
    sample: 0,
    durable: () => null,
    ...given,
  }
}

/** What a checker says to each of several steps in turn. */
function verdicts<State>(checker: Checker<State>, ...steps: readonly StepView[]): (string | null)[] {
  const state = checker.create()
  return steps.map((one) => checker.check(state, one))
}

const moves = (...nodes: readonly NodeView[]): StepView[] => nodes.map((one) => step({ node: one }))

describe("the table", () => {
  it("names every rule, where it comes from, and no rule twice", () => {
    expect(new Set(checkers.map((checker) => checker.name)).size).toBe(checkers.length)
    for (const { rule, paper } of checkers) {
      expect(rule).toMatch(/^[a-z].*[^.]$/)
      expect(paper).toMatch(/Raft §|dissertation/)
    }
  })

  it("copies of what checkers remember are independent", () => {
    const state = electionSafety.create()
    const copy = electionSafety.clone(state)
    electionSafety.check(state, step({ node: node({ id: 1, term: 2, role: "leader" }) }))
    expect(electionSafety.check(copy, step({ node: node({ id: 2, term: 2, role: "leader" }) }))).toBeNull()
    expect(electionSafety.check(state, step({ node: node({ id: 2, term: 2, role: "leader" }) }))).not.toBeNull()
  })
})

describe("election safety", () => {
  const leads = (id: number, term: number, life = 1) => node({ id, term, life, role: "leader" })

  it("allows leaders of different terms at the same time, and a candidate beside a leader", () => {
    expect(verdicts(electionSafety, ...moves(leads(1, 2), leads(2, 3), leads(1, 2), node({ id: 3, term: 3, role: "candidate" })))).toEqual([
      null,
      null,
      null,
      null,
    ])
  })

  it("flags two leaders of one term, however far apart in time", () => {
    expect(verdicts(electionSafety, ...moves(leads(1, 2), leads(2, 3), leads(3, 2))).at(-1)).toBe("servers 1 and 3 both lead term 2")
  })

  it("flags who speaks as the leader of a term that it does not lead", () => {
    const heartbeat: Message = {
      kind: "appendEntries",
      from: 1,
      to: 2,
      term: 2,
      prevLogIndex: 0,
      prevLogTerm: 0,
      entries: [],
      leaderCommit: 0,
      round: 0,
    }
    const said = (id: number) => step({ node: node({ id, term: 2 }), sent: [heartbeat] })
    expect(verdicts(electionSafety, step({ node: leads(1, 2) }), said(1))).toEqual([null, null])
    expect(verdicts(electionSafety, step({ node: leads(1, 2) }), said(3)).at(-1)).toBe(
      "server 3 sent appendEntries in term 2, which it does not lead",
    )
  })

  it("flags a leader that leads its term again after a restart", () => {
    expect(verdicts(electionSafety, ...moves(leads(1, 2), leads(1, 2, 2))).at(-1)).toBe("server 1 leads term 2 again after a restart")
  })
})

describe("leader append-only", () => {
  const leader = (log: number[], base = 0) => node({ id: 1, role: "leader", term: 3, log, base, baseTerm: base === 0 ? 0 : 1 })
  const was = before({ role: "leader", term: 3, lastIndex: 3 })

  it("allows appending, compacting, and losing entries after leading", () => {
    const fine = [
      step({ node: leader([1, 2, 3, 3]), before: was, changedFrom: 4 }),
      step({ node: leader([3, 3], 2), before: was, changedFrom: 4 }),
      step({ node: node({ id: 1, term: 4, log: [1, 4] }), before: was, changedFrom: 2 }),
      step({ node: leader([1, 3]), before: before({ role: "candidate", term: 3, lastIndex: 3 }), changedFrom: 2 }),
    ]
    expect(verdicts(leaderAppendOnly, ...fine)).toEqual([null, null, null, null])
  })

  it("flags an overwritten entry, even the last", () => {
    expect(verdicts(leaderAppendOnly, step({ node: leader([1, 2, 3]), before: was, changedFrom: 3 }))).toEqual([
      "leader 1 of term 3 overwrote entry 3 of its own log",
    ])
  })

  it("flags deleted entries", () => {
    expect(verdicts(leaderAppendOnly, step({ node: leader([1, 2]), before: was, changedFrom: 3 }))).toEqual([
      "leader 1 of term 3 deleted entries 3 to 3 of its own log",
    ])
  })
})

describe("log matching", () => {
  it("allows different terms at one index, shorter logs and compacted ones", () => {
    const fine = moves(
      node({ id: 1, log: [1, 1, 2] }),
      node({ id: 2, log: [1, 1, 3] }),
      node({ id: 3, log: [1] }),
      node({ id: 3, base: 2, baseTerm: 1, log: [3] }),
    )
    expect(verdicts(logMatching, ...fine)).toEqual([null, null, null, null])
  })

  it("flags equal index and term with different contents", () => {
    expect(verdicts(logMatching, ...moves(node({ id: 1, log: [1, 2] }), node({ id: 2, log: [1, 2], contents: [1, 9] }))).at(-1)).toBe(
      "entry 2 of term 2 differs on server 2 from what it is elsewhere",
    )
  })

  it("flags equal entries after different ones", () => {
    expect(verdicts(logMatching, ...moves(node({ id: 1, log: [1, 3] }), node({ id: 2, log: [2, 3] }))).at(-1)).toBe(
      "entry 2 of term 3 follows term 2 on server 2, and term 1 elsewhere",
    )
  })

  it("flags a log that begins after an entry that never was, and terms that go down", () => {
    expect(verdicts(logMatching, ...moves(node({ id: 1, base: 5, baseTerm: 2, log: [2] }))).at(-1)).toMatch(
      /begins after entry 5 of term 2/,
    )
    expect(verdicts(logMatching, ...moves(node({ id: 1, log: [2, 1] }))).at(-1)).toMatch(/term 2 at index 1 before term 1 at index 2/)
  })
})

describe("leader completeness", () => {
  const commits = node({ id: 1, role: "leader", term: 2, log: [1, 2], commitIndex: 2 })

  it("allows a later leader that has everything, and a stale one of an earlier term that lacks it", () => {
    const later = node({ id: 2, role: "leader", term: 3, log: [1, 2, 3] })
    const compacted = node({ id: 3, role: "leader", term: 4, base: 2, baseTerm: 2, log: [4] })
    const stale = node({ id: 3, role: "leader", term: 1, log: [1] })
    expect(verdicts(leaderCompleteness, ...moves(commits, later, compacted, stale))).toEqual([null, null, null, null])
  })

  it("flags a later leader that lacks a committed entry, or has another one there", () => {
    const lacks = node({ id: 2, role: "leader", term: 3, log: [1] })
    const other = node({ id: 2, role: "leader", term: 3, log: [1, 3] })
    expect(verdicts(leaderCompleteness, ...moves(commits, lacks)).at(-1)).toBe(
      "leader 2 of term 3 has nothing at index 2, where term 2 was committed in term 2",
    )
    expect(verdicts(leaderCompleteness, ...moves(commits, other)).at(-1)).toMatch(/has term 3 at index 2/)
  })

  it("flags a commit that a leader of a higher term, elected before, does not have (Figure 8)", () => {
    const elected = node({ id: 5, role: "leader", term: 3, log: [1, 3] })
    const late = step({ node: commits, nodes: [commits, elected] })
    expect(verdicts(leaderCompleteness, step({ node: elected }), late).at(-1)).toMatch(/leader 5 of term 3 has term 3 at index 2/)
  })
})

describe("state machine safety", () => {
  const committed = (id: number, log: number[], commitIndex: number) => node({ id, log, commitIndex })

  it("allows uncommitted differences and truncation above the commit index", () => {
    const fine = [
      step({ node: committed(1, [1, 2], 1) }),
      step({ node: committed(2, [1, 3], 2) }),
      step({ node: committed(1, [1, 3], 2), before: before({ commitIndex: 1, lastIndex: 2 }), changedFrom: 2 }),
    ]
    expect(verdicts(stateMachineSafety, ...fine)).toEqual([null, null, null])
  })

  it("flags two entries committed at one index", () => {
    expect(verdicts(stateMachineSafety, ...moves(committed(1, [1, 2], 2), committed(2, [1, 3], 2))).at(-1)).toBe(
      "server 2 committed term 3 at index 2, where term 2 was committed before",
    )
  })

  it("flags a log that changes below its commit index, and a commit beyond the log", () => {
    const changed = step({ node: committed(1, [1, 3], 2), before: before({ commitIndex: 2, lastIndex: 2 }), changedFrom: 2 })
    expect(verdicts(stateMachineSafety, changed).at(-1)).toMatch(/changed its log from index 2 on, but had committed through 2/)
    expect(verdicts(stateMachineSafety, ...moves(committed(1, [1], 2))).at(-1)).toMatch(/committed through 2, but its log ends at 1/)
    expect(verdicts(stateMachineSafety, ...moves(node({ id: 1, log: [1], appliedIndex: 1 }))).at(-1)).toMatch(
      /applied through 1, but committed only through 0/,
    )
  })

  it("flags two commands applied at one index, whatever the logs say", () => {
    const one = step({ journal: [applied(4, 1)] })
    const other = step({ node: node({ id: 2 }), journal: [applied(4, 2)] })
    expect(verdicts(stateMachineSafety, one, one, other)).toEqual([
      null,
      null,
      "server 2 applied another command at index 4 than the first server that got there",
    ])
  })
})

describe("monotonic", () => {
  it("allows a term that nobody was promised anything in to be forgotten with the power", () => {
    const asks: Message = { kind: "requestVote", from: 1, to: 2, term: 5, lastLogIndex: 0, lastLogTerm: 0, force: false }
    const fine = [step({ node: node({ id: 1, term: 5 }), sent: [asks] }), step({ node: node({ id: 1, term: 4, life: 2 }) })]
    expect(verdicts(monotonic, ...fine)).toEqual([null, null])
  })

  it("flags a promised term that is forgotten", () => {
    const grants: Message = { kind: "requestVoteReply", from: 1, to: 2, term: 5, granted: true }
    const wrong = [step({ node: node({ id: 1, term: 5 }), sent: [grants] }), step({ node: node({ id: 1, term: 4, life: 2 }) })]
    expect(verdicts(monotonic, ...wrong).at(-1)).toBe("server 1 came back with term 4 after it had promised something in term 5")
  })

  it("flags term, commit index, applied index and vote that go back", () => {
    const was = before({ term: 3, commitIndex: 2, appliedIndex: 2, votedFor: 1 })
    const now = (given: Partial<Given>) =>
      step({ node: node({ id: 1, term: 3, votedFor: 1, commitIndex: 2, appliedIndex: 2, ...given }), before: was })
    expect(verdicts(monotonic, now({}), now({ term: 4, votedFor: 2 }))).toEqual([null, null])
    expect(verdicts(monotonic, now({ term: 2 })).at(-1)).toMatch(/from term 3 back to term 2/)
    expect(verdicts(monotonic, now({ commitIndex: 1 })).at(-1)).toMatch(/commit index back from 2 to 1/)
    expect(verdicts(monotonic, now({ appliedIndex: 1 })).at(-1)).toMatch(/applied index 2 to 1/)
    expect(verdicts(monotonic, now({ votedFor: 2 })).at(-1)).toMatch(/changed its vote in term 3 from 1 to 2/)
    expect(verdicts(monotonic, now({ votedFor: null })).at(-1)).toMatch(/changed its vote in term 3 from 1 to null/)
  })
})

describe("one vote per term", () => {
  const grant = (to: number, term: number): Message => ({ kind: "requestVoteReply", from: 1, to, term, granted: true })

  it("allows the same grant twice, another term, and refusals", () => {
    const fine = [grant(2, 1), grant(2, 1), grant(3, 2), { ...grant(2, 2), granted: false } as Message]
    expect(verdicts(oneVotePerTerm, ...fine.map((message) => step({ node: node({ id: 1 }), sent: [message] })))).toEqual([
      null,
      null,
      null,
      null,
    ])
  })

  it("flags a second grant in one term, also after a restart", () => {
    const steps = [step({ node: node({ id: 1 }), sent: [grant(2, 1)] }), step({ node: node({ id: 1, life: 2 }), sent: [grant(3, 1)] })]
    expect(verdicts(oneVotePerTerm, ...steps).at(-1)).toBe("server 1 voted for 2 and for 3 in term 1")
  })

  it("counts the vote that a leader gave itself", () => {
    const steps = [step({ node: node({ id: 1 }), sent: [grant(2, 3)] }), step({ node: node({ id: 1, term: 3, role: "leader" }) })]
    expect(verdicts(oneVotePerTerm, ...steps).at(-1)).toBe("server 1 voted for 2 and for 1 in term 3")
  })
})

function disk(given: { term?: number; votedFor?: number | null; log?: readonly number[]; snapshotIndex?: number }): DurableView {
  const { term = 1, votedFor = null, log = [], snapshotIndex = 0 } = given
  return { term, votedFor, snapshotIndex, lastIndex: Math.max(log.length, snapshotIndex), termAt: (index) => log[index - 1] ?? null }
}

describe("durable promises", () => {
  const grant: Message = { kind: "requestVoteReply", from: 1, to: 2, term: 3, granted: true }
  const acknowledges: Message = {
    kind: "appendEntriesReply",
    from: 1,
    to: 2,
    term: 3,
    success: true,
    index: 2,
    hintIndex: 0,
    hintTerm: 0,
    round: 0,
  }
  const sends = (message: Message, on: DurableView, log: number[] = [1, 3]) =>
    step({ node: node({ id: 1, term: 3, log }), before: before({}), sent: [message], durable: () => on })

  it("allows what is on disk, by log or by snapshot, and a disk that has gone on", () => {
    const fine = [
      sends(grant, disk({ term: 3, votedFor: 2 })),
      sends(grant, disk({ term: 4 })),
      sends(acknowledges, disk({ term: 3, log: [1, 3] })),
      sends(acknowledges, disk({ term: 3, snapshotIndex: 2 })),
      sends({ ...grant, granted: false }, disk({ term: 1 })),
    ]
    expect(verdicts(durablePromises, ...fine)).toEqual([null, null, null, null, null])
  })

  it("flags a vote that is not on disk, or only for another candidate", () => {
    expect(verdicts(durablePromises, sends(grant, disk({ term: 2 }))).at(-1)).toMatch(
      /granted its vote of term 3 to 2 before it was on disk/,
    )
    expect(verdicts(durablePromises, sends(grant, disk({ term: 3, votedFor: 1 }))).at(-1)).toMatch(/vote 1/)
  })

  it("flags a leader whose own vote is not on disk", () => {
    const leads = step({ node: node({ id: 1, term: 3, role: "leader" }), before: before({}), durable: () => disk({ term: 3 }) })
    expect(verdicts(durablePromises, leads).at(-1)).toMatch(/became leader of term 3 with its own vote not on disk/)
  })

  it("flags an acknowledgement of what is not on disk, or of another entry than the one there", () => {
    expect(verdicts(durablePromises, sends(acknowledges, disk({ term: 3, log: [1] }))).at(-1)).toBe(
      "server 1 acknowledged entry 2 while its disk ended at 1",
    )
    expect(verdicts(durablePromises, sends(acknowledges, disk({ term: 3, log: [1, 2] }))).at(-1)).toMatch(
      /entry 2 of term 3 with term 2 on disk/,
    )
    expect(verdicts(durablePromises, sends(acknowledges, disk({ term: 2, log: [1, 3] }))).at(-1)).toMatch(/in term 3 with term 2 on disk/)
  })
})

describe("committed is durable", () => {
  const commits = (disks: readonly DurableView[], configuration = three) =>
    step({ node: node({ id: 1, term: 2, log: [1, 2], commitIndex: 2, configuration }), durable: (id) => disks[id - 1] ?? null })

  it("allows a majority of disks, by log or by snapshot", () => {
    expect(verdicts(committedIsDurable, commits([disk({ log: [1, 2] }), disk({ snapshotIndex: 2 }), disk({})]))).toEqual([null])
  })

  it("flags a minority, and names who has it", () => {
    expect(verdicts(committedIsDurable, commits([disk({ log: [1, 2] }), disk({ log: [1, 1] }), disk({})]))).toEqual([
      "entry 2 of term 2 was committed by server 1 with only 1 of voters 1, 2, 3 having it on disk",
    ])
  })

  it("needs both majorities of a joint configuration", () => {
    const joint = { ...three, votersOutgoing: [4, 5, 6] }
    const has = disk({ log: [1, 2] })
    expect(verdicts(committedIsDurable, commits([has, has, has], joint)).at(-1)).toMatch(/only none of voters 4, 5, 6/)
    expect(verdicts(committedIsDurable, commits([has, has, disk({}), has, has, disk({})], joint))).toEqual([null])
  })
})

function applied(index: number, id: number, given: Partial<Applied> = {}): Applied {
  return {
    kind: "applied",
    index,
    timeMs: index,
    command: Uint8Array.of(id),
    result: Uint8Array.of(1),
    hash: index,
    operationId: id,
    effect: { register: 1, value: id },
    ...given,
  }
}

const applies = (...journal: Applied[]): StepView => step({ node: node({ id: 2 }), journal })

describe("equal states", () => {
  it("allows replay, gaps that all share, and a snapshot between two commands", () => {
    const fine = [
      applies(applied(1, 1), applied(4, 2)),
      applies(applied(1, 1), applied(4, 2)),
      step({ node: node({ id: 3 }), journal: [{ kind: "restored", index: 3, hash: 1 }] }),
    ]
    expect(verdicts(equalStates, ...fine)).toEqual([null, null, null])
  })

  it("flags another state, result or time at the same index", () => {
    const first = applies(applied(1, 1))
    expect(verdicts(equalStates, first, applies(applied(1, 1, { hash: 9 }))).at(-1)).toBe(
      "server 2 is in another state after index 1 than others were",
    )
    expect(verdicts(equalStates, first, applies(applied(1, 1, { result: Uint8Array.of(0) }))).at(-1)).toMatch(
      /got another result at index 1/,
    )
    expect(verdicts(equalStates, first, applies(applied(1, 1, { timeMs: 7 }))).at(-1)).toMatch(/at cluster time 7, others at 1/)
  })

  it("flags a command that others did not hand to their machines, and a clock that goes back", () => {
    expect(verdicts(equalStates, applies(applied(1, 1), applied(3, 3)), applies(applied(2, 2))).at(-1)).toMatch(
      /at index 2, where other servers applied none/,
    )
    expect(verdicts(equalStates, applies(applied(5, 1), applied(6, 2, { timeMs: 4 }))).at(-1)).toMatch(/at cluster time 4, after time 5/)
  })

  it("flags a snapshot whose state is not that of its prefix", () => {
    const restores = step({ node: node({ id: 3 }), journal: [{ kind: "restored", index: 4, hash: 1 }] })
    expect(verdicts(equalStates, applies(applied(1, 1), applied(4, 2)), restores).at(-1)).toMatch(/restored a snapshot through index 4/)
  })
})

function operation(id: number, given: Partial<ClientOperation> = {}): ClientOperation {
  return { client: 1, id, kind: "put", register: 1, inSession: true, consistency: "linearizable", minimumIndex: 0, ...given }
}

const asks = (one: ClientOperation): StepView => step({ clients: [{ kind: "asked", operation: one, at: 0 }] })
const wrote = (one: ClientOperation, index: number, result = Uint8Array.of(1)): StepView =>
  step({ clients: [{ kind: "written", operation: one, index, result, at: 0 }] })
const wasRead = (one: ClientOperation, index: number, value: number): StepView =>
  step({ clients: [{ kind: "read", operation: one, index, value, at: 0 }] })
const refused = (one: ClientOperation): StepView => step({ clients: [{ kind: "refused", operation: one, at: 0 }] })

describe("client writes", () => {
  it("allows one effect, many servers, and an answer at the index of a later try", () => {
    const steps = [asks(operation(1)), applies(applied(3, 1)), applies(applied(3, 1)), wrote(operation(1), 3), wrote(operation(1), 5)]
    expect(verdicts(clientWrites, ...steps)).toEqual([null, null, null, null, null])
  })

  it("flags a write that takes effect twice", () => {
    expect(verdicts(clientWrites, applies(applied(3, 1)), applies(applied(7, 1))).at(-1)).toBe(
      "server 2 applied write 1 at index 7, and it was applied at index 3 before",
    )
  })

  it("flags an acknowledged write that is nowhere", () => {
    expect(verdicts(clientWrites, wrote(operation(1), 3)).at(-1)).toBe(
      "write 1 was acknowledged at index 3, but no state machine has applied it there",
    )
    expect(verdicts(clientWrites, applies(applied(4, 1)), wrote(operation(1), 3)).at(-1)).toMatch(/acknowledged at index 3/)
  })

  it("flags a rejected write that took effect, before or after", () => {
    expect(verdicts(clientWrites, refused(operation(1)), applies(applied(3, 1))).at(-1)).toMatch(
      /applied at index 3 after its client had been told/,
    )
    expect(verdicts(clientWrites, applies(applied(3, 1)), refused(operation(1))).at(-1)).toBe(
      "write 1 was rejected, but had been applied at index 3",
    )
  })

  it("flags a retry that gets another answer than the first try", () => {
    expect(verdicts(clientWrites, applies(applied(3, 1)), wrote(operation(1), 3, Uint8Array.of(0))).at(-1)).toMatch(
      /answered with another result/,
    )
  })
})

describe("fresh reads", () => {
  const read = (id: number, given: Partial<ClientOperation> = {}) => operation(id, { kind: "read", inSession: false, ...given })

  it("allows old answers to reads that began before, and to stale ones", () => {
    const steps = [
      applies(applied(3, 1)),
      asks(read(8)),
      asks(operation(1)),
      wrote(operation(1), 3),
      wasRead(read(8), 0, 0),
      asks(read(9, { consistency: "stale" })),
      wasRead(read(9, { consistency: "stale" }), 2, 0),
    ]
    expect(verdicts(freshReads, ...steps)).toEqual(steps.map(() => null))
  })

  it("flags an answer that is older than one that somebody had before the read began", () => {
    const steps = [applies(applied(3, 1)), wrote(operation(1), 3), asks(read(9)), wasRead(read(9), 2, 0)]
    expect(verdicts(freshReads, ...steps).at(-1)).toBe("linearizable read 9 of client 1 was answered as of index 2, older than index 3")
    const afterRead = [
      applies(applied(3, 1)),
      wasRead(read(7), 3, 1),
      asks(read(9, { consistency: "lease" })),
      wasRead(read(9, { consistency: "lease" }), 2, 0),
    ]
    expect(verdicts(freshReads, ...afterRead).at(-1)).toMatch(/lease read 9 .* older than index 3/)
  })

  it("flags a stale read that goes back behind what its client has seen", () => {
    const stale = read(9, { consistency: "stale", minimumIndex: 3 })
    expect(verdicts(freshReads, applies(applied(3, 1)), asks(stale), wasRead(stale, 2, 0)).at(-1)).toMatch(
      /stale read 9 .* older than index 3/,
    )
  })

  it("flags a value that is not the one at the index of the answer", () => {
    expect(verdicts(freshReads, applies(applied(3, 1), applied(5, 2)), asks(read(9)), wasRead(read(9), 4, 2)).at(-1)).toBe(
      "read 9 of register 1 as of index 4 gave 2, but the log says 1",
    )
  })
})
