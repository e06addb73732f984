import { expect, test } from "vitest"
import { TestCluster } from "../../../test/replica/cluster.ts"
import type { CounterMachine } from "../../../test/replica/counter-machine.ts"
import type { ReadResult } from "../effect.ts"
import type { Replica } from "../replica.ts"
import { turnItems } from "./read-turns.ts"

function alone(answerItemsMax: number): { readonly replica: Replica; readonly machine: CounterMachine } {
  const cluster = new TestCluster([1], { limits: { answerItemsMax } })
  cluster.run(50)
  const replica = cluster.replica(1)
  // What the leader has to say about itself at this moment, it says first.
  replica.step(2_000, [{ kind: "wake" }])
  return { replica, machine: cluster.nodes.get(1)!.machine }
}

const reads = (count: number, minimumIndex = 0) => ({
  kind: "read" as const,
  reads: Array.from({ length: count }, (_, id) => ({ id, query: "x", consistency: "stale" as const, minimumIndex })),
})

const idsOf = (results: readonly ReadResult[]): number[] => results.map(({ id }) => id)

test("answerItemsMax: a step answers reads until their answers hold so many items, and the next ones go on, in order", () => {
  for (const [count, perStep] of [
    [3, [3]],
    [4, [4]],
    [5, [4, 1]],
    [9, [4, 4, 1]],
  ] as const) {
    // oxfmt-ignore
    const { replica } = alone(4)
    const steps = [replica.step(2_000, [reads(count)]).reads]
    while (replica.deadline <= 2_000) steps.push(replica.step(2_000, [{ kind: "wake" }]).reads)
    expect(steps.map((answered) => answered.length)).toEqual(perStep)
    expect(steps.flatMap(idsOf)).toEqual(Array.from({ length: count }, (_, id) => id))
    expect(replica.status().pendingReads).toBe(0)
  }
})

test("answerItemsMax: a heavy answer is made alone, and a machine that does not say counts each as one", () => {
  const { replica, machine } = alone(4)
  Object.assign(machine, { answerItems: () => 1_000 })
  expect(replica.step(2_000, [reads(3)]).reads).toHaveLength(1)
  expect(replica.deadline).toBeLessThanOrEqual(2_000)
  expect(replica.step(2_000, [{ kind: "wake" }]).reads).toHaveLength(1)
  Object.assign(machine, { answerItems: undefined })
  expect(replica.step(2_000, [reads(3)]).reads).toHaveLength(4)
})

test("a replica that has thousands of reads to answer one by one is not taken for one that goes in a circle", () => {
  const { replica } = alone(1)
  replica.step(2_000, [reads(3_000)])
  for (let step = 1; step < 3_000; step++) {
    const { reads: answered, halted } = replica.step(2_000, [{ kind: "wake" }])
    expect([answered.length, halted]).toEqual([1, null])
  }
  expect(replica.deadline).toBeGreaterThan(2_000)
})

test("reads that wait for an index are no reason to be woken", () => {
  const { replica } = alone(4)
  expect(replica.step(2_000, [reads(9, 1_000)]).reads).toEqual([])
  expect(replica.deadline).toBeGreaterThan(2_000)
})

test("a caller that comes while another has thousands of answers waiting has its own in the next step", () => {
  const { replica } = alone(4)
  const of = (caller: number, ids: readonly number[]) => ({
    kind: "read" as const,
    reads: ids.map((id) => ({ id, query: "x", consistency: "stale" as const, minimumIndex: 0, caller })),
  })
  const flood = Array.from({ length: 2_000 }, (_, id) => id)
  expect(idsOf(replica.step(2_000, [of(1, flood)]).reads)).toEqual([0, 1, 2, 3])
  expect(idsOf(replica.step(2_000, [of(2, [9_001, 9_002])]).reads)).toEqual([4, 5, 6, 7])
  const later = Array.from({ length: turnItems / 4 }, () => idsOf(replica.step(2_000, [{ kind: "wake" }]).reads)).flat()
  expect(later).toEqual([...flood.slice(8, 4 + turnItems), 9_001, 9_002, ...flood.slice(4 + turnItems, 6 + turnItems)])
  expect(replica.status().pendingReads).toBe(2_002 - 8 - later.length)
})
