// The example that docs/testing-your-state-machine.md and examples/bank/README.md tell of: the forgetful bank is found, the other one is not.

import { expect, test } from "vitest"
import type { StateMachine } from "../../src/replica/index.ts"
import { checkStateMachine, ConformanceError, simulate, SimulatedFault, type MachineWorkload } from "../../src/testing/index.ts"
import { block, expectSample } from "../samples.ts"

interface Bank {
  readonly Bank: new () => StateMachine
  readonly ForgetfulBank: new () => StateMachine
}

// Plain JavaScript, as its readers write it: its types are ours to state.
const load = async (file: string): Promise<unknown> => import(new URL(`../../examples/bank/${file}`, import.meta.url).href)
const { Bank, ForgetfulBank } = (await load("bank.mjs")) as Bank
const { workload } = (await load("workload.mjs")) as { readonly workload: MachineWorkload }

const command = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value))
const commands = [
  command({ do: "open", name: "ann", cents: 1000 }),
  command({ do: "open", name: "bob", cents: 1000 }),
  ...Array.from({ length: 30 }, (_, n) => command({ do: "transfer", from: "ann", to: "bob", cents: n })),
  command({ do: "transfer", from: "ann", to: "nobody", cents: 1 }),
]
const page = "examples/bank/README.md"
const queries = ["ann", undefined]
function faultOf(create: () => StateMachine): SimulatedFault | null {
  try {
    simulate(create, workload, { seeds: 20 })
    return null
  } catch (error) {
    if (error instanceof SimulatedFault) return error
    throw error
  }
}

test("the bank keeps its contract, and comes through crashes and partitions", { timeout: 60_000 }, () => {
  checkStateMachine({ create: () => new Bank(), commands, queries })
  const { seeds, coverage } = simulate(() => new Bank(), workload, { seeds: 20 })
  const { writes, reads, crashes, cuts, snapshotsInstalled } = coverage
  expect(crashes).toBeGreaterThan(0)
  expectSample(
    page,
    "the bank",
    block(
      "",
      "$ node examples/bank/simulate.mjs",
      `Bank: ${seeds} clusters, ${writes} writes, ${reads} reads, nothing wrong.`,
      `They went through ${crashes} crashes and ${cuts} cut links, and installed ${snapshotsInstalled} snapshots.`,
    ),
  )
})

test("the bank that forgets is found by the simulator, as its page says", { timeout: 60_000 }, () => {
  const fault = faultOf(() => new ForgetfulBank())
  expect(fault?.violation.checker).toBe("equal-states")
  expect(fault?.violation.reason).toMatch(/got another result at index \d+ than others did/)
  const said = ["$ node examples/bank/simulate.mjs --forgetful", ...`ForgetfulBank: ${fault?.message}`.split("\n")]
  expectSample(page, "the forgetful bank", block("", ...said))
})

test("and by the contract, without a cluster", () => {
  const check = (): unknown => checkStateMachine({ create: () => new ForgetfulBank(), commands, queries })
  expect(check).toThrow(ConformanceError)
  expect(check).toThrow(
    /restored from a snapshot after \d+ commands, command \d+ .* gives .* instead of .*: something that it goes by is missing/,
  )
})
