// Output that pages show, held against what the code says today: between `<!-- sample NAME -->` and `<!-- end of sample -->`. A page that is no longer
// true fails its test; `UPDATE_SAMPLES=1` before the same command writes it anew.

import { readFileSync, writeFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { expect } from "vitest"

const root = fileURLToPath(new URL("../", import.meta.url))

/** `page` from the root of the repository, `text` as Markdown. */
export function expectSample(page: string, name: string, text: string): void {
  const content = readFileSync(root + page, "utf8")
  const begin = `<!-- sample ${name} -->\n`
  const end = "\n<!-- end of sample -->"
  const from = content.indexOf(begin) + begin.length
  const to = content.indexOf(end, from)
  if (from < begin.length || to < 0) throw new Error(`${page} has no sample ${JSON.stringify(name)}`)
  const expected = `\n${text}\n`
  if (process.env["UPDATE_SAMPLES"] === "1") {
    writeFileSync(root + page, content.slice(0, from) + expected + content.slice(to))
    return
  }
  const test = expect.getState().testPath!.slice(root.length)
  const advice = `${page} shows what is no longer so. To write it anew: UPDATE_SAMPLES=1 npx vitest run --project unit ${test}`
  expect(content.slice(from, to), advice).toBe(expected)
}

/** A block of code. */
export function block(language: string, ...lines: readonly string[]): string {
  return `\`\`\`${language}\n${lines.map((line) => line.trimEnd()).join("\n")}\n\`\`\``
}
