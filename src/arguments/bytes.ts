/** Bytes as callers give them: a `Uint8Array`, a `Buffer` or another subclass, one of another realm (a `vm` context, an iframe). */

import { Misfit } from "./misfit.ts"
import type { Reader } from "./readers.ts"
import { show } from "./show.ts"

/** The name that only the engine gives to a typed array: no prototype, proxy or property can make up for it. Undefined for anything else. */
const kindOfTypedArray = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(Uint8Array.prototype) as object, Symbol.toStringTag)!
  .get as (this: unknown) => string | undefined

/** Whether `value` is bytes, whatever it says of itself. */
export function isBytes(value: unknown): value is Uint8Array {
  return kindOfTypedArray.call(value) === "Uint8Array"
}

/** The very bytes that were given, not a copy. */
export const bytes: Reader<Uint8Array> = (value, path) => {
  if (isBytes(value)) return value instanceof Uint8Array ? value : ours(value)
  throw new Misfit(path, `found ${show(value)}, expected a Uint8Array, such as Buffer.from("text")`)
}

/** Bytes, or a text that stands for its UTF-8. One with half a surrogate pair has none: it would become the same bytes as others do. */
export const keyOrValue: Reader<string | Uint8Array> = (value, path) => {
  if (typeof value === "string") {
    if (isWellFormed(value)) return value
    throw new Misfit(
      path,
      `found ${show(value)}, which holds half of a surrogate pair and so has no UTF-8; expected a text, or bytes`,
      true,
    )
  }
  if (isBytes(value)) return value instanceof Uint8Array ? value : ours(value)
  throw new Misfit(path, `found ${show(value)}, expected a text or a Uint8Array`)
}

/** The engine's own answer costs nothing for a text of bytes; ES2023 does not name it yet. */
function isWellFormed(text: string & { readonly isWellFormed?: () => boolean }): boolean {
  return text.isWellFormed?.() ?? !halfPair.test(text)
}

const halfPair = /\p{Surrogate}/u

/** The same memory, as a `Uint8Array` of this realm. */
function ours(foreign: Uint8Array): Uint8Array {
  return new Uint8Array(foreign.buffer, foreign.byteOffset, foreign.byteLength)
}
