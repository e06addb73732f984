/**
 * When a commit was decided by counting, and not learned from somebody who had: what two checkers have to know.
 *
 * A server that led when the step began and has committed further did the counting itself, as long as it leads on. One that lost its
 * leadership in the same step may have learned from its successor, unless nobody else had committed that far.
 */

import type { LogIndex, Term } from "../../core/index.ts"
import type { NodeSummary, NodeView } from "./checker.ts"

/** The term in which `node` counted its latest commit during this step; null if it did not count. `highest`: what anybody had committed before. */
export function countedInTerm(node: NodeView, before: NodeSummary | null, highest: LogIndex): Term | null {
  if (before === null || before.role !== "leader" || node.commitIndex <= before.commitIndex) return null
  const leadsOn = node.role === "leader" && node.term === before.term
  return leadsOn || node.commitIndex > highest ? before.term : null
}
