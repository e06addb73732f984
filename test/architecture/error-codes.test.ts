// Keeps the table of codes in docs/errors.md complete: every code of an OarlockError, and no other.

import { readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { expect, test } from "vitest"
import { OarlockError as OfClient } from "../../src/client/index.ts"
import { OarlockError as OfNode } from "../../src/node/index.ts"
import { reasonNames } from "../../src/wire/client/index.ts"
import { refusalReasons } from "../../src/wire/kv/index.ts"

const read = (file: string): string => readFileSync(fileURLToPath(new URL(`../../${file}`, import.meta.url)), "utf8")

/** The names of other types that a union of codes is made of. */
const parts: Readonly<Record<string, () => readonly string[]>> = {
  RejectReason: () => union("src/core/message.ts", "RejectReason"),
  SessionRejectReason: () => union("src/replica/effect.ts", "SessionRejectReason"),
  MachineRejectReason: () => union("src/replica/effect.ts", "MachineRejectReason"),
  Reason: () => reasonNames,
  RefusalReason: () => refusalReasons,
}

/** All texts of the union type `name` in `file`. */
function union(file: string, name: string): readonly string[] {
  const text = read(file).replaceAll(/\/\*\*[^]*?\*\//g, "")
  const [, body] = new RegExp(`type ${name} =((?:\\s*\\|?\\s*(?:"\\w+"|[A-Z]\\w+))+)`).exec(text)!
  return [...body!.matchAll(/"(\w+)"|([A-Z]\w+)/g)].flatMap(([, code, other]) => (code === undefined ? parts[other!]!() : [code]))
}

const rows = [...read("docs/errors.md").matchAll(/^\| `(\w+)` \| ([\w, ]+) \|/gm)].map(([, code, from]) => ({
  code: code!,
  from: from!.split(", "),
}))

test("docs/errors.md tells every code of an OarlockError, once, and who says it", () => {
  const codes = new Set(union("src/requests/oarlock-error.ts", "OarlockErrorCode"))
  expect(codes.size).toBeGreaterThan(40)
  expect(rows.map(({ code }) => code).toSorted()).toEqual([...codes].toSorted())
  for (const { code, from } of rows) expect([["node"], ["client"], ["node", "client"]], code).toContainEqual(from)
})

test("a node and a client throw the same class", () => {
  expect(OfClient).toBe(OfNode)
})
