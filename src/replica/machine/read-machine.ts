/** A state machine as it is handed over: looked at once, before anything depends on it. */

import { Misfit, type Reader, show, withMethods } from "../../arguments/index.ts"
import type { StateMachine } from "./state-machine.ts"

const complete = withMethods<StateMachine>("a state machine", "apply", "query", "snapshot", "restore", "clone")
const extras = ["hash", "answerItems", "appliedIndex", "persist", "records", "release"] as const

/** A state machine, by the functions that every one has, and by those that it may have. */
export const stateMachine: Reader<StateMachine> = (value, path) => {
  const machine = complete(value, path)
  for (const name of extras) {
    const found: unknown = machine[name]
    if (found !== undefined && typeof found !== "function")
      throw new Misfit(`${path}.${name}`, `found ${show(found)}, expected a function, or nothing`)
  }
  return machine
}

/** Says in a sentence that states cannot be compared since `machine` has no `hash`, or returns null. */
export function explainMissingHash(machine: StateMachine, verifyEveryEntries: number): string | null {
  if (verifyEveryEntries === 0 || machine.hash !== undefined) return null
  return `verifyEveryEntries is ${verifyEveryEntries}, but machine has no hash to compare: give your state machine a function hash(), or leave verifyEveryEntries out`
}
