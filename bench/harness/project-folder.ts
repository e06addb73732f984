/** The project's folder. Benchmarks run as bundles somewhere below it, so it is the nearest one upwards with a package.json. */

import { existsSync } from "node:fs"
import { dirname, join } from "node:path"

export const projectFolder = findUpwards(import.meta.dirname)

function findUpwards(folder: string): string {
  return existsSync(join(folder, "package.json")) ? folder : findUpwards(dirname(folder))
}
