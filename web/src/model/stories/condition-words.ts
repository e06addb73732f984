/** The conditions of a story as sentences: what `expect` asks for, in the words of people. */

import type { Claim, ExpectedOutcome, StoryCondition } from "oarlock/simulator/internal"
import { listed, messageWords, serverNames } from "./words.ts"

/** `S1 leads`, without a full stop. */
export function conditionWords(condition: StoryCondition): string {
  switch (condition.kind) {
    case "servers":
      return serversWords(condition)
    case "leaders":
      return leadersWords(condition.count)
    case "outcome": {
      const { client, request, not, outcome } = condition
      const subject = client === null ? `the ${requestNames[request]}` : `${client}'s ${requestNames[request]}`
      return `${subject} ${verbOf(outcomeVerb(outcome), false, not)}`
    }
    case "onItsWay":
      return `${messageWords(condition.selector, condition.present ? "a" : "no")} is on its way`
    case "agree":
      return condition.servers.length === 0
        ? "all servers are in the same state"
        : `${serverNames(condition.servers)} are in the same state`
    case "violation":
      if (condition.checker === null) return condition.present ? "a rule is broken" : "no rule is broken"
      return `the rule ${condition.checker.replaceAll("-", " ")} is ${condition.present ? "broken" : "kept"}`
    case "history":
      return `the history of all requests is ${condition.linearizable ? "" : "not "}linearizable`
    default:
      return condition satisfies never
  }
}

const requestNames = {
  write: "write",
  cas: "compare-and-swap",
  delete: "delete",
  poison: "poisonous command",
  read: "read",
  change: "change of members",
  transfer: "transfer of leadership",
  snapshot: "snapshot",
} as const satisfies Record<Extract<StoryCondition, { kind: "outcome" }>["request"], string>

function serversWords({ servers, holds, claim }: Extract<StoryCondition, { kind: "servers" }>): string {
  const verb = claimVerb(claim)
  if (holds === "some")
    return `${
      servers.length === 0
        ? "some server"
        : listed(
            servers.map((id) => `S${id}`),
            "or",
          )
    } ${verbOf(verb, false, claim.not)}`
  if (holds === "none") return `no server ${verbOf(verb, false, claim.not)}`
  if (servers.length === 0) return claim.not ? `no server ${verbOf(verb, false, false)}` : `every server ${verbOf(verb, false, false)}`
  return `${serverNames(servers)} ${verbOf(verb, servers.length > 1, claim.not)}`
}

type Comparison = Extract<StoryCondition, { kind: "leaders" }>["count"]

function leadersWords({ how, value }: Comparison): string {
  const leaders = value === 1 ? "one leader" : value === 0 ? "no leader" : `${value} leaders`
  switch (how) {
    case "is":
      return `there ${value > 1 ? "are" : "is"} ${leaders}`
    case "above":
      return `there are more than ${leaders}`
    case "below":
      return `there are fewer than ${leaders}`
    case "atLeast":
      return `there is at least ${leaders}`
    case "atMost":
      return `there is at most ${leaders}`
    default:
      return how satisfies never
  }
}

/** A verb in the third person with all that belongs to it: `has voted for S1`. */
function verbOf(third: string, isPlural: boolean, isNot: boolean): string {
  const [verb = "", ...rest] = third.split(" ")
  const tail = rest.length === 0 ? "" : ` ${rest.join(" ")}`
  if (verb === "is") return `${isPlural ? "are" : "is"}${isNot ? " not" : ""}${tail}`
  // "has voted": the verb after it carries the meaning.
  if (verb === "has" && (rest[0] ?? "").endsWith("ed")) return `${isPlural ? "have" : "has"}${isNot ? " not" : ""}${tail}`
  const base = verb === "has" ? "have" : verb.endsWith("s") ? verb.slice(0, -1) : verb
  if (isNot) return `${isPlural ? "do" : "does"} not ${base}${tail}`
  return `${isPlural ? base : verb}${tail}`
}

function claimVerb(claim: Claim): string {
  switch (claim.kind) {
    case "role":
      return roleVerbs[claim.role]
    case "up":
    case "down":
      return `is ${claim.kind}`
    case "joint":
      return "is in a joint configuration"
    case "barred":
      return "is without a vote"
    case "halted":
      return `is stopped for good${claim.at === null ? "" : ` at entry ${claim.at}`}`
    case "differs":
      return `is stopped, since its state differs from that of the others after entry ${claim.from}`
    case "refuses":
      return `refuses to speak with S${claim.peer}`
    case "number":
      return numberVerb(claim)
    case "voted":
      return `has voted for ${claim.candidate === null ? "nobody" : `S${claim.candidate}`}${claim.onDisk ? " on its disk" : ""}`
    case "log":
      return logVerb(claim)
    case "holds":
      return claim.value === null ? `has no ${claim.key}` : `has ${claim.key} = ${claim.value}`
    case "members":
      return `counts ${claim.ids.length === 0 ? "nobody" : serverNames(claim.ids)} as ${claim.list === "outgoing" ? "old voters" : claim.list}`
    default:
      return claim satisfies never
  }
}

const roleVerbs = {
  leader: "leads",
  follower: "follows",
  candidate: "asks for votes",
  preCandidate: "asks whether it could win",
} as const

function numberVerb({ field, comparison }: Extract<Claim, { kind: "number" }>): string {
  const number = amount(comparison)
  switch (field) {
    case "term":
      return `is in term ${number}`
    case "commit":
      return `has committed up to entry ${number}`
    case "applied":
      return `has applied up to entry ${number}`
    case "last":
      return `has a log that ends at entry ${number}`
    case "snapshot":
      return `has a snapshot up to entry ${number}`
    case "configuration":
      return `follows the configuration of entry ${number}`
    case "life":
      return `is in life ${number} of its disk`
    case "diskTerm":
      return `has term ${number} on its disk`
    case "diskLast":
      return `has entries up to ${number} on its disk`
    default:
      return field satisfies never
  }
}

function amount({ how, value }: Comparison): string {
  const before = { is: "", above: "above ", below: "below ", atLeast: "at least ", atMost: "at most " } as const
  return `${before[how]}${value}`
}

function logVerb({ from, entries }: Extract<Claim, { kind: "log" }>): string {
  if (entries.length === 0) return from === null ? "has an empty log" : `has no entry from ${from} on`
  const each = entries.map(({ term, content }) => (content === null ? `term ${term}` : `${contentWords(content)} of term ${term}`))
  return `has the log ${from === null ? "" : `from ${from} on `}${each.join(", ")}`
}

function contentWords(content: NonNullable<Extract<Claim, { kind: "log" }>["entries"][number]["content"]>): string {
  switch (content.kind) {
    case "noop":
      return "no-op"
    case "configuration":
      return "configuration"
    case "put":
      return `${content.key}=${content.value}`
    case "delete":
      return `delete ${content.key}`
    case "poison":
      return "poison"
    default:
      return content satisfies never
  }
}

function outcomeVerb(outcome: ExpectedOutcome): string {
  switch (outcome.kind) {
    case "waiting":
      return "is waiting for its answer"
    case "committed":
      return outcome.swapped === null ? "is committed" : `is committed, and has ${outcome.swapped ? "" : "not "}swapped the value`
    case "rejected":
      return outcome.reason === null ? "is refused" : `is refused (${outcome.reason})`
    case "unknown":
      return "is without a known outcome"
    case "answered":
      return outcome.value === null ? "is answered: there is no such key" : `is answered with ${outcome.value}`
    default:
      return outcome satisfies never
  }
}
