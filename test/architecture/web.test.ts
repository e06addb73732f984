/**
 * The visualizer sees the package as its users do: through the public subpaths, and nothing else but Preact and the encoder of GIFs. Inside it,
 * a model computes and imports no view: what is shown can be tested without a page.
 */

import { readFileSync } from "node:fs"
import { posix } from "node:path"
import { fileURLToPath } from "node:url"
import { describe, expect, test } from "vitest"
import { isTest, sourceTree } from "./source-tree.ts"

const subpaths = Object.keys(
  (JSON.parse(readFileSync(fileURLToPath(new URL("../../package.json", import.meta.url)), "utf8")) as { exports: object }).exports,
)
const isPublic = (specifier: string): boolean => subpaths.includes(`.${specifier.slice("oarlock".length)}`)

/** The floors of `web/src`: a file imports from its own floor and from those before it. Files in no folder stand above all of them. */
const floors = ["model", "views", "pages"]
const topFloor = floors.length

/** Signals are state that a page can listen to; the rest of Preact draws. */
const packagesOfModels = /^(@preact\/signals)$/
const packages = /^(preact|preact\/hooks|@preact\/signals|gifenc)$/

/** Everything that a file of `web/` imports and may not, in words. */
function importProblems(path: string, text: string): string[] {
  const specifiers = [...text.matchAll(/(?:from|import\(|import) ?"([^"]+)"/g)].map(([, specifier]) => specifier!)
  return specifiers.flatMap((specifier) => {
    const problem = problemOf(path, specifier)
    return problem === null ? [] : [`${path} imports ${specifier}: ${problem}`]
  })
}

function problemOf(path: string, specifier: string): string | null {
  const floor = floorOf(path)
  if (specifier.startsWith("oarlock/")) return isPublic(specifier) ? null : "no public subpath"
  if (!specifier.startsWith(".")) {
    if (!packages.test(specifier)) return "not one of the visualizer's packages"
    return floor === 0 && !packagesOfModels.test(specifier) ? "a model draws nothing" : null
  }
  const target = posix.join(posix.dirname(path), specifier)
  if (!target.startsWith("web/")) return "outside web/"
  if (floor === 0 && target.endsWith(".tsx")) return "a model imports no view"
  return floorOf(target) > floor ? `${floors[floor]}/ stands below it` : null
}

/** Where a file stands among `floors`. */
function floorOf(path: string): number {
  const [, , folder] = path.split("/")
  const found = floors.indexOf(folder ?? "")
  return found === -1 ? topFloor : found
}

describe("the sources of the visualizer", () => {
  const files = sourceTree("web/src").filter(({ path }) => !isTest(path))

  test("import only what they may", () => {
    expect(files.length).toBeGreaterThan(100)
    expect(files.flatMap(({ path, text }) => importProblems(path, text))).toEqual([])
  })

  test("stand on a floor, or in no folder at all", () => {
    const folders = new Set(files.map(({ path }) => path.split("/").slice(2, -1)[0]).filter((folder) => folder !== undefined))
    expect([...folders].toSorted()).toEqual(floors.toSorted())
  })

  test("hold no markup in a model", () => {
    expect(files.filter(({ path }) => floorOf(path) === 0 && path.endsWith(".tsx")).map(({ path }) => path)).toEqual([])
  })
})

describe("a planted import is refused", () => {
  test.each([
    ["web/src/views/x.tsx", "oarlock/simulator/world", "no public subpath"],
    ["web/src/views/x.tsx", "../../../src/core/index.ts", "outside web/"],
    ["web/src/views/x.tsx", "lodash", "not one of the visualizer's packages"],
    ["web/src/views/x.tsx", "node:fs", "not one of the visualizer's packages"],
    ["web/src/model/world/x.ts", "../../views/palette.ts", "model/ stands below it"],
    ["web/src/model/world/x.ts", "../../route.ts", "model/ stands below it"],
    ["web/src/model/world/x.ts", "./figure.tsx", "a model imports no view"],
    ["web/src/model/world/x.ts", "preact", "a model draws nothing"],
    ["web/src/views/panels/x.tsx", "../../pages/play.tsx", "views/ stands below it"],
  ])("%s, of %s", (path, specifier, problem) => {
    expect(importProblems(path, `import { a } from "${specifier}"`)).toEqual([`${path} imports ${specifier}: ${problem}`])
  })
})
