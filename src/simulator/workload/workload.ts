/**
 * What the clients of a world do and how their answers are read: the bridge between a state machine, whose bytes mean something only to
 * itself, and checkers, which know operations, registers and values. Write one of these to run a state machine of your own in the world.
 */

import type { StateMachine } from "../../replica/index.ts"
import type { ClientOperation } from "../checkers/index.ts"
import { decodeResult, decodeWrite, encodeWrite, RegisterMachine, valueOf, type RegisterAnswer } from "./registers.ts"

/**
 * What a world's clients do with a state machine, and how its answers are read. Everything must depend on the arguments alone, so that a seed can be
 * run again.
 */
export interface Workload {
  /** A new state machine in its initial state: one for each start of a server. */
  createMachine(): StateMachine
  /** At which indexes the machine is asked for its hash: at multiples of this, and more seldom as the log grows. 1 if the hash is cheap. */
  readonly hashEvery: number
  /** Its registers hold the id of the operation that wrote them last: clients' histories can be judged by themselves. Not so if left out. */
  readonly hasRegisters?: boolean
  /** The command of a write. `expected` is for `cas`, `paddingBytes` gives the command its size. */
  command(operation: ClientOperation, expected: number, paddingBytes: number): Uint8Array
  /** What a read asks the machine. */
  query(operation: ClientOperation): unknown
  /** The value that an answer to `query` holds; 0 for none. */
  valueOf(answer: unknown): number
  /** What an applied command was and did: whose operation, and the value that it left behind, null if it changed nothing. */
  explain(
    command: Uint8Array,
    result: Uint8Array,
  ): { readonly operationId: number; readonly effect: { register: number; value: number } | null }
  /** What a command asks for, applied or not: for pictures of logs. Null for bytes that are no command. */
  describe?(command: Uint8Array): DescribedCommand | null
}

/** What a command says, in the terms of a world's clients. */
export interface DescribedCommand {
  /** What kind of write it is. */
  readonly kind: "put" | "cas" | "delete"
  /** The id of the client's operation that made it. */
  readonly operationId: number
  /** The register that it writes. */
  readonly register: number
}

/** Numbered registers that hold the id of their last write: small, and cheap to hash. `WorldOptions.workload` names it `registers`. */
export const registerWorkload: Workload = {
  createMachine: () => new RegisterMachine(),
  hashEvery: 1,
  hasRegisters: true,
  command: (operation, expected, paddingBytes) =>
    encodeWrite({
      kind: operation.kind === "read" ? "put" : operation.kind,
      writeId: operation.id,
      register: operation.register,
      expected,
      paddingBytes,
    }),
  query: (operation) => operation.register,
  valueOf: (answer) => (answer as RegisterAnswer).value,
  explain: (command, result) => {
    const write = decodeWrite(command)
    if (write === null) return { operationId: 0, effect: null }
    const done = decodeResult(result)?.done === true
    return { operationId: write.writeId, effect: done ? { register: write.register, value: valueOf(write) } : null }
  },
  describe: (command) => {
    const write = decodeWrite(command)
    return write === null ? null : { kind: write.kind, operationId: write.writeId, register: write.register }
  },
}
