/** Finding one's way in a list that is sorted by log index. */

import type { LogIndex } from "../../core/index.ts"
import type { SharedList } from "../ground/shared-list.ts"

/** The position of the last item at or below `index`; -1 if there is none. What is asked for is mostly near the end, so the search begins there. */
export function lastAtOrBelow(list: SharedList<{ readonly index: LogIndex }>, index: LogIndex): number {
  let low = list.length
  let high = low
  for (let step = 1; low > 0 && list.at(low - 1)!.index > index; step *= 2) {
    high = low - 1
    low = Math.max(0, low - 1 - step)
  }
  while (low < high) {
    const middle = (low + high) >> 1
    if (list.at(middle)!.index <= index) low = middle + 1
    else high = middle
  }
  return low - 1
}
