/**
 * Keeps the store's past from growing without end: whenever it outweighs its limit, the leader proposes a compaction of the older half.
 *
 * The past is in memory, so it must be bounded. A compaction is an ordinary command in the log, so every server compacts the same. A client that needs
 * the past for longer raises the limit, and one that asks for a compacted revision is told so.
 */

import type { KeyValueMachine } from "../../kv/index.ts"
import type { OarlockNode } from "../../node/index.ts"
import { encodeKvCommand } from "../../wire/kv/index.ts"
import type { Logger } from "../logging/logging.ts"

/** How often to look, in milliseconds: often enough that the past overshoots its limit only by what a moment can write. */
export const intervalMs = 100

/** Looks until the returned function is called. `historyBytesMax` 0 keeps everything. */
export function compactHistory(node: OarlockNode, machine: KeyValueMachine, historyBytesMax: number, log: Logger): () => void {
  if (historyBytesMax === 0) return () => {}
  let isCompacting = false
  const look = async (): Promise<void> => {
    const revision = isCompacting ? null : machine.revisionToCompact(historyBytesMax)
    if (revision === null || node.engine.status().role !== "leader") return
    isCompacting = true
    try {
      await node.propose(encodeKvCommand({ kind: "compact", revision, physical: false }))
      log.debug({ revision }, "compacted the older half of the history")
    } catch (error) {
      // The next leader checks for itself.
      log.debug({ revision, error: (error as Error).message }, "could not compact the history")
    } finally {
      isCompacting = false
    }
  }
  const onMistake = (error: unknown): void => log.error({ error: String(error) }, "could not look whether the history is to be compacted")
  const timer = setInterval(() => {
    look().catch(onMistake)
  }, intervalMs)
  timer.unref()
  return () => clearInterval(timer)
}
