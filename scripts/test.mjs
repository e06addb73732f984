// `npm test`: everything that must hold before a change is good. On a fresh clone it first installs and compiles.
// The quick checks run side by side and say one line each, or what they have to say when they fail; then vitest reports
// as it runs. Arguments go to vitest: `npm test -- src/core`. The last line is enough for a reader in a hurry.

import { spawn } from "node:child_process"
import { mkdirSync, readFileSync, rmSync } from "node:fs"
import { join } from "node:path"
import { build, ensureInstalled, requireNode, root } from "./bootstrap.mjs"
import { ensureEngines } from "./engines.mjs"

const resultFile = join(root, ".build", "vitest.json")
const outputLinesMax = 80

requireNode()
ensureInstalled()

const failed = []
const startedMs = performance.now()
report("build", { ...build("tsconfig.json"), seconds: secondsSince(startedMs) })
const isBuilt = failed.length === 0

const checks = [
  { name: "lint", needsBuild: true, script: "node_modules/oxlint/bin/oxlint", args: ["--type-aware", "--deny-warnings"] },
  { name: "format", needsBuild: false, script: "node_modules/oxfmt/bin/oxfmt", args: ["--check"] },
  { name: "unused code", needsBuild: false, script: "node_modules/knip/bin/knip.js", args: [] },
  { name: "public API", needsBuild: true, script: "scripts/api.mjs", args: [] },
  { name: "map", needsBuild: false, script: "scripts/map.mjs", args: ["--check"] },
]
const running = checks.filter(({ needsBuild }) => isBuilt || !needsBuild).map((check) => ({ ...check, result: run(check) }))
for (const { name, result } of running) report(name, await result)

const missingEngines = ensureEngines()

// The end-to-end suite starts what the build made; without it, only the tests that run from source mean anything.
const { passed, broken } = await runVitest(isBuilt ? process.argv.slice(2) : ["--project", "unit", ...process.argv.slice(2)])
for (const name of failed) process.stdout.write(`FAILED: ${name}, see above\n`)
if (!isBuilt) process.stdout.write("Not run, for want of a build: lint, public API, end-to-end tests\n")
for (const sentence of missingEngines) process.stdout.write(`Skipped: ${sentence}\n`)
process.stdout.write(`${passed} passed, ${broken + failed.length} failed\n`)
process.exitCode = broken + failed.length === 0 ? 0 : 1

/** Prints one line for a check that held, and what it said for one that did not. */
function report(name, { status, output, seconds }) {
  if (status === 0) {
    process.stdout.write(`ok      ${name} (${seconds.toFixed(1)} s)\n`)
    return
  }
  failed.push(name)
  const lines = output.trim().split("\n")
  process.stdout.write(`FAILED  ${name}\n`)
  for (const line of lines.slice(0, outputLinesMax)) process.stdout.write(`  ${line}\n`)
  if (lines.length > outputLinesMax) process.stdout.write(`  … and ${lines.length - outputLinesMax} lines more\n`)
  process.stdout.write("\n")
}

/** Runs a Node script, of a package or our own, and gathers what it says. */
function run({ script, args }) {
  const since = performance.now()
  const child = spawn(process.execPath, [join(root, script), ...args], { cwd: root, stdio: ["ignore", "pipe", "pipe"] })
  let output = ""
  child.stdout.on("data", (bytes) => (output += bytes))
  child.stderr.on("data", (bytes) => (output += bytes))
  return new Promise((resolve) => {
    child.on("close", (status) => resolve({ status: status ?? 1, output, seconds: secondsSince(since) }))
  })
}

/** Runs all tests with vitest's own output, and counts from its JSON report. */
async function runVitest(args) {
  mkdirSync(join(root, ".build"), { recursive: true })
  rmSync(resultFile, { force: true })
  const vitest = join(root, "node_modules", "vitest", "vitest.mjs")
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${resultFile}`]
  // Colour is for terminals; a log is searched for the plain words.
  const env = process.stdout.isTTY ? process.env : { ...process.env, NO_COLOR: "1" }
  const child = spawn(process.execPath, [vitest, "run", ...reporters, ...args], { cwd: root, env, stdio: ["ignore", "inherit", "inherit"] })
  const status = await new Promise((resolve) => child.on("close", (code) => resolve(code ?? 1)))
  const counted = readResult()
  // A run that failed without a failed test (an unhandled error, a crash) still failed.
  return status !== 0 && counted.broken === 0 ? { ...counted, broken: 1 } : counted
}

function readResult() {
  try {
    const result = JSON.parse(readFileSync(resultFile, "utf8"))
    const unloadable = result.testResults.filter((file) => file.status === "failed" && file.assertionResults.length === 0)
    return { passed: result.numPassedTests, broken: result.numFailedTests + unloadable.length }
  } catch {
    return { passed: 0, broken: 1 }
  }
}

function secondsSince(ms) {
  return (performance.now() - ms) / 1000
}
