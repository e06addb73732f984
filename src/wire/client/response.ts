/**
 * Responses: a status that says which of the three outcomes a request had (committed, rejected, unknown), and a body.
 *
 * Writers put a whole frame into a reused buffer, because the server answers hundreds of thousands a second. Readers are for the client.
 */

import type { LogIndex, NodeId } from "../../core/index.ts"
import { ByteReader } from "../bytes/byte-reader.ts"
import type { ByteWriter } from "../bytes/byte-writer.ts"
import { readClusterId, readGenesis, writeClusterId, writeGenesis } from "./cluster-id.ts"
import { beginFrame, endFrame } from "./frame.ts"
import { type Reason, reasonNames, status, type StatusCode } from "./protocol.ts"

/** What a request came to, but for the body of `ok` and `update`, whose meaning depends on the request. */
export type Response =
  | { readonly kind: "ok"; readonly body: Uint8Array }
  | { readonly kind: "update"; readonly body: Uint8Array }
  | ({ readonly kind: "rejected" | "overloaded" } & Rejection)
  | { readonly kind: "unknown"; readonly message: string }
  | { readonly kind: "badRequest"; readonly message: string }
  /** `index` null: the answer to a bare `get`, which has none. */
  | { readonly kind: "notFound"; readonly index: LogIndex | null }
  | ({ readonly kind: "refused" } & StoreRefusal)

/** Certainly not done, and why. */
export interface Rejection {
  readonly reason: Reason
  readonly message: string
  /** Who leads, if the answering node knows. */
  readonly leader: NodeId | null
  /** Where clients reach the leader, as `host:port`, if known. */
  readonly leaderAddress: string | null
}

/** The store understood and said no; nothing changed, and asking again changes nothing. */
export interface StoreRefusal {
  /** Where in the log a command was refused; for a read, what the node had applied. */
  readonly index: LogIndex
  /** The position of its reason in `refusalReasons` of `wire/kv`. */
  readonly code: number
  readonly message: string
}

/** Writes any response as a frame. For `ok` see also the writers below, which need no body of its own. */
export function writeResponseFrame(out: ByteWriter, idLow: number, idHigh: number, response: Response): void {
  const start = beginFrame(out, idLow, idHigh, status[response.kind])
  switch (response.kind) {
    case "ok":
    case "update":
      out.raw(response.body)
      break
    case "rejected":
    case "overloaded":
      out.u8(Math.max(0, reasonNames.indexOf(response.reason)))
      out.u32(response.leader ?? 0)
      out.text16(response.leaderAddress ?? "")
      out.text16(response.message)
      break
    case "refused":
      out.u64(response.index)
      out.u8(response.code)
      out.text16(response.message)
      break
    case "unknown":
    case "badRequest":
      out.text16(response.message)
      break
    case "notFound":
      if (response.index !== null) out.u64(response.index)
      break
    default:
      response satisfies never
  }
  endFrame(out, start)
}

/** Reads a status and its body, in `bytes[start..end)`. `body` is a view. Throws `WireError`. */
export function decodeResponse(code: number, bytes: Uint8Array, start: number, end: number): Response {
  const reader = new ByteReader(bytes, start, end)
  switch (code as StatusCode) {
    case status.ok:
      return { kind: "ok", body: reader.rest() }
    case status.update:
      return { kind: "update", body: reader.rest() }
    case status.rejected:
      return { kind: "rejected", ...readRejection(reader) }
    case status.overloaded:
      return { kind: "overloaded", ...readRejection(reader) }
    case status.unknown:
      return { kind: "unknown", message: reader.text("the message") }
    case status.badRequest:
      return { kind: "badRequest", message: reader.text("the message") }
    case status.notFound:
      return { kind: "notFound", index: reader.remaining === 0 ? null : reader.u64("the index") }
    case status.refused:
      return {
        kind: "refused",
        index: reader.u64("the index"),
        code: reader.u8("the refusal's code"),
        message: reader.text("the message"),
      }
    default:
      // A status of a later version says nothing that this code may rely on: the only safe reading is that anything may have happened.
      return { kind: "unknown", message: `the server answered with status ${code}, which this client does not know` }
  }
}

function readRejection(reader: ByteReader): Rejection {
  const reason = reasonNames[reader.u8("the reason")] ?? "other"
  const leader = reader.u32("the leader's id")
  const address = reader.text("the leader's address")
  return {
    reason,
    leader: leader === 0 ? null : leader,
    leaderAddress: address === "" ? null : address,
    message: reader.text("the message"),
  }
}

/**
 * The answer of the store to a command or a wrapped read: `u64 index | body`. `result` begins with the status, as the store wrote it
 * (`wire/kv`); it goes into the frame's header and the index in between.
 */
export function writeStoreFrame(out: ByteWriter, idLow: number, idHigh: number, index: LogIndex, result: Uint8Array): void {
  const start = beginFrame(out, idLow, idHigh, result.length === 0 ? status.ok : result[0]!)
  out.u64(index)
  if (result.length > shortResultBytes) out.raw(result.subarray(1))
  else if (result.length > 1) out.rawFrom(result, 1)
  endFrame(out, start)
}

/** A put's result has ten bytes. */
const shortResultBytes = 64

export interface IndexedResult {
  /** The log index that the answer stands for: a later read with this as its minimum sees it. */
  readonly index: LogIndex
  /** The store's result or answer, a view. */
  readonly result: Uint8Array
}

/** The body of `ok` for `read` and for everything that went through the log. */
export function readIndexed(body: Uint8Array): IndexedResult {
  const reader = new ByteReader(body)
  return { index: reader.u64("the index"), result: reader.rest() }
}

/** The body of `ok` for `openSession`, behind the index. */
export interface SessionOpened {
  readonly sessionId: number
  /** How long the cluster keeps a session that says nothing, in milliseconds. 0 if it does not say. */
  readonly timeToLiveMs: number
}

export function writeSessionOpened(out: ByteWriter, opened: SessionOpened): void {
  out.u64(opened.sessionId)
  out.u32(opened.timeToLiveMs)
}

export function readSessionOpened(result: Uint8Array): SessionOpened {
  const reader = new ByteReader(result)
  return { sessionId: reader.u64("the session id"), timeToLiveMs: reader.u32("the time to live") }
}

/** The body of `ok` for `hello`. */
export interface Welcome {
  /** The version that both sides speak from now on. */
  readonly version: number
  readonly clusterId: string
  readonly nodeId: NodeId
  /** Bits of `feature`. */
  readonly features: number
  /** The largest frame length that the server takes. */
  readonly frameLengthMax: number
  /** Requests that the server works on at a time for one connection; it reads no further while there are so many. */
  readonly inflightRequestsMax: number
  readonly softwareVersion: string
  /** As in `LeaderState`. */
  readonly genesis: string | null
}

export function writeWelcome(out: ByteWriter, welcome: Welcome): void {
  out.u16(welcome.version)
  writeClusterId(out, welcome.clusterId)
  out.u32(welcome.nodeId)
  out.u32(welcome.features)
  out.u32(welcome.frameLengthMax)
  out.u32(welcome.inflightRequestsMax)
  out.text16(welcome.softwareVersion)
  writeGenesis(out, welcome.genesis)
}

export function readWelcome(body: Uint8Array): Welcome {
  const reader = new ByteReader(body)
  return {
    version: reader.u16("the version"),
    clusterId: readClusterId(reader, "the cluster id"),
    nodeId: reader.u32("the node id"),
    features: reader.u32("the features"),
    frameLengthMax: reader.u32("the largest frame"),
    inflightRequestsMax: reader.u32("the requests in flight"),
    softwareVersion: reader.text("the software's version"),
    genesis: readGenesis(reader),
  }
}
