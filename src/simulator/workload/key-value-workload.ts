/**
 * The key-value store that servers run in production, under the same clients: registers are keys, a value begins with the id of the write that
 * made it. Padding stands under a key of its own beside it, in one transaction, so that a comparison of values needs to know the id alone.
 */

import {
  decodeKvCommand,
  decodeKvResponse,
  deleteRangeRequest,
  encodeKvCommand,
  putRequest,
  type Compare,
  type GetRequest,
  type KvAnswer,
  type KvCommand,
  type PutRequest,
} from "../../wire/kv/index.ts"
import { SelfCompactingStore } from "./self-compacting-store.ts"
import type { Workload } from "./workload.ts"

/** The key-value store of `oarlock/kv` under the simulated clients. `WorldOptions.workload` names it `keyValue`. */
export const keyValueWorkload: Workload = {
  createMachine: () => new SelfCompactingStore(),
  hashEvery: 1,
  hasRegisters: true,
  command: ({ kind, id, register }, expected, paddingBytes) => {
    const put = putRequest(keyOf(register), idBytes(id))
    if (kind === "put" && paddingBytes === 0) return encodeKvCommand(put)
    if (kind === "delete") {
      const mark = putRequest(paddingKeyOf(register), idBytes(id))
      return encodeKvCommand({ kind: "txn", compare: [], success: [mark, deleteRangeRequest(keyOf(register))], failure: [] })
    }
    const padding = putRequest(paddingKeyOf(register), new Uint8Array(paddingBytes).fill(id & 0xff))
    const compare = kind === "cas" ? [holds(register, expected)] : []
    return encodeKvCommand({ kind: "txn", compare, success: [put, padding], failure: [] })
  },
  query: ({ register }): GetRequest => ({ kind: "get", key: keyOf(register) }),
  valueOf: (answer) => {
    const { kind, ...rest } = answer as KvAnswer
    return kind === "get" && "value" in rest && rest.value !== null ? idOf(rest.value) : 0
  },
  explain: (bytes, result) => {
    const command = decode(bytes)
    const put = command === null ? null : putOf(command)
    if (command === null || put === null) return { operationId: 0, effect: null }
    const operationId = idOf(put.value)
    const response = command.kind === "txn" ? decodeKvResponse("txn", result) : decodeKvResponse("put", result)
    const done = response.kind === "put" || (response.kind === "txn" && response.succeeded)
    const value = isPadding(put.key) ? 0 : operationId
    return { operationId, effect: done ? { register: registerOf(put.key), value } : null }
  },
  describe: (bytes) => {
    const command = decode(bytes)
    const put = command === null ? null : putOf(command)
    if (command === null || put === null) return null
    const isCompared = command.kind === "txn" && command.compare.length > 0
    const kind = isPadding(put.key) ? "delete" : isCompared ? "cas" : "put"
    return { kind, operationId: idOf(put.value), register: registerOf(put.key) }
  },
}

function holds(register: number, expected: number): Compare {
  const key = keyOf(register)
  return expected === 0
    ? { key, rangeEnd: noKey, result: "equal", target: "version", operand: 0 }
    : { key, rangeEnd: noKey, result: "equal", target: "value", operand: idBytes(expected) }
}

const noKey = new Uint8Array(0)

function putOf(command: KvCommand): PutRequest | null {
  if (command.kind === "put") return command
  const first = command.kind === "txn" ? command.success[0] : undefined
  return first?.kind === "put" ? first : null
}

function decode(bytes: Uint8Array): KvCommand | null {
  try {
    return decodeKvCommand(bytes)
  } catch {
    return null
  }
}

function keyOf(register: number): Uint8Array {
  return Uint8Array.of(0x72, register >> 8, register & 0xff)
}

function paddingKeyOf(register: number): Uint8Array {
  return Uint8Array.of(0x70, register >> 8, register & 0xff)
}

/** A command whose first put is beside the register takes the register away. */
function isPadding(key: Uint8Array): boolean {
  return key[0] === 0x70
}

function registerOf(key: Uint8Array): number {
  return (key[1]! << 8) | key[2]!
}

/** Little endian, byte by byte: a DataView would cost more than all the rest of a command. */
function idBytes(id: number): Uint8Array {
  return Uint8Array.of(id, id >>> 8, id >>> 16, id >>> 24)
}

function idOf(value: Uint8Array): number {
  return (value[0]! | (value[1]! << 8) | (value[2]! << 16) | (value[3]! << 24)) >>> 0
}
