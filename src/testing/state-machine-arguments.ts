/**
 * Is what `checkStateMachine` was given something that it can check? A mistake there is told as that, and not as one of the state machine.
 */

import type { StateMachine } from "../replica/index.ts"

/** Throws a `TypeError` that names the property. */
export function readCheck(check: unknown): void {
  if (!isObject(check)) throw new TypeError(`checkStateMachine was given ${kindOf(check)}; it takes { create, commands, queries }`)
  const { create, commands, queries, onApplyError } = check
  for (const name of Object.keys(check)) {
    if (!known.has(name)) throw new TypeError(`checkStateMachine does not know "${name}"; it takes ${[...known].join(", ")}`)
  }
  if (typeof create !== "function")
    throw new TypeError(`create is ${kindOf(create)}; it must be a function that returns a new state machine`)
  readCommands(commands)
  if (queries !== undefined && !Array.isArray(queries)) throw new TypeError(`queries is ${kindOf(queries)}; it must be an array of queries`)
  if (onApplyError !== undefined && onApplyError !== "halt" && onApplyError !== "refuse")
    throw new TypeError('onApplyError must be "halt" or "refuse"')
  readMachine((create as () => unknown).call(check), (create as () => unknown).call(check))
}

const known = new Set(["create", "commands", "queries", "onApplyError"])
const needed = ["apply", "query", "snapshot", "restore", "clone"] as const satisfies readonly (keyof StateMachine)[]

function readCommands(commands: unknown): void {
  if (!Array.isArray(commands)) throw new TypeError(`commands is ${kindOf(commands)}; it must be an array of Uint8Arrays`)
  if (commands.length === 0) throw new TypeError("commands is empty; the check needs a history that touches all that the machine can do")
  for (const [position, command] of commands.entries()) {
    if (!isBytes(command)) throw new TypeError(`commands[${position}] is ${kindOf(command)}; a command must be a Uint8Array`)
  }
}

function readMachine(machine: unknown, another: unknown): void {
  if (!isObject(machine) || isPromise(machine)) {
    const hint = isPromise(machine) ? "; it must not be asynchronous" : ""
    throw new TypeError(`create returned ${kindOf(machine)}; it must return a state machine${hint}`)
  }
  const missing = needed.filter((name) => typeof machine[name] !== "function")
  if (missing.length > 0) throw new TypeError(`the state machine that create returned has no function ${missing.join(", ")}`)
  for (const name of ["hash", "appliedIndex", "persist", "records", "release"]) {
    if (machine[name] !== undefined && typeof machine[name] !== "function")
      throw new TypeError(`the state machine's ${name} is ${kindOf(machine[name])}; it must be a function, or missing`)
  }
  if (machine === another) throw new TypeError("create returned the same state machine twice; it must make a new one each time")
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null
}

function isBytes(value: unknown): boolean {
  return value instanceof Uint8Array || Object.prototype.toString.call(value) === "[object Uint8Array]"
}

function isPromise(value: unknown): boolean {
  return isObject(value) && typeof value["then"] === "function"
}

function kindOf(value: unknown): string {
  if (value === undefined || value === null) return String(value)
  if (Array.isArray(value)) return "an array"
  return typeof value === "object" ? (isPromise(value) ? "a Promise" : "an object") : `a ${typeof value}`
}
