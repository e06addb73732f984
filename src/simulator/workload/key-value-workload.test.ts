import { describe, expect, it } from "vitest"
import type { ClientOperation } from "../checkers/index.ts"
import { keyValueWorkload as workload } from "./key-value-workload.ts"
import { registerWorkload } from "./workload.ts"

function operation(kind: "put" | "cas" | "delete" | "read", id: number, register = 1): ClientOperation {
  return { client: 1, id, kind, register, expected: 0, inSession: true, consistency: "linearizable", minimumIndex: 0 }
}

describe.each([
  ["key-value store", workload],
  ["registers", registerWorkload],
])("the workload on the %s", (_, { createMachine, command, query, valueOf, explain, describe: describeCommand }) => {
  it("writes, compares and reads, and can tell from the bytes what each command did", () => {
    const machine = createMachine()
    let index = 0
    const apply = (bytes: Uint8Array) => explain(bytes, machine.apply(bytes, { index: ++index, timeMs: 0 }))
    const read = (register: number) => valueOf(machine.query(query(operation("read", 99, register))))
    expect(read(1)).toBe(0)
    expect(apply(command(operation("cas", 5), 0, 0))).toEqual({ operationId: 5, effect: { register: 1, value: 5 } })
    expect(apply(command(operation("cas", 6), 4, 0))).toEqual({ operationId: 6, effect: null })
    expect(read(1)).toBe(5)
    expect(apply(command(operation("cas", 7), 5, 300))).toEqual({ operationId: 7, effect: { register: 1, value: 7 } })
    expect(apply(command(operation("put", 8, 300), 0, 0))).toEqual({ operationId: 8, effect: { register: 300, value: 8 } })
    expect(apply(command(operation("put", 9, 300), 0, 40))).toEqual({ operationId: 9, effect: { register: 300, value: 9 } })
    expect([read(1), read(300), read(2)]).toEqual([7, 9, 0])
    expect(explain(Uint8Array.of(9, 9, 9), new Uint8Array(0))).toEqual({ operationId: 0, effect: null })
  })

  it("says what a command asks for, before anybody has applied it", () => {
    const isCompared = { put: 0, cas: 4, delete: 0 } as const
    for (const kind of ["put", "cas", "delete"] as const) {
      expect(describeCommand!(command(operation(kind, 5, 3), isCompared[kind], 20))).toEqual({ kind, operationId: 5, register: 3 })
    }
    expect(describeCommand!(Uint8Array.of(9, 9, 9))).toBeNull()
  })
})
