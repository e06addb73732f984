// `npm run exhaustive -- --nodes 3 --terms 3`: every interleaving of a small world, on the production core. `--help` says what can be set.

import { ensureInstalled, requireNode } from "./bootstrap.mjs"
import { runTypeScript } from "./run-typescript.mjs"

requireNode()
ensureInstalled()
await runTypeScript("test/exhaustive/command.ts")
