/** The `oarlock` command: `bin/oarlock.js` starts this. */

import { processContext } from "./command.ts"
import { runProgram } from "./program.ts"

await runProgram(processContext(), process.argv.slice(2))
