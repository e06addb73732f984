/**
 * Texts that are read seldom, as bytes. An engine keeps a text that was put together from parts as these parts, several times as heavy, and its
 * garbage collector looks at each of them over and over: a long run has hundreds of thousands.
 */
export class Texts {
  #bytes = new Uint8Array(1 << 14)
  /** Where each of them ends. */
  readonly #ends: number[] = []

  /** Keeps lines; returns where they are. */
  add(lines: readonly string[]): number {
    const text = lines.join(between)
    const start = this.#ends.at(-1) ?? 0
    // No code unit takes more than three bytes.
    const room = start + text.length * 3
    if (room > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(room, this.#bytes.length * 2))
      larger.set(this.#bytes)
      this.#bytes = larger
    }
    const { written } = encoder.encodeInto(text, this.#bytes.subarray(start))
    return this.#ends.push(start + written) - 1
  }

  at(place: number): string[] {
    return decoder.decode(this.#bytes.subarray(this.#ends[place - 1] ?? 0, this.#ends[place])).split(between)
  }
}

/** Is in no text. */
const between = "\0"
const encoder = new TextEncoder()
const decoder = new TextDecoder()
