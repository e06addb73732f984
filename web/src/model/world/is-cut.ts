import type { NodeId } from "oarlock/core"
import type { Cut } from "oarlock/simulator"

/** Whether nothing gets from `from` to `to`. */
export function isCut(cuts: readonly Cut[], from: NodeId, to: NodeId): boolean {
  return cuts.some((cut) => cut.from.includes(from) && cut.to.includes(to))
}
