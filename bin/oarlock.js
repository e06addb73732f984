#!/usr/bin/env node
// The `oarlock` command. It only starts the compiled CLI (`src/cli/main.ts`); everything it can do is decided there.
// In a checkout that was never built there is nothing to start yet, so it says which command builds it
// instead of showing a module-resolution stack trace.

import { existsSync } from "node:fs"

const main = new URL("../dist/cli/main.js", import.meta.url)

if (existsSync(main)) {
  await import(main.href)
} else {
  process.stderr.write(
    "oarlock: the command line tool is not built yet. In the project folder run `npm start` (or `npm run build`), then try again.\n",
  )
  process.exitCode = 1
}
