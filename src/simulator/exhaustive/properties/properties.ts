/** What holds in every situation: names, rules and sources. The first five are the paper's Figure 3. */

import {
  committedIsDurable,
  durableAcknowledgements,
  durablePromises,
  electionSafety,
  leaderAppendOnly,
  leaderCompleteness,
  logMatching,
  monotonic,
  stateMachineSafety,
} from "../../checkers/index.ts"

export interface Property {
  readonly name: string
  readonly rule: string
  readonly paper: string
}

export const properties: readonly Property[] = [
  electionSafety,
  leaderAppendOnly,
  logMatching,
  leaderCompleteness,
  stateMachineSafety,
  monotonic,
  durablePromises,
  durableAcknowledgements,
  committedIsDurable,
  {
    name: "durable-memory",
    rule: "term and vote on disk never go back, a vote within a term never changes, and a server restarts with both",
    paper: "Raft §5.1, §5.2, Figure 2 (persistent state)",
  },
  { name: "halt", rule: "no server ever finds one of its own assertions broken", paper: "Raft Figures 2 and 3" },
].map(({ name, rule, paper }) => ({ name, rule, paper }))
