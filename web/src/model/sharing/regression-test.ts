/** A run as a test that anybody can keep: a file for `node --test` that makes the run happen again and says how it has to end. */

import { writeTrace, type Trace, type World } from "oarlock/simulator"

/** What the file imports, as it is written there. */
const modules = { assert: `"node:assert/strict"`, test: `"node:test"`, simulator: `"oarlock/simulator"` } as const

/** The text of the file. `world` is where the trace ends; `file` is what it will be called. */
export function regressionTest(trace: Trace, world: World, file: string): string {
  const { violation } = world
  const servers = world.nodeIds.map((id) => {
    const state = world.stateOf(id)
    if (state === null) return { id, role: "down" }
    const { role, term, commitIndex, last } = state
    return { id, role, term, commitIndex, lastIndex: last.index }
  })
  const ends = servers.map((server) => `  ${literal(server)},`).join("\n")
  const run = JSON.stringify(JSON.parse(writeTrace(trace)))
  return `// A run of ${trace.end.step} events, recorded with Oarlock ${trace.coreVersion}. With oarlock installed:
//
//   node --test ${file}
//
// Everything happens again in the code that is installed: whole servers, a simulated network, simulated disks and clocks. First comes how the run has to end,
// which is what this test is about. That every single event is the same is checked last: another version of Oarlock may get to the same end on
// another way; if that is all that differs, record the run again.

import assert from ${modules.assert}
import { test } from ${modules.test}
import { readTrace, Replay } from ${modules.simulator}

const trace = readTrace(JSON.stringify(${run}))

/** How the servers have to stand in the end. */
const expected = [
${ends}
]

test(${JSON.stringify(titleOf(trace, world))}, () => {
  const replay = new Replay(trace)
  const { difference } = replay.finish()
  const { world } = replay
  assert.equal(world.violation?.checker ?? null, ${JSON.stringify(violation?.checker ?? null)})
  const servers = world.nodeIds.map((id) => {
    const state = world.stateOf(id)
    if (state === null) return { id, role: "down" }
    const { role, term, commitIndex, last } = state
    return { id, role, term, commitIndex, lastIndex: last.index }
  })
  assert.deepEqual(servers, expected)
  assert.equal(difference, null)
})
`
}

function titleOf({ seed, end, actions }: Trace, { violation, views }: World): string {
  const leader = views.find(({ role }) => role === "leader")
  const outcome =
    violation !== null
      ? `breaks ${violation.checker}`
      : leader === undefined
        ? "ends without a leader"
        : `ends with S${leader.id} leading term ${leader.term}`
  return `seed ${seed}, ${end.step} events, ${actions.length} things done: ${outcome}`
}

function literal(server: object): string {
  return `{ ${Object.entries(server)
    .map(([name, value]) => `${name}: ${JSON.stringify(value)}`)
    .join(", ")} }`
}
