/** Stories about clusters in text: read, told step by step, and judged. The language is described in docs/scenarios.md. */

export { brokenRules } from "./broken-rules.ts"
export type { Finding } from "./evaluate.ts"
export { parseScenario, scenarioVerbs } from "./parse-scenario.ts"
export { runScenario, ScenarioRun, type ScenarioRunOptions } from "./scenario-run.ts"
export { ScenarioError } from "./scenario-error.ts"
export type {
  Breakable,
  Claim,
  ClientRequest,
  Command,
  NumberComparison,
  StoryCondition,
  EntryContent,
  ExpectedEntry,
  ExpectedOutcome,
  InitialLog,
  LinkQuality,
  MembershipStep,
  MessageDeed,
  MessageSelector,
  NumberField,
  Place,
  PlacedCommand,
  PlacedCondition,
  RequestKind,
  Scenario,
  ScenarioOption,
  Setup,
} from "./scenario.ts"
