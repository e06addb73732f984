import { expect, test } from "vitest"
import { CounterMachine } from "../../../test/replica/counter-machine.ts"
import { explainMissingHash, stateMachine } from "./read-machine.ts"
import type { StateMachine } from "./state-machine.ts"

const read = (value: unknown) => () => stateMachine(value, "machine")
const without = (name: keyof StateMachine): StateMachine => Object.assign(new CounterMachine(), { [name]: undefined })

test("a machine is taken as it is, with or without what it may leave out", () => {
  const machine = new CounterMachine()
  expect(read(machine)()).toBe(machine)
  expect(read(without("hash"))).not.toThrow()
})

test("what is none is called what it is", () => {
  const expected = "expected a state machine, an object with the functions apply, query, snapshot, restore and clone"
  expect(read(CounterMachine)).toThrow(
    `machine: found the class CounterMachine itself, ${expected}: pass an instance, such as new CounterMachine()`,
  )
  expect(read(class extends CounterMachine {})).toThrow(/found the class itself.*such as new YourClass\(\)$/)
  expect(read(() => new CounterMachine())).toThrow(`machine: found a function, ${expected}`)
  expect(read(without("clone"))).toThrow("machine.clone: found undefined, expected a function")
  for (const name of ["hash", "answerItems", "appliedIndex"] as const)
    expect(read(Object.assign(new CounterMachine(), { [name]: 5 }))).toThrow(`machine.${name}: found 5, expected a function, or nothing`)
  const hostile = new Proxy(CounterMachine, {
    get() {
      throw new Error("not for you")
    },
  })
  expect(read(hostile)).toThrow("machine.apply: could not be read: not for you")
})

test("states are compared by their hash", () => {
  expect(explainMissingHash(without("hash"), 0)).toBeNull()
  expect(explainMissingHash(new CounterMachine(), 32)).toBeNull()
  expect(explainMissingHash(without("hash"), 32)).toMatch(/^verifyEveryEntries is 32, but machine has no hash to compare/)
})
