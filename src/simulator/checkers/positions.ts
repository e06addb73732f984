/** Finding one's way in a list that is sorted by log index. */

import type { LogIndex } from "../../core/index.ts"
import type { AppendList } from "../append-list.ts"

/** The position of the last item at or below `index`; -1 if there is none. */
export function lastAtOrBelow(list: AppendList<{ readonly index: LogIndex }>, index: LogIndex): number {
  let low = 0
  let high = list.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (list.at(middle)!.index <= index) low = middle + 1
    else high = middle
  }
  return low - 1
}
