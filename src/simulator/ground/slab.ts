/**
 * Small buffers cut from large ones. A world makes thousands of frames, records and copies of commands a second, most of them shorter than what it
 * costs to ask the engine for memory of their own. What was cut is never handed out again, so worlds and their forks may share a slab.
 */

import type { Message } from "../../core/index.ts"
import { ByteWriter, writeMessage } from "../../wire/index.ts"

const slabBytes = 64 << 10
/** Anything longer gets memory of its own. */
const cutBytesMax = 4 << 10
/** As many the engine keeps in its own heap, which is cheaper still. */
const inHeapBytesMax = 64

let frames = new ByteWriter(slabBytes)
let slab = new Uint8Array(slabBytes)
let used = 0

/** The frame of a message, as production would send it. */
export function encodeFrame(message: Message): Uint8Array {
  if (frames.length > slabBytes - cutBytesMax) frames = new ByteWriter(slabBytes)
  const start = frames.length
  writeMessage(frames, message, 0)
  return new Uint8Array(frames.view.buffer, start, frames.length - start)
}

/** One copy of all the pieces, one after the other. */
export function copyOf(pieces: readonly Uint8Array[]): Uint8Array {
  let lengthBytes = 0
  for (const piece of pieces) lengthBytes += piece.length
  const copy = cut(lengthBytes)
  let at = 0
  for (const piece of pieces) {
    copy.set(piece, at)
    at += piece.length
  }
  return copy
}

/** A copy of one piece. */
export function copyOfOne(piece: Uint8Array): Uint8Array {
  if (piece.length <= inHeapBytesMax) {
    const copy = new Uint8Array(piece.length)
    for (let at = 0; at < piece.length; at++) copy[at] = piece[at]!
    return copy
  }
  const copy = cut(piece.length)
  copy.set(piece)
  return copy
}

function cut(lengthBytes: number): Uint8Array {
  if (lengthBytes > cutBytesMax) return new Uint8Array(lengthBytes)
  if (used + lengthBytes > slabBytes) {
    slab = new Uint8Array(slabBytes)
    used = 0
  }
  used += lengthBytes
  return new Uint8Array(slab.buffer, used - lengthBytes, lengthBytes)
}
