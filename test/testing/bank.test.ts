// The example that docs/testing-your-state-machine.md and examples/bank/README.md tell of: the forgetful bank is found, the other one is not.

import { readFileSync } from "node:fs"
import { expect, test } from "vitest"
import type { StateMachine } from "../../src/replica/index.ts"
import { checkStateMachine, ConformanceError, simulate, SimulatedFault, type MachineWorkload } from "../../src/testing/index.ts"

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
const queries = ["ann", undefined]
/** Snapshots often enough that somebody needs one soon. */
const world = { safetyMs: 2_500 }

function faultOf(create: () => StateMachine): SimulatedFault | null {
  try {
    simulate(create, workload, { seeds: 12, world })
    return null
  } catch (error) {
    if (error instanceof SimulatedFault) return error
    throw error
  }
}

test("the bank keeps its contract, and comes through crashes and partitions", { timeout: 60_000 }, () => {
  checkStateMachine({ create: () => new Bank(), commands, queries })
  expect(simulate(() => new Bank(), workload, { seeds: 12, world }).coverage.crashes).toBeGreaterThan(0)
})

test("the bank that forgets is found by the simulator, as its page says", { timeout: 60_000 }, () => {
  const fault = faultOf(() => new ForgetfulBank())
  expect(fault?.violation.checker).toBe("equal-states")
  expect(fault?.violation.reason).toMatch(/got another result at index \d+ than others did/)
  const page = readFileSync(new URL("../../examples/bank/README.md", import.meta.url), "utf8")
  expect(page).toMatch(/ForgetfulBank: seed \d+, .*: equal-states\n {2}server \d+ got another result at index \d+ than others did/)
})

test("and by the contract, without a cluster", () => {
  const check = (): void => checkStateMachine({ create: () => new ForgetfulBank(), commands, queries })
  expect(check).toThrow(ConformanceError)
  expect(check).toThrow(
    /restored from a snapshot after \d+ commands, command \d+ .* gives .* instead of .*: something that it goes by is missing/,
  )
})
