/**
 * A node's data folder: made on the first start, locked while in use, and marked with its cluster and node.
 *
 * `identity.json` says which cluster and which server the data belongs to, and carries the incarnation: a random number drawn when the
 * folder is made. A server with a wiped disk has thus another incarnation, and does not vote as the former one (it might vote twice in one term).
 * A folder with an identity and no data gets a new incarnation, too: either the log was removed, or the first start ended before it wrote any, and then
 * no other server knows the former incarnation.
 */

import { createHash, randomBytes } from "node:crypto"
import fs from "node:fs"
import path from "node:path"
import { filledText, text } from "../../arguments/index.ts"
import { OarlockError } from "../../requests/index.ts"
import { latestFile, type StorageIdentity } from "../../storage/index.ts"
import { enteringAtOnce } from "../errors/refusal.ts"
import { isLockFile, lockFolder } from "./folder-lock.ts"
import type { FolderLock } from "./folder-lock.ts"
import { makeFolder, syncFolder } from "./make-folder.ts"

export interface DataFolder {
  readonly path: string
  readonly identity: StorageIdentity
  /** True if there is no data in it. */
  readonly isNew: boolean
  readonly lock: FolderLock
}

export interface DataFolderOptions {
  readonly path: string
  readonly nodeId: number
  readonly clusterId: string
}

/** Version of the folder's layout as a whole; files in it carry their own versions too. */
export const folderFormat = 1

const identityFile = "identity.json"
const identityDraft = "identity.json.new"

/** Files in the data folder that belong to the shell and not to `storage`. */
export function isShellFile(name: string): boolean {
  return name === identityFile || name === identityDraft || isLockFile(name)
}

/** The cluster's id, made from its token: 64 bits as 16 hexadecimal digits, which files and connections carry. */
export function clusterIdOf(token: string): string {
  enteringAtOnce("clusterIdOf", () => text(token, "token"))
  return createHash("sha256").update(`oarlock cluster token\n${token}`).digest("hex").slice(0, 16)
}

/**
 * Makes or opens the folder and locks it. Throws `OarlockError`: `dataFolderUnusable`, `dataFolderInUse`, `foreignData` (another cluster's or
 * another server's) or `newerFormat`. Holds nothing open when it throws.
 */
export async function openDataFolder(options: DataFolderOptions): Promise<DataFolder> {
  const folder = path.resolve(options.path)
  makeUsable(folder)
  const lock = await lockFolder(folder)
  try {
    const known = readIdentity(folder)
    if (known !== null) {
      refuseForeign(known, options, folder)
      if (listData(folder).some((name) => !name.endsWith(".tmp"))) return { path: folder, identity: known, isNew: false, lock }
    }
    const { clusterId, nodeId } = options
    const identity = { clusterId, groupId: known?.groupId ?? 0, nodeId, incarnation: randomBytes(8).toString("hex") }
    if (known === null) refuseLeftovers(folder)
    writeIdentity(folder, identity)
    return { path: folder, identity, isNew: true, lock }
  } catch (error) {
    await lock.release()
    throw error
  }
}

/** Whether a node has data in `folder`. Neither makes nor locks anything. */
export function hasData(folder: string): boolean {
  try {
    return listData(path.resolve(folder)).some((name) => !name.endsWith(".tmp"))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return false
    throw unusable(folder, `could not read ${folder}`, error)
  }
}

/** The cluster and the node that the data in `folder` belongs to; null if there is no data. Takes no lock. Throws as `openDataFolder`. */
export function readIdentity(folder: string): StorageIdentity | null {
  const location = path.join(
    enteringAtOnce("readIdentity", () => filledText(folder, "folder")),
    identityFile,
  )
  let text: string
  try {
    text = fs.readFileSync(location, "utf8")
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null
    throw unusable(folder, `could not read ${location}`, error)
  }
  let content: Partial<Record<string, unknown>>
  try {
    content = JSON.parse(text) as Partial<Record<string, unknown>>
  } catch (cause) {
    throw new OarlockError(
      "corruptData",
      `${location} is damaged (not JSON): restore it from a copy, or remove the whole folder and let the node rejoin as a new one`,
      { cause },
    )
  }
  const { format, clusterId, groupId, nodeId, incarnation } = content
  if (typeof format === "number" && format > folderFormat) {
    throw new OarlockError(
      "newerFormat",
      `${folder} was written by a newer Oarlock (format ${format}; this one reads up to ${folderFormat}): start the newer version`,
    )
  }
  if (!isId(clusterId) || !isId(incarnation) || typeof nodeId !== "number" || typeof groupId !== "number") {
    throw new OarlockError(
      "corruptData",
      `${location} is damaged (a field is missing): restore it from a copy, or remove the whole folder and let the node rejoin as a new one`,
    )
  }
  return { clusterId, groupId, nodeId, incarnation }
}

function isId(value: unknown): value is string {
  return typeof value === "string" && /^[0-9a-f]{16}$/.test(value)
}

function makeUsable(folder: string): void {
  try {
    makeFolder(folder)
    fs.accessSync(folder, fs.constants.R_OK | fs.constants.W_OK | fs.constants.X_OK)
  } catch (error) {
    throw unusable(folder, `could not use the data folder ${folder}`, error)
  }
}

function refuseForeign(known: StorageIdentity, options: DataFolderOptions, folder: string): void {
  if (known.clusterId !== options.clusterId) {
    const text = `${folder} holds data of another cluster (${known.clusterId}; this node was told ${options.clusterId}): check the cluster token and the folder; nothing was changed`
    throw new OarlockError("foreignData", text)
  }
  if (known.nodeId !== options.nodeId) {
    throw new OarlockError(
      "foreignData",
      `${folder} holds data of node ${known.nodeId}, not of node ${options.nodeId}: check the id and the folder; nothing was changed`,
    )
  }
}

/** Data without an identity does not get a new identity: the node would keep its log and vote under a new incarnation. */
function refuseLeftovers(folder: string): void {
  const [stranger] = listData(folder)
  if (stranger === undefined) return
  const text = `${folder} is not empty (${stranger}) but has no ${identityFile}: choose an empty folder, or restore ${identityFile} if it was lost`
  throw new OarlockError("dataFolderUnusable", text)
}

/** The files that are not the shell's own, and so may be data. */
function listData(folder: string): string[] {
  // A note about a log that is gone is not data.
  return fs.readdirSync(folder).filter((name) => !isShellFile(name) && name !== "lost+found" && name !== latestFile)
}

function writeIdentity(folder: string, identity: StorageIdentity): void {
  try {
    const draft = path.join(folder, identityDraft)
    const descriptor = fs.openSync(draft, "w", 0o600)
    try {
      fs.writeSync(descriptor, `${JSON.stringify({ format: folderFormat, ...identity }, null, 2)}\n`)
      fs.fsyncSync(descriptor)
    } finally {
      fs.closeSync(descriptor)
    }
    fs.renameSync(draft, path.join(folder, identityFile))
    syncFolder(folder)
  } catch (error) {
    throw unusable(folder, `could not write ${path.join(folder, identityFile)}`, error)
  }
}

function unusable(folder: string, what: string, cause: unknown): OarlockError {
  const because = cause instanceof Error ? cause.message : String(cause)
  return new OarlockError(
    "dataFolderUnusable",
    `${what}: ${because}; the node needs a folder that it may read, write and sync (${folder})`,
    { cause },
  )
}
