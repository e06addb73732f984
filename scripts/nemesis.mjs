// `npm run nemesis [options]`: real servers, clients and faults; see `test/nemesis/`.

import { ensureBuilt, ensureInstalled, requireNode } from "./bootstrap.mjs"
import { runTypeScript } from "./run-typescript.mjs"

requireNode()
ensureInstalled()
ensureBuilt()
await runTypeScript("test/nemesis/command.ts")
