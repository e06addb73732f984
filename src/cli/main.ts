/** The `oarlock` command: `bin/oarlock.js` starts this. */

import { runProgram } from "./program.ts"
import { processContext } from "./terminal/command.ts"

await runProgram(processContext(), process.argv.slice(2))
