/** Folders that a command writes to. */

import { mkdirSync, statSync } from "node:fs"
import { dirname } from "node:path"

/**
 * Makes `folder` and those above it that are missing. Throws what the file system says.
 *
 * One by one: what Node does when it is asked for all at once never comes back from a place that takes no folders and says that something is missing,
 * such as `/proc`.
 */
export function makeFolder(folder: string, mode = 0o777): void {
  const missing: string[] = []
  for (let place = folder; statSync(place, { throwIfNoEntry: false }) === undefined; place = dirname(place)) missing.push(place)
  for (const place of missing.toReversed()) {
    try {
      mkdirSync(place, { mode })
    } catch (error) {
      // Somebody else may make it at the same moment.
      if (statSync(place, { throwIfNoEntry: false })?.isDirectory() !== true) throw error
    }
  }
}
