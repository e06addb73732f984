/**
 * How much the callers of an embedded node may have under way. A call waits here, and not in the replica, while no leader is known or while it is about to
 * be tried again: the replica's own bounds do not see it then.
 */

/** Calls under way on one node, those of its sessions included. */
export const callsMax = 65_536
/** Bytes of the commands of those. A single one may be longer. */
export const callBytesMax = 64 << 20

export class CallBudget {
  #count = 0
  #bytes = 0
  readonly #countMax: number
  readonly #bytesMax: number
  readonly #of: string

  /** `of` ends a sentence: "of this node". */
  constructor(countMax: number, bytesMax: number, of: string) {
    this.#countMax = countMax
    this.#bytesMax = bytesMax
    this.#of = of
  }

  /** Counts one more. Says what is against it, in words, or null. */
  begin(bytes: number): string | null {
    if (this.#count >= this.#countMax) return `${this.#countMax} calls ${this.#of} are under way already`
    if (this.#count > 0 && this.#bytes + bytes > this.#bytesMax)
      return `commands ${this.#of} of ${this.#bytes} bytes are under way already, and with this one they would be more than ${this.#bytesMax}`
    this.#count++
    this.#bytes += bytes
    return null
  }

  end(bytes: number): void {
    this.#count--
    this.#bytes -= bytes
  }
}
