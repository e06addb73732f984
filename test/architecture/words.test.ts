// Words that make a reader stop, in comments, messages, tests and documents: a noun says who does something.

import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { expect, test } from "vitest"

/** In two parts, so that this file does not hold the words. */
const ending = "ever"
const unclear = new RegExp(`\\b(who|whom|whoso)${ending}\\b`, "i")

const folders = ["src", "web/src", "test", "bench", "scripts", "examples", "docs", "lessons", "scenarios"]
const documents = ["README.md", "CHANGELOG.md", "ARCHITECTURE.md", "HACKING.md", "CONTRIBUTING.md"]
const isText = (path: string): boolean => /\.(ts|tsx|js|mjs|md|scenario|css)$/.test(path)

const paths = [
  ...documents,
  ...folders.flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: "utf8" })
      .filter((path) => isText(path) && !path.includes("node_modules"))
      .map((path) => join(folder, path)),
  ),
]

test("a sentence names who does something", () => {
  expect(paths.length).toBeGreaterThan(900)
  const found = paths.flatMap((path) => {
    const lines = readFileSync(path, "utf8").split("\n")
    return lines.flatMap((line, position) => (unclear.test(line) ? [`${path}:${position + 1}: ${line.trim()}`] : []))
  })
  expect(found).toEqual([])
})

test("the words are found", () => {
  expect(unclear.test(`Who${ending} asks is answered.`)).toBe(true)
  expect(unclear.test("However, a client that asks is answered.")).toBe(false)
})
