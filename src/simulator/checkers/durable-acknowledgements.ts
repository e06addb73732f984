/**
 * Entries are on disk before they are acknowledged (Raft Figure 2: "updated on stable storage before responding to RPCs"): a leader counts
 * acknowledgements, and what it has committed must survive a loss of power everywhere at once.
 *
 * Checked against the disk itself: what recovery would find if power failed at this very moment. Reading a disk back is dear and acknowledgements
 * are many, so a sample of them is checked.
 */

import type { Message } from "../../core/index.ts"
import type { Checker, DurableView, NodeView } from "./checker.ts"

/** The acknowledgements of one step of so many are checked. */
const sampleEvery = 128

export const durableAcknowledgements: Checker<null> = {
  name: "durable-acknowledgements",
  rule: "an entry is on disk before it is acknowledged",
  paper: "Raft §5.3, Figure 2 (persistent state)",
  tla: null,
  watches: "servers",
  create: () => null,
  clone: () => null,
  check(_, { node, sent, sample, durable }) {
    if (node === null || !sent.some(isAcknowledgement) || sample() % sampleEvery !== 0) return null
    const disk = durable(node.id)
    if (disk === null) return `server ${node.id} acknowledged entries while its disk could not be read back`
    for (const message of sent) {
      const broken = isAcknowledgement(message) ? explainBroken(node, disk, message) : null
      if (broken !== null) return broken
    }
    return null
  },
}

type Acknowledgement = Message & { readonly kind: "appendEntriesReply" }

function isAcknowledgement(message: Message): message is Acknowledgement {
  return message.kind === "appendEntriesReply" && message.success
}

function explainBroken(node: NodeView, disk: DurableView, message: Acknowledgement): string | null {
  if (disk.term < message.term) return `server ${node.id} acknowledged entries in term ${message.term} with term ${disk.term} on disk`
  if (message.index <= disk.snapshotIndex) return null
  if (message.index > disk.lastIndex)
    return `server ${node.id} acknowledged entry ${message.index} while its disk ended at ${disk.lastIndex}`
  const expected = node.entry(message.index)?.term
  const actual = disk.termAt(message.index)
  const comparable = node.term === message.term && expected !== undefined && actual !== null
  if (!comparable || actual === expected) return null
  return `server ${node.id} acknowledged entry ${message.index} of term ${expected} with term ${actual} on disk there`
}
