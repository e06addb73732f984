import fc from "fast-check"
import { describe, expect, it } from "vitest"
import type { Configuration, Entry, Member, Message, RejectReason } from "../../core/index.ts"
import { ByteWriter } from "../bytes/byte-writer.ts"
import { crc32 } from "../bytes/checksum.ts"
import { WireError } from "../bytes/wire-error.ts"
import { decodeConfiguration, encodeConfiguration } from "../log/configuration.ts"
import { recordPieces } from "../log/record.ts"
import { decodeMessage, encodeMessage, frameHeaderBytes, writeMessage } from "./message.ts"

const position = fc.oneof(fc.nat(1000), fc.maxSafeNat())
const id = fc.integer({ min: 1, max: 0xffff_ffff })
const flag = fc.boolean()

const ids = fc.uniqueArray(id, { maxLength: 4 }).map((list) => list.toSorted((a, b) => a - b))
const member: fc.Arbitrary<Member> = fc.record({
  id,
  name: fc.string({ unit: "grapheme", maxLength: 8 }),
  peerAddress: fc.string({ maxLength: 12 }),
  clientAddress: fc.string({ maxLength: 12 }),
})
const configuration: fc.Arbitrary<Configuration> = fc.record({
  index: position,
  voters: ids,
  votersOutgoing: ids,
  learners: ids,
  promoting: ids,
  learnersNext: ids,
  members: fc.uniqueArray(member, { selector: (one) => one.id, maxLength: 4 }).map((list) => list.toSorted((a, b) => a.id - b.id)),
  highestId: fc.nat(0xffff_ffff),
})

const bytes = fc.uint8Array({ maxLength: 40 })
const content = fc.oneof(
  fc.record({ kind: fc.constant("command" as const), data: bytes, configuration: fc.constant(null) }),
  fc.record({ kind: fc.constant("noop" as const), data: fc.constant(new Uint8Array(0)), configuration: fc.constant(null) }),
  fc.record({ kind: fc.constant("configuration" as const), data: fc.constant(new Uint8Array(0)), configuration }),
)

const envelope = { from: id, to: id, term: position }
const kindOf = <K extends string>(kind: K) => fc.constant(kind)
const reasons: readonly RejectReason[] = ["notLeader", "overloaded", "tooLarge", "wouldLoseQuorum", "stopped"]

const appendEntries = fc
  .record({
    from: id,
    to: id,
    prevLogIndex: fc.nat(1000),
    prevLogTerm: fc.nat(10),
    contents: fc.array(fc.tuple(content, fc.nat(2)), { maxLength: 5 }),
    leaderCommit: position,
    round: position,
  })
  .map(({ contents, ...rest }) => {
    let term = Math.max(1, rest.prevLogTerm)
    const entries = contents.map(([one, step], i): Entry => {
      term += step
      return { index: rest.prevLogIndex + 1 + i, term, ...one, encoded: null }
    })
    return { kind: "appendEntries" as const, ...rest, term, entries }
  })

const installSnapshot = fc
  .record({
    ...envelope,
    lastIndex: fc.integer({ min: 1, max: 1 << 30 }),
    lastTerm: fc.integer({ min: 1, max: 1 << 20 }),
    configuration,
    data: bytes,
    offset: fc.nat(1000),
    after: fc.nat(3),
    checksum: fc.nat(0xffff_ffff),
  })
  .map(({ lastIndex, lastTerm, configuration: members, after, ...rest }) => {
    const sizeBytes = rest.offset + rest.data.length + after
    const snapshot = { lastIndex, lastTerm, configuration: members }
    return { kind: "installSnapshot" as const, ...rest, snapshot, sizeBytes, done: after === 0 }
  })

const message: fc.Arbitrary<Message> = fc.oneof(
  fc.record({ kind: kindOf("preVote"), ...envelope, lastLogIndex: position, lastLogTerm: position }),
  fc.record({ kind: kindOf("preVoteReply"), ...envelope, granted: flag }),
  fc.record({ kind: kindOf("requestVote"), ...envelope, lastLogIndex: position, lastLogTerm: position, force: flag }),
  fc.record({ kind: kindOf("requestVoteReply"), ...envelope, granted: flag }),
  appendEntries,
  fc.record({
    kind: kindOf("appendEntriesReply"),
    ...envelope,
    success: flag,
    index: position,
    hintIndex: position,
    hintTerm: position,
    round: position,
  }),
  installSnapshot,
  fc.record({ kind: kindOf("installSnapshotReply"), ...envelope, lastIndex: position, nextOffset: position, done: flag }),
  fc.record({ kind: kindOf("timeoutNow"), ...envelope }),
  fc.record({ kind: kindOf("readIndex"), ...envelope, readId: position }),
  fc.record({ kind: kindOf("readIndexReply"), ...envelope, readId: position, readIndex: fc.option(position) }),
  fc.record({
    kind: kindOf("forwardProposals"),
    ...envelope,
    proposals: fc.array(fc.record({ id: position, data: bytes }), { maxLength: 4 }),
  }),
  fc.record({
    kind: kindOf("forwardProposalsReply"),
    ...envelope,
    bootId: fc.nat(0xffff_ffff),
    rejected: fc.array(position, { maxLength: 4 }),
    reason: fc.constantFrom(...reasons, "repeated" as const),
  }),
)

/** A message without the bytes that it caches. */
function plain(one: Message): unknown {
  return one.kind === "appendEntries" ? { ...one, entries: one.entries.map((entry) => ({ ...entry, encoded: null })) } : one
}

function decodes(frame: Uint8Array): boolean {
  try {
    decodeMessage(frame)
    return true
  } catch (error) {
    expect(error).toBeInstanceOf(WireError)
    expect((error as WireError).message.length).toBeGreaterThan(10)
    return false
  }
}

/** Makes the checksum and the length fit whatever the bytes are, so that the parser itself is put to the test. */
function sealed(frame: Uint8Array): Uint8Array {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength)
  view.setUint32(0, frame.length, true)
  view.setUint32(4, crc32(frame.subarray(8)), true)
  return frame
}

describe("configurations as bytes", () => {
  it("come back as they were", () => {
    fc.assert(
      fc.property(configuration, (one) => {
        expect(decodeConfiguration(encodeConfiguration(one))).toEqual(one)
      }),
    )
  })

  it("are refused in words when cut or longer, and when a list is not in order", () => {
    fc.assert(
      fc.property(configuration, (one) => {
        const whole = encodeConfiguration(one)
        for (let length = 0; length < whole.length; length++) expect(() => decodeConfiguration(whole.slice(0, length))).toThrow(WireError)
        expect(() => decodeConfiguration(Uint8Array.of(...whole, 0))).toThrow("1 bytes too many")
      }),
      { numRuns: 30 },
    )
    const empty = { index: 0, voters: [], votersOutgoing: [], learners: [], promoting: [], learnersNext: [], members: [], highestId: 9 }
    expect(() => decodeConfiguration(encodeConfiguration({ ...empty, voters: [2, 1] }))).toThrow("ascending")
    expect(() => decodeConfiguration(encodeConfiguration({ ...empty, voters: [2, 2] }))).toThrow("ascending")
    expect(() => decodeConfiguration(encodeConfiguration({ ...empty, learners: [0] }))).toThrow("ascending")
  })
})

describe("messages as frames", () => {
  it("come back as they were, with their group", () => {
    fc.assert(
      fc.property(message, fc.nat(0xffff_ffff), (one, groupId) => {
        const decoded = decodeMessage(encodeMessage(one, groupId))
        expect(plain(decoded.message)).toEqual(plain(one))
        expect(decoded.groupId).toBe(groupId)
      }),
      { numRuns: 300 },
    )
  })

  it("are the same bytes one by one and coalesced in one buffer", () => {
    fc.assert(
      fc.property(fc.array(message, { minLength: 1, maxLength: 4 }), (list) => {
        const writer = new ByteWriter(16)
        for (const one of list) writeMessage(writer, one, 3)
        expect([...writer.written()]).toEqual(list.flatMap((one) => [...encodeMessage(one, 3)]))
      }),
    )
  })

  it("are refused in words at every cut and with any one bit flipped", () => {
    fc.assert(
      fc.property(message, (one) => {
        const frame = encodeMessage(one, 0)
        for (let length = 0; length < frame.length; length++) expect(decodes(frame.slice(0, length))).toBe(false)
        for (let bit = 0; bit < frame.length * 8; bit++) {
          const copy = frame.slice()
          copy[bit >> 3] = copy[bit >> 3]! ^ (1 << (bit & 7))
          expect(decodes(copy)).toBe(false)
        }
      }),
      { numRuns: 40 },
    )
  })

  it("throw nothing but WireErrors for any bytes, also where length and checksum fit", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (garbage) => {
        decodes(garbage)
        if (garbage.length < frameHeaderBytes) return
        garbage[8] = 1
        garbage[9] = garbage[9]! % 15
        garbage[10] = garbage[11] = 0
        decodes(sealed(garbage))
      }),
      { numRuns: 1000 },
    )
    fc.assert(
      fc.property(message, fc.nat(), fc.integer({ min: 1, max: 255 }), (one, at, change) => {
        const frame = encodeMessage(one, 0)
        const place = 8 + (at % (frame.length - 8))
        frame[place] = frame[place]! ^ change
        decodes(sealed(frame))
      }),
      { numRuns: 2000 },
    )
  })

  it("share the frame's memory and carry their record on", () => {
    const entry: Entry = { index: 8, term: 2, kind: "command", data: Uint8Array.of(9, 9, 9), configuration: null, encoded: null }
    const heartbeat = {
      kind: "appendEntries" as const,
      from: 1,
      to: 2,
      term: 2,
      prevLogIndex: 7,
      prevLogTerm: 2,
      leaderCommit: 7,
      round: 1,
    }
    const frame = encodeMessage({ ...heartbeat, entries: [entry] }, 0)
    const { message: decoded } = decodeMessage(frame)
    const [received] = decoded.kind === "appendEntries" ? decoded.entries : []
    expect(received!.data.buffer).toBe(frame.buffer)
    expect(recordPieces([received!])).toEqual(recordPieces([entry]))
    expect(recordPieces([received!])[0]!.buffer).toBe(frame.buffer)
  })

  it("are refused if entries do not follow one another, or are of a term that cannot be", () => {
    const base = { kind: "appendEntries" as const, from: 1, to: 2, term: 5, prevLogIndex: 7, prevLogTerm: 3, leaderCommit: 7, round: 1 }
    const entry = (index: number, term: number): Entry => ({
      index,
      term,
      kind: "noop",
      data: new Uint8Array(0),
      configuration: null,
      encoded: null,
    })
    const attempt = (...entries: Entry[]) => decodeMessage(encodeMessage({ ...base, entries }, 0))
    expect(attempt(entry(8, 3), entry(9, 5)).message.kind).toBe("appendEntries")
    expect(() => attempt(entry(9, 3))).toThrow("entry 9 where 8 must stand")
    expect(() => attempt(entry(8, 2))).toThrow("entry 8 of term 2")
    expect(() => attempt(entry(8, 6))).toThrow("entry 8 of term 6")
    expect(() => attempt(entry(8, 4), entry(9, 3))).toThrow("entry 9 of term 3")
  })

  it("are refused from another wire version, and from server 0", () => {
    const frame = encodeMessage({ kind: "timeoutNow", from: 1, to: 2, term: 3 }, 0)
    frame[8] = 2
    expect(() => decodeMessage(sealed(frame))).toThrow("wire version 2; this server speaks 1 to 1")
    frame[8] = 1
    frame.fill(0, 16, 20)
    expect(() => decodeMessage(sealed(frame))).toThrow("server 0")
  })

  it("never leave with a number that is not a safe integer", () => {
    const vote = { kind: "preVote" as const, from: 1, to: 2, term: 1, lastLogIndex: 1, lastLogTerm: 1 }
    for (const bad of [-1, 0.5, Number.NaN, 2 ** 53]) {
      expect(() => encodeMessage({ ...vote, lastLogIndex: bad }, 0)).toThrow(RangeError)
    }
    expect(decodeMessage(encodeMessage({ ...vote, lastLogIndex: 2 ** 53 - 1 }, 0)).message).toMatchObject({ lastLogIndex: 2 ** 53 - 1 })
    const frame = encodeMessage(vote, 0)
    frame[frameHeaderBytes + 6] = 0x20
    expect(() => decodeMessage(sealed(frame))).toThrow("lastLogIndex is 2^53 or more")
  })
})
