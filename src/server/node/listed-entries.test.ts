import { expect, test } from "vitest"
import { emptyConfiguration, type Entry } from "../../core/index.ts"
import { EnvelopeType } from "../../replica/index.ts"
import { envelopeBytes, writeEnvelope } from "../../replica/machine/envelope.ts"
import { deleteRangeRequest, encodeKvCommand, type KvCommand, putRequest } from "../../wire/kv/index.ts"
import { entryKeyBytesMax, listedEntry } from "./listed-entries.ts"

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
const key = (base64: string | null): string | null => (base64 === null ? null : Buffer.from(base64, "base64").toString())

function commandEntry(command: Uint8Array, type: EnvelopeType = EnvelopeType.command): Entry {
  const data = new Uint8Array(envelopeBytes(type, command.length))
  const session =
    type === EnvelopeType.command || type === EnvelopeType.openSession ? null : { sessionId: 1, sequence: 1, answeredBelow: 0 }
  writeEnvelope(data, 0, type, { raft: { id: 1 }, bootId: 1 }, 1, 1000, { command, session })
  return { index: 7, term: 3, kind: "command", data, configuration: null, encoded: null }
}

test.each<[string, KvCommand, string, string | null]>([
  ["a put", putRequest(bytes("a"), bytes("secret")), "put", "a"],
  ["a put with options", putRequest(bytes("a"), bytes("secret"), { prevKv: true }), "put", "a"],
  ["a deletion", deleteRangeRequest(bytes("b")), "delete", "b"],
  ["a deletion of many", deleteRangeRequest(bytes("b"), bytes("d")), "deleteRange", "b"],
  ["a transaction", { kind: "txn", compare: [], success: [putRequest(bytes("a"), bytes("secret"))], failure: [] }, "txn", null],
  ["a compaction", { kind: "compact", revision: 3, physical: false }, "compact", null],
])("%s is told by its kind and its key, and without its value", (_title, command, kind, expected) => {
  for (const type of [EnvelopeType.command, EnvelopeType.sessionCommand]) {
    const entry = commandEntry(encodeKvCommand(command), type)
    const listed = listedEntry(entry)
    expect({ ...listed, key: key(listed.key) }).toEqual({
      index: 7,
      term: 3,
      kind,
      bytes: entry.data.length,
      key: expected,
      keyBytes: expected?.length ?? 0,
    })
    expect(JSON.stringify(listed)).not.toContain(Buffer.from("secret").toString("base64"))
  }
})

test("what is no command of the store is told as what it is", () => {
  const plain = { index: 1, term: 1, data: new Uint8Array(0), configuration: null, encoded: null }
  expect(listedEntry({ ...plain, kind: "noop" }).kind).toBe("noop")
  expect(listedEntry({ ...plain, kind: "configuration", configuration: emptyConfiguration }).kind).toBe("configuration")
  expect(listedEntry(commandEntry(new Uint8Array(8), EnvelopeType.openSession)).kind).toBe("session")
  expect(listedEntry(commandEntry(bytes("\u0001?"))).kind).toBe("other")
  expect(listedEntry({ ...plain, kind: "command" }).kind).toBe("other")
})

test.each([0, 1])("entryKeyBytesMax: a key of %i bytes more than are shown is cut, and its length told", (more) => {
  const { key: shown, keyBytes } = listedEntry(
    commandEntry(encodeKvCommand(putRequest(bytes("k".repeat(entryKeyBytesMax + more)), bytes("v")))),
  )
  expect([key(shown)!.length, keyBytes]).toEqual([entryKeyBytesMax, entryKeyBytesMax + more])
})
