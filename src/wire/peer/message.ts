/**
 * What servers say to each other, as frames. A frame stands for itself: no state of a connection is needed to read it.
 *
 *     0  u32 length of the whole frame     12  u32 group id
 *     4  u32 CRC-32 of bytes 8 to the end  16  u32 from
 *     8  u8  wire version                  20  u32 to
 *     9  u8  kind                          24  u64 term
 *    10  u16 reserved, 0                   32  body
 *
 * The entries in an AppendEntries body are their log records, byte for byte, so a leader encodes an entry once for all peers and its own
 * disk, and a follower writes to disk what it received. Decoded bytes are views of the frame. Bytes from outside are doubtful: length
 * first, checksum next, then parse; whatever they are, the only thing thrown is a `WireError`.
 */

import type { AppendEntries, Entry, ForwardProposals, InstallSnapshot, Message, MessageKind, RejectReason } from "../../core/index.ts"
import { ByteReader } from "../bytes/byte-reader.ts"
import { ByteWriter } from "../bytes/byte-writer.ts"
import { crc32Between } from "../bytes/checksum.ts"
import { Codes } from "../bytes/codes.ts"
import { setU64, u32At, u64At } from "../bytes/integers.ts"
import { viewOf } from "../bytes/views.ts"
import { WireError } from "../bytes/wire-error.ts"
import { readConfiguration, writeConfiguration } from "../log/configuration.ts"
import { encodeEntries, parseEntry, recordBytesOf, recordLength, recordOverheadBytes, recordPieces } from "../log/record.ts"

/** The version of frames and records that this build writes, and the latest that it reads. See `handshake.ts`. */
export const wireVersion = 1
/** The oldest version of frames and records that this build reads. */
export const wireVersionMin = 1

/** Bytes of a frame before its body. */
export const frameHeaderBytes = 32

/** What a frame holds. */
export interface DecodedMessage {
  /** The Raft group that it belongs to. */
  readonly groupId: number
  /** The message. */
  readonly message: Message
}

/** A frame of its own. Encodes the entries that are not encoded yet. */
export function encodeMessage(message: Message, groupId: number): Uint8Array {
  const writer = new ByteWriter(sizeHint(message))
  writeMessage(writer, message, groupId)
  return writer.length === writer.bytes.length ? writer.bytes : writer.take()
}

/** Appends a frame to `writer`, so that all frames of a turn leave in one socket write. Encodes the entries that are not encoded yet. */
export function writeMessage(writer: ByteWriter, message: Message, groupId: number): void {
  const start = writer.reserve(frameHeaderBytes)
  writeBody(writer, message, groupId)
  const { view, bytes, length } = writer
  view.setUint32(start, length - start, true)
  view.setUint8(start + 8, wireVersion)
  view.setUint8(start + 9, kinds.codeOf(message.kind))
  view.setUint16(start + 10, 0, true)
  view.setUint32(start + 12, groupId, true)
  view.setUint32(start + 16, message.from, true)
  view.setUint32(start + 20, message.to, true)
  setU64(view, start + 24, message.term)
  view.setUint32(start + 4, crc32Between(bytes, start + 8, length), true)
}

/** Reads exactly one frame. The message shares the frame's memory: the caller must not write to it again. Throws a `WireError` in words. */
export function decodeMessage(frame: Uint8Array): DecodedMessage {
  if (frame.length < frameHeaderBytes) throw new WireError(`a frame of ${frame.length} bytes is shorter than its header`)
  const length = u32At(frame, 0)
  if (length !== frame.length) throw new WireError(`a frame of ${frame.length} bytes says that it has ${length}`)
  const checksum = crc32Between(frame, 8, length)
  if (checksum !== u32At(frame, 4)) throw new WireError("a frame's checksum does not match its bytes")
  const version = frame[8]!
  if (version < wireVersionMin || version > wireVersion) {
    throw new WireError(`a frame of wire version ${version}; this server speaks ${wireVersionMin} to ${wireVersion}`)
  }
  if (frame[10] !== 0 || frame[11] !== 0) throw new WireError("a frame whose reserved bytes are not 0")
  const groupId = u32At(frame, 12)
  const from = u32At(frame, 16)
  const to = u32At(frame, 20)
  if (from === 0 || to === 0) throw new WireError(`a frame from server ${from} to server ${to}; ids begin at 1`)
  const term = u64At(frame, 24, "a frame's term")
  const reader = new ByteReader(frame, frameHeaderBytes)
  const message = readBody(reader, frame[9]!, groupId, from, to, term)
  reader.finish(`the ${message.kind} frame`)
  return { groupId, message }
}

function writeBody(writer: ByteWriter, message: Message, groupId: number): void {
  switch (message.kind) {
    case "preVote":
      writer.u64(message.lastLogIndex)
      writer.u64(message.lastLogTerm)
      break
    case "requestVote":
      writer.u64(message.lastLogIndex)
      writer.u64(message.lastLogTerm)
      writer.flag(message.force)
      break
    case "preVoteReply":
    case "requestVoteReply":
      writer.flag(message.granted)
      break
    case "appendEntries":
      writeAppendEntries(writer, message, groupId)
      break
    case "appendEntriesReply": {
      const at = writer.reserve(33)
      const { view } = writer
      setU64(view, at, message.index)
      setU64(view, at + 8, message.hintIndex)
      setU64(view, at + 16, message.hintTerm)
      setU64(view, at + 24, message.round)
      view.setUint8(at + 32, message.success ? 1 : 0)
      break
    }
    case "installSnapshot":
      writeInstallSnapshot(writer, message)
      break
    case "installSnapshotReply":
      writer.u64(message.lastIndex)
      writer.u64(message.nextOffset)
      writer.flag(message.done)
      break
    case "timeoutNow":
      break
    case "readIndex":
      writer.u64(message.readId)
      break
    case "readIndexReply":
      writer.u64(message.readId)
      writer.flag(message.readIndex !== null)
      writer.u64(message.readIndex ?? 0)
      break
    case "forwardProposals":
      writer.u32(message.proposals.length)
      for (const proposal of message.proposals) {
        writer.u64(proposal.id)
        writer.bytes32(proposal.data)
      }
      break
    case "forwardProposalsReply":
      writer.u8(rejectReasons.codeOf(message.reason))
      writer.u32(message.bootId)
      writer.u32(message.rejected.length)
      for (const id of message.rejected) writer.u64(id)
      break
    default:
      message satisfies never
  }
}

type Envelope = Pick<Message, "from" | "to" | "term">

function readBody(reader: ByteReader, code: number, groupId: number, from: number, to: number, term: number): Message {
  const kind = kinds.wordOf(code)
  if (kind === undefined) throw new WireError(`a frame of kind ${code}, which this version does not know`)
  switch (kind) {
    case "preVote":
      return { kind, from, to, term, lastLogIndex: reader.u64("lastLogIndex"), lastLogTerm: reader.u64("lastLogTerm") }
    case "requestVote": {
      const lastLogIndex = reader.u64("lastLogIndex")
      const lastLogTerm = reader.u64("lastLogTerm")
      return { kind, from, to, term, lastLogIndex, lastLogTerm, force: reader.flag("force") }
    }
    case "preVoteReply":
    case "requestVoteReply":
      return { kind, from, to, term, granted: reader.flag("granted") }
    case "appendEntries":
      return readAppendEntries(reader, groupId, from, to, term)
    case "appendEntriesReply": {
      const index = reader.u64("index")
      const hintIndex = reader.u64("hintIndex")
      const hintTerm = reader.u64("hintTerm")
      const round = reader.u64("round")
      return { kind, from, to, term, success: reader.flag("success"), index, hintIndex, hintTerm, round }
    }
    case "installSnapshot":
      return readInstallSnapshot(reader, { from, to, term })
    case "installSnapshotReply": {
      const lastIndex = reader.u64("lastIndex")
      const nextOffset = reader.u64("nextOffset")
      return { kind, from, to, term, lastIndex, nextOffset, done: reader.flag("done") }
    }
    case "timeoutNow":
      return { kind, from, to, term }
    case "readIndex":
      return { kind, from, to, term, readId: reader.u64("readId") }
    case "readIndexReply": {
      const readId = reader.u64("readId")
      const confirmed = reader.flag("confirmed")
      const readIndex = reader.u64("readIndex")
      return { kind, from, to, term, readId, readIndex: confirmed ? readIndex : null }
    }
    case "forwardProposals":
      return readForwardProposals(reader, { from, to, term })
    case "forwardProposalsReply": {
      const code = reader.u8("reason")
      const reason = rejectReasons.wordOf(code)
      if (reason === undefined) throw new WireError("a reason for rejection that this version does not know")
      const bootId = reader.u32("the boot id")
      const count = reader.u32("the number of rejected proposals")
      if (count * 8 > reader.remaining) throw new WireError(`${count} rejected proposals do not fit the frame`)
      const rejected: number[] = []
      for (let i = 0; i < count; i++) rejected.push(reader.u64("a rejected proposal"))
      return { kind, from, to, term, bootId, rejected, reason }
    }
    default:
      kind satisfies never
      throw new WireError("unknown kind")
  }
}

export const appendEntriesHeaderBytes = 36

/** `u64 prevLogIndex | u64 prevLogTerm | u64 leaderCommit | u64 round | u32 count | records`. */
function writeAppendEntries(writer: ByteWriter, message: AppendEntries, groupId: number): void {
  const { entries } = message
  encodeEntries(entries, groupId)
  const at = writer.reserve(appendEntriesHeaderBytes)
  const { view } = writer
  setU64(view, at, message.prevLogIndex)
  setU64(view, at + 8, message.prevLogTerm)
  setU64(view, at + 16, message.leaderCommit)
  setU64(view, at + 24, message.round)
  view.setUint32(at + 32, entries.length, true)
  for (const piece of recordPieces(entries)) writer.raw(piece)
}

function readAppendEntries(reader: ByteReader, groupId: number, from: number, to: number, term: number): AppendEntries {
  const { bytes } = reader
  let at = reader.advance(appendEntriesHeaderBytes, "the body of appendEntries")
  const prevLogIndex = u64At(bytes, at, "prevLogIndex")
  const prevLogTerm = u64At(bytes, at + 8, "prevLogTerm")
  const leaderCommit = u64At(bytes, at + 16, "leaderCommit")
  const round = u64At(bytes, at + 24, "round")
  const count = u32At(bytes, at + 32)
  at += appendEntriesHeaderBytes
  if (count * recordOverheadBytes > bytes.length - at) throw new WireError(`${count} entries do not fit the frame`)
  const entries: Entry[] = []
  if (count === 0) return { kind: "appendEntries", from, to, term, prevLogIndex, prevLogTerm, entries, leaderCommit, round }
  const view = viewOf(bytes)
  let lastTerm = prevLogTerm
  for (let i = 0; i < count; i++) {
    const length = recordLength(bytes, view, at)
    if (length === null || length > bytes.length - at) throw new WireError(`entry ${i + 1} of ${count} does not fit the frame`)
    // The frame's checksum covers the record: its own is for the disk.
    const entry = parseEntry(bytes, view, at, length, groupId)
    if (entry.index !== prevLogIndex + 1 + i) throw new WireError(`entry ${entry.index} where ${prevLogIndex + 1 + i} must stand`)
    if (entry.term < lastTerm || entry.term > term) {
      throw new WireError(`entry ${entry.index} of term ${entry.term} after one of term ${lastTerm}, sent in term ${term}`)
    }
    lastTerm = entry.term
    entries.push(entry)
    at += length
  }
  reader.at = at
  return { kind: "appendEntries", from, to, term, prevLogIndex, prevLogTerm, entries, leaderCommit, round }
}

function writeInstallSnapshot(writer: ByteWriter, message: InstallSnapshot): void {
  writer.u64(message.snapshot.lastIndex)
  writer.u64(message.snapshot.lastTerm)
  writeConfiguration(writer, message.snapshot.configuration)
  writer.u64(message.sizeBytes)
  writer.u32(message.checksum)
  writer.u64(message.offset)
  writer.flag(message.done)
  writer.bytes32(message.data)
}

function readInstallSnapshot(reader: ByteReader, { from, to, term }: Envelope): InstallSnapshot {
  const lastIndex = reader.u64("the snapshot's last index")
  const lastTerm = reader.u64("the snapshot's last term")
  const snapshot = { lastIndex, lastTerm, configuration: readConfiguration(reader) }
  const sizeBytes = reader.u64("the snapshot's size")
  const checksum = reader.u32("the snapshot's checksum")
  const offset = reader.u64("the chunk's offset")
  const done = reader.flag("done")
  const data = reader.bytes32("the chunk")
  const end = offset + data.length
  if (lastIndex === 0 || lastTerm === 0) throw new WireError(`a snapshot of index ${lastIndex} and term ${lastTerm}; both begin at 1`)
  if (end > sizeBytes) throw new WireError(`a chunk that ends at byte ${end} of a snapshot of ${sizeBytes} bytes`)
  if (done !== (end === sizeBytes)) throw new WireError(`a chunk that ends at byte ${end} of ${sizeBytes} says done: ${done}`)
  return { kind: "installSnapshot", from, to, term, snapshot, sizeBytes, checksum, offset, data, done }
}

function readForwardProposals(reader: ByteReader, { from, to, term }: Envelope): ForwardProposals {
  const count = reader.u32("the number of proposals")
  // Each takes at least its id and its length: a count is never believed before the bytes are there.
  if (count * 12 > reader.remaining) throw new WireError(`${count} proposals do not fit the frame`)
  const proposals: { id: number; data: Uint8Array }[] = []
  for (let i = 0; i < count; i++) proposals.push({ id: reader.u64("a proposal's id"), data: reader.bytes32("a proposal") })
  return { kind: "forwardProposals", from, to, term, proposals }
}

/** What a frame will need, so that its buffer is made once. */
function sizeHint(message: Message): number {
  switch (message.kind) {
    case "appendEntries": {
      let size = frameHeaderBytes + appendEntriesHeaderBytes
      for (const entry of message.entries) size += recordBytesOf(entry)
      return size
    }
    case "installSnapshot":
      return 512 + message.data.length
    default:
      return 96
  }
}

/** Codes of frames and reasons are for ever: new ones are added at the end, old ones are never reused. */
const kinds = new Codes<MessageKind>({
  preVote: 1,
  preVoteReply: 2,
  requestVote: 3,
  requestVoteReply: 4,
  appendEntries: 5,
  appendEntriesReply: 6,
  installSnapshot: 7,
  installSnapshotReply: 8,
  timeoutNow: 9,
  readIndex: 10,
  readIndexReply: 11,
  forwardProposals: 12,
  forwardProposalsReply: 13,
})

const rejectReasons = new Codes<RejectReason | "repeated">({
  notLeader: 0,
  noLeader: 1,
  overloaded: 2,
  transferring: 3,
  tooLarge: 4,
  diskFull: 5,
  lostLeadership: 6,
  changeInProgress: 7,
  staleConfiguration: 8,
  noCommittedEntryInTerm: 9,
  wouldLoseQuorum: 10,
  unknownMember: 11,
  duplicateMember: 12,
  reusedId: 13,
  invalidChange: 14,
  notCaughtUp: 15,
  stopped: 16,
  // Of an answer that rejects nothing. Only servers that repeat themselves get it, so older ones never do.
  repeated: 255,
})
