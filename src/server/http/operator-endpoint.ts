/**
 * `POST /operator/…`: what the Live page does for an operator. Keys are read and written here, the log's end is listed, leadership handed over,
 * members added, promoted and removed, snapshots taken.
 *
 * The client port does not know its callers, and any page in a browser can send requests to it. So all of this, reading keys included, needs the
 * node's operator token (`Authorization: Bearer …`). A node without a token has none of these endpoints.
 * Keys and values are bytes, written in base64 as etcd's JSON has them.
 */

import type { IncomingMessage } from "node:http"
import type { Member, MembershipChange } from "../../core/index.ts"
import { OarlockError } from "../../node/index.ts"
import { type KeyValue, type KvAnswer, type KvResult, prefixEnd, rangeRequest } from "../../wire/kv/index.ts"
import { parseAddress } from "../configuration/address.ts"
import type { NodeOperations } from "../node/node-operations.ts"
import { readJson, sameText } from "./chaos-endpoint.ts"

export interface OperatorAccess {
  readonly token: string
  readonly operations: NodeOperations
}

/** Bytes of a request's body. */
export const operatorBodyBytesMax = 1 << 20
/** Keys in one answer. */
export const operatorKeysMax = 200
/** Entries of the log in one answer. */
export const operatorEntriesMax = 100
/** Bytes of keys and values in one answer; at least one key is always there. */
export const operatorAnswerBytesMax = 256 << 10
/** Bytes of one value that are shown; how many it has is told. */
export const operatorValueBytesMax = 4 << 10

export interface OperatorAnswer {
  readonly status: 200 | 400 | 403 | 404 | 409 | 504
  readonly body: unknown
}

/** A key and its value, as the operator's page lists them. */
export interface ListedKey {
  /** The key in base64. */
  readonly key: string
  /** The beginning of the value in base64. */
  readonly value: string
  /** Bytes of the whole value. */
  readonly valueBytes: number
  /** The revision of the write that gave it this value. */
  readonly modRevision: number
  /** How many writes there were since the key was created, that one included. */
  readonly version: number
}

export async function answerOperator(path: string, request: IncomingMessage, access: OperatorAccess | null): Promise<OperatorAnswer> {
  if (access === null) return refuse(404, "this node has no operator token: start it with --operator-token-file to operate it from here")
  if (!sameText(request.headers.authorization, `Bearer ${access.token}`)) return refuse(403, "that is not this node's operator token")
  const body = await readJson(request, operatorBodyBytesMax)
  if (body === null) return refuse(400, `the body is not a JSON object of at most ${operatorBodyBytesMax} bytes`)
  try {
    return await perform(path, body, access.operations)
  } catch (error) {
    if (error instanceof BadField) return refuse(400, error.message)
    if (!(error instanceof OarlockError)) throw error
    const { code, outcome, leader, message } = error
    // What makes no sense to the node made none in the request, such as an address with a scheme.
    if (code === "badArgument") return refuse(400, message)
    return { status: outcome === "unknown" ? 504 : 409, body: { error: message, code, outcome, leader } }
  }
}

async function perform(path: string, body: Readonly<Record<string, unknown>>, operations: NodeOperations): Promise<OperatorAnswer> {
  switch (path) {
    case "/operator/check":
      return { status: 200, body: {} }
    case "/operator/range": {
      const prefix = bytesOf(body, "prefix")
      const limit = integerOf(body, "limit", 1, operatorKeysMax)
      return listed(await operations.range(rangeOf(prefix, limit)))
    }
    case "/operator/entries":
      return { status: 200, body: { entries: operations.latestEntries(integerOf(body, "limit", 1, operatorEntriesMax)) } }
    case "/operator/put":
      return outcomeOf(await operations.put(bytesOf(body, "key"), bytesOf(body, "value")))
    case "/operator/delete":
      return outcomeOf(await operations.delete(bytesOf(body, "key")))
    case "/operator/transfer":
      await operations.transferLeadership(body["to"] === null ? null : integerOf(body, "to", 1, largestId))
      return { status: 200, body: {} }
    case "/operator/member":
      await operations.changeMembership([changeOf(body)], integerOf(body, "version", 0, Number.MAX_SAFE_INTEGER))
      return { status: 200, body: {} }
    case "/operator/snapshot":
      return { status: 200, body: { index: await operations.takeSnapshot() } }
    default:
      return refuse(404, "there are only check, range, entries, put, delete, transfer, member and snapshot under /operator/")
  }
}

function refuse(status: 400 | 403 | 404, error: string): OperatorAnswer {
  return { status, body: { error } }
}

/** An empty prefix means all keys, of which the lowest is a single 0 byte. */
function rangeOf(prefix: Uint8Array, limit: number): ReturnType<typeof rangeRequest> {
  return prefix.length === 0
    ? rangeRequest(Uint8Array.of(0), Uint8Array.of(0), { limit })
    : rangeRequest(prefix, prefixEnd(prefix), { limit })
}

function listed(answer: KvAnswer): OperatorAnswer {
  if (answer.kind === "refused") return { status: 409, body: { error: answer.message, code: answer.reason, outcome: "rejected" } }
  if (answer.kind !== "range") throw new Error(`a range was answered by a ${answer.kind}`)
  const keys: ListedKey[] = []
  let bytes = 0
  for (const pair of answer.kvs) {
    const shown = Math.min(pair.value.length, operatorValueBytesMax)
    bytes += pair.key.length + shown
    if (keys.length > 0 && bytes > operatorAnswerBytesMax) break
    keys.push(listedKey(pair, shown))
  }
  return { status: 200, body: { revision: answer.revision, count: answer.count, keys } }
}

function listedKey({ key, value, modRevision, version }: KeyValue, shownBytes: number): ListedKey {
  const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64")
  return { key: base64(key), value: base64(value.subarray(0, shownBytes)), valueBytes: value.length, modRevision, version }
}

function outcomeOf(result: KvResult): OperatorAnswer {
  if (result.kind === "refused") return { status: 409, body: { error: result.message, code: result.reason, outcome: "rejected" } }
  return { status: 200, body: { revision: result.revision, ...(result.kind === "deleteRange" ? { deleted: result.deleted } : {}) } }
}

/** A field of the body is not what it has to be, in words. */
class BadField extends Error {}

const largestId = 0xffff_ffff

function changeOf(body: Readonly<Record<string, unknown>>): MembershipChange {
  const { kind } = body
  switch (kind) {
    case "addLearner":
    case "addVoter":
      return { kind, member: memberOf(body) }
    case "promote":
    case "demote":
    case "remove":
      return { kind, id: integerOf(body, "id", 1, largestId) }
    default:
      throw new BadField("`kind` is none of addLearner, addVoter, promote, demote, remove")
  }
}

function memberOf(body: Readonly<Record<string, unknown>>): Member {
  const name = textOf(body, "name")
  if (name === "") throw new BadField("`name` is empty")
  const clientAddress = textOf(body, "clientAddress")
  return {
    id: integerOf(body, "id", 1, largestId),
    name,
    peerAddress: addressOf(body, "peerAddress"),
    clientAddress: clientAddress === "" ? "" : addressOf(body, "clientAddress"),
  }
}

function addressOf(body: Readonly<Record<string, unknown>>, name: string): string {
  const text = textOf(body, name)
  if (!("port" in parseAddress(text))) throw new BadField(`\`${name}\` is not an address as host:port`)
  return text
}

function textOf(body: Readonly<Record<string, unknown>>, name: string): string {
  const value = body[name]
  if (typeof value !== "string") throw new BadField(`\`${name}\` is not a text`)
  return value
}

function integerOf(body: Readonly<Record<string, unknown>>, name: string, min: number, max: number): number {
  const value = body[name]
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= min && value <= max) return value
  throw new BadField(`\`${name}\` is not an integer from ${min} to ${max}`)
}

function bytesOf(body: Readonly<Record<string, unknown>>, name: string): Uint8Array {
  const text = textOf(body, name)
  // `Buffer` skips what is no base64 instead of refusing it.
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(text) || text.length % 4 !== 0) throw new BadField(`\`${name}\` is not base64`)
  return Uint8Array.from(Buffer.from(text, "base64"))
}
