/** What plain JavaScript may pass where something else is meant: each with a name for the reports of tests. */

import { runInNewContext } from "node:vm"

export interface HostileValue {
  readonly name: string
  readonly value: unknown
}

const revoked = Proxy.revocable({}, {})
revoked.revoke()

const throwing = (): never => {
  throw new Error("a trap that throws")
}

export const hostileValues: readonly HostileValue[] = [
  { name: "undefined", value: undefined },
  { name: "null", value: null },
  { name: "NaN", value: Number.NaN },
  { name: "Infinity", value: Number.POSITIVE_INFINITY },
  { name: "-1", value: -1 },
  { name: "-0.5", value: -0.5 },
  { name: "1.5", value: 1.5 },
  { name: "2^53", value: 2 ** 53 },
  { name: "true", value: true },
  { name: "an empty text", value: "" },
  { name: "a text", value: "text" },
  { name: "half a surrogate pair", value: "\ud800" },
  { name: "a huge text", value: "x".repeat(1 << 20) },
  { name: "an object", value: { a: 1 } },
  { name: "an empty object", value: {} },
  { name: "a list", value: [1, 2] },
  { name: "an empty list", value: [] },
  { name: "a list with a hole", value: Array.from({ length: 1 }) },
  { name: "a list of null", value: [null] },
  { name: "a symbol", value: Symbol("hostile") },
  { name: "a bigint", value: 5n },
  { name: "a function", value: () => "called" },
  { name: "a promise", value: Promise.resolve(1) },
  { name: "a map", value: new Map([["timeoutMs", 5]]) },
  { name: "a date", value: new Date(0) },
  { name: "an array buffer", value: new ArrayBuffer(4) },
  { name: "a data view", value: new DataView(new ArrayBuffer(4)) },
  { name: "16-bit numbers", value: new Uint16Array(2) },
  { name: "bytes by prototype only", value: Object.create(Uint8Array.prototype) as unknown },
  { name: "a proxy of bytes", value: new Proxy(new Uint8Array(4), {}) },
  { name: "a revoked proxy", value: revoked.proxy },
  { name: "a proxy that throws", value: new Proxy({}, { get: throwing, ownKeys: throwing, has: throwing, getPrototypeOf: throwing }) },
  {
    name: "a getter that throws",
    value: Object.defineProperty({}, "timeoutMs", { enumerable: true, get: throwing }),
  },
  { name: "an object without a prototype", value: Object.assign(Object.create(null) as object, { nonsense: 1 }) },
  { name: "a text that throws", value: { toString: throwing, valueOf: throwing, toJSON: throwing } },
  { name: "a list of another realm", value: runInNewContext("['x', 2]") as unknown },
]

/** The values but those named, which are right at that place. */
export function hostileBut(...names: readonly string[]): readonly HostileValue[] {
  const unknown = names.filter((name) => !hostileValues.some((value) => value.name === name))
  if (unknown.length > 0) throw new Error(`no hostile value is called ${unknown.join(", ")}`)
  return hostileValues.filter(({ name }) => !names.includes(name))
}
