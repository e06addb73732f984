// Runs a command that is written in TypeScript and is not part of the package. Node 20 does not strip types, so esbuild bundles it first.

import { join } from "node:path"
import { pathToFileURL } from "node:url"
import { root } from "./bootstrap.mjs"

/** `source` is relative to the project, such as `test/nemesis/command.ts`. The packages must be installed. */
export async function runTypeScript(source) {
  const { build } = await import("esbuild")
  // As deep below the root as its source, so that both find files of the project by their own place: .build/nemesis/command.js.
  const outfile = join(root, ".build", source.replace(/^[^/]+\//, "").replace(/\.ts$/, ".js"))
  await build({
    absWorkingDir: root,
    entryPoints: [source],
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
}
