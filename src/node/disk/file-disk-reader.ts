/** How recovery reads a real folder: synchronously, once, before the replica runs. Throws what `fs` throws, with the file's name in it. */

import fs from "node:fs"
import path from "node:path"
import { filledText } from "../../arguments/index.ts"
import type { DiskReader } from "../../storage/index.ts"
import { enteringAtOnce } from "../errors/refusal.ts"
import { isShellFile } from "./data-folder.ts"

/** A reader over `folder`. The shell's own files there (identity, lock) are not listed. */
export function fileDiskReader(folder: string): DiskReader {
  enteringAtOnce("fileDiskReader", () => filledText(folder, "folder"))
  return {
    list: () =>
      fs
        .readdirSync(folder, { withFileTypes: true })
        .filter((file) => file.isFile() && !isShellFile(file.name))
        .map((file) => file.name)
        .sort(),
    sizeBytes: (file) => fs.statSync(path.join(folder, file)).size,
    read: (file, offset, lengthBytes) => read(path.join(folder, file), offset, lengthBytes),
  }
}

function read(location: string, offset: number, lengthBytes: number): Uint8Array {
  const descriptor = fs.openSync(location, "r")
  try {
    const bytes = new Uint8Array(lengthBytes)
    let have = 0
    while (have < lengthBytes) {
      const count = fs.readSync(descriptor, bytes, have, lengthBytes - have, offset + have)
      if (count === 0) break
      have += count
    }
    return bytes.subarray(0, have)
  } finally {
    fs.closeSync(descriptor)
  }
}
