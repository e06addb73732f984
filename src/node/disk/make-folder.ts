/** A data folder, made so that it is there after a power failure. */

import fs from "node:fs"
import path from "node:path"

/**
 * Makes `folder` and those above it that are missing, for this user alone, and syncs the folders that hold the new names. Throws what the file system
 * says, and for something that is no folder.
 *
 * One by one: what Node does when it is asked for all at once never comes back from a place that takes no folders and says that something is missing,
 * such as `/proc`.
 */
export function makeFolder(folder: string): void {
  const missing: string[] = []
  for (let place = folder; fs.statSync(place, { throwIfNoEntry: false }) === undefined; place = path.dirname(place)) missing.push(place)
  for (const place of missing.toReversed()) {
    makeOne(place)
    syncFolder(path.dirname(place))
  }
  if (!fs.statSync(folder).isDirectory()) throw new Error("it is no folder")
}

/** Somebody else may make it at the same moment. */
function makeOne(place: string): void {
  try {
    fs.mkdirSync(place, { mode: 0o700 })
  } catch (error) {
    if (fs.statSync(place, { throwIfNoEntry: false })?.isDirectory() !== true) throw error
  }
}

/** Until then a name in it can be lost. */
export function syncFolder(folder: string): void {
  const descriptor = fs.openSync(folder, "r")
  try {
    fs.fsyncSync(descriptor)
  } finally {
    fs.closeSync(descriptor)
  }
}
