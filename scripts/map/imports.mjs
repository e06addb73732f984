// Which source file imports which, as the code says it. Imports of types alone do not count: they are gone when the program runs.

import { existsSync, readdirSync, readFileSync } from "node:fs"
import { dirname, join, relative, sep } from "node:path"
import { parseSync } from "oxc-parser"

/** The shipped sources below `folder` of the project, with what each imports: `Map<file, Set<file>>`, paths relative to `root` with forward slashes. */
export function readImports(root, folder) {
  const imports = new Map()
  for (const file of sourcesBelow(join(root, folder))) {
    const name = relative(root, file).split(sep).join("/")
    imports.set(name, new Set(importedBy(file).map((path) => relative(root, path).split(sep).join("/"))))
  }
  return imports
}

function sourcesBelow(folder) {
  return readdirSync(folder, { recursive: true })
    .filter((name) => /\.tsx?$/.test(name) && !/\.test\.tsx?$|\.d\.ts$/.test(name))
    .map((name) => join(folder, name))
    .sort()
}

function importedBy(file) {
  const { module } = parseSync(file, readFileSync(file, "utf8"))
  const isValue = ({ isType }) => !isType
  const statements = [
    ...module.staticImports.filter(({ entries }) => entries.length === 0 || entries.some(isValue)),
    ...module.staticExports.flatMap(({ entries }) => entries.filter((entry) => isValue(entry) && entry.moduleRequest !== null)),
  ]
  return [...new Set(statements.map(({ moduleRequest }) => moduleRequest.value))]
    .filter((specifier) => specifier.startsWith("."))
    .map((specifier) => join(dirname(file), specifier))
    .filter((path) => existsSync(path))
}
