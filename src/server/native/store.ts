/**
 * Where the native protocol meets the key-value store: commands are checked before they reach the log, answers are written as frames.
 */

import type { LogIndex } from "../../core/index.ts"
import { checkKvRequest, type KvLimits } from "../../kv/index.ts"
import {
  beginFrame,
  ByteReader,
  type ByteWriter,
  endFrame,
  frameLengthMax,
  frameOverheadBytes,
  type Response,
  status,
  writeResponseFrame,
  writeSessionOpened,
  writeStoreFrame,
} from "../../wire/client/index.ts"
import { encodeKvResponse, type KvAnswer, refusalReasons, refusalTexts } from "../../wire/kv/index.ts"
import { pendingKind } from "./inflight-table.ts"

/** The answer to a `put` without a key, which does not reach the log. */
export const emptyKey: Response = { kind: "refused", index: 0, code: refusalReasons.indexOf("emptyKey"), message: refusalTexts.emptyKey }

/** A result, or an answer, up to here is told whether there is room or not: words in its place would be no shorter. */
export const shortResultBytesMax = 256

/** Bytes of a response beside the store's own: id, status, index. */
const overheadBytes = frameOverheadBytes + 8

/** Keeps out of the log, and of the replica, what the store would refuse anyway: the answer to it, or null if it may go on. */
export function explainRefusal(request: Uint8Array, limits: KvLimits): Response | null {
  const refusal = checkKvRequest(request, limits)
  if (refusal === null) return null
  if (refusal.reason === "malformed") return { kind: "badRequest", message: refusal.message }
  return { kind: "refused", index: 0, code: refusalReasons.indexOf(refusal.reason), message: refusal.message }
}

/** Writes the answer to a command that was applied at `index`. */
export function writeResult(out: ByteWriter, idLow: number, idHigh: number, index: LogIndex, result: Uint8Array): void {
  if (result.length + overheadBytes <= frameLengthMax) return writeStoreFrame(out, idLow, idHigh, index, result)
  // It happened, but its answer cannot be told: of the outcomes there are, this is the one that promises nothing wrong.
  const message = `it was committed, but its result of ${result.length} bytes is too large for a frame`
  writeResponseFrame(out, idLow, idHigh, { kind: "unknown", message })
}

/** Says instead that a command was done, to a client that has taken too few of its answers: a result may not wait for long, however important it is. */
export function writeLostResult(out: ByteWriter, idLow: number, idHigh: number, index: LogIndex, result: Uint8Array): void {
  const message = `it was committed as entry ${index}, but answers wait that nobody takes, and there is no room for its result of ${result.length} bytes`
  writeResponseFrame(out, idLow, idHigh, { kind: "unknown", message })
}

/** Writes the answer to a query, of `bytes` as `answerBytes` tells. */
export function writeAnswer(
  out: ByteWriter,
  idLow: number,
  idHigh: number,
  kind: number,
  index: LogIndex,
  answer: KvAnswer,
  bytes: number,
): void {
  if (kind === pendingKind.get && answer.kind === "get") return writeValue(out, idLow, idHigh, answer.value)
  if (bytes <= frameLengthMax) return writeStoreFrame(out, idLow, idHigh, index, encodeKvResponse(answer))
  const message = `an answer of ${bytes} bytes is too large for a frame of ${frameLengthMax}: ask for fewer keys, with a limit`
  writeResponseFrame(out, idLow, idHigh, { kind: "rejected", reason: "tooLarge", message, leader: null, leaderAddress: null })
}

/** The answer to a bare `get`: the value and nothing else. */
function writeValue(out: ByteWriter, idLow: number, idHigh: number, value: Uint8Array | null): void {
  const start = beginFrame(out, idLow, idHigh, value === null ? status.notFound : status.ok)
  if (value !== null) out.raw(value)
  endFrame(out, start)
}

/** At least what the answer takes as a frame, without making it. */
export function answerBytes(answer: KvAnswer): number {
  switch (answer.kind) {
    case "get":
      return overheadBytes + (answer.value?.length ?? 0)
    case "range": {
      let bytes = overheadBytes + 32
      for (const { key, value } of answer.kvs) bytes += key.length + value.length + 40
      return bytes
    }
    case "txn": {
      let bytes = overheadBytes + 32
      for (const inner of answer.responses) {
        if (inner.kind === "range" || inner.kind === "txn") bytes += answerBytes(inner)
      }
      return bytes
    }
    case "refused":
      return overheadBytes
  }
}

/** `result` is what the replica says to `openSession`: the id, 8 bytes big endian. */
export function writeSession(out: ByteWriter, result: Uint8Array, timeToLiveMs: number): void {
  const reader = new ByteReader(result)
  let sessionId = 0
  for (let i = 0; i < 8; i++) sessionId = sessionId * 256 + reader.u8("the session id")
  writeSessionOpened(out, { sessionId, timeToLiveMs })
}
