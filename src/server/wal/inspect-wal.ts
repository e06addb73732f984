/** A node's data folder for people who look inside: `oarlock wal inspect` and `verify`. Reads only, takes no lock. */

import { readdirSync, statSync } from "node:fs"
import { fileDiskReader, readIdentity } from "../../node/index.ts"
import { inspectFolder, type InspectionRow, type StorageIdentity, type FolderVerdict, verifyFolder } from "../../storage/index.ts"

export type { InspectionRow, FolderVerdict }

/** Whose data it is; null if nobody's. Throws an `Error` in words for what is no folder, or one of something else. */
export function whoseFolder(folder: string): StorageIdentity | null {
  const found = statSync(folder, { throwIfNoEntry: false })
  if (found === undefined) throw new Error(`there is no folder ${folder}`)
  if (!found.isDirectory()) throw new Error(`${folder} is a file, not a folder`)
  const identity = readIdentity(folder)
  const [stranger] = identity === null ? readdirSync(folder) : []
  if (stranger !== undefined) {
    throw new Error(
      `${folder} is no node's data folder: it has no identity.json (but ${stranger}); give the folder of one node, such as data/n1`,
    )
  }
  return identity
}

/** Every record of every segment and snapshot, one by one. */
export function inspectDataFolder(folder: string): Generator<InspectionRow, void, undefined> {
  return inspectFolder(fileDiskReader(folder))
}

/** Whether a node would start on it. */
export function verifyDataFolder(folder: string): FolderVerdict {
  return verifyFolder(fileDiskReader(folder))
}
