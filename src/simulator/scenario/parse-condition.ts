/** Reads conditions: what `run until` waits for and `expect` requires. Several are separated by commas, and all have to hold. */

import type { NodeId, RejectReason } from "../../core/index.ts"
import type { MachineRejectReason, SessionRejectReason } from "../../replica/index.ts"
import { ruleNames } from "../trace/rules.ts"
import type { LineReader } from "./line-reader.ts"
import { readSelector } from "./parse-message.ts"
import type {
  Claim,
  NumberComparison,
  StoryCondition,
  EntryContent,
  ExpectedEntry,
  ExpectedOutcome,
  NumberField,
  PlacedCondition,
  RequestKind,
} from "./scenario.ts"

export function readConditions(line: LineReader): readonly PlacedCondition[] {
  const conditions: PlacedCondition[] = []
  do {
    const { place, text, value: condition } = line.placed(() => readCondition(line))
    conditions.push({ place, text, condition })
  } while (line.takes(","))
  return conditions
}

const requestKinds: readonly RequestKind[] = ["write", "cas", "delete", "poison", "read", "change", "transfer", "snapshot"]
/** What a condition can begin with, apart from the numbers of servers and the names of clients. */
const openings = ["all", "nobody", "somebody", "leaders", "the", "no", "violation", "history", ...requestKinds] as const

function readCondition(line: LineReader): StoryCondition {
  if (line.takes("leaders")) return { kind: "leaders", count: readComparison(line, "how many leaders") }
  if (line.takes("history")) {
    return { kind: "history", linearizable: line.wantOneOf(["linearizable", "contradictory"], "how it is") === "linearizable" }
  }
  if (line.takes("no", "violation")) return { kind: "violation", checker: null, present: false }
  if (line.takes("violation")) {
    return { kind: "violation", checker: line.takes("of") ? line.wantName(ruleNames, "the name of an invariant") : null, present: true }
  }
  if (line.takes("the")) return readOnItsWay(line, true)
  if (line.takes("no")) return readOnItsWay(line, false, ["violation"])
  if (line.takes("nobody")) return { kind: "servers", servers: [], holds: "none", claim: readClaim(line) }
  if (line.takes("somebody")) return { kind: "servers", servers: [], holds: "some", claim: readClaim(line) }
  if (line.takes("all")) return readAboutEach(line, [])
  if (line.peek()?.kind === "number") return readAboutServers(line)
  return readOutcome(line)
}

function readOnItsWay(line: LineReader, present: boolean, also: readonly string[] = []): StoryCondition {
  const selector = readSelector(line, "the", also)
  line.want("is")
  line.want("on")
  line.want("its")
  line.want("way")
  return { kind: "onItsWay", selector, present }
}

/** `1`, `1 2 3` for each of them, `2 or 3` for some of them. */
function readAboutServers(line: LineReader): StoryCondition {
  const servers = [...line.wantServers()]
  if (servers.length > 1 || !line.sees("or")) return readAboutEach(line, servers)
  while (line.takes("or")) servers.push(line.wantServer(servers))
  return { kind: "servers", servers, holds: "some", claim: readClaim(line) }
}

function readAboutEach(line: LineReader, servers: readonly NodeId[]): StoryCondition {
  if (line.takes("agree")) return { kind: "agree", servers }
  return { kind: "servers", servers, holds: "each", claim: readClaim(line) }
}

const roles = { leads: "leader", lead: "leader", follower: "follower", candidate: "candidate", preCandidate: "preCandidate" } as const
const numberFields: readonly NumberField[] = ["term", "commit", "applied", "last", "snapshot", "configuration", "life"]
const memberLists = ["voters", "outgoing", "learners"] as const
const claims = [
  ...Object.keys(roles),
  "up",
  "down",
  "joint",
  "barred",
  "halted",
  "differs",
  "refuses",
  "voted",
  "log",
  "holds",
  "disk",
  "agree",
  "not",
  ...numberFields,
  ...memberLists,
] as const

function readClaim(line: LineReader): Claim {
  const not = line.takes("not")
  for (const [word, role] of Object.entries(roles)) if (line.takes(word)) return { kind: "role", role, not }
  for (const kind of ["up", "down", "joint", "barred"] as const) if (line.takes(kind)) return { kind, not }
  if (line.takes("halted")) return { kind: "halted", at: line.takes("at") ? line.wantCount("the index of an entry", 1) : null, not }
  if (line.takes("differs")) return readDifference(line, not)
  if (line.takes("refuses")) return { kind: "refuses", peer: line.wantServer(), not }
  for (const field of numberFields) {
    if (line.takes(field)) return { kind: "number", field, comparison: readComparison(line, "a number"), not }
  }
  for (const members of memberLists) {
    if (line.takes(members)) return { kind: "members", list: members, ids: line.takes("none") ? [] : line.wantServers(), not }
  }
  if (line.takes("voted")) return { kind: "voted", onDisk: false, candidate: readCandidate(line), not }
  if (line.takes("disk")) return readDiskClaim(line, not)
  if (line.takes("log")) return readLogClaim(line, not)
  if (line.takes("holds")) {
    if (line.takes("no")) return { kind: "holds", key: line.wantWord("a key"), value: null, not }
    const key = line.wantWord('a key and its value, such as "x=5", or "no" and a key')
    line.want("=")
    return { kind: "holds", key, value: line.wantWord("a value"), not }
  }
  return line.fail('expected what is said about the server, such as "leads", "term 2" or "log 1 1 2"', claims)
}

/** `differs from index 33`, `differs from index 33 to 64`. */
function readDifference(line: LineReader, not: boolean): Claim {
  line.want("from")
  line.want("index")
  const from = line.wantCount("the first entry that can have made the difference", 1)
  return { kind: "differs", from, through: line.takes("to") ? line.wantCount("the last such entry", 1) : null, not }
}

function readCandidate(line: LineReader): NodeId | null {
  if (line.takes("for")) return line.wantServer()
  line.want("nobody")
  return null
}

/** What the disk would give back if power failed now. */
function readDiskClaim(line: LineReader, not: boolean): Claim {
  const what = line.wantOneOf(["term", "last", "voted"], "what is on disk")
  if (what === "voted") return { kind: "voted", onDisk: true, candidate: readCandidate(line), not }
  const field = what === "term" ? "diskTerm" : "diskLast"
  return { kind: "number", field, comparison: readComparison(line, "a number"), not }
}

function readComparison(line: LineReader, what: string): NumberComparison {
  if (line.takes("above")) return { how: "above", value: line.wantCount(what) }
  if (line.takes("below")) return { how: "below", value: line.wantCount(what) }
  if (line.takes("at")) {
    const how = line.wantOneOf(["least", "most"], "a bound") === "least" ? "atLeast" : "atMost"
    return { how, value: line.wantCount(what) }
  }
  return { how: "is", value: line.wantCount(`${what}, or "above", "below", "at least" or "at most" and a number`) }
}

function readLogClaim(line: LineReader, not: boolean): Claim {
  if (line.takes("empty")) return { kind: "log", from: null, entries: [], not }
  const from = line.takes("from") ? line.wantCount("an index", 1) : null
  const entries = [readEntry(line)]
  while (line.peek()?.kind === "number") entries.push(readEntry(line))
  return { kind: "log", from, entries, not }
}

/** `2`, `2:noop`, `2:configuration`, `2:poison`, `2:x=5` or `2:delete x`. */
function readEntry(line: LineReader): ExpectedEntry {
  const term = line.wantCount('the term of an entry, "from" and an index, or "empty"', 1)
  return { term, content: line.takes(":") ? readContent(line) : null }
}

function readContent(line: LineReader): EntryContent {
  if (line.takes("noop")) return { kind: "noop" }
  if (line.takes("configuration")) return { kind: "configuration" }
  if (line.takes("poison")) return { kind: "poison" }
  if (line.takes("delete")) return { kind: "delete", key: line.wantWord("a key") }
  // A misspelt word is no key.
  if (line.peek(1)?.text !== "=") {
    const what = 'what the entry holds ("noop", "configuration", "poison", "delete" and a key, or a key and its value, such as "x=5")'
    return line.fail(`expected ${what}`, ["noop", "configuration", "poison", "delete"])
  }
  const key = line.wantWord("a key")
  line.want("=")
  return { kind: "put", key, value: line.wantWord("a value") }
}

/** As a record, so that none can be missing. */
const reasons: Readonly<Record<RejectReason | SessionRejectReason | MachineRejectReason, true>> = {
  notLeader: true,
  noLeader: true,
  overloaded: true,
  transferring: true,
  tooLarge: true,
  diskFull: true,
  lostLeadership: true,
  changeInProgress: true,
  staleConfiguration: true,
  noCommittedEntryInTerm: true,
  wouldLoseQuorum: true,
  unknownMember: true,
  duplicateMember: true,
  reusedId: true,
  invalidChange: true,
  notCaughtUp: true,
  stopped: true,
  sessionExpired: true,
  sequenceForgotten: true,
  applyFailed: true,
  snapshotFailed: true,
}
const rejectReasons = Object.keys(reasons)

function readOutcome(line: LineReader): StoryCondition {
  const request = requestKinds.find((kind) => line.sees(kind))
  if (request !== undefined) {
    line.takes(request)
    return readExpectedOf(line, null, request)
  }
  // The name of a client, if a request follows.
  const second = line.peek(1)
  if (line.peek()?.kind !== "word" || second === null || !requestKinds.some((kind) => kind === second.text)) {
    return line.fail("expected a condition: servers, a request, a message or an invariant", openings)
  }
  const client = line.wantWord("a client")
  const kind = line.wantOneOf(requestKinds, "a request")
  return readExpectedOf(line, client, kind)
}

function readExpectedOf(line: LineReader, client: string | null, request: RequestKind): StoryCondition {
  return { kind: "outcome", client, request, not: line.takes("not"), outcome: readExpected(line, request) }
}

function readExpected(line: LineReader, request: RequestKind): ExpectedOutcome {
  const outcomes =
    request === "read"
      ? (["waiting", "rejected", "unknown", "answered"] as const)
      : (["waiting", "rejected", "unknown", "committed"] as const)
  const what = line.wantOneOf(outcomes, `what became of the ${request}`)
  switch (what) {
    case "waiting":
    case "unknown":
      return { kind: what }
    case "committed":
      if (request !== "cas") return { kind: what, swapped: null }
      return { kind: what, swapped: line.wantOneOf(["swapped", "unchanged"], "what a compare-and-swap did") === "swapped" }
    case "rejected": {
      const isNamed = !line.isAtEnd && !line.sees(",") && !line.sees("within")
      return { kind: what, reason: isNamed ? line.wantName(rejectReasons, "why it was rejected") : null }
    }
    case "answered":
      return { kind: what, value: line.takes("none") ? null : line.wantWord('a value, or "none"') }
    default:
      return what satisfies never
  }
}
