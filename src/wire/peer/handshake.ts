/**
 * The first thing on every connection between servers: who calls, whom it wants, of which cluster, with which disk, and for what.
 *
 * The caller sends one hello; the called one answers with a welcome, which names itself, or with a refusal in words. Only then do frames flow.
 * The incarnation says which disk is behind an id: a server that lost its disk forgot its votes, and must not pass for its old self.
 *
 * Both start with the magic `OARP` and a u16 with their whole length, and end in a CRC-32 of everything before it. A later version may add fields
 * before the checksum; an earlier one ignores them.
 */

import type { LogIndex, NodeId, Term } from "../../core/index.ts"
import { ByteReader } from "../bytes/byte-reader.ts"
import { ByteWriter } from "../bytes/byte-writer.ts"
import { crc32 } from "../bytes/checksum.ts"
import { Codes } from "../bytes/codes.ts"
import { slice } from "../bytes/views.ts"
import { WireError } from "../bytes/wire-error.ts"
import { readNonces, writeNonces } from "../log/standing.ts"

/** Snapshots have a connection of their own, so that heartbeats never wait behind them. */
export type ConnectionPurpose = "messages" | "snapshot"

/**
 * What a server says of its own disk: enough for another one to see whether that disk is the one that it knows, and whether it has gone back in time.
 * `life` 0: an earlier version, which says nothing but its incarnation.
 */
export interface Introduction {
  /** Of its disk, 16 hexadecimal digits. */
  readonly incarnation: string
  /** Which start of a process on that disk this is, from 1. */
  readonly life: number
  /** A random number that tells this start from another one with the same number. */
  readonly nonce: number
  /** Nonces of the lives before, the latest first: as many as the server remembers, and none in its first life. */
  readonly previousNonces: readonly number[]
  /** Which cluster it belongs to (see `OwnStanding`); null if it has yet to learn that. */
  readonly genesis: string | null
  /** The term that the disk held when this life began. */
  readonly term: Term
  /** The last index of the log when this life began. */
  readonly lastIndex: LogIndex
  /** Its cluster was begun without some of its first members. */
  readonly isPartial: boolean
  /** It was told that its disk has gone back in time. */
  readonly isCondemned: boolean
}

/** What a caller says first. */
export interface Hello {
  /** The lowest wire version that the caller speaks. */
  readonly versionMin: number
  /** The highest wire version that the caller speaks. */
  readonly versionMax: number
  /** The caller's cluster, 16 hexadecimal digits. */
  readonly clusterId: string
  /** The Raft group, for several groups behind one port. 0 so far. */
  readonly groupId: number
  /** The caller. */
  readonly from: NodeId
  /** Whom the caller believes to have reached. */
  readonly to: NodeId
  /** The caller's disk. */
  readonly self: Introduction
  /** What the connection is for. */
  readonly purpose: ConnectionPurpose
  /** Where the caller itself is reached, `host:port`: a server that waits to be added knows nobody's address, and must answer all the same. */
  readonly peerAddress: string
}

/** Why a handshake is refused. `rolledBack`: the disk was put back to an older state. `otherBeginning`: the cluster has another genesis. */
export type RefusalCode =
  | "wrongCluster"
  | "wrongGroup"
  | "wrongNode"
  | "unknownIncarnation"
  | "noCommonVersion"
  | "removed"
  | "rolledBack"
  | "otherBeginning"

/** Why a server is not listened to, and a sentence for its log. */
export interface PeerRefusal {
  /** The reason, for programs. */
  readonly code: RefusalCode
  /** The reason as a sentence. */
  readonly message: string
}

/** The answer to a hello: the wire version that both speak and who answers, or a refusal. */
export type HelloAnswer =
  | { readonly kind: "welcome"; readonly version: number; readonly nodeId: NodeId; readonly self: Introduction }
  | ({ readonly kind: "refused" } & PeerRefusal)

/** What the called server knows when it judges a hello. */
export interface HelloContext {
  /** The lowest wire version that this server speaks. */
  readonly versionMin: number
  /** The highest wire version that this server speaks. */
  readonly versionMax: number
  /** This server's cluster, 16 hexadecimal digits. */
  readonly clusterId: string
  /** The Raft group that it serves. */
  readonly groupId: number
  /** This server. */
  readonly nodeId: NodeId
  /** This server's disk. */
  readonly self: Introduction
  /** What this server holds against that peer; null if nothing. The rules are the replica's (`judgePeer`). */
  readonly judge: (peer: NodeId, introduction: Introduction) => PeerRefusal | null
}

/** The bytes at the start of a hello or an answer that tell its length: give them to `handshakeLength`. */
export const handshakePrefixBytes = 6
/** No hello and no answer is longer. */
export const handshakeBytesMax = 2048

const magic = [0x4f, 0x41, 0x52, 0x50] as const
const checksumBytes = 4

/** Accept or refuse a caller: the highest version that both speak, or a sentence for the caller's log. */
export function answerHello(hello: Hello, context: HelloContext): HelloAnswer {
  const version = Math.min(hello.versionMax, context.versionMax)
  if (version < Math.max(hello.versionMin, context.versionMin)) {
    const ours = `${context.versionMin} to ${context.versionMax}`
    return refuse(
      "noCommonVersion",
      `server ${context.nodeId} speaks wire versions ${ours}, not ${hello.versionMin} to ${hello.versionMax}`,
    )
  }
  if (hello.clusterId !== context.clusterId) {
    return refuse("wrongCluster", `this is cluster ${context.clusterId}, not ${hello.clusterId}`)
  }
  if (hello.groupId !== context.groupId) return refuse("wrongGroup", `this server serves group ${context.groupId}, not ${hello.groupId}`)
  if (hello.to !== context.nodeId) return refuse("wrongNode", `this is server ${context.nodeId}, not ${hello.to}; check its address`)
  if (hello.from === context.nodeId) return refuse("wrongNode", `server ${hello.from} called itself, or another server has its id`)
  const refusal = context.judge(hello.from, hello.self)
  if (refusal !== null) return { kind: "refused", ...refusal }
  return { kind: "welcome", version, nodeId: context.nodeId, self: context.self }
}

/** The length of the hello or answer that begins with these bytes, or null while fewer than `handshakePrefixBytes` are there. Throws a `WireError` if it is none. */
export function handshakeLength(bytes: Uint8Array): number | null {
  for (let i = 0; i < Math.min(magic.length, bytes.length); i++) {
    if (bytes[i] !== magic[i]) throw new WireError("this is no Oarlock server's greeting: it does not begin with OARP")
  }
  if (bytes.length < handshakePrefixBytes) return null
  const length = bytes[4]! | (bytes[5]! << 8)
  if (length < handshakePrefixBytes + checksumBytes || length > handshakeBytesMax) {
    throw new WireError(`a greeting of ${length} bytes; it takes ${handshakePrefixBytes + checksumBytes} to ${handshakeBytesMax}`)
  }
  return length
}

/** The bytes of a hello. */
export function encodeHello(hello: Hello): Uint8Array {
  const writer = begin()
  writer.u8(hello.versionMin)
  writer.u8(hello.versionMax)
  writer.u8(hello.purpose === "messages" ? 1 : 2)
  writer.u8(0)
  writer.id64(hello.clusterId)
  writer.u32(hello.groupId)
  writer.u32(hello.from)
  writer.u32(hello.to)
  writer.id64(hello.self.incarnation)
  writer.text(hello.peerAddress)
  writeRest(writer, hello.self)
  return end(writer)
}

/** Reads one whole hello. Throws a `WireError` in words. */
export function decodeHello(bytes: Uint8Array): Hello {
  const reader = open(bytes)
  const versionMin = reader.u8("the oldest version")
  const versionMax = reader.u8("the newest version")
  const purposeCode = reader.u8("the purpose")
  reader.u8("a reserved byte")
  const clusterId = reader.id64("the cluster id")
  const groupId = reader.u32("the group id")
  const from = reader.u32("the caller's id")
  const to = reader.u32("the called server's id")
  const incarnation = reader.id64("the incarnation")
  const peerAddress = reader.text("the caller's address")
  const self = readRest(reader, incarnation)
  if (versionMin > versionMax) throw new WireError(`a hello with versions ${versionMin} to ${versionMax}`)
  if (from === 0 || to === 0) throw new WireError(`a hello from server ${from} to server ${to}; ids begin at 1`)
  if (purposeCode !== 1 && purposeCode !== 2) throw new WireError(`a hello for purpose ${purposeCode}, which this version does not know`)
  const purpose: ConnectionPurpose = purposeCode === 1 ? "messages" : "snapshot"
  return { versionMin, versionMax, clusterId, groupId, from, to, self, purpose, peerAddress }
}

/** The bytes of an answer. */
export function encodeHelloAnswer(answer: HelloAnswer): Uint8Array {
  const writer = begin()
  switch (answer.kind) {
    case "welcome":
      writer.u8(0)
      writer.u8(answer.version)
      writer.u32(answer.nodeId)
      writer.id64(answer.self.incarnation)
      writeRest(writer, answer.self)
      break
    case "refused":
      writer.u8(refusalCodes.codeOf(answer.code))
      writer.text(answer.message.slice(0, 400))
      break
    default:
      answer satisfies never
  }
  return end(writer)
}

/** Reads one whole answer. Throws a `WireError` in words. */
export function decodeHelloAnswer(bytes: Uint8Array): HelloAnswer {
  const reader = open(bytes)
  const status = reader.u8("the status")
  if (status === 0) {
    const version = reader.u8("the version")
    const nodeId = reader.u32("the server's id")
    const incarnation = reader.id64("the incarnation")
    if (nodeId === 0) throw new WireError("a welcome from server 0; ids begin at 1")
    return { kind: "welcome", version, nodeId, self: readRest(reader, incarnation) }
  }
  const message = reader.text("the reason")
  const code = refusalCodes.wordOf(status)
  if (code === undefined) throw new WireError(`refused for a reason (${status}) that this version does not know: ${message}`)
  return { kind: "refused", code, message }
}

/** For ever; 0 is a welcome. */
const refusalCodes = new Codes<RefusalCode>({
  wrongCluster: 1,
  wrongGroup: 2,
  wrongNode: 3,
  unknownIncarnation: 4,
  noCommonVersion: 5,
  removed: 6,
  rolledBack: 7,
  otherBeginning: 8,
})

const partialBit = 1
const condemnedBit = 2
const noGenesis = "0000000000000000"

/** What came later than the incarnation, at the end of hello and welcome. */
function writeRest(writer: ByteWriter, self: Introduction): void {
  writer.u64(self.life)
  writer.u32(self.nonce)
  writer.u32(self.previousNonces[0] ?? 0)
  writer.id64(self.genesis ?? noGenesis)
  writer.u64(self.term)
  writer.u64(self.lastIndex)
  writer.u8((self.isPartial ? partialBit : 0) | (self.isCondemned ? condemnedBit : 0))
  writeNonces(writer, self.previousNonces.slice(1))
}

function readRest(reader: ByteReader, incarnation: string): Introduction {
  if (reader.remaining === 0) return unknownLife(incarnation)
  const life = reader.u64("the life")
  const nonce = reader.u32("its nonce")
  const previousNonce = reader.u32("the nonce of the life before")
  const genesis = reader.id64("the genesis")
  const term = reader.u64("the term")
  const lastIndex = reader.u64("the last index")
  const flags = reader.u8("the flags")
  const earlier = readNonces(reader)
  return {
    incarnation,
    life,
    nonce,
    previousNonces: life > 1 ? [previousNonce, ...earlier] : [],
    genesis: genesis === noGenesis ? null : genesis,
    term,
    lastIndex,
    isPartial: (flags & partialBit) !== 0,
    isCondemned: (flags & condemnedBit) !== 0,
  }
}

/** Of a server whose version says nothing but its incarnation. */
function unknownLife(incarnation: string): Introduction {
  const nothing = { life: 0, nonce: 0, previousNonces: [], genesis: null, term: 0, lastIndex: 0 }
  return { incarnation, ...nothing, isPartial: false, isCondemned: false }
}

function refuse(code: RefusalCode, message: string): HelloAnswer {
  return { kind: "refused", code, message }
}

function begin(): ByteWriter {
  const writer = new ByteWriter(128)
  for (const byte of magic) writer.u8(byte)
  writer.u16(0)
  return writer
}

function end(writer: ByteWriter): Uint8Array {
  writer.view.setUint16(4, writer.length + checksumBytes, true)
  writer.u32(crc32(writer.written()))
  return writer.take()
}

function open(bytes: Uint8Array): ByteReader {
  const length = handshakeLength(bytes)
  if (length === null || length !== bytes.length)
    throw new WireError(`a greeting of ${bytes.length} bytes says that it has ${length ?? "no"}`)
  const checked = length - checksumBytes
  const reader = new ByteReader(slice(bytes, 0, checked))
  if (new ByteReader(bytes, checked).u32("the checksum") !== crc32(reader.bytes)) {
    throw new WireError("a greeting's checksum does not match its bytes")
  }
  reader.at = handshakePrefixBytes
  return reader
}
