// All stories under scenarios/, read once for the tests of this folder.

import { readdirSync, readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { parseScenario, type Scenario } from "../../src/simulator/index.ts"

const root = fileURLToPath(new URL("../../", import.meta.url))

/** Paths from the root of the repository, sorted. */
export const files: readonly string[] = readdirSync(`${root}scenarios`, { recursive: true, encoding: "utf8" })
  .filter((path) => path.endsWith(".scenario"))
  .map((path) => `scenarios/${path.replaceAll("\\", "/")}`)
  .toSorted()

export function textOf(file: string): string {
  return readFileSync(root + file, "utf8")
}

export function read(file: string): Scenario {
  return parseScenario(textOf(file), file)
}
