/**
 * Calls into the state machine, which is not our code: whatever it does wrong becomes one error that says which call it was, about what, and
 * what its author can do.
 *
 * What it returns is looked at where it is returned: a Promise, a string or nothing at all in the place of bytes would be committed, kept in
 * sessions and sent to callers as something that nobody meant.
 */

import type { LogIndex } from "../../core/index.ts"
import type { ApplyContext, MachinePoint, SnapshotSink, StateMachine } from "./state-machine.ts"

/** The functions of a `StateMachine`. */
export type MachineCall = "apply" | "query" | "snapshot" | "restore" | "clone" | "hash" | "appliedIndex" | "persist" | "records"

/** The state machine threw, or returned what it must not. `cause` is what it threw. */
export class MachineError extends Error {
  /** The function of the state machine that was called. */
  readonly call: MachineCall
  /** The entry that it was about; null where there is none. */
  readonly index: LogIndex | null
  /** Whether it threw; otherwise it returned what it must not. */
  readonly hasThrown: boolean

  constructor(call: MachineCall, index: LogIndex | null, message: string, thrown: { readonly error: unknown } | null = null) {
    super(message, thrown === null ? undefined : { cause: thrown.error })
    this.name = "MachineError"
    this.call = call
    this.index = index
    this.hasThrown = thrown !== null
  }
}

/** Lines of a stack that are told. */
export const stackLinesMax = 6

/** Applies one command. Throws a `MachineError` about whatever the machine throws, and about a result that is not bytes. */
export function callApply(machine: StateMachine, command: Uint8Array, context: ApplyContext): Uint8Array {
  let result: unknown
  try {
    result = machine.apply(command, context)
  } catch (error) {
    throw threw("apply", error, context.index, ` at entry ${context.index} (a command of ${command.length} bytes)`)
  }
  if (isBytes(result)) return result
  const what = `your state machine's apply returned ${nameOf(result)} at entry ${context.index} (a command of ${command.length} bytes)`
  const hint = isThenable(result) ? "it must do its work before it returns" : "return an empty one where there is nothing to say"
  throw new MachineError("apply", context.index, `${what}; its result must be a Uint8Array: ${hint}`)
}

/**
 * Clones the machine. Throws a `MachineError` if the machine throws, or if what it returned is no state machine. `index`: the last entry applied,
 * for the error.
 */
export function callClone(machine: StateMachine, index: LogIndex): StateMachine {
  let copy: unknown
  try {
    copy = machine.clone()
  } catch (error) {
    throw threw("clone", error, index, ` after entry ${index}`)
  }
  if (typeof (copy as Partial<StateMachine> | null)?.snapshot === "function") return copy as StateMachine
  throw new MachineError("clone", index, `your state machine's clone returned ${nameOf(copy)}; it must return a state machine`)
}

/** The chunks of a snapshot after entry `index`, each of them looked at. */
export function* callSnapshot(machine: StateMachine, index: LogIndex): Generator<Uint8Array, undefined> {
  const about = ` of the state after entry ${index}`
  const chunks = trying(() => machine.snapshot())
  if (typeof (chunks as Partial<Iterator<unknown>> | null)?.next !== "function") {
    const hint = "it must return an iterator, such as that of a generator function"
    throw new MachineError("snapshot", index, `your state machine's snapshot returned ${nameOf(chunks)}; ${hint}`)
  }
  for (;;) {
    const next: unknown = trying(() => chunks.next())
    const { done, value } = (next ?? {}) as { done?: unknown; value?: unknown }
    if (done === true) return
    if (!isBytes(value)) {
      const what = isThenable(next) ? "it is asynchronous, and must not be" : `a chunk is ${nameOf(value)}; chunks must be Uint8Arrays`
      throw new MachineError("snapshot", index, `your state machine's snapshot${about} cannot be stored: ${what}`)
    }
    yield value
  }

  function trying<Result>(call: () => Result): Result {
    try {
      return call()
    } catch (error) {
      throw threw("snapshot", error, index, about)
    }
  }
}

/** The machine's restore, whose errors name it. */
export function callRestore(machine: StateMachine): SnapshotSink {
  const sink = trying("", () => machine.restore())
  if (typeof sink?.write !== "function" || typeof sink.finish !== "function") {
    throw new MachineError(
      "restore",
      null,
      `your state machine's restore returned ${nameOf(sink)}; it must have the functions write and finish`,
    )
  }
  let chunks = 0
  return {
    write(chunk) {
      chunks += 1
      trying(` at chunk ${chunks} (${chunk.length} bytes)`, () => sink.write(chunk))
    },
    finish() {
      trying(` at the end of ${chunks} chunks`, () => sink.finish())
    },
  }

  function trying<Result>(about: string, call: () => Result): Result {
    try {
      return call()
    } catch (error) {
      throw threw("restore", error, null, about)
    }
  }
}

/** The machine's hash; null if it has none. */
export function callHash(machine: StateMachine, index: LogIndex): number | null {
  if (machine.hash === undefined) return null
  let hash: unknown
  try {
    hash = machine.hash()
  } catch (error) {
    throw threw("hash", error, index, ` after entry ${index}`)
  }
  if (typeof hash === "number" && hash >>> 0 === hash) return hash
  const what = typeof hash === "number" || typeof hash === "bigint" ? String(hash) : nameOf(hash)
  throw new MachineError("hash", index, `your state machine's hash returned ${what}; it must be an integer from 0 to 4294967295`)
}

/** Whether the machine keeps its state on disk, with what a server needs in order to go on from there. */
export function keepsItsState(machine: StateMachine): boolean {
  return machine.appliedIndex !== undefined && machine.persist !== undefined && machine.records !== undefined
}

export function callPersist(machine: StateMachine, point: MachinePoint): void {
  let result: unknown
  try {
    result = machine.persist!(point)
  } catch (error) {
    throw threw("persist", error, point.index, ` after entry ${point.index}`)
  }
  if (!isThenable(result)) return
  throw new MachineError("persist", point.index, "your state machine's persist is asynchronous; it must be done when it returns")
}

/** Each record, looked at. */
export function callRecords(machine: StateMachine): Map<number, Uint8Array> {
  const records = new Map<number, Uint8Array>()
  try {
    for (const [number, record] of machine.records!()) {
      if (!isBytes(record) || !Number.isSafeInteger(number)) throw new TypeError(`record ${String(number)} is ${nameOf(record)}`)
      records.set(number, record)
    }
  } catch (error) {
    throw threw("records", error, null, "")
  }
  return records
}

/** What a clone holds is its own affair: the snapshot is taken, or given up, whatever this does. */
export function callRelease(machine: StateMachine): void {
  try {
    machine.release?.()
  } catch {
    // There is nobody who could do anything about it.
  }
}

/** How many items the machine says an answer holds; 1 where it says nothing that can be counted. */
export function callAnswerItems(machine: StateMachine, answer: unknown): number {
  if (machine.answerItems === undefined) return 1
  try {
    const items: unknown = machine.answerItems(answer)
    return typeof items === "number" && items >= 1 ? items : 1
  } catch {
    return 1
  }
}

/** The index up to which the machine says that it has applied; null if it does not say. */
export function callAppliedIndex(machine: StateMachine): LogIndex | null {
  if (machine.appliedIndex === undefined) return null
  let index: unknown
  try {
    index = machine.appliedIndex()
  } catch (error) {
    throw threw("appliedIndex", error, null, "")
  }
  if (Number.isSafeInteger(index) && (index as number) >= 0) return index as number
  const what = typeof index === "number" ? String(index) : nameOf(index)
  throw new MachineError("appliedIndex", null, `your state machine's appliedIndex returned ${what}; it must be an integer from 0`)
}

/**
 * Whether an error comes from the process that it happened in, and not from the command: a server with more memory, or called from less deep
 * down, would not have had it.
 */
export function isOfThisProcess(error: unknown): boolean {
  return (
    error instanceof Error && /^(Maximum call stack size exceeded|too much recursion|Array buffer allocation failed)/.test(error.message)
  )
}

/** The first lines of the stack of what was thrown, without its message; empty where there is none. */
export function stackOf(error: unknown): readonly string[] {
  const thrown = error instanceof MachineError ? error.cause : error
  const stack = thrown instanceof Error ? thrown.stack : undefined
  if (typeof stack !== "string") return []
  const lines = stack.split("\n").filter((line) => /^\s+at /.test(line) || /^[^\s]*@/.test(line))
  const ours = lines.findIndex((line) => ownFrame.test(line))
  return lines.slice(0, Math.min(stackLinesMax, ours === -1 ? stackLinesMax : ours)).map((line) => line.trim())
}

/** Where code that is not ours begins to be called: what stands below in a stack says nothing to its author. */
const ownFrame = /\b(call(Apply|Clone|Snapshot|Restore|Hash|AppliedIndex)|TimedMachine\.\w+|ListenerErrors\.call)\b/

/** What was thrown, in a few words, whatever it is. */
export function describeThrown(error: unknown): string {
  try {
    return String(error)
  } catch {
    return `something of type ${typeof error} that cannot be shown`
  }
}

function threw(call: MachineCall, error: unknown, index: LogIndex | null, about: string): MachineError {
  return new MachineError(call, index, `your state machine's ${call} threw${about}: ${describeThrown(error)}`, { error })
}

/** Also bytes that another realm made, such as a test runner's. */
function isBytes(value: unknown): value is Uint8Array {
  return value instanceof Uint8Array || Object.prototype.toString.call(value) === "[object Uint8Array]"
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && typeof (value as { then?: unknown }).then === "function"
}

/** What kind of thing it is: "undefined", "a string", "a Promise". */
function nameOf(value: unknown): string {
  if (value === undefined || value === null) return String(value)
  if (typeof value !== "object") return `a ${typeof value}`
  if (isThenable(value)) return "a Promise"
  const name: unknown = (value as { constructor?: { name?: unknown } }).constructor?.name
  return typeof name === "string" && name !== "" ? `an object of type ${name}` : "an object"
}
