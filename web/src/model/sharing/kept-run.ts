/**
 * The run of the playground, kept while its tab is open: a reload, Back, or a look at another page does not lose it. It stays on this device.
 *
 * Storage may be full or forbidden: then the run is not kept, and nothing else changes.
 */

import { readShared, textOf, type Shared } from "./share.ts"

/** What a browser offers as `sessionStorage`, as far as it is needed here. */
export interface RunStorage {
  getItem(key: string): string | null
  setItem(key: string, text: string): void
  removeItem(key: string): void
}

export const keptRunKey = "oarlock.run"

/** Characters of the longest run that is kept: half of what browsers grant a page. */
export const keptLengthMax = 2_500_000

/** False if it cannot be kept. */
export function keepRun(shared: Shared, storage: RunStorage): boolean {
  try {
    const text = textOf(shared)
    if (text.length > keptLengthMax) {
      storage.removeItem(keptRunKey)
      return false
    }
    storage.setItem(keptRunKey, text)
    return true
  } catch {
    return false
  }
}

/** Null if there is none, or none that this version can show. */
export function keptRun(storage: RunStorage): Shared | null {
  try {
    const text = storage.getItem(keptRunKey)
    return text === null ? null : readShared(JSON.parse(text))
  } catch {
    return null
  }
}
