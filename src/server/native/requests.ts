/**
 * What each request asks of the backend.
 *
 * `put` and `get` are taken straight from the bytes, because they are what a busy server does all day; the others are decoded first. A request
 * that makes no sense is answered in words and leaves the connection usable: its length was sane, so the next frame begins where it should.
 */

import {
  ByteWriter,
  decodeRequest,
  feature,
  frameHeaderBytes,
  frameLengthMax,
  type FrameView,
  WireError,
  operation,
  protocolVersionMax,
  protocolVersionMin,
  type ReadConsistency,
  u16At,
  u32At,
  type Reason,
  type Request,
  type Response,
  type SessionToken,
  writeServerStatus,
  writeWelcome,
} from "../../wire/client/index.ts"
import { decodeKvQuery, type GetRequest, isKvCommand } from "../../wire/kv/index.ts"
import type { NativeConnection } from "./connection.ts"
import { pendingKind } from "./inflight-table.ts"
import { emptyKey, explainRefusal } from "./store.ts"

/** Where a frame's operation stands, and where the key of a `put` or `get` begins. */
const operationOffset = frameHeaderBytes - 1
const keyOffset = frameHeaderBytes + 2

/** Handles one whole frame. Its bytes may be kept (a command is a slice of them), the view itself may not. */
export function handleFrame(connection: NativeConnection, frame: FrameView): void {
  const { bytes, start, end } = frame
  const idLow = u32At(bytes, start + 4)
  const idHigh = u32At(bytes, start + 8)
  const requestBytes = end - start - operationOffset
  if (requestBytes > connection.options.store.requestBytesMax) return refuseSize(connection, idLow, idHigh, requestBytes)
  switch (bytes[start + operationOffset]) {
    case operation.put:
      return put(connection, idLow, idHigh, bytes, start, end)
    case operation.get:
      return get(connection, idLow, idHigh, bytes, start, end)
    default:
      return handleOther(connection, idLow, idHigh, bytes, start, end)
  }
}

function put(connection: NativeConnection, idLow: number, idHigh: number, bytes: Uint8Array, start: number, end: number): void {
  const keyStart = start + keyOffset
  const keyEnd = endOfKey(bytes, keyStart, end)
  if (keyEnd > end) return badKey(connection, idLow, idHigh, "put: the key does not fit into the frame")
  if (keyEnd === keyStart) return connection.answer(idLow, idHigh, emptyKey)
  const { pending, backend } = connection
  const slot = pending.take(idLow, idHigh, pendingKind.command, end - start)
  pending.handle[slot] = backend.requests.submit(viewOf(bytes, start + operationOffset, end), null, connection, slot)
}

function get(connection: NativeConnection, idLow: number, idHigh: number, bytes: Uint8Array, start: number, end: number): void {
  const keyStart = start + keyOffset
  const keyEnd = endOfKey(bytes, keyStart, end)
  if (keyEnd !== end) return badKey(connection, idLow, idHigh, "get: the key does not end where the frame does")
  const { pending, backend } = connection
  const slot = pending.take(idLow, idHigh, pendingKind.get, end - start)
  const query: GetRequest = { kind: "get", key: viewOf(bytes, keyStart, keyEnd) }
  pending.handle[slot] = backend.requests.read(query, "linearizable", 0, connection, slot, connection.number)
}

/** A plain view, which is made in a third of the time that a `Buffer`'s own `subarray` takes. */
function viewOf(bytes: Uint8Array, start: number, end: number): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset + start, end - start)
}

/** Where the key of a `put` or `get` ends; beyond `end` if it does not fit. */
function endOfKey(bytes: Uint8Array, keyStart: number, end: number): number {
  return keyStart > end ? keyStart : keyStart + u16At(bytes, keyStart - 2)
}

function badKey(connection: NativeConnection, idLow: number, idHigh: number, message: string): void {
  connection.answer(idLow, idHigh, { kind: "badRequest", message })
}

function refuseSize(connection: NativeConnection, idLow: number, idHigh: number, requestBytes: number): void {
  const message = `a request of ${requestBytes} bytes is above this server's limit of ${connection.options.store.requestBytesMax}`
  connection.answer(idLow, idHigh, { kind: "rejected", reason: "tooLarge", message, leader: null, leaderAddress: null })
}

function handleOther(connection: NativeConnection, idLow: number, idHigh: number, bytes: Uint8Array, start: number, end: number): void {
  try {
    perform(connection, idLow, idHigh, decodeRequest(bytes, start + operationOffset, end), end - start)
  } catch (error) {
    if (!(error instanceof WireError)) throw error
    connection.answer(idLow, idHigh, { kind: "badRequest", message: error.message })
  }
}

/** Throws `WireError` before anything was begun, or not at all. */
function perform(connection: NativeConnection, idLow: number, idHigh: number, request: Request, weight: number): void {
  const { pending, backend } = connection
  const take = (kind: number): number => pending.take(idLow, idHigh, kind, weight)
  switch (request.kind) {
    case "store":
      if (isKvCommand(request.bytes)) return submit(connection, idLow, idHigh, request.bytes, null, weight)
      return read(connection, idLow, idHigh, request.bytes, "linearizable", 0, weight)
    case "inSession":
      return submit(connection, idLow, idHigh, request.command, request.session, weight)
    case "read":
      return read(connection, idLow, idHigh, request.query, request.consistency, request.minimumIndex, weight)
    case "hello":
      return connection.answer(idLow, idHigh, welcome(connection, request))
    case "status": {
      const body = new ByteWriter()
      writeServerStatus(body, backend.status())
      return connection.answer(idLow, idHigh, { kind: "ok", body: body.take() })
    }
    case "openSession": {
      const slot = take(pendingKind.openSession)
      pending.handle[slot] = backend.requests.openSession(connection, slot)
      return
    }
    case "keepSession": {
      const slot = take(pendingKind.administration)
      pending.handle[slot] = backend.requests.keepSession(request.sessionId, connection, slot)
      return
    }
    case "closeSession": {
      const slot = take(pendingKind.administration)
      pending.handle[slot] = backend.requests.closeSession(request.sessionId, connection, slot)
      return
    }
    case "changeMembership": {
      const slot = take(pendingKind.administration)
      pending.handle[slot] = backend.requests.changeMembership(request.changes, request.version, connection, slot)
      return
    }
    case "transferLeadership": {
      const slot = take(pendingKind.administration)
      pending.handle[slot] = backend.requests.transferLeadership(request.to, connection, slot)
      return
    }
    case "takeSnapshot": {
      const slot = take(pendingKind.administration)
      pending.handle[slot] = backend.requests.takeSnapshot(connection, slot)
      return
    }
    case "watchLeader": {
      const problem = connection.subscriptions.open(idLow, idHigh)
      if (problem !== null) connection.answer(idLow, idHigh, rejected("overloaded", problem))
      return
    }
    case "cancel": {
      const { low, high } = request.requestId
      const slots = pending.slotsOf(low, high)
      for (const slot of slots) backend.requests.cancel(pending.handle[slot]!)
      const found = connection.subscriptions.cancel(low, high) || slots.length > 0
      return connection.answer(idLow, idHigh, { kind: "ok", body: Uint8Array.of(found ? 1 : 0) })
    }
    default:
      request satisfies never
  }
}

function submit(
  connection: NativeConnection,
  idLow: number,
  idHigh: number,
  command: Uint8Array,
  session: SessionToken | null,
  weight: number,
): void {
  if (!isKvCommand(command)) throw new WireError(`a session is for writes, and operation ${command[0]} is none`)
  const refusal = explainRefusal(command, connection.options.store)
  if (refusal !== null) return connection.answer(idLow, idHigh, refusal)
  const slot = connection.pending.take(idLow, idHigh, pendingKind.command, weight)
  connection.pending.handle[slot] = connection.backend.requests.submit(command, session, connection, slot)
}

function read(
  connection: NativeConnection,
  idLow: number,
  idHigh: number,
  queryBytes: Uint8Array,
  consistency: ReadConsistency,
  minimumIndex: number,
  weight: number,
): void {
  const refusal = explainRefusal(queryBytes, connection.options.store)
  if (refusal !== null) return connection.answer(idLow, idHigh, refusal)
  const query = decodeKvQuery(queryBytes)
  const slot = connection.pending.take(idLow, idHigh, pendingKind.read, weight)
  connection.pending.handle[slot] = connection.backend.requests.read(query, consistency, minimumIndex, connection, slot, connection.number)
}

function welcome(connection: NativeConnection, hello: Extract<Request, { kind: "hello" }>): Response {
  const { backend, options } = connection
  const { clusterId, nodeId, genesis } = backend.status()
  if (hello.clusterId !== null && hello.clusterId !== clusterId) {
    return rejected("wrongCluster", `this node belongs to cluster ${clusterId}, not to ${hello.clusterId}`)
  }
  const version = Math.min(hello.versionMax, protocolVersionMax)
  if (version < Math.max(hello.versionMin, protocolVersionMin)) {
    const ours = `${protocolVersionMin} to ${protocolVersionMax}`
    return rejected("unsupportedVersion", `this server speaks versions ${ours}, the client ${hello.versionMin} to ${hello.versionMax}`)
  }
  const body = new ByteWriter()
  writeWelcome(body, {
    version,
    clusterId,
    nodeId,
    features: feature.sessions | feature.readConsistency | feature.membership | feature.watchLeader | feature.cancel,
    frameLengthMax,
    inflightRequestsMax: options.inflightRequestsMax,
    softwareVersion: options.softwareVersion,
    genesis,
  })
  return { kind: "ok", body: body.take() }
}

function rejected(reason: Reason, message: string): Response {
  return { kind: reason === "overloaded" ? "overloaded" : "rejected", reason, message, leader: null, leaderAddress: null }
}
