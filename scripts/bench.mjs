// `npm run bench [name] [arguments]`: run `bench/<name>.ts`, or `bench/run.ts` when the first argument names no benchmark.
// Benchmarks are TypeScript and Node 20 does not strip types, so esbuild bundles each into `.build/bench/` first.
// It runs in this process: `node --cpu-prof scripts/bench.mjs core` profiles the benchmark and nothing else.

import { existsSync, readdirSync } from "node:fs"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import { ensureBuilt, ensureInstalled, requireNode, root } from "./bootstrap.mjs"

requireNode()
ensureInstalled()
ensureBuilt()

const folder = join(root, "bench")
const names = readdirSync(folder, { recursive: true }).filter((name) => name.endsWith(".ts") && !name.endsWith(".test.ts"))
const [first, ...others] = process.argv.slice(2)
const isNamed = first !== undefined && existsSync(join(folder, `${first}.ts`))
const name = isNamed ? first : "run"

if (names.includes(`${name}.ts`)) {
  const { build } = await import("esbuild")
  await build({
    absWorkingDir: root,
    entryPoints: names.map((path) => join("bench", path)),
    outbase: "bench",
    outdir: ".build/bench",
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "node",
    target: "node20",
    packages: "external",
    sourcemap: "inline",
    logLevel: "warning",
  })
  const file = join(root, ".build", "bench", `${name}.js`)
  process.argv.splice(1, process.argv.length, file, ...(isNamed || first === undefined ? others : [first, ...others]))
  await import(pathToFileURL(file).href)
} else {
  process.stderr.write(`There is no bench/${name}.ts.\n`)
  process.exitCode = 1
}
