// Every `expect` can fail. Each condition of each story is changed a little, and must not hold any more at that place; and without its commands
// no story comes out right.

import { describe, expect, it } from "vitest"
import { ScenarioRun, type Scenario } from "../../src/simulator/index.ts"
import type { Claim, StoryCondition, ExpectedOutcome } from "../../src/simulator/internal.ts"
import { files, read } from "./files.ts"

/** The same condition about something else: what cannot be true as well. */
function otherwise(condition: StoryCondition): StoryCondition {
  switch (condition.kind) {
    case "servers":
      // What holds for some of several may not fail by being changed for all of them: turned around, it does.
      if (condition.holds === "some") return { ...condition, holds: "none" }
      if (condition.holds === "none") return { ...condition, holds: "some" }
      return { ...condition, claim: otherClaim(condition.claim) }
    case "leaders":
      return { ...condition, count: { how: "is", value: 9 } }
    case "outcome":
      return { ...condition, not: false, outcome: condition.not ? condition.outcome : otherOutcome(condition.outcome) }
    case "onItsWay":
    case "violation":
      return { ...condition, present: !condition.present }
    case "agree":
      return { kind: "leaders", count: { how: "is", value: 9 } }
    case "history":
      return { ...condition, linearizable: !condition.linearizable }
    default:
      return condition satisfies never
  }
}

function otherClaim(claim: Claim): Claim {
  if (claim.not) return { ...claim, not: false }
  switch (claim.kind) {
    case "role":
      return { ...claim, role: claim.role === "leader" ? "follower" : "leader" }
    case "up":
      return { ...claim, kind: "down" }
    case "down":
      return { ...claim, kind: "up" }
    case "joint":
    case "barred":
    case "halted":
    case "differs":
    case "refuses":
      return { ...claim, not: true }
    case "number":
      return { ...claim, comparison: { how: "is", value: 77 } }
    case "voted":
      return { ...claim, candidate: claim.candidate === null ? 1 : null }
    case "log":
      return { ...claim, entries: [...claim.entries, { term: 77, content: null }] }
    case "holds":
      return { ...claim, value: claim.value === null ? "77" : null }
    case "members":
      return { ...claim, ids: [...claim.ids, 77] }
    default:
      return claim satisfies never
  }
}

function otherOutcome(outcome: ExpectedOutcome): ExpectedOutcome {
  switch (outcome.kind) {
    case "waiting":
    case "unknown":
      return { kind: "rejected", reason: null }
    case "committed":
      return outcome.swapped === null ? { kind: "unknown" } : { ...outcome, swapped: !outcome.swapped }
    case "rejected":
      return outcome.reason === null ? { kind: "waiting" } : { ...outcome, reason: "tooLarge" }
    case "answered":
      return { ...outcome, value: "77" }
    default:
      return outcome satisfies never
  }
}

describe("a changed expectation", () => {
  it.each(files)("does not hold where the story's own one does: %s", (file) => {
    const run = new ScenarioRun(read(file))
    for (let goesOn = true; goesOn; goesOn = run.finishCommand()) {
      const command = run.current?.command
      if (command?.kind !== "expect") continue
      for (const { condition, text, place } of command.conditions) {
        expect(run.look(condition).holds, `${file}:${place.line}: ${text}`).toBe(true)
        expect(run.look(otherwise(condition)).holds, `changed, ${file}:${place.line}: ${text}`).toBe(false)
      }
    }
    expect(run.failure).toBeNull()
  })
})

function failureOf(scenario: Scenario): ScenarioRun["failure"] {
  const run = new ScenarioRun(scenario)
  while (run.step());
  return run.failure
}

describe("a story without its commands", () => {
  it.each(files)("does not come out as it says: %s", (file) => {
    const scenario = read(file)
    const onlyExpectations = scenario.commands.filter(({ command }) => command.kind === "expect")
    expect(failureOf({ ...scenario, commands: onlyExpectations })).not.toBeNull()
  })
})
