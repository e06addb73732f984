/**
 * What a step can break between servers: the paper's properties (Raft, Figure 3) over all logs at once, and the past.
 *
 * The simulator's checkers follow one long run and may remember all of it. Here memory is part of what is explored, so these rules are written for
 * the smallest memory that suffices: elections and committed entries.
 */

import type { Term } from "../../../core/index.ts"
import {
  committedIsDurable,
  electionSafety,
  leaderCompleteness,
  logMatching,
  stateMachineSafety,
  type StepView,
} from "../../checkers/index.ts"
import type { CommittedEntry, History } from "../history.ts"
import type { ServerFacts } from "../server-table.ts"
import { durableViewOf, nodeViewOf, type Complaint } from "./server-properties.ts"

/** `mover` is among `servers`; what it has become is compared with all the others. */
export interface WorldStep {
  readonly servers: readonly ServerFacts[]
  readonly mover: ServerFacts
  readonly elected: Term
  readonly logChanged: boolean
  readonly commitChanged: boolean
  readonly history: History
}

export interface Judgement {
  readonly complaint: Complaint | null
  readonly history: History
}

/** Looks at a step that elected someone, changed a log or committed something. */
export function checkWorldStep(step: WorldStep, asked: ReadonlySet<string>): Judgement {
  let { history } = step
  let complaint: Complaint | null = null
  const complain = (property: string, reason: string | null): void => {
    if (reason !== null && complaint === null && asked.has(property)) complaint = { property, reason }
  }
  if (step.elected > 0) {
    complain(electionSafety.name, explainSecondLeader(step, history))
    history = withLeader(history, step.elected, step.mover.server.id)
  }
  if (step.logChanged) complain(logMatching.name, explainMismatch(step))
  const known = history.committed.length
  if (step.commitChanged) {
    complain(stateMachineSafety.name, explainContradiction(step.mover, history))
    history = withCommitted(history, step.mover)
    if (history.committed.length > known) complain(committedIsDurable.name, explainThin(step, known))
  }
  const leaders = history.committed.length > known ? step.servers.filter((one) => one.isLeader) : step.elected > 0 ? [step.mover] : []
  for (const leader of leaders) complain(leaderCompleteness.name, explainIncomplete(leader, history.committed))
  return { complaint, history }
}

function explainSecondLeader({ elected, mover }: WorldStep, { leaders }: History): string | null {
  const first = leaders[elected] ?? 0
  const { id } = mover.server
  if (first === 0) return null
  return first === id
    ? `server ${id} was elected twice in term ${elected}`
    : `servers ${first} and ${id} were both elected in term ${elected}`
}

function explainMismatch({ servers, mover }: WorldStep): string | null {
  for (const other of servers) {
    if (other === mover) continue
    const { log } = other
    let agreed = Math.min(log.length, mover.log.length)
    while (agreed > 0 && termOf(log[agreed - 1]!) !== termOf(mover.log[agreed - 1]!)) agreed -= 1
    for (let index = 1; index <= agreed; index++) {
      if (log[index - 1] === mover.log[index - 1]) continue
      return `servers ${mover.server.id} and ${other.server.id} both have term ${termOf(log[agreed - 1]!)} at index ${agreed}, but differ at index ${index}`
    }
  }
  return null
}

function explainContradiction({ server, log, commitIndex }: ServerFacts, { committed }: History): string | null {
  for (let index = 1; index <= Math.min(commitIndex, committed.length); index++) {
    const known = committed[index - 1]!
    if (log[index - 1] === known.text) continue
    return `server ${server.id} holds ${say(log[index - 1])} as committed at index ${index}, where ${say(known.text)} was committed in term ${known.inTerm}`
  }
  return null
}

function explainIncomplete(leader: ServerFacts, committed: readonly CommittedEntry[]): string | null {
  for (const [i, { text, inTerm }] of committed.entries()) {
    if (inTerm >= leader.term || leader.log[i] === text) continue
    const found = leader.log[i] === undefined ? "has nothing" : `has ${say(leader.log[i])}`
    return `server ${leader.server.id} leads term ${leader.term} and ${found} at index ${i + 1}, where ${say(text)} was committed in term ${inTerm}`
  }
  return null
}

/** The simulator's checker, shown the disks as they are. */
function explainThin({ servers, mover }: WorldStep, known: number): string | null {
  const view: StepView = {
    eventNumber: 0,
    now: 0,
    node: nodeViewOf(mover.server),
    before: null,
    changedFrom: 0,
    nodes: [],
    journal: [],
    sent: [],
    clients: [],
    changes: [],
    durable: (id) => durableViewOf(servers[id - 1]!.server),
    replicatedHash: () => 0,
    wiped: [],
    sample: () => 0,
  }
  return committedIsDurable.check({ highest: known, configurations: new Map() }, view)
}

function withLeader(history: History, term: Term, id: number): History {
  if ((history.leaders[term] ?? 0) !== 0) return history
  const leaders = Array.from({ length: Math.max(history.leaders.length, term + 1) }, (_, i) => history.leaders[i] ?? 0)
  leaders[term] = id
  return { ...history, leaders }
}

function withCommitted(history: History, { server, log, commitIndex, term }: ServerFacts): History {
  const { committed } = history
  if (commitIndex <= committed.length) return history
  const more = log.slice(committed.length, commitIndex).map((text, i): CommittedEntry => {
    return { entry: server.raft.entry(committed.length + 1 + i), text, inTerm: term }
  })
  return { ...history, committed: [...committed, ...more] }
}

function termOf(text: string): number {
  return parseInt(text, 10)
}

function say(text: string | undefined): string {
  return text === undefined ? "nothing" : `an entry of term ${termOf(text)}`
}
