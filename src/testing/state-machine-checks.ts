/**
 * Does a state machine keep the contract of `StateMachine`? Everything that a replica relies on and that a program can see: equal histories give
 * equal states, results and hashes; a snapshot is the whole state, frozen; a clone is a copy; nonsense is answered, not thrown at.
 *
 * The order is that of likely mistakes, so that the first complaint is the most useful one.
 */

import { hashNumbers } from "../core/index.ts"
import type { StateMachine } from "../replica/index.ts"
import { ConformanceError, expectThat } from "./conformance-error.ts"
import { forbiddenUse } from "./tell-tales.ts"

export interface StateMachineCheck<Query = unknown, Answer = unknown> {
  /** A new machine in its initial state. */
  create(): StateMachine<Query, Answer>
  /** A history that touches all that the machine can do: twenty or more commands that change something, and some that are refused. */
  readonly commands: readonly Uint8Array[]
  /** Questions that make sense at any moment. */
  readonly queries?: readonly Query[]
}

/** Throws a `ConformanceError` for the first promise that is not kept. */
export function checkStateMachine<Query, Answer>(check: StateMachineCheck<Query, Answer>): void {
  expectThat(check.commands.length > 0, "the check needs commands", () => "there are none")
  const history = checkDeterminism(check)
  checkHash(check, history)
  checkQueries(check)
  checkBuffers(check, history)
  for (const at of middles(check.commands.length)) {
    checkSnapshot(check, history, at)
    checkClone(check, history, at)
  }
  checkNonsense(check)
}

/** What a run through all commands showed: position n holds what was true after n commands. */
interface History {
  readonly hashes: readonly number[]
  readonly results: readonly Uint8Array[]
}

function checkDeterminism<Query, Answer>({ create, commands }: StateMachineCheck<Query, Answer>): History {
  const promise = "the same commands give the same states and results"
  const first = create()
  const second = create()
  const hashes = [hashOf(first)]
  const results: Uint8Array[] = []
  expectThat(hashOf(second) === hashes[0], promise, () => "two new machines have different hashes")
  for (const [position, command] of commands.entries()) {
    let result: Uint8Array = nothing
    const used = forbiddenUse(() => (result = applyAt(first, commands, position)))
    expectThat(used === null, promise, () => `${nameOf(command, position)} asked for ${used}, which every server answers differently`)
    const other = applyAt(second, commands, position)
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
  expectThat(hashes.every(isUnsigned32), promise, () => `${hashes.find((hash) => !isUnsigned32(hash))} is no unsigned 32-bit number`)
  expectThat(new Set(hashes).size > 1, promise, () => "it is the same after every command")
  const machine = create()
  const hash = machine.hash()
  expectThat(machine.hash() === hash, promise, () => "asking twice gives two hashes")
}

function checkQueries<Query, Answer>(check: StateMachineCheck<Query, Answer>): void {
  const { create, commands, queries = [] } = check
  const machine = replay(create(), commands, commands.length)
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
function checkBuffers<Query, Answer>({ create, commands }: StateMachineCheck<Query, Answer>, { hashes, results }: History): void {
  const promise = "a command's buffer is only lent"
  const machine = create()
  for (const position of commands.keys()) {
    const lent = commands[position]!.slice()
    const result = machine.apply(lent, contextOf(position)).slice()
    lent.fill(0xa5)
    expectThat(isEqual(result, results[position]!), promise, () => `${nameOf(commands[position]!, position)} gave another result`)
    expectThat(hashOf(machine) === hashes[position + 1], promise, () => {
      return `the state changed when the buffer of ${nameOf(commands[position]!, position)} was used again: copy what you keep`
    })
  }
}

function checkSnapshot<Query, Answer>({ create, commands }: StateMachineCheck<Query, Answer>, history: History, at: number): void {
  const promise = "a snapshot is the whole state at one moment"
  const machine = replay(create(), commands, at)
  // More is applied between any two chunks, as happens while a large snapshot is on its way to disk.
  const iterator = machine.snapshot()
  const chunks: Uint8Array[] = []
  let position = at
  for (let next = iterator.next(); next.done !== true; next = iterator.next()) {
    chunks.push(next.value.slice())
    if (position < commands.length) applyAt(machine, commands, position)
    position += 1
  }
  for (; position < commands.length; position++) applyAt(machine, commands, position)
  expectThat(hashOf(machine) === history.hashes.at(-1), promise, () => `taking one after ${at} commands changed what later commands did`)

  // The way back, over a state that is another one: nothing of it may remain.
  const restored = replay(create(), commands, at === commands.length ? 1 : commands.length)
  const before = hashOf(restored)
  const sink = restored.restore()
  for (const chunk of chunks) sink.write(chunk)
  expectThat(hashOf(restored) === before, "a restore happens at `finish`, all at once", () => "the state changed before")
  sink.finish()
  expectThat(hashOf(restored) === history.hashes[at], promise, () => {
    return `restored after ${at} commands, the hash is another one: something was left out, or changed while the snapshot was taken`
  })
  expectSameFuture(restored, commands, history, at, promise, "restored from a snapshot")
}

function checkClone<Query, Answer>({ create, commands }: StateMachineCheck<Query, Answer>, history: History, at: number): void {
  const promise = "a clone is independent"
  const machine = replay(create(), commands, at)
  const clone = machine.clone()
  expectThat(hashOf(clone) === history.hashes[at], promise, () => "it does not even begin with the same state")
  for (let position = at; position < commands.length; position++) applyAt(machine, commands, position)
  expectThat(hashOf(clone) === history.hashes[at], promise, () => `cloned after ${at} commands, it changed when the original did`)
  const original = hashOf(machine)
  expectSameFuture(clone, commands, history, at, promise, "cloned")
  expectThat(hashOf(machine) === original, promise, () => `cloned after ${at} commands, the original changed when the clone did`)
}

/** Commands that nobody meant are committed too, once they are proposed: every server has to make the same of them. */
function checkNonsense<Query, Answer>({ create, commands }: StateMachineCheck<Query, Answer>): void {
  const promise = "a command that makes no sense has a result, and never throws"
  const first = replay(create(), commands, commands.length)
  const second = replay(create(), commands, commands.length)
  for (const [position, junk] of nonsense(commands).entries()) {
    const results = [first, second].map((machine) => {
      try {
        return machine.apply(junk.slice(), contextOf(commands.length + position)).slice()
      } catch (error) {
        throw new ConformanceError(promise, `${show(junk)} made it throw ${String(error)}: every server would halt over it, forever`)
      }
    })
    expectThat(isEqual(results[0]!, results[1]!), promise, () => `${show(junk)} gave two machines different results`)
    expectThat(hashOf(first) === hashOf(second), promise, () => `${show(junk)} left two machines in different states`)
  }
}

function expectSameFuture<Query, Answer>(
  machine: StateMachine<Query, Answer>,
  commands: readonly Uint8Array[],
  { hashes, results }: History,
  at: number,
  promise: string,
  how: string,
): void {
  for (let position = at; position < commands.length; position++) {
    const result = applyAt(machine, commands, position)
    const name = nameOf(commands[position]!, position)
    expectThat(isEqual(result, results[position]!), promise, () => {
      return `${how} after ${at} commands, ${name} gives ${show(result)} instead of ${show(results[position]!)}: something that it goes by is missing`
    })
    expectThat(
      hashOf(machine) === hashes[position + 1],
      promise,
      () => `${how} after ${at} commands, the state is another one after ${name}`,
    )
  }
}

function replay<Query, Answer>(
  machine: StateMachine<Query, Answer>,
  commands: readonly Uint8Array[],
  count: number,
): StateMachine<Query, Answer> {
  for (let position = 0; position < count; position++) applyAt(machine, commands, position)
  return machine
}

/** A copy goes in, and a copy of the result comes out: neither buffer changes owner. */
function applyAt<Query, Answer>(machine: StateMachine<Query, Answer>, commands: readonly Uint8Array[], position: number): Uint8Array {
  return machine.apply(commands[position]!.slice(), contextOf(position)).slice()
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
    const flipped = command.slice()
    const at = hashNumbers(position, 1) % command.length
    flipped[at] = flipped[at]! ^ (1 << (hashNumbers(position, 2) % 8))
    return [command.slice(0, hashNumbers(position, 3) % command.length), flipped]
  })
  return [...noise, ...broken]
}

function hashOf<Query, Answer>(machine: StateMachine<Query, Answer>): number {
  return machine.hash()
}

function isUnsigned32(value: number): boolean {
  return value >>> 0 === value
}

function isEqual(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((byte, position) => byte === other[position])
}

const bytesShown = 24

function nameOf(command: Uint8Array, position: number): string {
  return `command ${position + 1} (${show(command)})`
}

function show(bytes: Uint8Array): string {
  if (bytes.length === 0) return "no bytes"
  const shown = [...bytes.subarray(0, bytesShown)]
  const isText = shown.every((byte) => byte >= 0x20 && byte < 0x7f)
  const text = isText ? `"${String.fromCharCode(...shown)}"` : `bytes ${shown.map((byte) => byte.toString(16).padStart(2, "0")).join(" ")}`
  return bytes.length > bytesShown ? `${text}…` : text
}

const nothing = new Uint8Array(0)
