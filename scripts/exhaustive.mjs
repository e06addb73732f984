// `npm run exhaustive -- --nodes 3 --terms 3`: every interleaving of a small world, on the production core. `--help` says what can be set.
// The command is TypeScript and Node 20 does not strip types, so esbuild bundles it into `.build/exhaustive/` first.

import { join } from "node:path"
import { pathToFileURL } from "node:url"
import { ensureInstalled, requireNode, root } from "./bootstrap.mjs"

requireNode()
ensureInstalled()

const { build } = await import("esbuild")
const file = join(root, ".build", "exhaustive", "command.js")
await build({
  absWorkingDir: root,
  entryPoints: ["test/exhaustive/command.ts"],
  outfile: file,
  bundle: true,
  format: "esm",
  platform: "node",
  target: "node20",
  sourcemap: "inline",
  logLevel: "warning",
})
await import(pathToFileURL(file).href)
