/** Stories about clusters in text: read, told step by step, and judged. The language is described in docs/scenarios.md. */

export { brokenRules } from "./broken-rules.ts"
export { parseScenario, scenarioVerbs } from "./parse-scenario.ts"
export { runScenario, ScenarioRun, type ScenarioRunOptions } from "./scenario-run.ts"
export { ScenarioError } from "./scenario-error.ts"
export type { Claim, ExpectedOutcome, Place, PlacedCommand, Scenario, StoryCondition } from "./scenario.ts"
