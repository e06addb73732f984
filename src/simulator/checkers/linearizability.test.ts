import { describe, expect, it } from "vitest"
import { asks, operation, refused, step, wasRead, wrote } from "../../../test/checkers/hand-made.ts"
import type { ClientOperation, StepView } from "./checker.ts"
import { linearizability } from "./linearizability.ts"

/** What is said when the run is over. */
function conclusion(...steps: readonly StepView[]): string | null {
  const state = linearizability.create()
  for (const one of steps) expect(linearizability.check(state, one)).toBeNull()
  return linearizability.conclude!(state)
}

describe("linearizability", () => {
  const read = (id: number, given: Partial<ClientOperation> = {}) => operation(id, { client: id, kind: "read", inSession: false, ...given })
  const write = (id: number, given: Partial<ClientOperation> = {}) => operation(id, { client: id, ...given })
  const writes = (id: number) => [asks(write(id)), wrote(write(id), id)]
  const reads = (id: number, value: number, given: Partial<ClientOperation> = {}, index = 1) => [
    asks(read(id, given)),
    wasRead(read(id, given), index, value),
  ]

  it("takes registers for keys, 0 for nothing, and the order of events for time", () => {
    expect(conclusion(...reads(8, 0), ...writes(1), ...reads(9, 1), ...reads(10, 0, { register: 2 }))).toBeNull()
    expect(conclusion(asks(write(1)), ...reads(8, 1), ...reads(9, 1))).toBeNull()
  })

  it("flags a stale answer to a read that promised more", () => {
    const wrong = [...writes(1), ...writes(2), ...reads(9, 1, { consistency: "lease" })]
    expect(conclusion(...wrong)).toBe(
      "key 1: read 9 of client 9 gave 1, although put 2 of client 2 had replaced the value of put 1 of client 1 before",
    )
  })

  it("lets a stale read be old, but not older than what its client had seen, unless it asks for that", () => {
    const stale = { client: 7, consistency: "stale", minimumIndex: 2 } as const
    expect(conclusion(...writes(1), ...writes(2), ...reads(9, 1, stale))).toBeNull()
    const back = [...writes(1), ...writes(2), ...reads(8, 2, stale, 2), ...reads(9, 1, stale, 2)]
    expect(conclusion(...back)).toMatch(/session read 9 of client 7 gave 1, although session read 8 of client 7 had found 2/)
    const onPurpose = [...writes(1), ...writes(2), ...reads(8, 2, stale, 2), ...reads(9, 1, { ...stale, minimumIndex: 0 }, 1)]
    expect(conclusion(...onPurpose)).toBeNull()
  })

  it("flags a refused write that is seen, and two comparisons that replaced the same value", () => {
    expect(conclusion(asks(write(1)), refused(write(1)), ...reads(9, 1))).toMatch(/the value of put 1 of client 1, which had been refused/)
    const compare = (id: number) => write(id, { kind: "cas", expected: 0 })
    expect(conclusion(asks(compare(1)), asks(compare(2)), wrote(compare(1), 1), wrote(compare(2), 2))).toMatch(/one of the updates is lost/)
  })

  it("copies its history when it is cloned", () => {
    const state = linearizability.create()
    for (const one of [...writes(1), ...writes(2)]) linearizability.check(state, one)
    const copy = linearizability.clone(state)
    for (const one of reads(9, 1)) linearizability.check(copy, one)
    linearizability.check(state, step({}))
    expect(linearizability.conclude!(state)).toBeNull()
    expect(linearizability.conclude!(copy)).not.toBeNull()
  })
})
