/**
 * Internal: for the visualizer, the command line and the tests that this repository ships. No promise between versions: a name in here may change or
 * go in any release, without a word in the changelog, and `api/` has no report of it. Programs of your own import `oarlock/simulator`.
 *
 * It adds to `index.ts` and repeats nothing of it. Source: docs/decisions/0022-an-entry-without-a-promise.md.
 */

export { checkers } from "./checkers/index.ts"
export { operationId } from "./clients/client.ts"
export { messageName } from "./network/network.ts"
export { brokenRules, scenarioVerbs, type Claim, type ExpectedOutcome, type StoryCondition } from "./scenario/index.ts"
export { addCoverage, createCoverage } from "./state/coverage.ts"
export { describeAction } from "./state/describe-action.ts"
export {
  Chronicle,
  describeMessage,
  describeRule,
  explainStep,
  exportMoment,
  hex,
  labelOf,
  readOptions,
  ReplicaWitness,
  ruleOf,
  sentenceOf,
  type Explanation,
  type Moment,
  type ReplicaStep,
  type ServerStanding,
} from "./trace/index.ts"
export { Phases } from "./world/run.ts"
