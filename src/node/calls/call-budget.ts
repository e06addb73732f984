/**
 * The bound on the calls of an embedded node that are under way. The replica's own bounds do not count a call that waits for a leader or for its next
 * attempt, so they are counted here.
 */

import { createRoom, enterRoom, leaveRoom, type Room } from "../../requests/index.ts"

/** The most calls under way on one node, those of its sessions included. */
export const callsMax = 65_536
/** The most bytes of their commands. A single command may be longer. */
export const callBytesMax = 64 << 20

export class CallBudget {
  readonly #room: Room
  readonly #of: string

  /** `of` ends a sentence: "of this node". */
  constructor(countMax: number, bytesMax: number, of: string) {
    this.#room = createRoom(countMax, bytesMax)
    this.#of = of
  }

  /** Counts one more call and returns null, or returns in words the bound that it would exceed. */
  begin(bytes: number): string | null {
    const { countMax, bytesMax, bytes: bytesUnderWay } = this.#room
    switch (enterRoom(this.#room, bytes)) {
      case null:
        return null
      case "count":
        return `${countMax} calls ${this.#of} are under way already`
      case "bytes":
        return `commands ${this.#of} of ${bytesUnderWay} bytes are under way already, and with this one they would be more than ${bytesMax}`
    }
  }

  end(bytes: number): void {
    leaveRoom(this.#room, bytes)
  }
}
