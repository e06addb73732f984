// The visualizer as static files that any web server can serve from any path: `dist/web/`. Vite bundles it from the public subpaths of the
// package, which must have been compiled before. The last step of every build.

import { cpSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { build } from "vite"
import { root } from "./bootstrap.mjs"

const from = join(root, "web")
const to = join(root, "dist", "web")

const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"))
// What runs in browsers is what was written: no older syntax, in scripts or in sheets.
const target = ["chrome125", "firefox128", "safari18"]
await build({
  configFile: false,
  root: from,
  base: "./",
  publicDir: false,
  logLevel: "warn",
  define: { oarlockVersion: JSON.stringify(version) },
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  worker: { format: "es", rolldownOptions: { output: { entryFileNames: "[name].js" } } },
  build: {
    outDir: to,
    emptyOutDir: true,
    target,
    cssTarget: target,
    // One sheet for all pages: it is small, and nothing jumps when a page comes later.
    cssCodeSplit: false,
    modulePreload: { polyfill: false },
    sourcemap: true,
    reportCompressedSize: false,
    chunkSizeWarningLimit: Infinity,
    rolldownOptions: {
      input: join(from, "src", "main.tsx"),
      checks: { pluginTimings: false },
      output: {
        entryFileNames: "main.js",
        chunkFileNames: "part-[hash].js",
        // What every page loads is in one file, however many others share parts of it: many small files compress badly.
        codeSplitting: { groups: [{ name: "part", tags: ["$initial"] }] },
        assetFileNames: (asset) => (asset.names.some((name) => name.endsWith(".css")) ? "main.css" : "[name][extname]"),
      },
    },
  },
})
// The typeface that web/styles/base.css names comes with its license.
cpSync(join(root, "node_modules", "@fontsource-variable", "geist", "LICENSE"), join(to, "geist-license.txt"))
for (const file of ["index.html", "icon.svg"]) cpSync(join(from, file), join(to, file))
