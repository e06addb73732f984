// The bank under crashes, partitions and restarts:
//
//   npm run build && node examples/bank/simulate.mjs              # the bank as it should be
//   npm run build && node examples/bank/simulate.mjs --forgetful  # the one with the mistake
//
// Exits with 1 if something was found.

import { simulate } from "oarlock/testing"
import { Bank, ForgetfulBank } from "./bank.mjs"
import { workload } from "./workload.mjs"

const Machine = process.argv.includes("--forgetful") ? ForgetfulBank : Bank

try {
  const { seeds, coverage } = simulate(() => new Machine(), workload, { seeds: 20 })
  const { writes, reads, crashes, cuts, snapshotsInstalled } = coverage
  console.log(`${Machine.name}: ${seeds} clusters, ${writes} writes, ${reads} reads, nothing wrong.`)
  console.log(`They went through ${crashes} crashes and ${cuts} cut links, and installed ${snapshotsInstalled} snapshots.`)
} catch (error) {
  console.log(`${Machine.name}: ${error.message}`)
  process.exitCode = 1
}
