import { expect, test } from "vitest"
import { callApply, callSnapshot, describeThrown, isOfThisProcess, MachineError, stackLinesMax, stackOf } from "./machine-calls.ts"
import type { StateMachine } from "./state-machine.ts"

const machineOf = (parts: Partial<StateMachine>): StateMachine => parts as StateMachine

function deep(levels: number): never {
  if (levels === 0) throw new Error("deep down")
  deep(levels - 1)
}

function thrownBy(levels: number): unknown {
  try {
    const machine = machineOf({ apply: () => deep(levels) })
    callApply(machine, new Uint8Array(3), { index: 17, timeMs: 0 })
  } catch (error) {
    return error
  }
  return null
}

test("stackLinesMax: of a stack so many lines are told, and none of those that called", () => {
  // `deep` once more than its levels, and `apply` that called it.
  expect(stackOf(thrownBy(stackLinesMax - 3))).toHaveLength(stackLinesMax - 1)
  expect(stackOf(thrownBy(stackLinesMax - 2))).toHaveLength(stackLinesMax)
  expect(stackOf(thrownBy(stackLinesMax - 1))).toHaveLength(stackLinesMax)
  expect(stackOf(thrownBy(0)).join()).not.toContain("callApply")
  expect(stackOf("a string")).toEqual([])
})

test("whatever is thrown can be told", () => {
  const hostile = Object.create(null) as unknown
  for (const thrown of [undefined, null, "text", Symbol("x"), hostile, 7n]) expect(describeThrown(thrown)).toBeTypeOf("string")
  const machine = machineOf({
    apply: () => {
      throw hostile
    },
  })
  expect(() => callApply(machine, new Uint8Array(3), { index: 1, timeMs: 0 })).toThrow(MachineError)
})

test("errors of the process are told apart from those of the command", () => {
  const endless = (): number => endless() + 1
  const overflow = (): unknown => {
    try {
      return endless()
    } catch (error) {
      return error
    }
  }
  expect(isOfThisProcess(overflow())).toBe(true)
  expect(isOfThisProcess(new RangeError("Invalid array length"))).toBe(false)
  expect(isOfThisProcess("Maximum call stack size exceeded")).toBe(false)
})

test("bytes of another realm are bytes", () => {
  const foreign = Object.defineProperty({ length: 0 }, Symbol.toStringTag, { value: "Uint8Array" })
  const machine = machineOf({ apply: () => foreign as unknown as Uint8Array })
  expect(callApply(machine, new Uint8Array(0), { index: 1, timeMs: 0 })).toBe(foreign)
})

test("an asynchronous snapshot is named as that", () => {
  const machine = machineOf({ snapshot: () => ({ next: () => Promise.resolve({ done: true }) }) as unknown as Iterator<Uint8Array> })
  expect(() => [...callSnapshot(machine, 3)]).toThrow(
    "your state machine's snapshot of the state after entry 3 cannot be stored: it is asynchronous",
  )
})
