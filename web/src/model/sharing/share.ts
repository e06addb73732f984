/**
 * A run as the part of an address behind `#`: its trace and the position in it, compressed. Nothing is sent to any server.
 *
 * What comes in from outside goes through the same reader as a trace file: a damaged or foreign link is refused in words.
 */

import { readTrace, TraceError, type Trace } from "oarlock/simulator"

export interface Shared {
  readonly trace: Trace
  /** The event to stand at. */
  readonly step: number
  /** How many actions have been done there; all, if left out. Fewer where some were undone. */
  readonly done?: number
  /** Which of the views was open; one that is not known is none. */
  readonly view?: string
}

/** A link that cannot be opened. The message is a sentence for the one who followed it. */
export class BadLink extends Error {
  override readonly name = "BadLink"
}

/** Events of the longest run that a page replays while somebody waits. */
export const eventsMax = 200_000

/** Bytes that a link may unpack to: a page must not be made to run out of memory by an address. */
const unpackedBytesMax = 8 << 20

export async function encodeShare({ trace, step, done, view }: Shared): Promise<string> {
  const text = textOf({ trace, step, ...(done === undefined ? {} : { done }), ...(view === undefined ? {} : { view }) })
  const packed = await pump(new TextEncoder().encode(text), new CompressionStream("deflate-raw"), Infinity)
  return btoa(Array.from(packed, (byte) => String.fromCharCode(byte)).join(""))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "")
}

/** As a text that `readShared` reads. */
export function textOf({ trace, ...position }: Shared): string {
  return JSON.stringify({ ...position, trace })
}

/** Throws a `BadLink`. */
export async function decodeShare(text: string): Promise<Shared> {
  let whole: unknown
  try {
    const bytes = Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (letter) => letter.charCodeAt(0))
    const unpacked = await pump(bytes, new DecompressionStream("deflate-raw"), unpackedBytesMax)
    whole = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(unpacked))
  } catch (error) {
    if (error instanceof BadLink) throw error
    throw new BadLink("This link is damaged: a part of it is missing or was changed on the way. Ask for it again.")
  }
  return readShared(whole)
}

/** What was parsed from a text of `textOf`. Throws a `BadLink`. */
export function readShared(whole: unknown): Shared {
  if (typeof whole !== "object" || whole === null || !("trace" in whole) || !("step" in whole)) {
    throw new BadLink("This link does not lead to a run of Oarlock.")
  }
  try {
    const trace = readTrace(JSON.stringify(whole.trace))
    const step = typeof whole.step === "number" && Number.isInteger(whole.step) ? whole.step : 0
    const view = "view" in whole && typeof whole.view === "string" ? { view: whole.view } : {}
    if (trace.end.step > eventsMax) {
      throw new BadLink(`This link leads to a run of ${trace.end.step} events; this page shows up to ${eventsMax}.`)
    }
    const done = "done" in whole && Number.isInteger(whole.done) ? { done: whole.done as number } : {}
    return { trace, step: Math.max(0, Math.min(trace.end.step, step)), ...done, ...view }
  } catch (error) {
    if (error instanceof TraceError) throw new BadLink(`This link leads to no run that this version can show: ${error.message}`)
    throw error
  }
}

async function pump(
  bytes: Uint8Array<ArrayBuffer>,
  through: CompressionStream | DecompressionStream,
  bytesMax: number,
): Promise<Uint8Array> {
  const reader = new Blob([bytes]).stream().pipeThrough(through).getReader()
  const parts: Uint8Array[] = []
  let length = 0
  for (;;) {
    const { done, value } = await reader.read()
    if (done) break
    parts.push(value)
    length += value.length
    if (length > bytesMax) throw new BadLink("This link unpacks to more than a page should hold. Nothing was opened.")
  }
  const whole = new Uint8Array(length)
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}
