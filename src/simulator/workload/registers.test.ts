import { describe, expect, it } from "vitest"
import { decodeResult, decodeWrite, encodeWrite, RegisterMachine, type RegisterWrite } from "./registers.ts"

const put = (writeId: number, register = 1, paddingBytes = 0): Uint8Array =>
  encodeWrite({ kind: "put", writeId, register, expected: 0, paddingBytes })
const cas = (writeId: number, expected: number): Uint8Array => encodeWrite({ kind: "cas", writeId, register: 1, expected, paddingBytes: 0 })

function restored(from: RegisterMachine): RegisterMachine {
  const machine = new RegisterMachine()
  machine.apply(put(999, 7), { index: 1, timeMs: 1 })
  const sink = machine.restore()
  const chunks = from.snapshot()
  for (let next = chunks.next(); next.done !== true; next = chunks.next()) sink.write(next.value)
  sink.finish()
  return machine
}

describe("registers", () => {
  it("a put always takes effect, a cas only on what it expects", () => {
    const machine = new RegisterMachine()
    expect(decodeResult(machine.apply(put(5), { index: 1, timeMs: 0 }))).toEqual({ done: true, previous: 0 })
    expect(decodeResult(machine.apply(cas(6, 4), { index: 2, timeMs: 0 }))).toEqual({ done: false, previous: 5 })
    expect(machine.query(1)).toEqual({ value: 5 })
    expect(decodeResult(machine.apply(cas(7, 5), { index: 3, timeMs: 0 }))).toEqual({ done: true, previous: 5 })
    expect(machine.query(1)).toEqual({ value: 7 })
    expect(machine.query(2)).toEqual({ value: 0 })
  })

  it("a command that makes no sense changes nothing and has an empty result", () => {
    const machine = new RegisterMachine()
    expect(machine.apply(Uint8Array.of(1, 2, 3), { index: 1, timeMs: 0 })).toHaveLength(0)
    expect(machine.apply(new Uint8Array(13), { index: 2, timeMs: 0 })).toHaveLength(0)
    expect(machine.hash()).toBe(new RegisterMachine().hash())
  })

  it("writes survive encoding, whatever their size", () => {
    const write: RegisterWrite = { kind: "cas", writeId: 0xffff_fffe, register: 3, expected: 17, paddingBytes: 300 }
    expect(decodeWrite(encodeWrite(write))).toEqual(write)
    expect(decodeWrite(encodeWrite(write).subarray(0, 12))).toBeNull()
  })

  it("the hash tells states apart by value, index and time, and forgets overwritten values", () => {
    const after = (...writes: readonly [Uint8Array, number, number][]): number => {
      const machine = new RegisterMachine()
      for (const [command, index, timeMs] of writes) machine.apply(command, { index, timeMs })
      return machine.hash()
    }
    expect(after([put(1), 1, 0])).not.toBe(after([put(2), 1, 0]))
    expect(after([put(1), 1, 0])).not.toBe(after([put(1), 2, 0]))
    expect(after([put(1), 1, 0])).not.toBe(after([put(1), 1, 9]))
    expect(after([put(1), 1, 0], [put(2), 2, 0])).toBe(after([put(2), 2, 0]))
  })

  it("a snapshot of several chunks restores to the same state", () => {
    const machine = new RegisterMachine()
    for (let register = 1; register <= 9; register++)
      machine.apply(put(register * 10, register, 200), { index: register, timeMs: register / 3 })
    const copy = restored(machine)
    expect(copy.hash()).toBe(machine.hash())
    expect(copy.query(9)).toEqual({ value: 90 })
    expect(copy.query(7)).toEqual({ value: 70 })
    expect(restored(new RegisterMachine()).hash()).toBe(new RegisterMachine().hash())
  })

  it("what is applied after snapshot() does not show in it, nor in a clone", () => {
    const machine = new RegisterMachine()
    machine.apply(put(1), { index: 1, timeMs: 0 })
    const before = machine.hash()
    const copy = machine.clone()
    const chunks = machine.snapshot()
    machine.apply(put(2), { index: 2, timeMs: 0 })
    expect(copy.hash()).toBe(before)
    copy.apply(put(3), { index: 2, timeMs: 0 })
    expect(machine.query(1)).toEqual({ value: 2 })
    const sink = new RegisterMachine()
    const restore = sink.restore()
    for (let next = chunks.next(); next.done !== true; next = chunks.next()) restore.write(next.value)
    restore.finish()
    expect(sink.hash()).toBe(before)
  })
})
