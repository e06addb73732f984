// docs/limits.md as a table: the bounds with their values, and the tests that reach them.

import { readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"

const page = readFileSync(fileURLToPath(new URL("../../docs/limits.md", import.meta.url)), "utf8")
const reachedHeading = "## Where each bound is reached"

/** A row of a table of bounds. */
export interface Row {
  readonly name: string
  /** Null where the page says that there is none. */
  readonly value: number | null
  /** The last cell: of a fixed bound, its file. */
  readonly last: string
}

/** The tables of the page: of an object by its name, of all fixed bounds together under "Fixed". */
export function limitTables(): Map<string, Row[]> {
  const tables = new Map<string, Row[]>()
  for (const section of page.split(reachedHeading)[0]!.split(/^### /m).slice(1)) {
    const title = section.slice(0, section.indexOf("\n")).replaceAll("`", "")
    const rows = [...section.matchAll(/^\| `(\w+)` \|(.+)\|$/gm)].map((match) => {
      const cells = match[2]!.split("|").map((cell) => cell.trim())
      return { name: match[1]!, value: readValue(cells[0]!), last: cells.at(-1)!.replaceAll("`", "") }
    })
    tables.set(title, [...(tables.get(title) ?? []), ...rows])
  }
  return tables
}

/** `1,024`, `0.5`, `64 MiB`, `–`. */
export function readValue(text: string): number | null {
  if (text === "–") return null
  const match = /^([\d,.]+)(?: (KiB|MiB))?$/.exec(text)
  if (match === null) return Number.NaN
  return Number(match[1]!.replaceAll(",", "")) * (match[2] === "MiB" ? 1 << 20 : match[2] === "KiB" ? 1 << 10 : 1)
}

/** Bounds that one file reaches. */
export interface Reached {
  /** Where they belong: the object that has them, or of fixed ones the file. */
  readonly place: string
  /** The test's file, or the scenario's. */
  readonly file: string
  readonly names: readonly string[]
}

/** What the page says about where bounds are reached. */
export function reachedRows(): Reached[] {
  const section = page.split(reachedHeading)[1] ?? ""
  return [...section.matchAll(/^\| `([\w./-]+)` \| `([\w./-]+)` \| (.+) \|$/gm)].map((match) => ({
    place: match[1]!,
    file: match[2]!,
    names: [...match[3]!.matchAll(/`(\w+)`/g)].map(([, name]) => name!),
  }))
}
