// Which source file imports which as the program runs, and the circles in that. Imports of types alone are gone by then and do not count.

import { posix } from "node:path"
import { parseSync, type StaticExport, type StaticImport } from "oxc-parser"

export interface Source {
  readonly path: string
  readonly text: string
}

/** Circles of value imports between `sources`, each as the files that it goes through, the first one again at the end. */
export function importCircles(sources: readonly Source[]): string[][] {
  const imports = new Map(sources.map(({ path, text }) => [path, importedFiles(path, text)]))
  const state = new Map<string, "open" | "done">()
  const circles: string[][] = []
  const visit = (path: string, trail: readonly string[]): void => {
    if (state.get(path) === "done") return
    if (state.get(path) === "open") {
      circles.push([...trail.slice(trail.indexOf(path)), path])
      return
    }
    state.set(path, "open")
    for (const target of imports.get(path) ?? []) if (imports.has(target)) visit(target, [...trail, path])
    state.set(path, "done")
  }
  for (const { path } of sources) visit(path, [])
  return circles
}

function importedFiles(path: string, text: string): string[] {
  const { module } = parseSync(path, text)
  const targets = [
    ...module.staticImports.filter(isValueImport).map(({ moduleRequest }) => moduleRequest.value),
    ...module.staticExports.flatMap(valueSources),
  ]
  const folder = posix.dirname(path)
  return [...new Set(targets)].filter((target) => target.startsWith(".")).map((target) => posix.join(folder, target))
}

const isValueImport = ({ entries }: StaticImport): boolean => entries.length === 0 || entries.some(({ isType }) => !isType)

const valueSources = ({ entries }: StaticExport): string[] => {
  return entries.flatMap(({ isType, moduleRequest }) => (isType || moduleRequest === null ? [] : [moduleRequest.value]))
}
