/**
 * Keeps what one node of `oarlock dev` throws away in line with which links are cut: one request after the other, and again until it answers.
 *
 * A node may be too busy to answer, just as it comes back, or stand still. That is a fault like those that are made here on purpose, so it never
 * harms the others, and the command that cut the link does not fail.
 */

/** How soon a node that did not answer is asked again, in milliseconds. */
const retryMs = 500

export interface LinkTellerOptions {
  /** Tells the node what is cut now. Rejects if it does not answer. */
  readonly ask: () => Promise<void>
  /** False for a node that is down or stands still: it is told when it is back. */
  readonly isThere: () => boolean
  /** It did not answer: called once until it does. */
  readonly onSilent: (why: string) => void
}

export class LinkTeller {
  readonly #options: LinkTellerOptions
  /** The requests so far; never rejects. */
  #tail: Promise<unknown> = Promise.resolve()
  #timer: NodeJS.Timeout | null = null
  #isSilent = false

  constructor(options: LinkTellerOptions) {
    this.#options = options
  }

  /** True if the node knows now, or will be told when it is back; false if it does not answer and is asked again. Never rejects. */
  tell(): Promise<boolean> {
    const told = this.#tail.then(() => this.#attempt())
    this.#tail = told
    return told
  }

  stop(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
  }

  async #attempt(): Promise<boolean> {
    this.stop()
    if (!this.#options.isThere()) return true
    try {
      await this.#options.ask()
      this.#isSilent = false
      return true
    } catch (error) {
      if (!this.#options.isThere()) return true
      if (!this.#isSilent) this.#options.onSilent((error as Error).message)
      this.#isSilent = true
      this.#timer = setTimeout(() => {
        this.#tail = this.tell()
      }, retryMs).unref()
      return false
    }
  }
}
