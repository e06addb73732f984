/** A range of keys as the indexes take it. etcd's conventions for `range_end` are resolved here and nowhere else. */

import type { KeyRange } from "../../wire/kv/index.ts"
import { keyText } from "./key-text.ts"

export interface KeySpan {
  readonly from: string
  /** Exclusive; undefined for no end. */
  readonly to: string | undefined
  /** Not a range: the one key `from`. */
  readonly isOneKey: boolean
}

export function spanOf(range: KeyRange): KeySpan {
  const from = keyText(range.key)
  const { rangeEnd } = range
  // The lowest key above a key is the same with a 0 byte behind it.
  if (rangeEnd.length === 0) return { from, to: `${from}\u0000`, isOneKey: true }
  const isOpen = rangeEnd.length === 1 && rangeEnd[0] === 0
  return { from, to: isOpen ? undefined : keyText(rangeEnd), isOneKey: false }
}
