// `npm start`: prepare whatever is missing, then become `oarlock dev` with the same arguments.
// Become, not call: the command line runs in this very process, so that its exit code is ours
// and a signal has nobody to get lost on the way through. (The `exec` in package.json is for the same reason: npm signals
// the shell it started, and some shells would die of that and leave the cluster behind. Where there is no `exec`, on
// Windows, run `node scripts/start.mjs`.)

import { join } from "node:path"
import { ensureBuilt, ensureInstalled, requireNode, root } from "./bootstrap.mjs"

requireNode()
ensureInstalled()
ensureBuilt()
ignoreEchoedInterrupts()
process.argv.splice(1, 1, join(root, "bin", "oarlock.js"), "dev")
await import("../bin/oarlock.js")

/**
 * Ctrl-C reaches every process of the terminal's foreground group, and npm forwards the one that it got as well: one
 * keystroke, two signals, and the second would look like an impatient user. The echo follows within milliseconds; no
 * second keystroke does.
 */
function ignoreEchoedInterrupts() {
  const echoMsMax = 200
  const emit = process.emit.bind(process)
  let lastMs = Number.NEGATIVE_INFINITY
  process.emit = (name, ...rest) => {
    if (name === "SIGINT") {
      const nowMs = performance.now()
      const isEcho = nowMs - lastMs < echoMsMax
      lastMs = nowMs
      if (isEcho) return true
    }
    return emit(name, ...rest)
  }
}
