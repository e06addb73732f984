/** The door to `inspect-wal.ts`, loaded only when somebody looks into a log (see `start-server.ts`). */

import type { StorageIdentity } from "../../storage/index.ts"
import type { InspectionRow, FolderVerdict } from "./inspect-wal.ts"

export type { InspectionRow, FolderVerdict }

export interface WalTools {
  /** Whose data it is; null if nobody's. Throws an `Error` in words for what is no folder, or one of something else. */
  whoseFolder(folder: string): StorageIdentity | null
  /** Every record of every segment and snapshot, one by one. */
  inspectDataFolder(folder: string): Generator<InspectionRow, void, undefined>
  /** Whether a node would start on it. */
  verifyDataFolder(folder: string): FolderVerdict
}

export function loadWalTools(): Promise<WalTools> {
  return import("./inspect-wal.ts")
}
