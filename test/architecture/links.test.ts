// Every relative link in the documentation leads to a file, and every heading that a link names is there.

import { existsSync, readdirSync, readFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { describe, expect, test } from "vitest"

const root = fileURLToPath(new URL("../..", import.meta.url))
const folders = ["docs", "bench", "deploy", "examples"]

/** The pages of the documentation, relative to the project. */
const pages = [
  ...readdirSync(root),
  ...folders.flatMap((folder) => readdirSync(join(root, folder), { recursive: true }).map((name) => join(folder, String(name)))),
].filter((name) => name.endsWith(".md"))

/** The links of a text that lead nowhere. `path` is the page's own, relative to the project. */
function brokenLinks(path: string, text: string): string[] {
  return [...text.matchAll(/\]\(([^)\s]+)\)/g)]
    .map((match) => match[1]!)
    .filter((link) => !/^[a-z]+:/.test(link))
    .filter((link) => {
      const [file = "", heading] = link.split("#")
      const target = file === "" ? join(root, path) : join(root, dirname(path), file)
      if (!existsSync(target)) return true
      return heading !== undefined && target.endsWith(".md") && !anchorsOf(readFileSync(target, "utf8")).has(heading)
    })
}

/** The names under which a page's headings can be linked to. */
function anchorsOf(text: string): Set<string> {
  const headings = [...text.matchAll(/^#+ (.+)$/gm)].map((match) => match[1]!)
  return new Set(
    headings.map((heading) =>
      heading
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N} _-]/gu, "")
        .replaceAll(" ", "-"),
    ),
  )
}

describe("the documentation", () => {
  test("links to what is there", () => {
    const broken = pages.flatMap((path) => brokenLinks(path, readFileSync(join(root, path), "utf8")).map((link) => `${path}: ${link}`))
    expect(pages.length).toBeGreaterThan(30)
    expect(broken).toEqual([])
  })

  test("a link to no file, and one to no heading, are told", () => {
    const text = "[a](ARCHITECTURE.md) [b](src/none.ts) [c](README.md#no-such-heading) [d](README.md#see-it) [e](https://example.org/x)"
    expect(brokenLinks("HACKING.md", text)).toEqual(["src/none.ts", "README.md#no-such-heading"])
  })
})
