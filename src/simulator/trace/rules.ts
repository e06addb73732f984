/** Every rule that a run can break, in a sentence: those of the checkers, and those that the world itself holds. */

import { checkers } from "../checkers/index.ts"

export interface Rule {
  readonly rule: string
  /** Where it comes from; null for what any program owes. */
  readonly paper: string | null
}

const ofTheWorld: Readonly<Record<string, Rule>> = {
  liveness: {
    rule: "once healed, a cluster elects, commits, answers and converges within a bounded number of election timeouts",
    paper: "Raft §5.6",
  },
  load: { rule: "a run does enough work to mean something", paper: null },
  recovery: { rule: "a server starts on whatever a crash left on its disk", paper: "Raft Figure 2, persistent state" },
  replica: { rule: "nothing that happens to a replica makes it throw", paper: null },
  halt: { rule: "a replica stops for good only if its disk failed it", paper: null },
  disk: { rule: "a replica asks of its disk only what a disk can do", paper: null },
  messages: { rule: "a server sends in its own name, to servers that exist", paper: null },
  answers: { rule: "every request is answered once", paper: "dissertation §6.3" },
  reads: { rule: "a read that is valid does not fail", paper: "dissertation §6.4" },
  progress: { rule: "time goes on: nothing asks to be woken over and over", paper: null },
  simulator: { rule: "the simulator itself does not throw", paper: null },
}

/** The names of all rules. */
export const ruleNames: readonly string[] = [...checkers.map(({ name }) => name), ...Object.keys(ofTheWorld)]

/** The rule that stands behind a violation's `checker`, or null if nobody knows that name. */
export function ruleOf(checker: string): Rule | null {
  const found = checkers.find(({ name }) => name === checker)
  if (found !== undefined) return { rule: found.rule, paper: found.paper }
  return Object.hasOwn(ofTheWorld, checker) ? ofTheWorld[checker]! : null
}

/** `at most one leader per term (Raft §5.2)`. */
export function describeRule({ rule, paper }: Rule): string {
  return paper === null ? rule : `${rule} (${paper})`
}
