// `npm run map`: draws the map of ARCHITECTURE.md, docs/pictures/map.svg, from the imports of the code. `--check` only tells whether it is up to date.

import { readFileSync, writeFileSync } from "node:fs"
import { join, relative } from "node:path"
import { ensureInstalled, requireNode, root } from "./bootstrap.mjs"

requireNode()
ensureInstalled()
const { drawMap } = await import("./map/draw-map.mjs")

const file = join(root, "docs", "pictures", "map.svg")
const name = relative(root, file)
const drawn = await drawMap(root)
const kept = readKept()

if (kept === drawn) process.stdout.write(`${name} is as the code is\n`)
else if (process.argv.includes("--check")) {
  process.stderr.write(`${name} differs from the code: run "npm run map" and commit the picture\n`)
  process.exitCode = 1
} else {
  writeFileSync(file, drawn)
  process.stdout.write(`${name} drawn anew\n`)
}

function readKept() {
  try {
    return readFileSync(file, "utf8")
  } catch {
    return null
  }
}
