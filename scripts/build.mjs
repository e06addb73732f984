// `npm run build`: compile what is shipped, from `src/` to `dist/`. `--clean` forgets earlier builds first,
// as packing for publication does.

import { build, cleanBuild, ensureInstalled, requireNode } from "./bootstrap.mjs"

requireNode()
ensureInstalled()
if (process.argv.includes("--clean")) cleanBuild()
const { status, output } = build()
process.stderr.write(output)
process.exitCode = status
