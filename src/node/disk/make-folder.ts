/** Makes a data folder that survives a power failure. */

import fs from "node:fs"
import path from "node:path"

/**
 * Makes `folder` and its missing parents, accessible to this user alone, and syncs the folders that hold the new names. Throws the file system's error,
 * also if a part of the path is not a folder.
 *
 * The folders are made one by one, because `fs.mkdir` with `recursive` never returns for a path in which no folder can be made and which fails with
 * ENOENT, such as one below `/proc`.
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

/** Another process may make the folder at the same moment. */
function makeOne(place: string): void {
  try {
    fs.mkdirSync(place, { mode: 0o700 })
  } catch (error) {
    if (fs.statSync(place, { throwIfNoEntry: false })?.isDirectory() !== true) throw error
  }
}

/** Until a folder is synced, a new name in it can be lost. */
export function syncFolder(folder: string): void {
  const descriptor = fs.openSync(folder, "r")
  try {
    fs.fsyncSync(descriptor)
  } finally {
    fs.closeSync(descriptor)
  }
}
