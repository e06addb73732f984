import { beforeEach, expect, test } from "vitest"
import type { StateMachine } from "../../replica/index.ts"
import { MachineTimes, TimedMachine } from "./machine-times.ts"

let now: number
let looks: number
let times: MachineTimes
/** Takes as many milliseconds as it is asked to. */
let machine: TimedMachine<number, number>

beforeEach(() => {
  now = 0
  looks = 0
  times = new MachineTimes(() => {
    looks += 1
    return now
  })
  const work = (forMs: number): number => (now += forMs)
  const inner = {
    apply: (command: Uint8Array) => {
      work(command[0]!)
      return new Uint8Array(0)
    },
    query: work,
  } as unknown as StateMachine<number, number>
  machine = new TimedMachine(inner, times)
  times.beginTurn()
})

const apply = (index: number, forMs: number): Uint8Array => machine.apply(Uint8Array.of(forMs), { index, timeMs: 0 })

test("commands that follow each other need one look each, and the longest is known by its entry", () => {
  for (const [index, forMs] of [1, 40, 3].entries()) apply(index, forMs)
  expect(looks).toBe(4)
  expect(times).toMatchObject({ totalMs: 44, longest: { call: "apply", forMs: 40, index: 1, bytes: 1 } })
})

test("sixteen queries that follow each other share a look, and so do the rest of a step", () => {
  for (let count = 0; count < 20; count++) machine.query(count === 3 ? 413 : 1)
  expect(looks).toBe(2)
  times.queriesEnd()
  expect(looks).toBe(3)
  expect(times).toMatchObject({ totalMs: 432, longest: { call: "query", forMs: 428, index: null } })
})

test("a command after queries does not count as theirs, nor they as its own", () => {
  machine.query(5)
  apply(7, 30)
  machine.query(6)
  times.queriesEnd()
  expect(times).toMatchObject({ totalMs: 41, longest: { call: "apply", forMs: 30, index: 7 } })
})

test("a query that throws is counted, and what was left of the last turn is forgotten", () => {
  const query = (): number => {
    now += 9
    throw new Error("broken")
  }
  const broken = new TimedMachine({ query } as never, times)
  expect(() => broken.query(1)).toThrow("broken")
  times.queriesEnd()
  expect(times.longest).toMatchObject({ call: "query", forMs: 9 })
  machine.query(2)
  times.beginTurn()
  times.queriesEnd()
  expect(times.longest).toBeNull()
})
