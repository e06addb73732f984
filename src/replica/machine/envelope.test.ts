import * as fc from "fast-check"
import { describe, expect, test } from "vitest"
import type { SessionToken } from "../event.ts"
import {
  answeredBelowOf,
  bootIdOf,
  commandOf,
  encodeSessionLimits,
  envelopeBytes,
  EnvelopeType,
  explainBadEnvelope,
  numberOf,
  originOf,
  plainHeaderBytes,
  sequenceOf,
  sessionHeaderBytes,
  sessionIdOf,
  sessionsMaxOf,
  sessionTimeoutMsOf,
  stampTime,
  timeMsOf,
  typeOf,
  writeEnvelope,
} from "./envelope.ts"

const u32 = fc.integer({ min: 0, max: 0xffff_ffff })
const u53 = fc.maxSafeNat()
const bytes = fc.uint8Array({ maxLength: 64 })

function encode(
  origin: number,
  bootId: number,
  number: number,
  timeMs: number,
  session: SessionToken | null,
  command: Uint8Array,
): Uint8Array {
  const type = session === null ? EnvelopeType.command : EnvelopeType.sessionCommand
  const into = new Uint8Array(envelopeBytes(type, command.length) + 3)
  expect(writeEnvelope(into, 3, type, { raft: { id: origin }, bootId }, number, timeMs, { command, session })).toBe(into.length)
  return into.subarray(3)
}

describe("the envelope", () => {
  test("gives back every number and the command that went in", () => {
    const session = fc.option(fc.record({ sessionId: u53, sequence: u53, answeredBelow: u53 }))
    fc.assert(
      fc.property(u32, u32, u53, u53, session, bytes, (origin, bootId, number, timeMs, token, command) => {
        const data = encode(origin, bootId, number, timeMs, token, command)
        expect(explainBadEnvelope(data)).toBeNull()
        expect([originOf(data), bootIdOf(data), numberOf(data), timeMsOf(data)]).toEqual([origin, bootId, number, timeMs])
        expect(commandOf(data)).toEqual(command)
        if (token === null) return
        expect(typeOf(data)).toBe(EnvelopeType.sessionCommand)
        expect([sessionIdOf(data), sequenceOf(data), answeredBelowOf(data)]).toEqual([token.sessionId, token.sequence, token.answeredBelow])
      }),
    )
  })

  test("is refused in words at every length below its header, and read from there on", () => {
    const session = { sessionId: 1, sequence: 2, answeredBelow: 1 }
    for (const [token, header] of [
      [null, plainHeaderBytes],
      [session, sessionHeaderBytes],
    ] as const) {
      const data = encode(1, 2, 3, 4, token, new Uint8Array(0))
      expect(data.length).toBe(header)
      for (let length = 0; length < header; length++) expect(explainBadEnvelope(data.subarray(0, length))).toMatch(/shorter/)
    }
  })

  test.each([
    ["another format", 0, 2, /format 2/],
    ["an unknown type", 1, 7, /unknown type 7/],
    ["a statement that is none", 1, 6, /a statement that makes no sense/],
    ["type 0", 1, 0, /unknown type 0/],
    ["a reserved byte", 3, 1, /reserved/],
    ["a number of 2^53", 18, 0x20, /2\^53/],
    ["a time of 2^56", 27, 1, /2\^53/],
  ])("with %s is refused in words", (_name, at, value, words) => {
    const data = encode(1, 2, 3, 4, null, new Uint8Array(5))
    data[at] = value
    expect(explainBadEnvelope(data)).toMatch(words)
  })

  test("never throws, whatever the bytes are", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (data) => {
        explainBadEnvelope(data)
      }),
    )
  })

  test("takes the leader's time without touching anything else", () => {
    const data = encode(7, 8, 9, 10, null, Uint8Array.of(1, 2, 3))
    stampTime(data, 0, 2 ** 40 + 5)
    expect([originOf(data), bootIdOf(data), numberOf(data), timeMsOf(data)]).toEqual([7, 8, 9, 2 ** 40 + 5])
    expect(commandOf(data)).toEqual(Uint8Array.of(1, 2, 3))
  })

  test("of a new session carries its limits, and nothing else", () => {
    const limits = encodeSessionLimits(60_000, 0xffff_ffff)
    const data = new Uint8Array(envelopeBytes(EnvelopeType.openSession, limits.length))
    writeEnvelope(data, 0, EnvelopeType.openSession, { raft: { id: 1 }, bootId: 1 }, 1, 1, { command: limits, session: null })
    expect(explainBadEnvelope(data)).toBeNull()
    expect([sessionTimeoutMsOf(data), sessionsMaxOf(data)]).toEqual([60_000, 0xffff_ffff])
    expect(explainBadEnvelope(data.subarray(0, data.length - 1))).toMatch(/session limits/)
  })
})
