// `npm run simulate`: fresh seeds through the simulator, until Ctrl-C or for as long as asked: `npm run simulate -- --for 10m`.
// On a fresh clone it first installs and compiles. Flags are those of `oarlock simulate`; seeds are fresh unless they are named.

import { spawn } from "node:child_process"
import { join } from "node:path"
import { ensureBuilt, ensureInstalled, requireNode, root } from "./bootstrap.mjs"

requireNode()
ensureInstalled()
ensureBuilt()

const given = process.argv.slice(2)
const names = (...flags) => given.some((arg) => flags.some((flag) => arg === flag || arg.startsWith(`${flag}=`)))
const isOther = names("--merge", "--help", "-h")
const args = [
  ...(isOther || names("--from", "--fresh") ? [] : ["--fresh"]),
  // No number of seeds and no time: on and on. A timer cannot be set further than this.
  ...(isOther || names("--seeds", "--for") ? [] : ["--for", "590h"]),
  ...given,
]
// Ctrl-C reaches the whole group; the child then prints its table, and its exit code is ours.
process.on("SIGINT", () => {})
process.on("SIGTERM", () => child.kill("SIGTERM"))
const child = spawn(process.execPath, [join(root, "bin", "oarlock.js"), "simulate", ...args], { stdio: "inherit" })
child.on("close", (code) => (process.exitCode = code ?? 1))
