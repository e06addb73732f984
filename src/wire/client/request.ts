/**
 * Requests as data, and as the bytes from the operation's number on.
 *
 * Two of them wrap an operation of the store instead of repeating its fields: `read` puts a consistency before a query, `inSession` a token
 * before a command (dissertation §6.3). So the store can grow operations without this file knowing, and the command that goes into the log
 * is a slice of the very bytes that the client sent.
 */

import type { LogIndex, MembershipChange, NodeId } from "../../core/index.ts"
import { ByteReader } from "../bytes/byte-reader.ts"
import { ByteWriter } from "../bytes/byte-writer.ts"
import { WireError } from "../bytes/wire-error.ts"
import { noCluster, readClusterId, writeClusterId } from "./cluster-id.ts"
import { readChanges, writeChanges } from "./membership.ts"
import { operation, storeOperationsEnd } from "./protocol.ts"

/** Makes a retry exactly-once (dissertation §6.3): `sequence` grows by one with every new command of the session, and stays for a retry. */
export interface SessionToken {
  /** The session. */
  readonly sessionId: number
  /** From 1. */
  readonly sequence: number
  /** Every command of this session below this number has had its answer: the results kept for it can go. */
  readonly answeredBelow: number
}

/**
 * - `linearizable`: as new as any write that was answered before the read began, confirmed by a round of messages (ReadIndex).
 * - `lease`: the same, trusting clocks instead of messages; becomes `linearizable` where leases are off.
 * - `stale`: what this server has applied so far, but never older than `minimumIndex`.
 */
export type ReadConsistency = "linearizable" | "lease" | "stale"

/** A request id as it stands on the wire: any 64 bits, so two halves. */
export interface WireRequestId {
  readonly low: number
  readonly high: number
}

export type Request =
  /** An operation of the store, as its own bytes: a command, or a query that is to be linearizable. */
  | { readonly kind: "store"; readonly bytes: Uint8Array }
  | {
      readonly kind: "read"
      readonly consistency: ReadConsistency
      readonly minimumIndex: LogIndex
      /** The query's bytes from its operation's number on. */
      readonly query: Uint8Array
    }
  | { readonly kind: "inSession"; readonly session: SessionToken; readonly command: Uint8Array }
  /** `clusterId` null: whichever cluster this is. Otherwise 16 hexadecimal digits, and a server of another one refuses. */
  | { readonly kind: "hello"; readonly versionMin: number; readonly versionMax: number; readonly clusterId: string | null }
  | { readonly kind: "status" }
  | { readonly kind: "openSession" }
  | { readonly kind: "keepSession"; readonly sessionId: number }
  | { readonly kind: "closeSession"; readonly sessionId: number }
  | { readonly kind: "changeMembership"; readonly changes: readonly MembershipChange[]; readonly version: LogIndex | null }
  | { readonly kind: "transferLeadership"; readonly to: NodeId | null }
  | { readonly kind: "takeSnapshot" }
  | { readonly kind: "watchLeader" }
  | { readonly kind: "cancel"; readonly requestId: WireRequestId }

const consistencies = ["linearizable", "lease", "stale"] as const

/** The request's bytes from its operation's number on: what follows the id in a frame. */
export function encodeRequest(request: Request): Uint8Array {
  if (request.kind === "store") return request.bytes
  const out = new ByteWriter(64)
  out.u8(operation[request.kind])
  switch (request.kind) {
    case "read":
      out.u8(consistencies.indexOf(request.consistency))
      out.u64(request.minimumIndex)
      out.raw(request.query)
      break
    case "inSession":
      out.u64(request.session.sessionId)
      out.u64(request.session.sequence)
      out.u64(request.session.answeredBelow)
      out.raw(request.command)
      break
    case "hello":
      out.u16(request.versionMin)
      out.u16(request.versionMax)
      writeClusterId(out, request.clusterId ?? noCluster)
      break
    case "keepSession":
    case "closeSession":
      out.u64(request.sessionId)
      break
    case "changeMembership":
      out.u8(request.version === null ? 0 : 1)
      out.u64(request.version ?? 0)
      writeChanges(out, request.changes)
      break
    case "transferLeadership":
      out.u32(request.to ?? 0)
      break
    case "cancel":
      out.u32(request.requestId.low)
      out.u32(request.requestId.high)
      break
    case "status":
    case "openSession":
    case "takeSnapshot":
    case "watchLeader":
      break
    default:
      request satisfies never
  }
  return out.take()
}

/**
 * Reads a request from its operation's number on, in `bytes[start..end)`. Byte fields of the result are views. Throws `WireError`.
 * The bytes of a store operation, bare or wrapped, are not looked into: that is `wire/kv`'s.
 */
export function decodeRequest(bytes: Uint8Array, start = 0, end = bytes.length): Request {
  const reader = new ByteReader(bytes, start, end)
  const code = reader.u8("the operation")
  if (code < storeOperationsEnd) return { kind: "store", bytes: bytes.subarray(start, end) }
  const request = decodeBody(code, reader)
  reader.finish(request.kind)
  return request
}

function decodeBody(code: number, reader: ByteReader): Request {
  switch (code) {
    case operation.read: {
      const consistency = consistencies[reader.u8("the consistency")]
      if (consistency === undefined) throw new WireError("the consistency is none of 0 (linearizable), 1 (lease), 2 (stale)")
      const minimumIndex = reader.u64("the minimum index")
      return { kind: "read", consistency, minimumIndex, query: storeBytes(reader, "read") }
    }
    case operation.inSession: {
      const session = {
        sessionId: reader.u64("the session id"),
        sequence: reader.u64("the sequence"),
        answeredBelow: reader.u64("answeredBelow"),
      }
      if (session.sequence === 0) throw new WireError("the sequence is 0; sequences begin at 1")
      if (session.answeredBelow > session.sequence) throw new WireError("answeredBelow is above the sequence that it comes with")
      return { kind: "inSession", session, command: storeBytes(reader, "inSession") }
    }
    case operation.hello: {
      const versionMin = reader.u16("the lowest version")
      const versionMax = reader.u16("the highest version")
      const clusterId = readClusterId(reader, "the cluster id")
      if (versionMin > versionMax) throw new WireError(`the lowest version ${versionMin} is above the highest, ${versionMax}`)
      return { kind: "hello", versionMin, versionMax, clusterId: clusterId === noCluster ? null : clusterId }
    }
    case operation.status:
      return { kind: "status" }
    case operation.openSession:
      return { kind: "openSession" }
    case operation.keepSession:
      return { kind: "keepSession", sessionId: reader.u64("the session id") }
    case operation.closeSession:
      return { kind: "closeSession", sessionId: reader.u64("the session id") }
    case operation.changeMembership: {
      const hasVersion = reader.flag("the version's flag")
      const version = reader.u64("the version")
      if (!hasVersion && version !== 0) throw new WireError("the version is given, but its flag is 0")
      return { kind: "changeMembership", version: hasVersion ? version : null, changes: readChanges(reader) }
    }
    case operation.transferLeadership: {
      const to = reader.u32("the node to lead")
      return { kind: "transferLeadership", to: to === 0 ? null : to }
    }
    case operation.takeSnapshot:
      return { kind: "takeSnapshot" }
    case operation.watchLeader:
      return { kind: "watchLeader" }
    case operation.cancel:
      return { kind: "cancel", requestId: { low: reader.u32("the request's id"), high: reader.u32("the request's id") } }
    default:
      throw new WireError(`operation ${code} is not known here`)
  }
}

function storeBytes(reader: ByteReader, wrapper: string): Uint8Array {
  const bytes = reader.rest()
  const code = bytes[0]
  if (code === undefined) throw new WireError(`${wrapper} has no operation inside`)
  if (code >= storeOperationsEnd)
    throw new WireError(`${wrapper} cannot hold operation ${code}: only those of the store, below ${storeOperationsEnd}`)
  return bytes
}
