import { expect, test } from "vitest"
import { ObservedMachine, type Journal } from "./observed-machine.ts"
import { registerWorkload } from "./workload.ts"

/** A machine that answers from one buffer, which anything that it is asked overwrites, as the contract allows. */
function frugal() {
  const machine = registerWorkload.createMachine()
  const out = new Uint8Array(4)
  return Object.assign(Object.create(machine) as typeof machine, {
    apply: (_command: Uint8Array, { index }: { readonly index: number }) => {
      new DataView(out.buffer).setUint32(0, index)
      return out
    },
    hash: () => {
      out.fill(0xee)
      return machine.hash?.()
    },
  })
}

test("a result is good as long as it is needed, also where the machine is asked more before it leaves", () => {
  const journal: Journal = { records: [], kept: [] }
  const observed = new ObservedMachine(frugal, journal, 1)
  for (let index = 1; index <= 64; index++) {
    const result = observed.apply(Uint8Array.of(index), { index, timeMs: 0 })
    expect(new DataView(result.buffer, result.byteOffset).getUint32(0)).toBe(index)
  }
  const restored = journal.records.flatMap((record) => (record.kind === "applied" && record.restoredHash !== null ? [record.index] : []))
  expect(restored).toEqual([32, 64])
})
