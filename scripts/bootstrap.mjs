// What has to be true before anything in this folder can run: a Node.js that is new enough, the locked packages
// installed, the sources compiled. Every script asks for what it needs and pays only for what is missing, so that
// `npm start` and `npm test` work on a fresh clone and cost nothing on a warm one.
// Plain JavaScript without dependencies: it runs before there are any.

import { spawnSync } from "node:child_process"
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs"
import { join, sep } from "node:path"
import { fileURLToPath } from "node:url"

/** The project folder, without a trailing separator. */
export const root = fileURLToPath(new URL("..", import.meta.url)).replace(/[\\/]$/, "")

const dist = join(root, "dist")
const stamp = join(dist, ".stamp")

/** Ends the process with one clear sentence if this Node.js is older than package.json's `engines` allows (`^20.19 || >=22.12`). */
export function requireNode(version = process.versions.node) {
  if (isSupportedNode(version)) return
  process.stderr.write(`Oarlock needs Node.js 20.19 or newer in the 20 line, or 22.12 and newer. This is Node.js ${version}.\n`)
  process.exit(1)
}

/** Whether a Node.js version satisfies `^20.19 || >=22.12`. */
function isSupportedNode(version) {
  const [major = 0, minor = 0] = version.split(".").map(Number)
  if (major === 20) return minor >= 19
  if (major === 22) return minor >= 12
  return major > 22
}

/** Installs the locked packages with `npm ci` unless exactly they are there already. Returns whether it had to. */
export function ensureInstalled() {
  if (isInstalled()) return false
  process.stderr.write("Installing packages (npm ci), once …\n")
  // Dev packages too, whatever NODE_ENV says: the compiler is one of them.
  const args = ["ci", "--include=dev", "--no-audit", "--no-fund", "--loglevel=error"]
  const npm = process.env.npm_execpath
  const isNpm = npm !== undefined && /npm-cli\.c?js$/.test(npm)
  const result = isNpm
    ? spawnSync(process.execPath, [npm, ...args], { cwd: root, encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] })
    : spawnSync("npm", args, { cwd: root, encoding: "utf8", stdio: ["ignore", "pipe", "inherit"], shell: process.platform === "win32" })
  if (result.status !== 0) {
    process.stderr.write(
      `npm ci failed${result.error ? `: ${result.error.message}` : ""}. Nothing else was done; run npm ci to see it alone.\n`,
    )
    process.exit(exitCodeOf(result))
  }
  return true
}

/**
 * Compares the lock file with npm's own record of what it put into node_modules, by content: file times prove nothing
 * after a checkout. Packages that the lock marks optional belong to other platforms and may be absent.
 */
function isInstalled() {
  const wanted = readPackages(join(root, "package-lock.json"))
  const present = readPackages(join(root, "node_modules", ".package-lock.json"))
  if (wanted === undefined || present === undefined) return false
  return Object.entries(wanted).every(([path, { version, optional, devOptional, link }]) => {
    if (path === "" || optional || devOptional || link) return true
    return present[path]?.version === version
  })
}

function readPackages(path) {
  try {
    return JSON.parse(readFileSync(path, "utf8")).packages
  } catch {
    return undefined
  }
}

/** Compiles `src/` into `dist/` unless no source changed since the last time. Returns whether it had to; a compile error ends the process. */
export function ensureBuilt() {
  if (isBuilt()) return false
  process.stderr.write("Compiling …\n")
  const { status, output } = build()
  if (status !== 0) {
    process.stderr.write(output)
    process.exit(status)
  }
  return true
}

/** Compiles, and bundles the visualizer; `project` is one of the root's tsconfig files, by default only what is shipped. Returns the compiler's exit status and words. */
export function build(project = "tsconfig.node.json") {
  const startedAt = new Date()
  mkdirSync(dist, { recursive: true })
  removeOrphans()
  const tsc = join(root, "node_modules", "typescript", "bin", "tsc")
  const result = spawnSync(process.execPath, [tsc, "-b", project, "--pretty", String(process.stdout.isTTY ?? false)], {
    cwd: root,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
  })
  if (result.status !== 0) return { status: exitCodeOf(result), output: `${result.stdout}${result.stderr}` }
  const web = spawnSync(process.execPath, [join(root, "scripts", "build-web.mjs")], { cwd: root, encoding: "utf8" })
  if (web.status === 0) {
    writeFileSync(stamp, "")
    // A source saved while the compiler ran must look newer than this build.
    utimesSync(stamp, startedAt, startedAt)
  }
  return { status: exitCodeOf(web), output: `${result.stdout}${result.stderr}${web.stdout}${web.stderr}` }
}

/** Forgets every earlier build, so that the next one starts from nothing. */
export function cleanBuild() {
  rmSync(dist, { recursive: true, force: true })
}

function isBuilt() {
  const builtAt = statSync(stamp, { throwIfNoEntry: false })?.mtimeMs
  if (builtAt === undefined) return false
  const settings = readdirSync(root).filter((name) => name.startsWith("tsconfig") || name === "package-lock.json")
  const isCurrent = ["src", "web", "scenarios", "lessons"].every((folder) => newestMs(join(root, folder)) < builtAt)
  return isCurrent && settings.every((name) => statSync(join(root, name)).mtimeMs < builtAt)
}

/** The latest change under a folder. A folder's own time moves when a file in it is added, renamed or deleted. */
function newestMs(folder) {
  let newest = statSync(folder).mtimeMs
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) newest = Math.max(newest, newestMs(path))
    else if (!entry.name.endsWith(".test.ts")) newest = Math.max(newest, statSync(path).mtimeMs)
  }
  return newest
}

/** The compiler never deletes: without this, the output of a removed or renamed source would live on and be published. */
function removeOrphans(folder = dist) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name)
    // The visualizer is no file by file output, and is made anew each time.
    if (path === join(dist, "web")) continue
    if (entry.isDirectory()) {
      removeOrphans(path)
      continue
    }
    const source = path.replace(dist + sep, join(root, "src") + sep).replace(/\.(d\.ts|js|js\.map|d\.ts\.map)$/, ".ts")
    if (source.endsWith(".ts") && !existsSync(source)) rmSync(path, { force: true })
  }
}

function exitCodeOf(result) {
  if (result.signal === "SIGINT") return 130
  return result.status ?? 1
}
