/**
 * Does a state machine keep the contract of `StateMachine`? Everything that a replica relies on and that a program can see: equal histories give
 * equal states, results and hashes; a snapshot is the whole state, frozen; a clone is a copy; nonsense is answered, not thrown at.
 *
 * The order is that of likely mistakes, so that the first complaint is the most useful one.
 */

import { hashNumbers } from "../core/index.ts"
import {
  callApply,
  callClone,
  callHash,
  callRestore,
  callSnapshot,
  describeThrown,
  MachineError,
  type OnApplyError,
  type StateMachine,
} from "../replica/index.ts"
import { ConformanceError, expectThat } from "./conformance-error.ts"
import { readCheck } from "./state-machine-arguments.ts"
import { forbiddenUse } from "./tell-tales.ts"

/** What `checkStateMachine` needs in order to try a state machine. */
export interface StateMachineCheck<Query = unknown, Answer = unknown> {
  /** A new machine in its initial state. */
  create(): StateMachine<Query, Answer>
  /** A history that touches all that the machine can do: twenty or more commands that change something, and some that are refused. */
  readonly commands: readonly Uint8Array[]
  /** Questions that make sense at any moment. */
  readonly queries?: readonly Query[]
  /** What the nodes will be opened with; `"halt"` if missing. With `"refuse"` the machine may throw, and must have changed nothing then. */
  readonly onApplyError?: OnApplyError
}

/** What `checkStateMachine` returns for a machine in which it found nothing wrong. */
export interface StateMachineReport {
  /** What could not be checked, and why, in sentences; empty if everything was. */
  readonly skipped: readonly string[]
}

/**
 * Throws a `ConformanceError` for the first promise that is not kept, a `TypeError` that names the property if `check` itself makes no sense.
 * Returns what it could not check: without a `hash`, states are only compared by what comes of later commands.
 */
export function checkStateMachine<Query, Answer>(check: StateMachineCheck<Query, Answer>): StateMachineReport {
  readCheck(check)
  try {
    return checkAll(check)
  } catch (error) {
    // What a machine returns is looked at wherever it is called.
    if (error instanceof MachineError) throw new ConformanceError("every function does what its type says", error.message, error.cause)
    throw error
  }
}

function checkAll<Query, Answer>(check: StateMachineCheck<Query, Answer>): StateMachineReport {
  const history = checkDeterminism(check)
  checkHash(check, history)
  checkQueries(check)
  checkBuffers(check, history)
  for (const at of middles(check.commands.length)) {
    checkSnapshot(check, history, at)
    checkClone(check, history, at)
  }
  checkNonsense(check)
  return { skipped: check.create().hash === undefined ? [withoutHash] : [] }
}

const withoutHash =
  "the machine has no hash: that states are equal was only seen by the results of later commands, and what no result shows was not looked at"

/** What a run through all commands showed: position n holds what was true after n commands. */
interface History {
  readonly hashes: readonly (number | null)[]
  readonly results: readonly Result[]
}

/** Null for a command that was refused. */
type Result = Uint8Array | null

function checkDeterminism<Query, Answer>(check: StateMachineCheck<Query, Answer>): History {
  const { create, commands } = check
  const promise = "the same commands give the same states and results"
  const first = create()
  const second = create()
  const hashes = [hashOf(first)]
  const results: Result[] = []
  expectThat(agree(hashOf(second), hashes[0]), promise, () => "two new machines have different hashes")
  for (const [position, command] of commands.entries()) {
    let result: Result = nothing
    const used = forbiddenUse(() => (result = applyAt(first, check, position)))
    expectThat(used === null, promise, () => `${nameOf(command, position)} asked for ${used}, which every server answers differently`)
    const other = applyAt(second, check, position)
    expectThat(isEqual(result, other), promise, () => `${nameOf(command, position)} gave ${show(result)} and ${show(other)}`)
    const hash = hashOf(first)
    expectThat(hash === hashOf(second), promise, () => `after ${nameOf(command, position)} two machines have different hashes`)
    hashes.push(hash)
    results.push(result)
  }
  return { hashes, results }
}

function checkHash<Query, Answer>({ create }: StateMachineCheck<Query, Answer>, { hashes }: History): void {
  const promise = "the hash tells states apart"
  if (hashes[0] === null) return
  expectThat(new Set(hashes).size > 1, promise, () => "it is the same after every command")
  const machine = create()
  const hash = hashOf(machine)
  expectThat(hashOf(machine) === hash, promise, () => "asking twice gives two hashes")
}

function checkQueries<Query, Answer>(check: StateMachineCheck<Query, Answer>): void {
  const { create, commands, queries = [] } = check
  const machine = replay(create(), check, commands.length)
  const hash = hashOf(machine)
  for (const [position, query] of queries.entries()) {
    try {
      machine.query(query)
    } catch {
      // A query may refuse by throwing.
    }
    expectThat(hashOf(machine) === hash, "a query changes nothing", () => `query ${position + 1} changed the hash`)
  }
}

/** The replica uses its buffers again: what was kept of them changes. */
function checkBuffers<Query, Answer>(check: StateMachineCheck<Query, Answer>, { hashes, results }: History): void {
  const { create, commands } = check
  const promise = "a command's buffer is only lent"
  const machine = create()
  for (const position of commands.keys()) {
    const lent = copyOf(commands[position]!)
    const result = applyLent(machine, check, lent, position, nameOf(lent, position))
    lent.fill(0xa5)
    expectThat(isEqual(result, results[position]!), promise, () => `${nameOf(commands[position]!, position)} gave another result`)
    expectThat(agree(hashOf(machine), hashes[position + 1]), promise, () => {
      return `the state changed when the buffer of ${nameOf(commands[position]!, position)} was used again: copy what you keep`
    })
  }
}

function checkSnapshot<Query, Answer>(check: StateMachineCheck<Query, Answer>, history: History, at: number): void {
  const { create, commands } = check
  const promise = "a snapshot is the whole state at one moment"
  const machine = replay(create(), check, at)
  // More is applied between any two chunks, as happens while a large snapshot is on its way to disk.
  const iterator = callSnapshot(machine, at)
  const chunks: Uint8Array[] = []
  let position = at
  for (let next = iterator.next(); next.done !== true; next = iterator.next()) {
    chunks.push(copyOf(next.value))
    if (position < commands.length) applyAt(machine, check, position)
    position += 1
  }
  for (; position < commands.length; position++) applyAt(machine, check, position)
  expectThat(
    agree(hashOf(machine), history.hashes.at(-1)),
    promise,
    () => `taking one after ${at} commands changed what later commands did`,
  )

  // The way back, over a state that is another one: nothing of it may remain.
  const restored = replay(create(), check, at === commands.length ? 1 : commands.length)
  const before = hashOf(restored)
  // A first one that nobody finishes, as when a newer snapshot arrives meanwhile.
  const abandoned = callRestore(restored)
  for (const chunk of chunks.slice(0, 1)) abandoned.write(copyOf(chunk))
  const sink = callRestore(restored)
  for (const chunk of chunks) sink.write(chunk)
  expectThat(hashOf(restored) === before, "a restore happens at `finish`, all at once", () => "the state changed before")
  sink.finish()
  expectThat(agree(hashOf(restored), history.hashes[at]), promise, () => {
    return `restored after ${at} commands, the hash is another one: something was left out, or changed while the snapshot was taken`
  })
  expectSameFuture(restored, check, history, at, promise, "restored from a snapshot")
}

function checkClone<Query, Answer>(check: StateMachineCheck<Query, Answer>, history: History, at: number): void {
  const { create, commands } = check
  const promise = "a clone is independent"
  const machine = replay(create(), check, at)
  const clone = callClone(machine, at) as StateMachine<Query, Answer>
  expectThat(agree(hashOf(clone), history.hashes[at]), promise, () => "it does not even begin with the same state")
  for (let position = at; position < commands.length; position++) applyAt(machine, check, position)
  expectThat(agree(hashOf(clone), history.hashes[at]), promise, () => `cloned after ${at} commands, it changed when the original did`)
  const original = hashOf(machine)
  expectSameFuture(clone, check, history, at, promise, "cloned")
  expectThat(hashOf(machine) === original, promise, () => `cloned after ${at} commands, the original changed when the clone did`)
}

/** Commands that nobody meant are committed too, once they are proposed: every server has to make the same of them. */
function checkNonsense<Query, Answer>(check: StateMachineCheck<Query, Answer>): void {
  const { create, commands } = check
  const promise = check.onApplyError === "refuse" ? "a command that makes no sense is refused alike everywhere" : neverThrows
  const first = replay(create(), check, commands.length)
  const second = replay(create(), check, commands.length)
  for (const [position, junk] of nonsense(commands).entries()) {
    const results = [first, second].map((machine) => applyLent(machine, check, copyOf(junk), commands.length + position, show(junk)))
    expectThat(isEqual(results[0]!, results[1]!), promise, () => `${show(junk)} gave two machines different results`)
    expectThat(hashOf(first) === hashOf(second), promise, () => `${show(junk)} left two machines in different states`)
  }
}

function expectSameFuture<Query, Answer>(
  machine: StateMachine<Query, Answer>,
  check: StateMachineCheck<Query, Answer>,
  { hashes, results }: History,
  at: number,
  promise: string,
  how: string,
): void {
  const { commands } = check
  for (let position = at; position < commands.length; position++) {
    const result = applyAt(machine, check, position)
    const name = nameOf(commands[position]!, position)
    expectThat(isEqual(result, results[position]!), promise, () => {
      return `${how} after ${at} commands, ${name} gives ${show(result)} instead of ${show(results[position]!)}: something that it goes by is missing`
    })
    expectThat(
      agree(hashOf(machine), hashes[position + 1]),
      promise,
      () => `${how} after ${at} commands, the state is another one after ${name}`,
    )
  }
}

function replay<Query, Answer>(
  machine: StateMachine<Query, Answer>,
  check: StateMachineCheck<Query, Answer>,
  count: number,
): StateMachine<Query, Answer> {
  for (let position = 0; position < count; position++) applyAt(machine, check, position)
  return machine
}

/** A copy goes in, and a copy of the result comes out: neither buffer changes owner. */
function applyAt<Query, Answer>(machine: StateMachine<Query, Answer>, check: StateMachineCheck<Query, Answer>, position: number): Result {
  const command = check.commands[position]!
  return applyLent(machine, check, copyOf(command), position, nameOf(command, position))
}

function applyLent<Query, Answer>(
  machine: StateMachine<Query, Answer>,
  { onApplyError }: StateMachineCheck<Query, Answer>,
  lent: Uint8Array,
  position: number,
  name: string,
): Result {
  const mayThrow = onApplyError === "refuse"
  const before = mayThrow ? hashOf(machine) : null
  try {
    return copyOf(callApply(machine, lent, contextOf(position)))
  } catch (error) {
    if (!(error instanceof MachineError) || !error.hasThrown) throw error
    const thrown = describeThrown(error.cause)
    if (!mayThrow) {
      const advice = 'every server would halt over it, forever (or, with onApplyError: "refuse", refuse it)'
      throw new ConformanceError(neverThrows, `${name} made it throw ${thrown}: ${advice}`, error.cause)
    }
    expectThat(hashOf(machine) === before, "a command that is refused changes nothing", () => {
      return `${name} made it throw ${thrown}, and left another state behind: look at everything first, change it last`
    })
    return null
  }
}

const neverThrows = "a command that makes no sense has a result, and never throws"

/** Not `slice`, which of a Node `Buffer` is a view of the same bytes. */
function copyOf(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes)
}

function contextOf(position: number): { readonly index: number; readonly timeMs: number } {
  return { index: position + 1, timeMs: position * 10 }
}

/** The beginning, the end, and places in between. */
function middles(count: number): readonly number[] {
  return [...new Set([0, 1, Math.floor(count / 3), Math.floor(count / 2), count - 1, count])]
}

/** Nothing, noise, and real commands with an end cut off or a bit flipped. */
function nonsense(commands: readonly Uint8Array[]): readonly Uint8Array[] {
  const noise = Array.from({ length: 64 }, (_, length) => Uint8Array.from({ length }, (_, at) => hashNumbers(length, at) & 0xff))
  const broken = commands.slice(0, 64).flatMap((command, position) => {
    if (command.length === 0) return []
    const flipped = copyOf(command)
    const at = hashNumbers(position, 1) % command.length
    flipped[at] = flipped[at]! ^ (1 << (hashNumbers(position, 2) % 8))
    return [copyOf(command.subarray(0, hashNumbers(position, 3) % command.length)), flipped]
  })
  return [...noise, ...broken]
}

/** Whether nothing is known against it: a machine without a hash may have clones with one. */
function agree(one: number | null, other: number | null | undefined): boolean {
  return one === null || other === null || one === other
}

/** Null of a machine without one. */
function hashOf<Query, Answer>(machine: StateMachine<Query, Answer>): number | null {
  return callHash(machine, 0)
}

function isEqual(one: Result, other: Result): boolean {
  if (one === null || other === null) return one === other
  return one.length === other.length && one.every((byte, position) => byte === other[position])
}

const bytesShown = 24

function nameOf(command: Uint8Array, position: number): string {
  return `command ${position + 1} (${show(command)})`
}

function show(bytes: Result): string {
  if (bytes === null) return "a refusal"
  if (bytes.length === 0) return "no bytes"
  const shown = [...bytes.subarray(0, bytesShown)]
  const isText = shown.every((byte) => byte >= 0x20 && byte < 0x7f)
  const text = isText ? `"${String.fromCharCode(...shown)}"` : `bytes ${shown.map((byte) => byte.toString(16).padStart(2, "0")).join(" ")}`
  return bytes.length > bytesShown ? `${text}…` : text
}

const nothing = new Uint8Array(0)
