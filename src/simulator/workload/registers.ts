/**
 * The state machine that the world runs by default: numbered registers, the least that can show every way to get a replicated state wrong.
 *
 * Every write carries an id of its own, and a register's value is the id of the write that made it; padding gives entries and snapshots
 * their sizes. The hash is kept up to date with every write, so that checkers can compare it after every entry. It covers when each
 * register was written, by index and by cluster time, because a state machine may use both.
 */

import { hashNumbers } from "../../core/index.ts"
import type { ApplyContext, SnapshotSink, StateMachine } from "../../replica/index.ts"

/** A write: `put` and `delete` always take effect, `cas` only if the register holds `expected` (0 for one never written). */
export interface RegisterWrite {
  readonly kind: "put" | "cas" | "delete"
  /** Unique in the whole run; not 0. */
  readonly writeId: number
  readonly register: number
  readonly expected: number
  /** How many bytes of padding the value drags along. */
  readonly paddingBytes: number
}

export interface RegisterResult {
  readonly done: boolean
  /** What the register held before. */
  readonly previous: number
}

/** The number of the register to read. */
export type RegisterQuery = number

export interface RegisterAnswer {
  readonly value: number
}

interface Register {
  readonly value: number
  readonly index: number
  readonly timeMs: number
  readonly paddingBytes: number
}

const writeKinds = ["put", "cas", "delete"] as const
const commandBytes = 13
const recordBytes = 24
/** Small on purpose: a snapshot of a few registers already has several chunks. */
const snapshotChunkBytes = 512

export class RegisterMachine implements StateMachine<RegisterQuery, RegisterAnswer> {
  private registers: ReadonlyMap<number, Register> = new Map()
  private shared = false
  private runningHash = 0

  apply(command: Uint8Array, context: ApplyContext): Uint8Array {
    const write = decodeWrite(command)
    // A command that makes no sense has a result that says so: none.
    if (write === null) return new Uint8Array(0)
    const previous = this.registers.get(write.register)?.value ?? 0
    const done = write.kind !== "cas" || previous === write.expected
    if (done)
      this.set(write.register, { value: valueOf(write), index: context.index, timeMs: context.timeMs, paddingBytes: write.paddingBytes })
    return encodeResult({ done, previous })
  }

  query(register: RegisterQuery): RegisterAnswer {
    return { value: this.registers.get(register)?.value ?? 0 }
  }

  snapshot(): Iterator<Uint8Array> {
    // `set` copies the map before it changes one that is shared, so what is yielded stays what it is now.
    this.shared = true
    return chunksOf(this.registers)
  }

  restore(): SnapshotSink {
    const chunks: Uint8Array[] = []
    return {
      write: (chunk) => {
        chunks.push(chunk.slice())
      },
      finish: () => {
        this.registers = new Map(readRegisters(chunks))
        this.shared = false
        this.runningHash = 0
        for (const [number, register] of this.registers) this.runningHash ^= hashRegister(number, register)
      },
    }
  }

  clone(): RegisterMachine {
    const copy = new RegisterMachine()
    this.shared = true
    copy.registers = this.registers
    copy.shared = true
    copy.runningHash = this.runningHash
    return copy
  }

  hash(): number {
    return this.runningHash >>> 0
  }

  private set(number: number, register: Register): void {
    const old = this.registers.get(number)
    if (old) this.runningHash ^= hashRegister(number, old)
    this.runningHash ^= hashRegister(number, register)
    if (this.shared) this.registers = new Map(this.registers)
    this.shared = false
    ;(this.registers as Map<number, Register>).set(number, register)
  }
}

export function encodeWrite(write: RegisterWrite): Uint8Array {
  const bytes = new Uint8Array(commandBytes + write.paddingBytes)
  bytes[0] = writeKinds.indexOf(write.kind) + 1
  setU32(bytes, 1, write.writeId)
  setU32(bytes, 5, write.register)
  setU32(bytes, 9, write.expected)
  bytes.fill(write.writeId & 0xff, commandBytes)
  return bytes
}

/** Null for bytes that no `encodeWrite` made. */
export function decodeWrite(bytes: Uint8Array): RegisterWrite | null {
  if (bytes.length < commandBytes) return null
  const kind = writeKinds[bytes[0]! - 1]
  if (kind === undefined) return null
  return {
    kind,
    writeId: getU32(bytes, 1),
    register: getU32(bytes, 5),
    expected: getU32(bytes, 9),
    paddingBytes: bytes.length - commandBytes,
  }
}

/** What a register holds after a write that took effect. */
export function valueOf({ kind, writeId }: RegisterWrite): number {
  return kind === "delete" ? 0 : writeId
}

export function encodeResult(result: RegisterResult): Uint8Array {
  const bytes = new Uint8Array(5)
  bytes[0] = result.done ? 1 : 0
  setU32(bytes, 1, result.previous)
  return bytes
}

/** Null for bytes that no `encodeResult` made. */
export function decodeResult(bytes: Uint8Array): RegisterResult | null {
  if (bytes.length !== 5 || bytes[0]! > 1) return null
  return { done: bytes[0] === 1, previous: getU32(bytes, 1) }
}

/** Little endian, byte by byte: asked for every command on every server, where a DataView would cost more than what is read. */
function setU32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value
  bytes[at + 1] = value >>> 8
  bytes[at + 2] = value >>> 16
  bytes[at + 3] = value >>> 24
}

function getU32(bytes: Uint8Array, at: number): number {
  return (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0
}

/** One chunk names how many registers there are; each register is a record and its padding, cut wherever a chunk is full. */
function* chunksOf(registers: ReadonlyMap<number, Register>): Generator<Uint8Array> {
  const records = [...registers].toSorted(([a], [b]) => a - b)
  const sizeBytes = records.reduce((sum, [, register]) => sum + recordBytes + register.paddingBytes, 0)
  const all = new Uint8Array(sizeBytes)
  const view = new DataView(all.buffer)
  let at = 0
  for (const [number, register] of records) {
    view.setUint32(at, number, true)
    view.setUint32(at + 4, register.value, true)
    view.setUint32(at + 8, register.index, true)
    view.setUint32(at + 12, register.paddingBytes, true)
    view.setFloat64(at + 16, register.timeMs, true)
    all.fill(register.value & 0xff, at + recordBytes, at + recordBytes + register.paddingBytes)
    at += recordBytes + register.paddingBytes
  }
  for (at = 0; at < sizeBytes; at += snapshotChunkBytes) yield all.subarray(at, at + snapshotChunkBytes)
}

function* readRegisters(chunks: readonly Uint8Array[]): Generator<[number, Register]> {
  const all = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0))
  let end = 0
  for (const chunk of chunks) {
    all.set(chunk, end)
    end += chunk.length
  }
  const view = new DataView(all.buffer)
  for (let at = 0; at < all.length;) {
    if (at + recordBytes > all.length) throw new Error(`a register's record is cut short at byte ${at}`)
    const paddingBytes = view.getUint32(at + 12, true)
    const value = view.getUint32(at + 4, true)
    yield [view.getUint32(at, true), { value, index: view.getUint32(at + 8, true), timeMs: view.getFloat64(at + 16, true), paddingBytes }]
    at += recordBytes + paddingBytes
    if (at > all.length) throw new Error("a register's padding is cut short")
  }
}

function hashRegister(number: number, register: Register): number {
  return hashNumbers(number, register.value, register.index, Math.floor(register.timeMs), register.paddingBytes)
}
