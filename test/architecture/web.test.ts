/** The visualizer sees the package as its users do: through the public subpaths, and nothing else but Preact and the maker of GIFs. */

import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { expect, test } from "vitest"

const root = fileURLToPath(new URL("../..", import.meta.url))
const subpaths = Object.keys((JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { exports: object }).exports)
const isPublic = (specifier: string): boolean => subpaths.includes(`.${specifier.slice("oarlock".length)}`)

/** What an import of `web/` may not name. */
function foreignImports(path: string, text: string): string[] {
  const specifiers = [...text.matchAll(/(?:from|import\(|import) ?"([^"]+)"/g)].map(([, specifier]) => specifier!)
  return specifiers.filter((specifier) => {
    if (/^(preact|preact\/hooks|@preact\/signals|gifenc)$/.test(specifier)) return false
    if (specifier.startsWith("oarlock/")) return !isPublic(specifier)
    return !specifier.startsWith(".") || !join(path, "..", specifier).startsWith("web/")
  })
}

test("every file of it keeps to that", () => {
  const names = readdirSync(join(root, "web", "src"), { recursive: true, encoding: "utf8" })
  const files = names.filter((name) => /\.tsx?$/.test(name) && !name.endsWith(".test.ts")).map((name) => `web/src/${name}`)
  expect(files.length).toBeGreaterThan(20)
  const found = files.flatMap((path) =>
    foreignImports(path, readFileSync(join(root, path), "utf8")).map((name) => `${path} imports ${name}`),
  )
  expect(found).toEqual([])
})

test.each([
  ["oarlock/simulator/world", "a file behind a subpath"],
  ["../../../src/core/index.ts", "the sources"],
  ["lodash", "a package"],
  ["node:fs", "Node.js"],
])("%s, %s, would be refused", (specifier) => {
  expect(foreignImports("web/src/views/x.tsx", `import { a } from "${specifier}"`)).toEqual([specifier])
})
