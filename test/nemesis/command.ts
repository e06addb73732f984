/** `npm run nemesis`: reads the arguments, shows progress, prints the report. Exit codes: 0 all was right, 1 something was wrong, 2 bad arguments. */

import { type NemesisReport, runNemesis } from "./nemesis.ts"
import { readOptions, usage, UsageError } from "./options.ts"

const stopping = new AbortController()
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => {
    process.stderr.write("Ending: faults are mended, and what was seen is judged. Once more ends at once.\n")
    stopping.abort()
  })
}

try {
  const options = readOptions(process.argv.slice(2), Math.floor(Math.random() * 2 ** 32))
  if (options === null) process.stdout.write(usage)
  else {
    process.stderr.write(`seed ${options.seed}, ${options.nodes} servers, ${options.clients} clients, ${options.minutes} min\n`)
    const report = await runNemesis(options, (line) => process.stderr.write(`${line}\n`), stopping.signal)
    process.stdout.write(options.json ? `${JSON.stringify(report, null, 2)}\n` : describe(report))
    process.exitCode = report.violations.length === 0 ? 0 : 1
  }
} catch (error) {
  if (!(error instanceof UsageError)) throw error
  process.stderr.write(`${error.message}\n\n${usage}`)
  process.exitCode = 2
}

function describe(report: NemesisReport): string {
  const { violations, faults } = report
  const struck = Object.entries(faults).map(([kind, count]) => `${count} × ${kind}`)
  return [
    `seed ${report.seed}, ${report.seconds.toFixed(0)} s`,
    `operations   ${report.operations}: ${report.answered} answered, ${report.refused} refused, ${report.unknown} unknown; ${report.mibWritten.toFixed(0)} MiB written`,
    `faults       ${struck.join(", ")}`,
    `longest call ${report.longestMs.toFixed(0)} ms`,
    `memory       at most ${report.highestRssMib.toFixed(0)} MiB in one server`,
    `keys         ${report.keysLinearizable} of ${report.keys} linearizable${report.keysUndecided === 0 ? "" : `, ${report.keysUndecided} undecided`}`,
    ...violations.map((violation) => `WRONG        ${violation}`),
    violations.length === 0 ? "nothing was wrong" : `${violations.length} wrong; folders and logs: ${report.kept}`,
    "",
  ].join("\n")
}
