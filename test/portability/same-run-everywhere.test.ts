/**
 * The same seed is the same run, to the last bit of state, on this Node, on newer ones and in Chromium: a trace that somebody sends is worth
 * something only if it happens again on another machine, and in the visualizer.
 *
 * `npm test` fetches the engines (scripts/engines.mjs). Where one is missing there is no test for it, and
 * the end of `npm test` says what to install.
 */

import { execFileSync } from "node:child_process"
import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { build } from "esbuild"
import { chromium } from "playwright-core"
import { beforeAll, describe, expect, test } from "vitest"
import { chromiumPath } from "../chromium.ts"
import { portableRuns, type Outcome } from "./runs.ts"

const root = fileURLToPath(new URL("../..", import.meta.url))
const folder = join(root, ".build", "portability")
const timeout = 120_000

/** One script that any engine understands; it leaves the function behind as a global. */
let bundle: string
const expected = portableRuns()

beforeAll(async () => {
  const { outputFiles } = await build({
    entryPoints: [join(root, "test", "portability", "runs.ts")],
    bundle: true,
    write: false,
    format: "iife",
    globalName: "oarlockRuns",
    platform: "neutral",
    target: "es2023",
  })
  bundle = outputFiles[0]!.text
}, timeout)

test("the runs went through something", () => {
  for (const { events, replays } of expected) expect({ isLong: events > 500, replays }).toEqual({ isLong: true, replays: true })
  expect(new Set(expected.map(({ hash }) => hash)).size).toBe(expected.length)
})

describe("the same seeds are the same runs", () => {
  test("in a process of this Node, bundled", { timeout }, () => expect(runIn(process.execPath)).toEqual(expected))

  for (const { name, path } of newerNodes()) {
    test(`on ${name}`, { timeout }, () => {
      expect(execFileSync(path, ["--version"], { encoding: "utf8" })).not.toBe(`${process.version}\n`)
      expect(runIn(path)).toEqual(expected)
    })
  }

  const browser = chromiumPath()
  test.skipIf(browser === null)("in Chromium", { timeout }, async () => {
    const started = await chromium.launch({ executablePath: browser!, args: ["--no-sandbox"] })
    try {
      const page = await started.newPage()
      await page.addScriptTag({ content: bundle })
      expect(await page.evaluate("oarlockRuns.portableRuns()")).toEqual(expected)
    } finally {
      await started.close()
    }
  })
})

function runIn(node: string): readonly Outcome[] {
  mkdirSync(folder, { recursive: true })
  const script = join(folder, "runs.cjs")
  writeFileSync(script, `${bundle}\nprocess.stdout.write(JSON.stringify(oarlockRuns.portableRuns()))\n`)
  return JSON.parse(execFileSync(node, [script], { encoding: "utf8", maxBuffer: 64 << 20 })) as readonly Outcome[]
}

function newerNodes(): readonly { readonly name: string; readonly path: string }[] {
  const engines = join(root, ".build", "engines")
  if (!existsSync(engines)) return []
  return readdirSync(engines).flatMap((name) => {
    const packages = join(engines, name, "node_modules")
    if (!existsSync(packages)) return []
    const paths = readdirSync(packages).flatMap((each) => ["node", "node.exe"].map((binary) => join(packages, each, "bin", binary)))
    return paths.filter((path) => existsSync(path)).map((path) => ({ name, path }))
  })
}
