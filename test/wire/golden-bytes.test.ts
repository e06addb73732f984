// The bytes of the protocols and of the log, one sample of each kind: other versions and other languages have them on their disks and wires.

import { readFileSync } from "node:fs"
import { describe, expect, test } from "vitest"
import { samples } from "./samples.ts"

/** By name, in hexadecimal. New kinds add lines (the failing test says which); a line that is there never changes. */
const golden = JSON.parse(readFileSync(new URL("golden-bytes.json", import.meta.url), "utf8")) as Readonly<Record<string, string>>

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex")
}

describe("the bytes that are written down", () => {
  test.each(samples.map((sample) => [sample.name, sample] as const))("of %s are what they always were", (name, sample) => {
    expect({ [name]: hex(sample.bytes()) }).toEqual({ [name]: golden[name] })
  })

  test.each(samples.map((sample) => [sample.name, sample] as const))("of %s are read, and written again the same", (name, sample) => {
    expect(hex(sample.again(Buffer.from(golden[name]!, "hex")))).toBe(golden[name])
  })

  test("are those of samples, each under a name of its own", () => {
    expect(samples.map(({ name }) => name)).toEqual(Object.keys(golden))
  })
})
