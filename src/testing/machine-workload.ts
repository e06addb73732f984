/**
 * What the simulator has to know of a state machine in order to work with it, and how both are fitted into a world.
 *
 * A world's checkers know operations by number, and registers with values. So every command travels with the number of its operation in front, and a
 * machine around the user's keeps the number of the last one that it applied, as the value of the only register there is: that is how a stale read
 * is noticed, whatever the user's answers look like.
 */

import { bytes, entered, method, type Reader, withMethods } from "../arguments/index.ts"
import { hashNumbers } from "../core/index.ts"
import { type ApplyContext, type SnapshotSink, type StateMachine, stateMachine } from "../replica/index.ts"
import type { Workload } from "../simulator/index.ts"
import { createDice, type Dice } from "./dice.ts"

/**
 * What simulated clients do with a state machine, and what must hold of its state. Functions must depend on their arguments alone, so that a seed can
 * be run again.
 */
export interface MachineWorkload<Query = unknown, Answer = unknown> {
  /** A client's next command. Let it depend on the dice only. */
  command(dice: Dice): Uint8Array
  /** A client's next question. Without it, clients ask `undefined`. */
  query?(dice: Dice): Query
  /** What must be true of the state after every command, on every server: null, or a sentence that says what is not. */
  invariant?(machine: StateMachine<Query, Answer>): string | null
}

/** What the simulated clients see of a read. */
interface NumberedAnswer {
  readonly last: number
  readonly answer: unknown
}

/** Begins the reason for which a replica halts whose machine broke a rule of the user's own. */
export const invariantBroken = "the state machine's invariant is broken: "

const numberBytes = 4

/** A state machine, by the functions that every one has. */
export function machineOf<Query, Answer>(): Reader<StateMachine<Query, Answer>> {
  return stateMachine as Reader<StateMachine<Query, Answer>>
}

/** The workload itself, since its functions may use each other. */
export const workloadOf: Reader<MachineWorkload<never, never>> = (value, path) => {
  const found = withMethods<MachineWorkload<never, never>>("a workload", "command")(value, path)
  const { query, invariant } = found
  if (query !== undefined) method("a function (dice), or nothing")(query, `${path}.query`)
  if (invariant !== undefined) method("a function (machine), or nothing")(invariant, `${path}.invariant`)
  return found
}

/** A world's workload that runs machines made by `create`. `hashEvery`: at every so many entries all servers are compared. */
export function worldWorkload<Query, Answer>(
  create: () => StateMachine<Query, Answer>,
  workload: MachineWorkload<Query, Answer>,
  seed: number,
  hashEvery: number,
): Workload {
  return {
    hashEvery,
    createMachine: () => {
      const machine = entered("simulate", () => machineOf<Query, Answer>()(create(), "what create() made"))
      return new NumberedMachine(machine, workload.invariant ?? null)
    },
    command: ({ id }) => {
      const command = entered("simulate", () => bytes(workload.command(createDice(seed, id)), "what workload.command() gave"))
      const numbered = new Uint8Array(numberBytes + command.length)
      new DataView(numbered.buffer).setUint32(0, id)
      numbered.set(command, numberBytes)
      return numbered
    },
    query: ({ id }) => workload.query?.(createDice(seed, id)),
    valueOf: (answer) => (answer as NumberedAnswer).last,
    explain: (command) => {
      const operationId = numberIn(command)
      return { operationId, effect: { register: 0, value: operationId } }
    },
  }
}

/** The user's machine, and the number of the last operation that it has applied. */
export class NumberedMachine<Query, Answer> implements StateMachine {
  readonly #inner: StateMachine<Query, Answer>
  readonly #invariant: MachineWorkload<Query, Answer>["invariant"] | null
  #last = 0

  constructor(inner: StateMachine<Query, Answer>, invariant: MachineWorkload<Query, Answer>["invariant"] | null) {
    this.#inner = inner
    this.#invariant = invariant
  }

  apply(command: Uint8Array, context: ApplyContext): Uint8Array {
    const result = this.#inner.apply(command.subarray(numberBytes), context)
    this.#last = numberIn(command)
    const broken = this.#invariant?.(this.#inner) ?? null
    if (broken !== null) throw new Error(`${invariantBroken}${broken}`)
    return result
  }

  query(query: unknown): NumberedAnswer {
    return { last: this.#last, answer: this.#inner.query(query as Query) }
  }

  snapshot(): Iterator<Uint8Array> {
    return withNumber(this.#last, this.#inner.snapshot())
  }

  restore(): SnapshotSink {
    const sink = this.#inner.restore()
    let last: number | null = null
    return {
      write: (chunk) => {
        if (last === null) last = numberIn(chunk)
        else sink.write(chunk)
      },
      finish: () => {
        sink.finish()
        this.#last = last ?? 0
      },
    }
  }

  clone(): NumberedMachine<Query, Answer> {
    const copy = new NumberedMachine(this.#inner.clone(), this.#invariant)
    copy.#last = this.#last
    return copy
  }

  hash(): number {
    return hashNumbers(this.#last, this.#inner.hash?.() ?? 0)
  }
}

function* withNumber(last: number, chunks: Iterator<Uint8Array>): Generator<Uint8Array, undefined> {
  const first = new Uint8Array(numberBytes)
  new DataView(first.buffer).setUint32(0, last)
  yield first
  for (let next = chunks.next(); next.done !== true; next = chunks.next()) yield next.value
}

function numberIn(bytes: Uint8Array): number {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(0)
}
