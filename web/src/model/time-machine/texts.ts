/**
 * Texts that are read seldom, as bytes. An engine keeps a text that was put together from parts as these parts, several times as heavy, and its
 * garbage collector looks at each of them over and over: a long run has hundreds of thousands.
 */
export class Texts {
  readonly #blocks = [new Uint8Array(blockBytes)]
  /** Where free room begins in the last block. */
  #used = 0
  /** Of each of them: its block, and where it begins and ends there. */
  readonly #places: number[] = []

  /** Keeps lines; returns where they are. */
  add(lines: readonly string[]): number {
    const text = lines.join(between)
    // No code unit takes more than three bytes.
    const roomBytes = text.length * 3
    if (this.#used + roomBytes > this.#blocks.at(-1)!.length) {
      this.#blocks.push(new Uint8Array(Math.max(blockBytes, roomBytes)))
      this.#used = 0
    }
    const start = this.#used
    this.#used += encoder.encodeInto(text, this.#blocks.at(-1)!.subarray(start)).written
    return this.#places.push(this.#blocks.length - 1, start, this.#used) - 3
  }

  at(place: number): string[] {
    const [block, start, end] = [this.#places[place]!, this.#places[place + 1]!, this.#places[place + 2]!]
    return decoder.decode(this.#blocks[block]!.subarray(start, end)).split(between)
  }
}

const blockBytes = 16 << 10
/** Is in no text. */
const between = "\0"
const encoder = new TextEncoder()
const decoder = new TextDecoder()
