// `npm test`: everything that must hold before a change is good. On a fresh clone it first installs and compiles.
// The quick checks run side by side and say one line each, or everything they have to say when they fail; then vitest
// reports as it runs. Arguments go to vitest: `npm test -- src/core`. The last line is for whoever reads only that.

import { spawn } from "node:child_process"
import { mkdirSync, readFileSync, rmSync } from "node:fs"
import { join } from "node:path"
import { build, ensureInstalled, requireNode, root } from "./bootstrap.mjs"

const resultFile = join(root, ".build", "vitest.json")

requireNode()
ensureInstalled()

const failed = []
report(
  "build",
  timed(() => build("tsconfig.json")),
)

const checks = [
  ["lint", "node_modules/oxlint/bin/oxlint", ["--type-aware", "--deny-warnings"]],
  ["format", "node_modules/oxfmt/bin/oxfmt", ["--check"]],
  ["unused code", "node_modules/knip/bin/knip.js", []],
  ["public API", "scripts/api.mjs", []],
]
const running = checks.map(([name, script, args]) => [name, run(script, args)])
for (const [name, check] of running) report(name, await check)

const { passed, broken } = await runVitest(process.argv.slice(2))
for (const name of failed) process.stdout.write(`FAILED: ${name}, see above\n`)
process.stdout.write(`${passed} passed, ${broken + failed.length} failed\n`)
process.exitCode = broken + failed.length === 0 ? 0 : 1

/** Prints one line for a check that held, and everything it said for one that did not. */
function report(name, { status, output, seconds }) {
  if (status === 0) {
    process.stdout.write(`ok      ${name} (${seconds.toFixed(1)} s)\n`)
    return
  }
  failed.push(name)
  process.stdout.write(`FAILED  ${name}\n${output.trim().replace(/^/gm, "  ")}\n\n`)
}

function timed(work) {
  const startedMs = performance.now()
  return { ...work(), seconds: (performance.now() - startedMs) / 1000 }
}

/** Runs a Node script, of a package or our own, and gathers what it says. */
function run(script, args) {
  const startedMs = performance.now()
  const child = spawn(process.execPath, [join(root, script), ...args], { cwd: root, stdio: ["ignore", "pipe", "pipe"] })
  let output = ""
  child.stdout.on("data", (bytes) => (output += bytes))
  child.stderr.on("data", (bytes) => (output += bytes))
  return new Promise((resolve) => {
    child.on("close", (status) => resolve({ status: status ?? 1, output, seconds: (performance.now() - startedMs) / 1000 }))
  })
}

/** Runs all tests with vitest's own output, and counts from its JSON report. */
async function runVitest(args) {
  mkdirSync(join(root, ".build"), { recursive: true })
  rmSync(resultFile, { force: true })
  const vitest = join(root, "node_modules", "vitest", "vitest.mjs")
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${resultFile}`]
  const child = spawn(process.execPath, [vitest, "run", ...reporters, ...args], { cwd: root, stdio: ["ignore", "inherit", "inherit"] })
  const status = await new Promise((resolve) => child.on("close", (code) => resolve(code ?? 1)))
  const { passed, broken } = readResult()
  // A run that failed without a failed test (an unhandled error, a crash) still failed.
  return { passed, broken: status !== 0 && broken === 0 ? 1 : broken }
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
