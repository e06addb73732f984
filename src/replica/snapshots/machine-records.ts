/**
 * What a state machine that keeps its state on disk keeps of the replica beside it: sessions, the cluster's clock and what was refused, as of the same
 * entry, in the same transaction. Without them a retry that crosses a restart would be applied twice (dissertation §6.3).
 *
 * MachineRecords have numbers. Each call of `persist` brings those that changed: as many as sessions were used, however many there are. Little endian:
 *
 *     record 0: u8 version = 1 | u64 index | u64 its term | u64 cluster time, ms | u32 session timeout, ms | u32 sessions kept
 *               | u64 commands refused | u32 hash of their indexes | u64 the last of these | 16 characters: the incarnation of the disk
 *     record n, the session n: u64 place in the order of use | as in a snapshot (`snapshot-content.ts`)
 */

import type { LogIndex } from "../../core/index.ts"
import type { Applied } from "../apply.ts"
import { readU32, readU53, writeU32, writeU53 } from "../machine/envelope.ts"
import { restoredRefusals } from "../machine/refusals.ts"
import { createSessions, type SessionState } from "../machine/sessions.ts"
import { decodeSession, encodeSession, sessionBytes } from "./snapshot-content.ts"

export type MachineRecords = ReadonlyMap<number, Uint8Array | null>

const version = 1
const rootNumber = 0
const rootHeaderBytes = 53
const incarnationLength = 16
const orderBytes = 8

/** The records that are not any more as they were when this was last asked, or all of them. A session that is gone is null. */
export function takeRecords(applied: Applied, incarnation: string, isWhole: boolean): MachineRecords {
  const { sessions } = applied
  const records = new Map<number, Uint8Array | null>([[rootNumber, encodeRoot(applied, incarnation)]])
  for (const id of isWhole ? sessions.byId.keys() : (sessions.changed ?? [])) {
    const session = sessions.byId.get(id)
    records.set(id, session === undefined ? null : encodeRecord(session))
  }
  sessions.changed = new Set()
  return records
}

/** Puts what the records say in the place of `applied`'s own. Throws a `RangeError` in words where they are not those of `index`, or of this disk. */
export function readRecords(
  records: Iterable<readonly [number, Uint8Array]>,
  index: LogIndex,
  incarnation: string,
  applied: Applied,
): void {
  const all = new Map(records)
  const root = all.get(rootNumber)
  if (root === undefined) throw new RangeError("it does not have the records that it was given to keep")
  if (root.length !== rootHeaderBytes + incarnationLength || root[0] !== version)
    throw new RangeError(`its record 0 has format ${root[0]} and ${root.length} bytes; this version reads format ${version}`)
  const rootIndex = readU53(root, 1)
  if (rootIndex !== index)
    throw new RangeError(`its records are those of entry ${rootIndex}: persist has to keep state, index and records in one transaction`)
  const owner = String.fromCharCode(...root.subarray(rootHeaderBytes))
  if (owner !== incarnation) throw new RangeError(`it belongs to another data folder (of incarnation ${owner}, not ${incarnation})`)
  const sessions = createSessions()
  sessions.timeoutMs = readU32(root, 25)
  sessions.sessionsMax = readU32(root, 29)
  const found: SessionState[] = []
  for (const [number, record] of all) {
    if (number === rootNumber) continue
    if (record.length < orderBytes) throw new RangeError(`its record ${number} is cut short`)
    const { session, end } = decodeSession(record, orderBytes, readU53(record, 0), sessions.owner)
    if (session.id !== number || end !== record.length) throw new RangeError(`its record ${number} is not that of session ${number}`)
    found.push(session)
  }
  for (const session of found.toSorted((a, b) => a.order - b.order)) {
    sessions.byId.set(session.id, session)
    sessions.lastOrder = session.order
  }
  sessions.changed = new Set()
  applied.sessions = sessions
  applied.timeMs = readU53(root, 17)
  applied.refusals = restoredRefusals(index, readU53(root, 33), readU32(root, 41), readU53(root, 45))
  applied.lastApplied = index
  applied.lastAppliedTerm = readU53(root, 9)
}

function encodeRoot({ sessions, refusals, timeMs, lastApplied, lastAppliedTerm }: Applied, incarnation: string): Uint8Array {
  const bytes = new Uint8Array(rootHeaderBytes + incarnationLength)
  bytes[0] = version
  writeU53(bytes, 1, lastApplied)
  writeU53(bytes, 9, lastAppliedTerm)
  writeU53(bytes, 17, timeMs)
  writeU32(bytes, 25, sessions.timeoutMs)
  writeU32(bytes, 29, sessions.sessionsMax)
  writeU53(bytes, 33, refusals.count)
  writeU32(bytes, 41, refusals.hash)
  writeU53(bytes, 45, refusals.lastIndex)
  for (let i = 0; i < incarnationLength; i++) bytes[rootHeaderBytes + i] = incarnation.charCodeAt(i) || 0
  return bytes
}

function encodeRecord(session: SessionState): Uint8Array {
  const bytes = new Uint8Array(orderBytes + sessionBytes(session))
  writeU53(bytes, 0, session.order)
  encodeSession(bytes, orderBytes, session)
  return bytes
}
