// `npm run simulate`: fresh seeds through the simulator, until Ctrl-C or for as long as asked: `npm run simulate -- --for 10m`.
// On a fresh clone it first installs and compiles; then it becomes `oarlock simulate` with the same flags. Seeds are fresh
// unless they are named.

import { join } from "node:path"
import { ensureBuilt, ensureInstalled, requireNode, root } from "./bootstrap.mjs"

requireNode()
ensureInstalled()
ensureBuilt()
const given = process.argv.slice(2)
const names = (...flags) => given.some((arg) => flags.some((flag) => arg === flag || arg.startsWith(`${flag}=`)))
const runsSeeds = !names("--merge", "--help", "-h")
const fresh = runsSeeds && !names("--from", "--fresh") ? ["--fresh"] : []
// Neither a number of seeds nor a time: on and on. A timer cannot be set much further than this.
const forever = runsSeeds && !names("--seeds", "--for") ? ["--for", "590h"] : []
process.argv.splice(1, 1, join(root, "bin", "oarlock.js"), "simulate", ...fresh, ...forever)
await import("../bin/oarlock.js")
