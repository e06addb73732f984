// Keeps docs/limits.md true: every named bound of the code is there with its present value, and nothing that the code no longer has.

import { describe, expect, test } from "vitest"
import { defaultClientOptions } from "../../src/client/options.ts"
import { defaultRaftOptions } from "../../src/core/options.ts"
import { ceilings, defaultKvLimits } from "../../src/kv/txn/limits.ts"
import { defaultTransportLimits } from "../../src/node/peer-transport/transport-limits.ts"
import { defaultReplicaLimits } from "../../src/replica/options/options.ts"
import { defaultLimits } from "../../src/server/configuration/config.ts"
import { defaultHttpLimits } from "../../src/server/http/http-guard.ts"
import { defaultClientPortLimits } from "../../src/server/listening/client-port-limits.ts"
import { defaultNativeOptions } from "../../src/server/native/options.ts"
import { defaultLogLimits } from "../../src/storage/log-store.ts"
import { defaultSnapshotLimits } from "../../src/storage/snapshot-store.ts"
import { limitTables, readValue } from "./limits-page.ts"
import { isTest, sourceTree } from "./source-tree.ts"

const objects: Readonly<Record<string, object>> = {
  defaultRaftOptions,
  defaultLogLimits,
  defaultSnapshotLimits,
  defaultReplicaLimits,
  defaultKvLimits,
  ceilings,
  defaultTransportLimits,
  defaultLimits,
  defaultClientPortLimits,
  defaultHttpLimits,
  defaultNativeOptions,
  defaultClientOptions,
}

/** Named like bounds, and none: the ends of ranges of numbers and versions, and how arrays and trees are laid out. */
const shapes = new Set([
  "exactLengthMax",
  "emptyPlacesMax",
  "highMax",
  "nodeLengthMax",
  "protocolVersionMax",
  "protocolVersionMin",
  "sleepMsMax",
  "wireVersionMin",
])

/** `4096`, `16 << 20`, `256 * 1024`, `0xff_ffff`; null for anything else. */
function readConstant(text: string): number | null {
  const shift = text.split("<<")
  const [base, by] = shift.map((part) => part.split("*").reduce((product, factor) => product * toNumber(factor), 1))
  const value = by === undefined ? base! : base! * 2 ** by
  return shift.length > 2 || Number.isNaN(value) ? null : value
}

function toNumber(text: string): number {
  const literal = text.trim().replaceAll("_", "")
  return literal === "" ? Number.NaN : Number(literal)
}

/** The numeric constants at the top level of a file, by name. */
function constantsOf(text: string): Map<string, number> {
  const found = new Map<string, number>()
  for (const [, name, expression] of text.matchAll(/^(?:export )?const (\w+)(?:: number)? = ([^\n]+)$/gm)) {
    const value = readConstant(expression!)
    if (value !== null) found.set(name!, value)
  }
  return found
}

const tables = limitTables()
const fixed = tables.get("Fixed") ?? []
const sources = sourceTree("src").filter(({ path }) => !isTest(path) && !path.startsWith("src/simulator/"))
const constants = new Map(sources.map(({ path, text }) => [path, constantsOf(text)]))

describe("docs/limits.md", () => {
  test.each(Object.keys(objects))("has every bound of %s with its default, and no other", (name) => {
    const limits = Object.entries(objects[name]!)
    const rows = tables.get(name) ?? []
    const expected = limits.filter(([, value]) => typeof value === "number")
    expect(Object.fromEntries(rows.filter(({ value }) => value !== null).map((row) => [row.name, row.value]))).toEqual(
      Object.fromEntries(expected),
    )
    const unset = limits.filter(([, value]) => value === null).map(([key]) => key)
    for (const row of rows) if (row.value === null) expect(unset).toContain(row.name)
  })

  test("has a table for nothing else", () => {
    expect([...tables.keys()].filter((title) => title !== "Fixed" && !(title in objects))).toEqual([])
  })

  test("tells of every fixed bound the value that its file has", () => {
    const wrong = fixed.filter(({ name, value, last }) => constants.get(last)?.get(name) !== value)
    expect(wrong).toEqual([])
  })

  test("misses no constant of the code that is named like a bound", () => {
    const listed = new Set(fixed.map(({ name, last }) => `${last} ${name}`))
    const missing = [...constants].flatMap(([path, names]) =>
      [...names.keys()]
        .filter((name) => /(Max|Min|Ms|MaxDefault)$/.test(name) && !shapes.has(name) && !listed.has(`${path} ${name}`))
        .map((name) => `${path} ${name}`),
    )
    expect(missing).toEqual([])
  })

  test("is read as it is meant", () => {
    expect(["1,024", "0.5", "64 MiB", "256 KiB", "1.5 MiB", "–"].map(readValue)).toEqual([
      1024,
      0.5,
      64 << 20,
      256 << 10,
      1.5 * 2 ** 20,
      null,
    ])
    expect(["4_096", "16 << 20", "256 * 1024", "0xff_ffff", "0.5"].map(readConstant)).toEqual([4096, 16 << 20, 262_144, 16_777_215, 0.5])
    expect(["f(3)", `"text"`, "[1, 2]", "1 << 2 << 3"].map(readConstant)).toEqual([null, null, null, null])
    expect(constantsOf("export const aMax = 5\n  const innerMax = 6\nconst bMs: number = 7\n")).toEqual(new Map([["aMax", 5], ["bMs", 7]])) // oxfmt-ignore
  })
})
