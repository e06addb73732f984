/**
 * Says whether a condition holds in a world, and what is found there instead, for the message of an `expect` that fails.
 *
 * Nothing here changes the world: conditions are looked at after every event while `run until` waits.
 */

import type { NodeId } from "../../core/index.ts"
import type { NodeView } from "../checkers/index.ts"
import { judgeHistory } from "../linearizability/index.ts"
import type { World } from "../world/world.ts"
import { historyOf } from "./client-history.ts"
import { describeEntry, isEntry } from "./entry-content.ts"
import { outcomeOf, type Ledger } from "./ledger.ts"
import { fits, type Claim, type NumberComparison, type StoryCondition, type ExpectedOutcome, type NumberField } from "./scenario.ts"

export interface Finding {
  readonly holds: boolean
  /** What is the case, in words. */
  readonly found: string
}

export function evaluate(world: World, ledger: Ledger, condition: StoryCondition): Finding {
  switch (condition.kind) {
    case "servers":
      return aboutServers(world, ledger, condition.servers, condition.holds, condition.claim)
    case "leaders": {
      const leaders = world.views.filter(({ id, role }) => role === "leader" && world.haltOf(id) === null)
      const found = leaders.length === 0 ? "nobody leads" : leaders.map(({ id, term }) => `${id} leads term ${term}`).join(", ")
      return { holds: compares(condition.count, leaders.length), found }
    }
    case "outcome": {
      const entry = ledger.latest(condition.request, condition.client)
      if (entry === null) return { holds: false, found: `nobody has asked for a ${condition.request}` }
      const outcome = outcomeOf(world, entry)
      return { holds: isOutcome(ledger, condition.outcome, outcome) !== condition.not, found: describeOutcome(ledger, outcome) }
    }
    case "onItsWay": {
      const messages = world.inFlight()
      const holds = messages.some(({ message }) => fits(condition.selector, message)) === condition.present
      const found =
        messages.length === 0
          ? "no message is on its way"
          : `on their way: ${messages.map(({ name, message }) => `${message.kind} ${name}`).join(", ")}`
      return { holds, found }
    }
    case "agree":
      return agreement(world, condition.servers)
    case "violation": {
      const { violation } = world
      const isThere = violation !== null && (condition.checker === null || violation.checker === condition.checker)
      const found = violation === null ? "no invariant is violated" : `${violation.checker} is violated: ${violation.reason}`
      return { holds: isThere === condition.present, found }
    }
    case "history":
      return judge(world, ledger, condition.linearizable)
    default:
      return condition satisfies never
  }
}

function aboutServers(world: World, ledger: Ledger, servers: readonly NodeId[], holds: "each" | "some" | "none", claim: Claim): Finding {
  const ids = servers.length > 0 ? servers : world.views.map(({ id }) => id)
  const findings = ids.map((id) => ({ id, ...aboutServer(world, ledger, id, claim) }))
  const describe = (some: readonly { readonly id: NodeId; readonly found: string }[]): string =>
    some.length === 0 ? "no server is up" : some.map(({ id, found }) => `${id} ${found}`).join(", ")
  switch (holds) {
    case "each": {
      const failing = findings.filter((finding) => !finding.holds)
      return { holds: findings.length > 0 && failing.length === 0, found: describe(failing) }
    }
    case "some":
      return { holds: findings.some((finding) => finding.holds), found: describe(findings) }
    case "none": {
      const holding = findings.filter((finding) => finding.holds)
      return { holds: holding.length === 0, found: describe(holding) }
    }
    default:
      return holds satisfies never
  }
}

function aboutServer(world: World, ledger: Ledger, id: NodeId, claim: Claim): Finding {
  const view = world.views.find((each) => each.id === id) ?? null
  if (claim.kind === "up" || claim.kind === "down") {
    return { holds: ((view !== null) === (claim.kind === "up")) !== claim.not, found: view === null ? "is down" : "is up" }
  }
  const isOnDisk = (claim.kind === "voted" && claim.onDisk) || (claim.kind === "number" && claim.field.startsWith("disk"))
  // Of a server that is down nothing can be said, neither this nor the opposite, but what its disk holds.
  if (view === null && !isOnDisk) return { holds: false, found: "is down" }
  const finding = isOnDisk ? aboutDisk(world, id, claim) : aboutView(world, ledger, view!, claim)
  return { holds: finding.holds !== claim.not, found: finding.found }
}

function aboutView(world: World, ledger: Ledger, view: NodeView, claim: Claim): Finding {
  switch (claim.kind) {
    case "role": {
      if (world.haltOf(view.id) !== null) return { holds: false, found: describeHalt(world, view.id) }
      return { holds: view.role === claim.role, found: view.role === "leader" ? `leads term ${view.term}` : `is a ${view.role}` }
    }
    case "halted": {
      const halt = world.haltOf(view.id)
      return { holds: halt !== null && (claim.at === null || claim.at === halt.at), found: describeHalt(world, view.id) }
    }
    case "differs": {
      const differs = world.haltOf(view.id)?.differs ?? null
      const holds = differs?.from === claim.from && (claim.through === null || claim.through === differs.through)
      return { holds, found: describeHalt(world, view.id) }
    }
    case "joint":
      return {
        holds: view.configuration.votersOutgoing.length > 0,
        found: `has voters ${names(view.configuration.voters)}, outgoing ${names(view.configuration.votersOutgoing)}`,
      }
    case "barred": {
      const isBarred = world.isBarred(view.id)
      return { holds: isBarred, found: isBarred ? "neither votes nor campaigns" : "may vote" }
    }
    case "refuses": {
      const code = world.heldAgainst(view.id, claim.peer)
      return { holds: code !== null, found: code === null ? `holds nothing against ${claim.peer}` : `refuses ${claim.peer} (${code})` }
    }
    case "number": {
      const value = numberOf(view, claim.field)
      return { holds: compares(claim.comparison, value), found: `has ${claim.field} ${value}` }
    }
    case "voted":
      return { holds: view.votedFor === claim.candidate, found: describeVote(view.votedFor) }
    case "members": {
      const { voters, votersOutgoing, learners } = view.configuration
      const ids = claim.list === "voters" ? voters : claim.list === "outgoing" ? votersOutgoing : learners
      return {
        holds: ids.length === claim.ids.length && ids.every((id) => claim.ids.includes(id)),
        found: `has ${claim.list} ${names(ids)}`,
      }
    }
    case "log": {
      const first = claim.from ?? view.base.index + 1
      const count = Math.max(0, view.lastIndex - first + 1)
      const entries = Array.from({ length: count }, (_, offset) => view.entry(first + offset))
      const holds =
        entries.length === claim.entries.length && entries.every((entry, at) => isEntry(world, ledger, claim.entries[at]!, entry))
      const what = entries.map((entry) => describeEntry(world, ledger, entry)).join(" ")
      return { holds, found: `has log ${first > 1 ? `from ${first} ` : ""}${what === "" ? "empty" : what}` }
    }
    case "holds": {
      // Nobody can ask it any more.
      if (world.haltOf(view.id) !== null) return { holds: claim.not, found: describeHalt(world, view.id) }
      const value = ledger.valueOf(world.valueAt(view.id, ledger.registerOf(claim.key)) ?? 0)
      return { holds: value === claim.value, found: value === null ? `holds no ${claim.key}` : `holds ${claim.key}=${value}` }
    }
    case "up":
    case "down":
      return { holds: claim.kind === "up", found: "is up" }
    default:
      return claim satisfies never
  }
}

function aboutDisk(world: World, id: NodeId, claim: Claim): Finding {
  const disk = world.durable(id)
  if (disk === null) return { holds: claim.not, found: "has a disk that cannot be read" }
  if (claim.kind === "voted") return { holds: disk.votedFor === claim.candidate, found: `${describeVote(disk.votedFor)} on disk` }
  if (claim.kind !== "number") return { holds: false, found: "" }
  const value = claim.field === "diskTerm" ? disk.term : disk.lastIndex
  return { holds: compares(claim.comparison, value), found: `has ${claim.field === "diskTerm" ? "term" : "last"} ${value} on disk` }
}

function numberOf(view: NodeView, field: NumberField): number {
  switch (field) {
    case "term":
      return view.term
    case "commit":
      return view.commitIndex
    case "applied":
      return view.appliedIndex
    case "last":
    case "diskLast":
      return view.lastIndex
    case "snapshot":
      return view.snapshotIndex
    case "configuration":
      return view.configuration.index
    case "life":
      return view.life
    case "diskTerm":
      return view.term
    default:
      return field satisfies never
  }
}

function compares({ how, value }: NumberComparison, actual: number): boolean {
  switch (how) {
    case "is":
      return actual === value
    case "above":
      return actual > value
    case "below":
      return actual < value
    case "atLeast":
      return actual >= value
    case "atMost":
      return actual <= value
    default:
      return how satisfies never
  }
}

function agreement(world: World, servers: readonly NodeId[]): Finding {
  const ids = servers.length > 0 ? servers : world.views.map(({ id }) => id)
  const states = ids.map((id) => ({ id, state: world.replicatedOf(id) }))
  const first = states[0]?.state ?? null
  const holds = first !== null && states.every(({ state }) => state?.appliedIndex === first.appliedIndex && state.hash === first.hash)
  const found = states.map(({ id, state }) =>
    state === null ? `${id} is down` : `${id} has applied ${state.appliedIndex} (state ${state.hash})`,
  )
  return { holds, found: found.join(", ") }
}

function judge(world: World, ledger: Ledger, linearizable: boolean): Finding {
  const verdict = judgeHistory(historyOf(world, ledger))
  // Where the search was given up, neither can be said.
  const holds = verdict.kind === (linearizable ? "linearizable" : "violated")
  return { holds, found: verdict.kind === "violated" ? verdict.reason : `the history is ${verdict.kind}` }
}

function isOutcome(ledger: Ledger, expected: ExpectedOutcome, outcome: ReturnType<typeof outcomeOf>): boolean {
  if (outcome === null) return expected.kind === "waiting"
  switch (expected.kind) {
    case "waiting":
      return false
    case "unknown":
      return outcome.kind === "unknown"
    case "committed":
      return outcome.kind === "committed" && (expected.swapped === null || outcome.changed === expected.swapped)
    case "rejected":
      return outcome.kind === "rejected" && (expected.reason === null || outcome.reason === expected.reason)
    case "answered":
      return outcome.kind === "answered" && ledger.valueOf(outcome.value) === expected.value
    default:
      return expected satisfies never
  }
}

function describeOutcome(ledger: Ledger, outcome: ReturnType<typeof outcomeOf>): string {
  if (outcome === null) return "it waits for an answer"
  switch (outcome.kind) {
    case "unknown":
      return "its outcome is unknown"
    case "committed":
      return `it was committed at index ${outcome.index}${outcome.changed ? "" : " and changed nothing"}`
    case "rejected":
      return `it was rejected: ${outcome.reason}`
    case "answered":
      return `it was answered ${ledger.valueOf(outcome.value) ?? "none"} at index ${outcome.index}`
    default:
      return outcome satisfies never
  }
}

function describeHalt(world: World, id: NodeId): string {
  const halt = world.haltOf(id)
  if (halt === null) return "has not halted"
  const differs = halt.differs === null ? "" : `, and differs from index ${halt.differs.from} to ${halt.differs.through}`
  return `has halted at ${halt.at}${differs}: ${halt.because}`
}

function describeVote(candidate: NodeId | null): string {
  return candidate === null ? "voted for nobody" : `voted for ${candidate}`
}

function names(ids: readonly NodeId[]): string {
  return ids.length === 0 ? "none" : ids.join(" ")
}
