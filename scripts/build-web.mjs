// The visualizer as static files that any web server can serve from any path: `dist/web/`. esbuild bundles it from the public subpaths of the
// package, which must have been compiled before; the stories go into the page as they are. The last step of every build.

import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs"
import { join, sep } from "node:path"
import { build } from "esbuild"
import { root } from "./bootstrap.mjs"

const from = join(root, "web")
const to = join(root, "dist", "web")

const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"))
rmSync(to, { recursive: true, force: true })
mkdirSync(to, { recursive: true })
await build({
  absWorkingDir: root,
  entryPoints: [join(from, "src", "main.tsx"), join(from, "src", "gif-worker.ts"), join(from, "main.css")],
  outdir: to,
  entryNames: "[name]",
  chunkNames: "part-[hash]",
  bundle: true,
  splitting: true,
  format: "esm",
  platform: "browser",
  target: "es2023",
  jsx: "automatic",
  jsxImportSource: "preact",
  minify: true,
  sourcemap: true,
  legalComments: "none",
  logLevel: "warning",
  define: { oarlockVersion: JSON.stringify(version), oarlockStories: JSON.stringify(readStories()) },
})
for (const file of ["index.html", "icon.svg"]) cpSync(join(from, file), join(to, file))

function readStories() {
  const folder = join(root, "scenarios")
  const files = readdirSync(folder, { recursive: true }).filter((file) => file.endsWith(".scenario"))
  return files
    .toSorted((a, b) => (a < b ? -1 : 1))
    .map((file) => ({
      name: file.replaceAll(sep, "/").replace(/\.scenario$/, ""),
      text: readFileSync(join(folder, file), "utf8"),
    }))
}
