/**
 * How much the callers of an embedded node may have under way. A call waits here, and not in the replica, while no leader is known or while it is about to
 * be tried again: the replica's own bounds do not see it then.
 */

import { createRoom, enterRoom, leaveRoom, type Room } from "../../requests/index.ts"

/** Calls under way on one node, those of its sessions included. */
export const callsMax = 65_536
/** Bytes of the commands of those. A single one may be longer. */
export const callBytesMax = 64 << 20

export class CallBudget {
  readonly #room: Room
  readonly #of: string

  /** `of` ends a sentence: "of this node". */
  constructor(countMax: number, bytesMax: number, of: string) {
    this.#room = createRoom(countMax, bytesMax)
    this.#of = of
  }

  /** Counts one more. Says what is against it, in words, or null. */
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
