// `npm run sensitivity [words]`: plants each bug of `test/sensitivity/catalogue/` (or those whose name has the words in it), looks for it in
// seed after seed, and writes `docs/sensitivity.md`. Node 20 does not strip types, so esbuild bundles the report first.

import { join } from "node:path"
import { pathToFileURL } from "node:url"
import { ensureInstalled, requireNode, root } from "./bootstrap.mjs"

requireNode()
ensureInstalled()

const { build } = await import("esbuild")
// Two folders below the root, like its source: both find the sources that they change by their own place.
const outfile = join(root, ".build", "sensitivity", "report.js")
await build({
  absWorkingDir: root,
  entryPoints: ["test/sensitivity/report.ts"],
  outfile,
  bundle: true,
  format: "esm",
  platform: "node",
  target: "node20",
  packages: "external",
  sourcemap: "inline",
  logLevel: "warning",
})
await import(pathToFileURL(outfile).href)
