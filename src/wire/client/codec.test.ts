import fc from "fast-check"
import { describe, expect, test } from "vitest"
import {
  ByteReader,
  ByteWriter,
  decodeRequest,
  decodeResponse,
  encodeRequest,
  type LeaderState,
  WireError,
  type ServerStatus,
  operation,
  readIndexed,
  readLeaderState,
  readServerStatus,
  readSessionOpened,
  readWelcome,
  reasonNames,
  type Request,
  type Response,
  status,
  writeLeaderState,
  writeServerStatus,
  writeResponseFrame,
  writeSessionOpened,
  writeStoreFrame,
  writeWelcome,
} from "./index.ts"

const u64 = fc.oneof(fc.maxSafeNat(), fc.constantFrom(0, 1, 0xffff_ffff, 0x1_0000_0000, Number.MAX_SAFE_INTEGER))
const u32 = fc.nat({ max: 0xffff_ffff })
const u16 = fc.nat({ max: 0xffff })
const nodeId = fc.integer({ min: 1, max: 0xffff_ffff })
const text = fc.string({ unit: "grapheme", maxLength: 40 })
const bytes = fc.uint8Array({ maxLength: 40 })
const clusterId = fc
  .string({ unit: fc.constantFrom("0", "1", "7", "8", "9", "a", "f"), minLength: 16, maxLength: 16 })
  .filter((id) => !/^0+$/.test(id))
const member = fc.record({ id: nodeId, name: text, peerAddress: text, clientAddress: text })
const storeBytes = fc.tuple(fc.integer({ min: 1, max: 31 }), bytes).map(([op, rest]) => Uint8Array.of(op, ...rest))

const change = fc.oneof(
  fc.record({ kind: fc.constantFrom("addLearner" as const, "addVoter" as const, "update" as const), member }),
  fc.record({ kind: fc.constantFrom("promote" as const, "demote" as const, "remove" as const), id: nodeId }),
)

const sessionToken = fc
  .tuple(u64, fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }), u64)
  .map(([sessionId, sequence, below]) => ({ sessionId, sequence, answeredBelow: Math.min(below, sequence) }))

const request: fc.Arbitrary<Request> = fc.oneof(
  fc.record({ kind: fc.constant("store" as const), bytes: storeBytes }),
  fc.record({
    kind: fc.constant("read" as const),
    consistency: fc.constantFrom("linearizable" as const, "lease" as const, "stale" as const),
    minimumIndex: u64,
    query: storeBytes,
  }),
  fc.record({ kind: fc.constant("inSession" as const), session: sessionToken, command: storeBytes }),
  fc
    .tuple(u16, u16, fc.option(clusterId))
    .map(([a, b, id]) => ({ kind: "hello" as const, versionMin: Math.min(a, b), versionMax: Math.max(a, b), clusterId: id })),
  fc.record({ kind: fc.constantFrom("keepSession" as const, "closeSession" as const), sessionId: u64 }),
  fc.record({
    kind: fc.constant("changeMembership" as const),
    version: fc.option(u64),
    changes: fc.array(change, { minLength: 1, maxLength: 5 }),
  }),
  fc.record({ kind: fc.constant("transferLeadership" as const), to: fc.option(nodeId) }),
  fc.record({ kind: fc.constantFrom("status" as const, "openSession" as const, "takeSnapshot" as const, "watchLeader" as const) }),
  fc.record({ kind: fc.constant("cancel" as const), requestId: fc.record({ low: u32, high: u32 }) }),
)

const rejection = {
  reason: fc.constantFrom(...reasonNames),
  message: text,
  leader: fc.option(nodeId),
  leaderAddress: fc.option(text.filter((address) => address !== "")),
}

const response: fc.Arbitrary<Response> = fc.oneof(
  fc.record({ kind: fc.constantFrom("ok" as const, "update" as const), body: bytes }),
  fc.record({ kind: fc.constantFrom("rejected" as const, "overloaded" as const), ...rejection }),
  fc.record({ kind: fc.constantFrom("unknown" as const, "badRequest" as const), message: text }),
  fc.record({ kind: fc.constant("notFound" as const), index: fc.option(u64) }),
  fc.record({ kind: fc.constant("refused" as const), index: u64, code: fc.nat({ max: 255 }), message: text }),
)

const leaderState: fc.Arbitrary<LeaderState> = fc.record({
  term: u64,
  leader: fc.option(nodeId),
  configurationIndex: u64,
  members: fc.array(
    fc.record({
      id: nodeId,
      name: text,
      peerAddress: text,
      clientAddress: text,
      standing: fc.constantFrom("voter" as const, "learner" as const, "promoting" as const, "incoming" as const, "outgoing" as const),
      matchIndex: fc.option(u64),
    }),
    { maxLength: 4 },
  ),
  genesis: fc.option(clusterId.filter((id) => id !== "0000000000000000")),
})

const nodeStatus: fc.Arbitrary<ServerStatus> = fc
  .tuple(
    leaderState,
    fc.record({
      clusterId,
      nodeId,
      role: fc.constantFrom("follower" as const, "preCandidate" as const, "candidate" as const, "leader" as const),
      commitIndex: u64,
      appliedIndex: u64,
      firstIndex: u64,
      lastIndex: u64,
      snapshotIndex: u64,
      revision: u64,
      compactedRevision: u64,
      disk: fc.constantFrom("ok" as const, "full" as const, "stalled" as const, "failed" as const),
      diskBytes: u64,
      softwareVersion: text,
    }),
  )
  .map(([leader, node]) => ({ ...leader, ...node }))

describe("requests", () => {
  test("come back as they were", () => {
    fc.assert(
      fc.property(request, (value) => {
        expect(decodeRequest(encodeRequest(value))).toEqual(value)
      }),
    )
  })

  test("are found anywhere inside a larger buffer", () => {
    fc.assert(
      fc.property(request, bytes, bytes, (value, before, after) => {
        const encoded = encodeRequest(value)
        const buffer = Uint8Array.of(...before, ...encoded, ...after)
        expect(decodeRequest(buffer, before.length, before.length + encoded.length)).toEqual(value)
      }),
    )
  })

  test("are refused in words when cut at any byte, or followed by one too many", () => {
    const withFixedEnd = request.filter(({ kind }) => kind !== "store" && kind !== "read" && kind !== "inSession")
    fc.assert(
      fc.property(withFixedEnd, (value) => {
        const encoded = encodeRequest(value)
        for (let length = 0; length < encoded.length; length++) expect(() => decodeRequest(encoded, 0, length)).toThrow(WireError)
        expect(() => decodeRequest(Uint8Array.of(...encoded, 0))).toThrow(WireError)
      }),
    )
  })

  test("of any bytes at all are understood or refused in words, never anything else", () => {
    fc.assert(
      fc.property(fc.nat({ max: 255 }), fc.uint8Array({ maxLength: 80 }), (op, rest) => {
        try {
          decodeRequest(Uint8Array.of(op, ...rest))
        } catch (error) {
          expect(error).toBeInstanceOf(WireError)
        }
      }),
      { numRuns: 2000 },
    )
  })

  test.each([
    ["an operation that nobody defined", [44], /operation 44 is not known/],
    ["a read without a query", [operation.read, 0, ...zeros(8)], /no operation inside/],
    ["a read around another read", [operation.read, 0, ...zeros(8), operation.read], /cannot hold operation 34/],
    ["a consistency beyond the last", [operation.read, 3, ...zeros(8), 2], /consistency/],
    ["a session around a session", [operation.inSession, ...zeros(8), 1, ...zeros(15), operation.inSession], /cannot hold operation 35/],
    ["sequence 0", [operation.inSession, ...zeros(24), 1], /sequences begin at 1/],
    ["answeredBelow above its sequence", [operation.inSession, ...zeros(8), 1, ...zeros(7), 2, ...zeros(7), 1], /answeredBelow is above/],
    ["versions the wrong way round", [operation.hello, 2, 0, 1, 0, ...zeros(8)], /lowest version 2 is above/],
    ["a session id of 2^53", [operation.keepSession, 0, 0, 0, 0, 0, 0, 0x20, 0], /2\^53/],
    ["a change without steps", [operation.changeMembership, ...zeros(9), 0, 0], /without a single step/],
    ["257 steps", [operation.changeMembership, ...zeros(9), 1, 1], /257 steps/],
    ["node id 0", [operation.changeMembership, ...zeros(9), 1, 0, 2, 0, 0, 0, 0], /node id 0 does not exist/],
    ["a version without its flag", [operation.changeMembership, 0, 1, ...zeros(7), 1, 0, 2, 1, 0, 0, 0], /flag is 0/],
    ["a flag of 2", [operation.changeMembership, 2, ...zeros(8), 1, 0, 2, 1, 0, 0, 0], /must be 0 or 1/],
    ["a name that is not UTF-8", [operation.changeMembership, ...zeros(9), 1, 0, 0, 1, 0, 0, 0, 1, 0, 0xff, ...zeros(4)], /not UTF-8/],
  ])("refuse %s", (_, encoded, words) => {
    expect(() => decodeRequest(Uint8Array.from(encoded))).toThrow(words)
  })

  test("accept a session id of 2^53 - 1", () => {
    const encoded = Uint8Array.of(operation.keepSession, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x1f, 0)
    expect(decodeRequest(encoded)).toEqual({ kind: "keepSession", sessionId: Number.MAX_SAFE_INTEGER })
  })
})

describe("responses", () => {
  test("come back as they were, with the id's two halves", () => {
    fc.assert(
      fc.property(response, u32, u32, (value, low, high) => {
        const out = new ByteWriter(1)
        writeResponseFrame(out, low, high, value)
        const frame = new ByteReader(out.take())
        expect(frame.u32("length")).toBe(frame.remaining)
        expect([frame.u32("low"), frame.u32("high")]).toEqual([low, high])
        const code = frame.u8("status")
        expect(decodeResponse(code, frame.bytes, frame.at, frame.end)).toEqual(value)
      }),
    )
  })

  test("with text are refused in words when cut at any byte", () => {
    fc.assert(
      fc.property(response, (value) => {
        if (value.kind === "ok" || value.kind === "update" || value.kind === "notFound") return
        const out = new ByteWriter()
        writeResponseFrame(out, 0, 0, value)
        const encoded = out.take()
        for (let end = 13; end < encoded.length; end++) {
          expect(() => decodeResponse(encoded[12]!, encoded, 13, end)).toThrow(WireError)
        }
      }),
    )
  })

  test("with a status of the future mean that nothing is known", () => {
    expect(decodeResponse(200, new Uint8Array(0), 0, 0)).toMatchObject({ kind: "unknown" })
  })

  test("with a reason of the future are still rejections", () => {
    const body = Uint8Array.of(255, ...zeros(4), 0, 0, 0, 0)
    expect(decodeResponse(status.rejected, body, 0, body.length)).toMatchObject({ kind: "rejected", reason: "other" })
  })

  test("of the store carry its status, the index and its body", () => {
    fc.assert(
      fc.property(u64, bytes, (index, body) => {
        const out = new ByteWriter(1)
        writeStoreFrame(out, 1, 2, index, Uint8Array.of(status.refused, ...body))
        const frame = out.take()
        expect(frame[12]).toBe(status.refused)
        expect(readIndexed(frame.subarray(13))).toEqual({ index, result: body })
      }),
    )
  })

  test("to openSession and hello come back as they were", () => {
    const opened = { sessionId: 2 ** 40, timeToLiveMs: 60_000 }
    const welcome = {
      version: 1,
      clusterId: "00000000deadbeef",
      nodeId: 3,
      features: 63,
      frameLengthMax: 0xff_ffff,
      inflightRequestsMax: 4096,
      softwareVersion: "0.1.0 ü",
      genesis: "0123456789abcdef",
    }
    const out = new ByteWriter(1)
    writeSessionOpened(out, opened)
    expect(readSessionOpened(out.take())).toEqual(opened)
    out.length = 0
    writeWelcome(out, welcome)
    const encoded = out.take()
    expect(readWelcome(encoded)).toEqual(welcome)
    // A server that does not tell its genesis ends before it.
    expect(readWelcome(encoded.subarray(0, -8))).toEqual({ ...welcome, genesis: null })
  })
})

describe("what a node says about itself", () => {
  test("comes back as it was", () => {
    fc.assert(
      fc.property(nodeStatus, (value) => {
        const out = new ByteWriter(1)
        writeServerStatus(out, value)
        expect(readServerStatus(new ByteReader(out.take()))).toEqual(value)
        out.length = 0
        writeLeaderState(out, value)
        expect(readLeaderState(new ByteReader(out.take()))).toEqual({
          term: value.term,
          leader: value.leader,
          configurationIndex: value.configurationIndex,
          members: value.members,
          genesis: value.genesis,
        })
      }),
    )
  })

  test("is refused in words when cut at any byte", () => {
    fc.assert(
      fc.property(nodeStatus, (value) => {
        const out = new ByteWriter()
        writeServerStatus(out, value)
        const encoded = out.take()
        for (let end = 0; end < encoded.length; end++) {
          expect(() => readServerStatus(new ByteReader(encoded, 0, end))).toThrow(WireError)
        }
      }),
      { numRuns: 20 },
    )
  })

  test("may grow at the end without confusing an older reader", () => {
    const out = new ByteWriter()
    const value = fc.sample(nodeStatus, { seed: 7, numRuns: 1 })[0]!
    writeServerStatus(out, value)
    out.raw(Uint8Array.of(1, 2, 3))
    expect(readServerStatus(new ByteReader(out.take()))).toEqual(value)
  })
})

function zeros(count: number): number[] {
  return Array.from({ length: count }, () => 0)
}
