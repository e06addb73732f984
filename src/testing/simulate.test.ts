// A machine that anybody could have written, under crashes and partitions: a good one comes through, and each mistake shows in some seed.

import { expect, test } from "vitest"
import type { ApplyContext, StateMachine } from "../replica/index.ts"
import { simulate, SimulatedFault } from "./simulate.ts"

/** Sums up what it is told, in one byte of command each. */
class Sum implements StateMachine {
  total = 0

  apply(command: Uint8Array, _context: ApplyContext): Uint8Array {
    this.total += command[0] ?? 0
    return Uint8Array.of(this.total & 0xff)
  }

  query(): number {
    return this.total
  }

  snapshot(): Iterator<Uint8Array> {
    return [new TextEncoder().encode(String(this.total))].values()
  }

  restore(): { write(chunk: Uint8Array): void; finish(): void } {
    let total = 0
    return { write: (chunk) => (total = Number(new TextDecoder().decode(chunk))), finish: () => (this.total = total) }
  }

  clone(): Sum {
    return Object.assign(new (this.constructor as new () => Sum)(), this)
  }

  hash(): number {
    return this.total >>> 0
  }
}

const workload = { command: (dice: { below(count: number): number }) => Uint8Array.of(1 + dice.below(9)) }
const world = { nodes: 3, safetyMs: 2_000, faults: [{ kind: "crash", everyMs: 300, lastsMs: 200 }] } as const

function faultOf(create: () => StateMachine, given: object = {}): SimulatedFault {
  try {
    simulate(create, { ...workload, ...given }, { seeds: 10, world })
  } catch (error) {
    if (error instanceof SimulatedFault) return error
    throw error
  }
  throw new Error("nothing was found in 10 seeds")
}

test("a good machine comes through, and the report says what it went through", () => {
  const seen: number[] = []
  const report = simulate(() => new Sum(), workload, {
    seeds: [3, 5],
    world,
    onSeed: (seed) => {
      seen.push(seed)
    },
  })
  expect(report.seeds).toBe(2)
  expect(report.coverage.writes).toBeGreaterThanOrEqual(40)
  expect(report.coverage.reads).toBeGreaterThan(3)
  expect(report.coverage.crashes).toBeGreaterThan(3)
  expect(seen).toEqual([3, 5])
})

test("a state that depends on the server is found", () => {
  let made = 0
  class Biased extends Sum {
    readonly bias = (made += 1)
    override apply(command: Uint8Array, context: ApplyContext): Uint8Array {
      super.apply(command, context)
      return Uint8Array.of(this.bias)
    }
  }
  expect(faultOf(() => new Biased()).violation.checker).toBe("equal-states")
})

test("a snapshot that lacks something is found, and so are the seed and the way to see it again", () => {
  class Forgetful extends Sum {
    override snapshot(): Iterator<Uint8Array> {
      return [new TextEncoder().encode(String(this.total - (this.total % 10)))].values()
    }
  }
  const fault = faultOf(() => new Forgetful())
  expect(["equal-states", "snapshot-contents"]).toContain(fault.violation.checker)
  expect(fault.message).toContain(`simulate(create, workload, { seeds: [${fault.seed}] })`)
  const again = (): unknown => simulate(() => new Forgetful(), workload, { seeds: [fault.seed], world })
  expect(again).toThrow(fault.message)
})

test("a broken invariant is found, in the user's words", () => {
  const invariant = (machine: StateMachine): string | null =>
    (machine as Sum).total > 100 ? `the total is ${(machine as Sum).total}` : null
  const fault = faultOf(() => new Sum(), { invariant })
  expect(fault.violation.checker).toBe("invariant")
  expect(fault.message).toMatch(/the total is 1\d\d/)
})

test("a machine that throws is found", () => {
  class Fragile extends Sum {
    override apply(command: Uint8Array, context: ApplyContext): Uint8Array {
      if (this.total > 50) throw new Error("more than I can count")
      return super.apply(command, context)
    }
  }
  expect(faultOf(() => new Fragile()).violation).toMatchObject({
    checker: "halt",
    reason: expect.stringContaining("more than I can count") as string,
  })
})

test("a query that throws is the machine's mistake", () => {
  class Silent extends Sum {
    override query(): number {
      throw new Error("no comment")
    }
  }
  expect(faultOf(() => new Silent()).message).toContain("no comment")
})
