// `npm run nemesis [options]`: real servers, clients and faults; see `test/nemesis/`. Node 20 does not strip types, so esbuild bundles it first.

import { join } from "node:path"
import { pathToFileURL } from "node:url"
import { ensureBuilt, ensureInstalled, requireNode, root } from "./bootstrap.mjs"

requireNode()
ensureInstalled()
ensureBuilt()

const { build } = await import("esbuild")
const outfile = join(root, ".build", "nemesis", "command.js")
await build({
  absWorkingDir: root,
  entryPoints: ["test/nemesis/command.ts"],
  outfile,
  bundle: true,
  format: "esm",
  platform: "node",
  target: "node20",
  packages: "external",
  sourcemap: "inline",
  logLevel: "warning",
})
process.chdir(root)
await import(pathToFileURL(outfile).href)
