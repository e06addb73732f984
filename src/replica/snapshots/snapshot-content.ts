/**
 * What stands in a snapshot: first what the replica itself replicates (the cluster's clock and the sessions), then the state machine's chunks.
 *
 * Without the sessions a retry that crosses a snapshot would be applied twice (dissertation §6.3). Each chunk of the replica's part says in its
 * first byte whether another one of them follows; the state machine's chunks keep the borders that it chose. Little endian:
 *
 *     u8 1 if another chunk of sessions follows, else 0 | u8 version = 1, or 2 once the state machine has refused a command
 *     first chunk only: u64 cluster time, ms | u32 session timeout, ms | u32 sessions kept
 *       version 2: u64 commands refused | u32 hash of their indexes | u64 the last of these
 *     per session: u64 id | u64 last used, ms | u64 forgotten below | u32 results | per result: u64 sequence | u32 bytes | bytes
 *       version 2: a command that was refused has no bytes and 2^32 - 1 in their place
 *
 * So a cluster whose state machine refuses nothing writes what versions without refusals can read.
 */

import type { LogIndex } from "../../core/index.ts"
import { readU32, readU53, writeU32, writeU53 } from "../machine/envelope.ts"
import type { Refusals } from "../machine/refusals.ts"
import { bytesOf, createSessions, type SessionState, type Sessions } from "../machine/sessions.ts"

/** What every server agrees on beside the state machine. */
export interface ReplicatedContent {
  readonly timeMs: number
  readonly sessions: Sessions
  readonly refusals: Pick<Refusals, "count" | "hash" | "lastIndex">
}

const versionPlain = 1
const versionWithRefusals = 2
const chunkHeaderBytes = 2
const firstHeaderBytes = 16
const refusalsBytes = 20
/** In the place of a result's length: there is none, the command was refused. */
const refusedMark = 0xffff_ffff
const sessionHeaderBytes = 28
const resultHeaderBytes = 12
/** A chunk of sessions is closed once it has this many bytes. */
const chunkBytes = 64 << 10

/** The chunks of the replica's part; `content` must not change until the last one was taken. */
export function* encodeContent(content: ReplicatedContent): Generator<Uint8Array> {
  let batch: SessionState[] = []
  let bytes = 0
  let isFirst = true
  for (const session of content.sessions.byId.values()) {
    // Closed only when another session follows, so that the flag is known.
    if (bytes >= chunkBytes) {
      yield encodeChunk(content, batch, isFirst, true)
      batch = []
      bytes = 0
      isFirst = false
    }
    batch.push(session)
    bytes += sessionBytes(session)
  }
  yield encodeChunk(content, batch, isFirst, false)
}

/** Takes the replica's chunks in order, and says which chunk is the state machine's first. */
export class ContentReader {
  timeMs = 0
  readonly sessions: Sessions = createSessions()
  refusals = { count: 0, hash: 0, lastIndex: 0 as LogIndex }
  #isFirst = true
  #isComplete = false

  /** Whether all chunks of the replica's part were taken. */
  get isComplete(): boolean {
    return this.#isComplete
  }

  /** Throws a `RangeError` in words for a chunk that no version of this file wrote. */
  write(chunk: Uint8Array): void {
    needs(chunk, 0, chunkHeaderBytes)
    const more = chunk[0]!
    if (more > 1) throw new RangeError(`a snapshot's chunk of sessions begins with ${more}, not with 0 or 1`)
    const version = chunk[1]!
    if (version !== versionPlain && version !== versionWithRefusals)
      throw new RangeError(`a snapshot's chunk of sessions has format ${version}; this version reads formats 1 and 2`)
    let at = chunkHeaderBytes
    if (this.#isFirst) {
      needs(chunk, at, firstHeaderBytes)
      this.timeMs = readU53(chunk, at)
      this.sessions.timeoutMs = readU32(chunk, at + 8)
      this.sessions.sessionsMax = readU32(chunk, at + 12)
      at += firstHeaderBytes
      this.#isFirst = false
      if (version === versionWithRefusals) {
        needs(chunk, at, refusalsBytes)
        this.refusals = { count: readU53(chunk, at), hash: readU32(chunk, at + 8), lastIndex: readU53(chunk, at + 12) }
        at += refusalsBytes
      }
    }
    while (at < chunk.length) at = this.#readSession(chunk, at)
    this.#isComplete = more === 0
  }

  #readSession(chunk: Uint8Array, start: number): number {
    this.sessions.lastOrder += 1
    const { session, end } = decodeSession(chunk, start, this.sessions.lastOrder, this.sessions.owner)
    this.sessions.byId.set(session.id, session)
    return end
  }
}

/** The session that begins at byte `start`, and where it ends. Throws a `RangeError` in words for what no version of this file wrote. */
export function decodeSession(
  chunk: Uint8Array,
  start: number,
  order: number,
  owner: object,
): { readonly session: SessionState; readonly end: number } {
  needs(chunk, start, sessionHeaderBytes)
  const session: SessionState = {
    id: readU53(chunk, start),
    lastUsedMs: readU53(chunk, start + 8),
    forgottenBelow: readU53(chunk, start + 16),
    resultBytes: 0,
    sequences: [],
    results: [],
    order,
    owner,
  }
  const count = readU32(chunk, start + 24)
  let at = start + sessionHeaderBytes
  for (let i = 0; i < count; i++) {
    needs(chunk, at, resultHeaderBytes)
    const length = readU32(chunk, at + 8)
    session.sequences.push(readU53(chunk, at))
    if (length === refusedMark) {
      session.results.push("applyFailed")
      at += resultHeaderBytes
      continue
    }
    needs(chunk, at + resultHeaderBytes, length)
    // Not `slice`: of a Node `Buffer`, that would be a view, and keep the whole chunk from the collector.
    session.results.push(new Uint8Array(chunk.subarray(at + resultHeaderBytes, at + resultHeaderBytes + length)))
    session.resultBytes += length
    at += resultHeaderBytes + length
  }
  return { session, end: at }
}

function encodeChunk(content: ReplicatedContent, batch: readonly SessionState[], isFirst: boolean, more: boolean): Uint8Array {
  const { refusals } = content
  const version = refusals.count === 0 ? versionPlain : versionWithRefusals
  let length = chunkHeaderBytes
  if (isFirst) length += firstHeaderBytes + (version === versionPlain ? 0 : refusalsBytes)
  for (const session of batch) length += sessionBytes(session)
  const chunk = new Uint8Array(length)
  chunk[0] = more ? 1 : 0
  chunk[1] = version
  let at = chunkHeaderBytes
  if (isFirst) {
    writeU53(chunk, at, content.timeMs)
    writeU32(chunk, at + 8, content.sessions.timeoutMs)
    writeU32(chunk, at + 12, content.sessions.sessionsMax)
    at += firstHeaderBytes
    if (version === versionWithRefusals) {
      writeU53(chunk, at, refusals.count)
      writeU32(chunk, at + 8, refusals.hash)
      writeU53(chunk, at + 12, refusals.lastIndex)
      at += refusalsBytes
    }
  }
  for (const session of batch) at = encodeSession(chunk, at, session)
  return chunk
}

export function encodeSession(chunk: Uint8Array, start: number, session: SessionState): number {
  writeU53(chunk, start, session.id)
  writeU53(chunk, start + 8, session.lastUsedMs)
  writeU53(chunk, start + 16, session.forgottenBelow)
  writeU32(chunk, start + 24, session.sequences.length)
  let at = start + sessionHeaderBytes
  for (let i = 0; i < session.sequences.length; i++) {
    const result = session.results[i]!
    writeU53(chunk, at, session.sequences[i]!)
    writeU32(chunk, at + 8, typeof result === "string" ? refusedMark : result.length)
    if (typeof result !== "string") chunk.set(result, at + resultHeaderBytes)
    at += resultHeaderBytes + bytesOf(result)
  }
  return at
}

export function sessionBytes(session: SessionState): number {
  return sessionHeaderBytes + session.sequences.length * resultHeaderBytes + session.resultBytes
}

function needs(chunk: Uint8Array, at: number, length: number): void {
  if (at + length > chunk.length)
    throw new RangeError(`a snapshot's chunk of sessions ends at byte ${chunk.length}, in the middle of something`)
}
