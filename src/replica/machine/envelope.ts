/**
 * The bytes around a command in `Entry.data`: who proposed it, when by the cluster's clock, and for which session (dissertation §6.3).
 *
 * The origin (node, boot, number) is how a server recognizes its own proposals when they come back through the log, whichever server led when they
 * got there. The time is how every state machine sees the same clock. Numbers are written by hand, byte by byte: a `DataView` per entry
 * costs more than the whole header. Little endian:
 *
 *     0 u8 version = 1 | 1 u8 type | 2 u16 zero | 4 u32 origin | 8 u32 boot id | 12 u64 number | 20 u64 cluster time, ms
 *     with a session:  28 u64 session id | 36 u64 sequence | 44 u64 answered below
 *     then the command, to the end
 */

import type { NodeId } from "../../core/index.ts"
import type { Proposal } from "../event.ts"

/** What an entry's envelope asks for. The numbers are part of the format of the log. */
export const EnvelopeType = {
  /** A command for the state machine, without a session. */
  command: 1,
  /** A command for the state machine, applied once per session and sequence number. */
  sessionCommand: 2,
  /** Opens a session whose id is the index of this entry. */
  openSession: 3,
  /** Ends a session and forgets its results. */
  closeSession: 4,
  /** Keeps a session from expiring; changes nothing else. */
  keepSession: 5,
  /** What a server says that it has after an entry: see `verify.ts`. Versions before it halt over one, so nobody says anything unless told to. */
  statement: 6,
} as const
/** A value of `EnvelopeType`. */
export type EnvelopeType = (typeof EnvelopeType)[keyof typeof EnvelopeType]

/** Which process proposes: these parts of its `ReplicaOptions`. */
interface EnvelopeOrigin {
  readonly raft: { readonly id: NodeId }
  readonly bootId: number
}

export const envelopeVersion = 1

/** Bytes of an envelope before its command, without and with a session. The most that an envelope adds to a command. */
export const plainHeaderBytes = 28
export const sessionHeaderBytes = 52

/** The bytes of a `statement` after its header. */
export const statementBytes = 21

/** The bytes of an `openSession` command: the limits that this and all later entries go by. */
export const sessionLimitsBytes = 8

/** Bytes of an envelope of this type around a command of `commandBytes` bytes: 28 more, or 52 with a session. */
export function envelopeBytes(type: EnvelopeType, commandBytes: number): number {
  return headerBytes(type) + commandBytes
}

/**
 * Writes the envelope of one proposal at `at` and returns where the next one begins. `into` has room for `envelopeBytes`. `origin` is the server that
 * proposes, and `number` its own number for the proposal.
 */
export function writeEnvelope(
  into: Uint8Array,
  at: number,
  type: EnvelopeType,
  origin: EnvelopeOrigin,
  number: number,
  timeMs: number,
  { command, session }: Pick<Proposal, "command" | "session">,
): number {
  into[at] = envelopeVersion
  into[at + 1] = type
  into[at + 2] = 0
  into[at + 3] = 0
  writeU32(into, at + 4, origin.raft.id)
  writeU32(into, at + 8, origin.bootId)
  writeU53(into, at + 12, number)
  writeU53(into, at + 20, timeMs)
  let next = at + plainHeaderBytes
  if (session !== null) {
    writeU53(into, at + 28, session.sessionId)
    writeU53(into, at + 36, session.sequence)
    writeU53(into, at + 44, session.answeredBelow)
    next = at + sessionHeaderBytes
  }
  into.set(command, next)
  return next + command.length
}

/** Says in a sentence why `data` is no envelope that this version reads, or returns null. Everything below may rely on a null. */
export function explainBadEnvelope(data: Uint8Array): string | null {
  if (data.length < plainHeaderBytes) return `an envelope of ${data.length} bytes is shorter than its header`
  if (data[0] !== envelopeVersion) return `an envelope of format ${data[0]}; this version reads format ${envelopeVersion}`
  const type = data[1]!
  if (type < EnvelopeType.command || type > EnvelopeType.statement) return `an envelope of unknown type ${type}`
  if (data[2] !== 0 || data[3] !== 0) return "an envelope whose reserved bytes are not zero"
  if (data.length < headerBytes(type as EnvelopeType)) return `an envelope of ${data.length} bytes is shorter than its session header`
  // The upper halves of 53-bit numbers end at 21 bits.
  const isSafe = isU53(data, 12) && isU53(data, 20) && (!hasSession(type) || (isU53(data, 28) && isU53(data, 36) && isU53(data, 44)))
  if (!isSafe) return "an envelope with a number above 2^53 - 1"
  const isBare = type === EnvelopeType.closeSession || type === EnvelopeType.keepSession
  if (isBare && data.length !== sessionHeaderBytes) return "an envelope with a command where none belongs"
  if (type === EnvelopeType.openSession && data.length !== plainHeaderBytes + sessionLimitsBytes)
    return "an envelope without session limits"
  if (type === EnvelopeType.statement && !isStatement(data)) return "an envelope with a statement that makes no sense"
  return null
}

/** The type of an envelope that `explainBadEnvelope` has nothing against. */
export function typeOf(data: Uint8Array): EnvelopeType {
  return data[1] as EnvelopeType
}

export function originOf(data: Uint8Array): NodeId {
  return readU32(data, 4)
}

export function bootIdOf(data: Uint8Array): number {
  return readU32(data, 8)
}

/** The origin's own counter: its proposal number. */
export function numberOf(data: Uint8Array): number {
  return readU53(data, 12)
}

export function timeMsOf(data: Uint8Array): number {
  return readU53(data, 20)
}

/** Writes the leader's time into an envelope that another server made. Only ever into a copy: the message may be shared. */
export function stampTime(data: Uint8Array, at: number, timeMs: number): void {
  writeU53(data, at + 20, timeMs)
}

export function sessionIdOf(data: Uint8Array): number {
  return readU53(data, 28)
}

export function sequenceOf(data: Uint8Array): number {
  return readU53(data, 36)
}

export function answeredBelowOf(data: Uint8Array): number {
  return readU53(data, 44)
}

/**
 * A view of the command; shares the entry's bytes. Never one of Node's `Buffer`s, of which `slice` would be another view where everyone expects a
 * copy.
 */
export function commandOf(data: Uint8Array): Uint8Array {
  const at = headerBytes(data[1] as EnvelopeType)
  return new Uint8Array(data.buffer, data.byteOffset + at, data.length - at)
}

/** The command of an `openSession` envelope. */
export function encodeSessionLimits(timeoutMs: number, sessionsMax: number): Uint8Array {
  const bytes = new Uint8Array(sessionLimitsBytes)
  writeU32(bytes, 0, timeoutMs)
  writeU32(bytes, 4, sessionsMax)
  return bytes
}

export function sessionTimeoutMsOf(data: Uint8Array): number {
  return readU32(data, plainHeaderBytes)
}

export function sessionsMaxOf(data: Uint8Array): number {
  return readU32(data, plainHeaderBytes + 4)
}

function headerBytes(type: EnvelopeType): number {
  return hasSession(type) ? sessionHeaderBytes : plainHeaderBytes
}

function hasSession(type: number): boolean {
  return type === EnvelopeType.sessionCommand || type === EnvelopeType.closeSession || type === EnvelopeType.keepSession
}

function isStatement(data: Uint8Array): boolean {
  const at = plainHeaderBytes
  const topic = data[at]!
  return data.length === at + statementBytes && topic >= 1 && topic <= 2 && isU53(data, at + 1) && isU53(data, at + 13)
}

function isU53(bytes: Uint8Array, at: number): boolean {
  return bytes[at + 7] === 0 && bytes[at + 6]! < 0x20
}

export function readU32(bytes: Uint8Array, at: number): number {
  return (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0
}

export function writeU32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value
  bytes[at + 1] = value >>> 8
  bytes[at + 2] = value >>> 16
  bytes[at + 3] = value >>> 24
}

export function readU53(bytes: Uint8Array, at: number): number {
  const low = readU32(bytes, at)
  const high = readU32(bytes, at + 4)
  // A small integer stays one to the engine, which it would not in a sum with 0 * 2^32.
  return high === 0 ? low : high * 0x1_0000_0000 + low
}

export function writeU53(bytes: Uint8Array, at: number, value: number): void {
  writeU32(bytes, at, value >>> 0)
  writeU32(bytes, at + 4, Math.floor(value / 0x1_0000_0000))
}
