// `npm run sensitivity [words]`: plants each bug of `test/sensitivity/catalogue/` (or those whose name has the words in it), looks for it in
// seed after seed, and writes `docs/sensitivity.md`.

import { ensureInstalled, requireNode } from "./bootstrap.mjs"
import { runTypeScript } from "./run-typescript.mjs"

requireNode()
ensureInstalled()
await runTypeScript("test/sensitivity/report.ts")
