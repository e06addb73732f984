// Our own TypeScript files, read once, for the tests that keep promises about all of them.

import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"

/** A file of the project: its path from the project folder, with forward slashes, and its text. */
export interface SourceFile {
  readonly path: string
  readonly text: string
}

const root = fileURLToPath(new URL("../..", import.meta.url))

/** Every `.ts` and `.tsx` file under the given folders of the project, sorted by path; a folder that does not exist has none. */
export function sourceTree(...folders: readonly string[]): SourceFile[] {
  const paths = folders.flatMap((folder) => list(folder).map((path) => `${folder}/${path}`))
  return paths.toSorted().map((path) => ({ path, text: readFileSync(join(root, path), "utf8") }))
}

function list(folder: string): string[] {
  try {
    const names = readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    return names.filter((name) => /\.tsx?$/.test(name)).map((name) => name.replaceAll("\\", "/"))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return []
    throw error
  }
}

/** Whether a file holds tests. */
export function isTest(path: string): boolean {
  return /\.test\.tsx?$/.test(path)
}
