import { describe, expect, test } from "vitest"
import { reasonNames } from "../wire/client/index.ts"
import { refusals } from "./refusals.ts"
import {
  begin,
  type Effect,
  onDeadline,
  onLost,
  onRefused,
  onResult,
  onUnreadable,
  type Policy,
  type RequestProgress,
  type RequestVerdict,
} from "./request-progress.ts"

const ofACluster: Policy = { canAskElsewhere: true, waitsForRoom: true, leaderOnly: false }
const ofOneServer: Policy = { canAskElsewhere: false, waitsForRoom: false, leaderOnly: false }

function sent(effect: Effect): RequestProgress {
  const request = { effect, attempts: 0, isUnderWay: false, mayHaveHappened: false }
  begin(request)
  return request
}

/** A request of a session whose first attempt got no answer; the second is under way. */
function sentInDoubt(): RequestProgress {
  const request = sent("once")
  onLost(request, ofACluster)
  begin(request)
  return request
}

function refused(request: RequestProgress): RequestProgress {
  onRefused(request, "noLeader", ofACluster, false)
  return request
}

const states = {
  none: () => sent("none"),
  once: () => sent("once"),
  "once, in doubt": () => sentInDoubt(),
  each: () => sent("each"),
}

function inWords(verdict: RequestVerdict | void): string {
  if (verdict === undefined) return "resolve"
  return verdict.kind === "fail" ? `fail, ${verdict.outcome}` : verdict.elsewhere ? "elsewhere" : "again"
}

const events: Record<string, (request: RequestProgress) => RequestVerdict | void> = {
  result: onResult,
  "result that cannot be read": onUnreadable,
  "refusal that passes": (request) => onRefused(request, "transferring", ofACluster, false),
  "refusal that passes sooner at another server": (request) => onRefused(request, "notLeader", ofACluster, true),
  "refusal that passes only at another server": (request) => onRefused(request, "stopped", ofACluster, false),
  "refusal for want of room": (request) => onRefused(request, "overloaded", ofACluster, false),
  "final refusal": (request) => onRefused(request, "diskFull", ofACluster, false),
  "last word of the log": (request) => onRefused(request, "applyFailed", ofACluster, false),
  loss: (request) => onLost(request, ofACluster),
  "deadline between attempts": (request) => onDeadline(refused(request)),
  "deadline during an attempt": onDeadline,
}

/** The table of `request-progress.ts`: for effects `none`, `once`, `once` in doubt, and `each`. */
const table: Record<string, readonly [string, string, string, string]> = {
  result: ["resolve", "resolve", "resolve", "resolve"],
  "result that cannot be read": ["fail, rejected", "fail, unknown", "fail, unknown", "fail, unknown"],
  "refusal that passes": ["again", "again", "again", "again"],
  "refusal that passes sooner at another server": ["elsewhere", "elsewhere", "elsewhere", "elsewhere"],
  "refusal that passes only at another server": ["elsewhere", "elsewhere", "elsewhere", "elsewhere"],
  "refusal for want of room": ["again", "again", "again", "again"],
  "final refusal": ["fail, rejected", "fail, rejected", "fail, unknown", "fail, rejected"],
  "last word of the log": ["fail, rejected", "fail, rejected", "fail, rejected", "fail, rejected"],
  loss: ["elsewhere", "elsewhere", "elsewhere", "fail, unknown"],
  "deadline between attempts": ["fail, rejected", "fail, rejected", "fail, unknown", "fail, rejected"],
  "deadline during an attempt": ["fail, rejected", "fail, unknown", "fail, unknown", "fail, unknown"],
}

/** The same where there is one server only, and a caller who can slow down: the rows that differ. */
const tableOfOneServer: Record<string, readonly [string, string, string, string]> = {
  notLeader: ["again", "again", "again", "again"],
  noLeader: ["again", "again", "again", "again"],
  stopped: ["fail, rejected", "fail, rejected", "fail, unknown", "fail, rejected"],
  overloaded: ["fail, rejected", "fail, rejected", "fail, unknown", "fail, rejected"],
}

describe("each event, for each request", () => {
  expect(Object.keys(table)).toEqual(Object.keys(events))
  const cells = Object.entries(table).flatMap(([event, row]) =>
    Object.keys(states).map((state, column) => ({ event, state, verdict: row[column]! })),
  )
  test.each(cells)("$event, for effect $state: $verdict", ({ event, state, verdict }) => {
    const request = states[state as keyof typeof states]()
    expect(inWords(events[event]!(request))).toBe(verdict)
    expect(request.isUnderWay).toBe(false)
  })
})

describe("the same with one server, and a caller who can slow down", () => {
  const cells = Object.entries(tableOfOneServer).flatMap(([reason, row]) =>
    Object.keys(states).map((state, column) => ({ reason: reason as keyof typeof refusals, state, verdict: row[column]! })),
  )
  test.each(cells)("$reason, for effect $state: $verdict", ({ reason, state, verdict }) => {
    expect(inWords(onRefused(states[state as keyof typeof states](), reason, ofOneServer, true))).toBe(verdict)
  })

  test("what was lost is sent again to the same server: there is no other", () => {
    expect(inWords(onLost(sent("once"), ofOneServer))).toBe("again")
    expect(inWords(onLost(sent("each"), ofOneServer))).toBe("fail, unknown")
  })

  test("what only the leader can do fails where another server is named, so that the caller goes there", () => {
    const policy = { ...ofOneServer, leaderOnly: true }
    expect(inWords(onRefused(sent("each"), "notLeader", policy, true))).toBe("fail, rejected")
    expect(inWords(onRefused(sent("each"), "notLeader", policy, false))).toBe("again")
    expect(inWords(onRefused(sent("each"), "noLeader", policy, false))).toBe("again")
  })
})

test("a write that was lost once and then refused is not told as certainly not done", () => {
  const request = sentInDoubt()
  expect(inWords(onRefused(request, "notLeader", ofACluster, true))).toBe("elsewhere")
  begin(request)
  expect(inWords(onRefused(request, "tooLarge", ofACluster, false))).toBe("fail, unknown")
})

test("a write that was only ever refused is told as certainly not done when its time is over", () => {
  const request = refused(sent("each"))
  begin(request)
  expect(inWords(onDeadline(refused(request)))).toBe("fail, rejected")
  expect(request.attempts).toBe(2)
})

test("a write without a session that nobody took yet is sent as often as it takes, and never after silence", () => {
  const request = sent("each")
  for (let attempt = 1; attempt <= 10; attempt++) {
    expect(inWords(onRefused(request, "noLeader", ofACluster, false))).toBe("elsewhere")
    begin(request)
  }
  expect(inWords(onLost(request, ofACluster))).toBe("fail, unknown")
})

test("a session that has expired leaves a write in doubt for ever, and one that was never lost certainly not done", () => {
  expect(inWords(onRefused(sentInDoubt(), "sessionExpired", ofACluster, false))).toBe("fail, unknown")
  expect(inWords(onRefused(sent("once"), "sessionExpired", ofACluster, false))).toBe("fail, rejected")
  expect(inWords(onRefused(sentInDoubt(), "sequenceForgotten", ofACluster, false))).toBe("fail, unknown")
})

test("a command that every state machine refused changed nothing, whatever became of its first attempts", () => {
  expect(inWords(onRefused(sentInDoubt(), "applyFailed", ofACluster, false))).toBe("fail, rejected")
})

test("a read is never in doubt, however many attempts were lost", () => {
  const request = sent("none")
  onLost(request, ofACluster)
  begin(request)
  onLost(request, ofACluster)
  begin(request)
  expect(inWords(onDeadline(request))).toBe("fail, rejected")
})

test("every reason of the protocol has a rule", () => {
  expect(Object.keys(refusals).toSorted()).toEqual([...reasonNames].toSorted())
})
