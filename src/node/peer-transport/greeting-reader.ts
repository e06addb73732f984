/** Gathers the first bytes of a connection until they hold a whole hello, or the answer to one. */

import { handshakeLength } from "../../wire/index.ts"

export class GreetingReader {
  #bytes: Uint8Array = new Uint8Array(0)

  /** The greeting and the bytes after it, once it is complete; null before. Throws a `WireError` as soon as the bytes cannot be a greeting. */
  push(chunk: Uint8Array): { readonly greeting: Uint8Array; readonly rest: Uint8Array } | null {
    this.#bytes = this.#bytes.length === 0 ? chunk : Buffer.concat([this.#bytes, chunk])
    const length = handshakeLength(this.#bytes)
    if (length === null || this.#bytes.length < length) return null
    return { greeting: this.#bytes.subarray(0, length), rest: this.#bytes.subarray(length) }
  }
}
