/**
 * Puts a log on the disk of a server that has not started yet, as if it had run before: with production's storage, so that what recovery finds
 * there is what a server would have written. Its entries hold no commands, and it has not voted in its term.
 */

import type { Configuration, Entry, Term } from "../../core/index.ts"
import {
  append,
  completeLogRequest,
  createLogStore,
  nextLogRequest,
  recover,
  type DiskRequest,
  type LogStore,
  type StorageIdentity,
} from "../../storage/index.ts"
import type { SimulatedDisk } from "./disk.ts"

/** One entry for each of `terms`, from index 1 on. */
export function writeInitialLog(
  disk: SimulatedDisk,
  identity: StorageIdentity,
  bootstrap: Configuration,
  term: Term,
  terms: readonly Term[],
): void {
  const store = createLogStore(identity, recover(disk.reader(), identity), bootstrap)
  const entries = terms.map((entryTerm, position): Entry => {
    return { index: position + 1, term: entryTerm, kind: "noop", data: new Uint8Array(0), configuration: null, encoded: null }
  })
  performAll(store, disk)
  append(store, { number: 1, hardState: { term, votedFor: null, commitIndex: 0 }, entries })
  performAll(store, disk)
}

function performAll(store: LogStore, disk: SimulatedDisk): void {
  for (let request = nextLogRequest(store); request !== null; request = nextLogRequest(store)) perform(store, disk, request)
}

function perform(store: LogStore, disk: SimulatedDisk, { id, operations }: DiskRequest): void {
  for (const operation of operations) disk.perform(operation)
  completeLogRequest(store, { id, ok: true, data: null, durationMs: 0 })
}
