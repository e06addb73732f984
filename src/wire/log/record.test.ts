import fc from "fast-check"
import { describe, expect, it } from "vitest"
import type { Entry } from "../../core/index.ts"
import { crc32 } from "../bytes/checksum.ts"
import { WireError } from "../bytes/wire-error.ts"
import {
  decodeRecord,
  encodeEntries,
  encodeEntry,
  encodeRecord,
  lengthCheck,
  recordBytesOf,
  recordHeaderBytes,
  recordOverheadBytes,
  recordPieces,
  roomAround,
  type LogRecord,
} from "./record.ts"

const configuration = {
  index: 4,
  voters: [1, 2],
  votersOutgoing: [],
  learners: [3],
  promoting: [3],
  learnersNext: [],
  members: [1, 2, 3].map((id) => ({ id, name: `n${id}`, peerAddress: `10.0.0.${id}:2380`, clientAddress: "" })),
  highestId: 3,
}

function command(index: number, text: string): Entry {
  const data = Uint8Array.from(text, (character) => character.charCodeAt(0))
  return { index, term: 3, kind: "command", data, configuration: null, encoded: null }
}

const noop: Entry = { index: 2, term: 3, kind: "noop", data: new Uint8Array(0), configuration: null, encoded: null }
const change: Entry = { index: 4, term: 3, kind: "configuration", data: new Uint8Array(0), configuration, encoded: null }

const others: Exclude<LogRecord, { kind: "entry" }>[] = [
  { kind: "batch", hardState: { term: 9, votedFor: 2, commitIndex: 77 }, segment: 3, offset: 4711, syncedBytes: 4096 },
  { kind: "batch", hardState: { term: 0, votedFor: null, commitIndex: 0 }, segment: 1, offset: 72, syncedBytes: 0 },
  { kind: "snapshot", snapshot: { lastIndex: 70, lastTerm: 8, configuration }, restarts: true, firstSegment: 2 },
  { kind: "snapshot", snapshot: { lastIndex: 0, lastTerm: 0, configuration }, restarts: false, firstSegment: 1 },
  { kind: "peer", peer: 4, standing: { incarnation: "00ff00ff12345678", life: 7, nonce: 0xfeed_beef, isCondemned: false } },
  { kind: "peer", peer: 5, standing: { incarnation: "00ff00ff12345678", life: 2 ** 40, nonce: 1, isCondemned: true } },
  {
    kind: "own",
    standing: {
      life: 3,
      nonce: 17,
      genesis: "0123456789abcdef",
      hasBegun: true,
      isPartial: false,
      isCondemned: false,
      isTooLate: false,
      previousNonces: [],
    },
  },
  {
    kind: "own",
    standing: {
      life: 1,
      nonce: 0,
      genesis: null,
      hasBegun: false,
      isPartial: true,
      isCondemned: true,
      isTooLate: false,
      previousNonces: [],
    },
  },
]

function allRecords(): Uint8Array[] {
  const entries = [command(1, "x"), { ...noop }, command(3, ""), { ...change }]
  return [...entries.map((entry) => encodeEntry(entry, 5)), ...others.map((record) => encodeRecord(record, 5))]
}

describe("log records", () => {
  it("give entries back as they were, with views of the same bytes", () => {
    for (const entry of [command(1, "hello"), { ...noop }, command(3, ""), { ...change }]) {
      const bytes = encodeEntry(entry, 0)
      const { record, lengthBytes } = decodeRecord(bytes, 0)
      expect(lengthBytes).toBe(bytes.length)
      expect(record).toEqual({ kind: "entry", entry })
      expect(record.kind === "entry" && recordPieces([record.entry])).toEqual([bytes])
    }
  })

  it("give the other kinds back as they were", () => {
    for (const record of others) expect(decodeRecord(encodeRecord(record, 7), 7).record).toEqual(record)
  })

  it("encode the entries of a batch that lack their bytes into one buffer, and leave the others alone", () => {
    const done = command(2, "done")
    const doneBytes = encodeEntry(done, 0)
    const batch = [command(1, "one"), done, command(3, "three")]
    encodeEntries(batch, 0)
    expect(done.data.buffer).toBe(doneBytes.buffer)
    expect(batch[0]!.data.buffer).toBe(batch[2]!.data.buffer)
    expect(recordBytesOf(batch[0]!)).toBe(recordOverheadBytes + 3)
    expect(decodeRecord(encodeEntry(batch[2]!, 0), 0).record).toMatchObject({ kind: "entry", entry: { index: 3 } })
  })

  it("keep a command's bytes once: its data becomes a part of its record, with the same contents", () => {
    const entry = command(7, "hello")
    const record = encodeEntry(entry, 0)
    expect(entry.data.buffer).toBe(record.buffer)
    expect(new TextDecoder().decode(entry.data)).toBe("hello")
  })

  it("are filled in where there is room around a command, to the same bytes, without a copy", () => {
    const buffer = new Uint8Array(2 * (recordOverheadBytes + 3))
    const withRoom = ["one", "two"].map((text, i): Entry => {
      const start = i * (recordOverheadBytes + 3) + recordHeaderBytes
      buffer.set(command(0, text).data, start)
      return { ...command(i + 1, ""), data: buffer.subarray(start, start + 3), encoded: roomAround }
    })
    const plain = [command(1, "one"), command(2, "two")]
    expect(() => recordPieces(withRoom)).toThrow("entry 1 is not encoded yet")
    encodeEntries(withRoom, 5)
    encodeEntries(plain, 5)
    expect(recordPieces(withRoom)).toEqual(recordPieces(plain))
    expect(recordPieces(withRoom)[0]!.buffer).toBe(buffer.buffer)
  })

  it("are one piece where they are neighbours in memory, and as many as needed elsewhere", () => {
    const together = [command(1, "one"), command(2, ""), { ...noop, index: 3 }, { ...change, index: 4 }, command(5, "five")]
    encodeEntries(together, 0)
    const apart = command(6, "apart")
    encodeEntry(apart, 0)
    const all = [...together, apart]
    expect(recordPieces(all)).toHaveLength(2)
    expect(Buffer.concat(recordPieces(all))).toEqual(Buffer.concat(all.map((entry) => encodeEntry(entry, 0))))
    expect(recordPieces([together[0]!, together[2]!])).toHaveLength(2)
    expect(() => recordPieces([command(9, "not yet")])).toThrow("entry 9 is not encoded yet")
  })

  it("are refused in words at every cut, with any one bit flipped, and in another group", () => {
    for (const bytes of allRecords()) {
      for (let length = 0; length < bytes.length; length++) expect(() => decodeRecord(bytes.slice(0, length), 5)).toThrow(WireError)
      for (let bit = 0; bit < bytes.length * 8; bit++) {
        const copy = bytes.slice()
        copy[bit >> 3] = copy[bit >> 3]! ^ (1 << (bit & 7))
        expect(() => decodeRecord(copy, 5)).toThrow(WireError)
      }
      expect(() => decodeRecord(bytes, 6)).toThrow("group 5 in group 6")
    }
  })

  it("end in a byte that is not 0, so that a lost sector shows", () => {
    for (const bytes of allRecords()) expect(bytes.at(-1)).not.toBe(0)
  })

  it("throw nothing but WireErrors for any bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
        expect(() => decodeRecord(bytes, 0)).toThrow(WireError)
      }),
    )
  })
})

describe("a batch record of an older log", () => {
  it("says that everything before it was synced", () => {
    const whole = encodeRecord(
      { kind: "batch", hardState: { term: 9, votedFor: 2, commitIndex: 77 }, segment: 3, offset: 4711, syncedBytes: 5 },
      0,
    )
    // As it was written then: eight bytes shorter, length and checksums to match.
    const old = new Uint8Array([...whole.subarray(0, whole.length - 9), 0xa5])
    const view = new DataView(old.buffer)
    view.setUint32(0, old.length, true)
    view.setUint16(8, lengthCheck(old.length), true)
    view.setUint32(4, crc32(old.subarray(8)), true)
    expect(decodeRecord(old, 0).record).toMatchObject({ kind: "batch", offset: 4711, syncedBytes: 4711 })
  })
})
