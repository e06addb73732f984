/** What clients learn of their writes, and how often a write takes effect (Raft §8; dissertation §6.2, §6.3). */

import type { Mutant } from "../mutant.ts"
import { crashes, cuts, repeating, slowNetwork, writers } from "./faults.ts"

/** Leadership that goes round while clients write. */
const handovers = {
  nodes: 3,
  safetyMs: 2_000,
  faults: [{ kind: "transfer", everyMs: 80, lastsMs: 0 }],
  clients: { ...writers, count: 10, sessionShare: 0 },
} as const

/** Servers that hear, and are not heard. */
const lostLinks = [{ kind: "oneWay", everyMs: 150, lastsMs: 300 }] as const

const wrongAnswers = ["client-writes", "exactly-once", "linearizability", "equal-states"]

export const clients: readonly Mutant[] = [
  {
    name: "retries are not recognized",
    section: "Raft §8; dissertation §6.3",
    changes: [
      {
        file: "replica/apply.ts",
        from: 'if (known !== "new") return known\n',
        to: 'if (typeof known === "string" && known !== "new") return known\n',
      },
    ],
    foundBy: wrongAnswers,
    world: { nodes: 3, faults: crashes },
  },
  {
    name: "a forwarded write in doubt is called rejected",
    section: "dissertation §6.3",
    changes: [
      {
        file: "replica/requests/proposals.ts",
        from: "if (isPassed || table.terms[slot]! < lastAppliedTerm) {",
        to: "if (isPassed || stage === Stage.forwarded || table.terms[slot]! < lastAppliedTerm) {",
      },
    ],
    foundBy: wrongAnswers,
    world: { ...handovers, network: slowNetwork },
  },
  {
    name: "a leader that loses leadership calls what is in its log rejected",
    section: "dissertation §6.3",
    changes: [
      {
        file: "replica/requests/proposals.ts",
        from: "const isPassed = stage === Stage.inLog && table.wheres[slot]! <= lastApplied",
        to: "const isPassed = stage === Stage.inLog",
      },
    ],
    foundBy: wrongAnswers,
    world: handovers,
    replica: { applyEntriesMax: 1 },
  },
  {
    name: "an entry of its own term before it makes a write in doubt rejected",
    section: "Raft §5.3; dissertation §6.3",
    changes: [
      {
        file: "replica/requests/proposals.ts",
        from: "|| table.terms[slot]! < lastAppliedTerm) {",
        to: "|| table.terms[slot]! <= lastAppliedTerm) {",
      },
    ],
    foundBy: wrongAnswers,
    world: handovers,
    replica: { applyEntriesMax: 1 },
  },
  {
    name: "a forwarded write that arrives twice is appended twice",
    section: "dissertation §6.3",
    changes: [
      {
        file: "replica/requests/proposing.ts",
        from: 'if (delivery === "forgotten") return\n  if (delivery === "repeated") {',
        to: 'if (delivery === "forgotten") {',
      },
    ],
    foundBy: wrongAnswers,
    world: { nodes: 3, network: repeating },
  },
  {
    name: "a forwarded write without an answer is sent to the next leader, under the same number",
    section: "dissertation §6.2, §6.3",
    changes: [
      {
        file: "replica/requests/forwarding.ts",
        from: "const isSameLeadership = message.term === term && message.to === leaderId",
        to: "const isSameLeadership = leaderId !== null && leaderId !== message.from",
      },
      {
        file: "replica/requests/forwarding.ts",
        from: "effects.messages.push(message)",
        to: "effects.messages.push({ ...message, to: leaderId!, term })",
      },
    ],
    foundBy: wrongAnswers,
    world: { ...handovers, faults: [...handovers.faults, ...lostLinks], network: { ...slowNetwork, unreachableHintRate: 0.5 } },
  },
  {
    name: "a write is answered when it is in the leader's log",
    section: "Raft §5.3",
    changes: [
      {
        file: "replica/requests/proposing.ts",
        from: "placeInLog, rejectProposal, takeQueue,",
        to: "placeInLog, rejectProposal, settle, takeQueue,",
      },
      {
        file: "replica/requests/proposing.ts",
        from: "else for (let i = from; i < to; i++) placeInLog(proposals, numbers[i]!, result.firstIndex + i - from, result.term)",
        to: `else
      for (let i = from; i < to; i++) {
        const index = result.firstIndex + i - from
        if (queue.types[i] !== EnvelopeType.command) placeInLog(proposals, numbers[i]!, index, result.term)
        else effects.outcomes.push({ kind: "committed", id: settle(proposals, numbers[i]!), index, result: new Uint8Array(8) })
      }`,
      },
    ],
    foundBy: wrongAnswers,
    world: { nodes: 3, faults: crashes, clients: { ...writers, sessionShare: 0 }, workload: "registers" },
  },
  {
    name: "a restarted server takes another life's entries for its own",
    section: "dissertation §6.3",
    changes: [
      {
        file: "replica/apply.ts",
        from: "const isOurs = originOf(data) === target.options.raft.id && bootIdOf(data) === target.options.bootId",
        to: "const isOurs = originOf(data) === target.options.raft.id",
      },
    ],
    foundBy: wrongAnswers,
    world: { nodes: 3, faults: [{ kind: "crash", everyMs: 300, lastsMs: 50 }], clients: writers, busyMsMax: 5 },
    replica: { applyEntriesMax: 1, snapshotLogEntriesMax: 1_000_000, snapshotLogBytesMin: 1 << 20 },
  },
  {
    name: "sessions expire by each server's own clock",
    section: "dissertation §6.3",
    changes: [
      {
        file: "replica/apply.ts",
        from: "applied.timeMs = Math.max(applied.timeMs, timeMsOf(data))",
        to: "applied.timeMs = Math.max(applied.timeMs, Math.floor(target.now))",
      },
    ],
    foundBy: wrongAnswers,
    world: { nodes: 3, faults: crashes },
  },
  {
    name: "an answer is forgotten now and then",
    section: "dissertation §6.3",
    changes: [{ file: "replica/apply.ts", from: "if (id === -1) return\n", to: "if (id === -1 || id % 50 === 49) return\n" }],
    foundBy: ["liveness"],
    world: { nodes: 1, faults: [] },
  },
  {
    name: "the first result of a session's command is kept where the next one is written",
    section: "dissertation §6.3",
    changes: [
      {
        file: "replica/apply.ts",
        from: 'keepResult(sessions, sessionId, sequence, typeof result === "string" ? result : new Uint8Array(result))',
        to: "keepResult(sessions, sessionId, sequence, result)",
      },
    ],
    foundBy: [...wrongAnswers, "answers"],
    world: { nodes: 3, faults: [...crashes, ...cuts], workload: "keyValue", network: slowNetwork },
  },
  {
    name: "every attempt of a session's command takes a new number",
    section: "Raft §8; dissertation §6.3",
    changes: [
      {
        file: "requests/sequence-numbers.ts",
        from: "return { sessionId, sequence, answeredBelow: answeredBelow(numbers) }",
        to: "return { sessionId, sequence: takeSequence(numbers), answeredBelow: answeredBelow(numbers) }",
      },
    ],
    foundBy: wrongAnswers,
    world: { nodes: 3, faults: crashes },
  },
  {
    name: "two commands of a session have the same number",
    section: "dissertation §6.3",
    changes: [{ file: "requests/sequence-numbers.ts", from: "  numbers.next += 1\n", to: "" }],
    foundBy: wrongAnswers,
    world: { nodes: 3, faults: [] },
  },
  {
    name: "a session tells the log that it has the answers to all commands before this one",
    section: "dissertation §6.3",
    changes: [
      {
        file: "requests/sequence-numbers.ts",
        from: "return { sessionId, sequence, answeredBelow: answeredBelow(numbers) }",
        to: "return { sessionId, sequence, answeredBelow: sequence }",
      },
    ],
    foundBy: ["answers"],
    world: { nodes: 3, faults: crashes, clients: { ...writers, sessionShare: 1 } },
  },
  {
    name: "a write without a session is sent again though it may have been done",
    section: "Raft §8",
    changes: [{ file: "requests/request-progress.ts", from: '  if (request.effect === "each") return unknown\n', to: "" }],
    foundBy: wrongAnswers,
    world: { nodes: 3, faults: crashes, clients: { ...writers, sessionShare: 0 } },
  },
  {
    name: "a command that was lost and then refused is told as certainly not done",
    section: "dissertation §6.3",
    changes: [
      {
        file: "requests/request-progress.ts",
        from: '  endInDoubt(request)\n  if (request.effect === "each") return unknown',
        to: '  request.isUnderWay = false\n  if (request.effect === "each") return unknown',
      },
    ],
    foundBy: wrongAnswers,
    world: { nodes: 3, faults: crashes, clients: { ...writers, sessionShare: 1 } },
  },
  {
    name: "a command whose time is over while it is under way is told as certainly not done",
    section: "dissertation §6.3",
    changes: [
      {
        file: "requests/request-progress.ts",
        from: "if (request.isUnderWay) endInDoubt(request)",
        to: "request.isUnderWay = false",
      },
    ],
    foundBy: wrongAnswers,
    world: { nodes: 3, faults: crashes, clients: { ...writers, sessionShare: 1 } },
  },
]
