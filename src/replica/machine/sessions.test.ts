import { describe, expect, test } from "vitest"
import { encodeContent, ContentReader } from "../snapshots/snapshot-content.ts"
import { createRefusals } from "./refusals.ts"
import {
  cloneSessions,
  closeSession,
  createSessions,
  expireSessions,
  findResult,
  hashSessions,
  keepResult,
  openSession,
  sessionResultBytesMax,
  sessionResultsMax,
  touchSession,
  type Sessions,
} from "./sessions.ts"

const result = (value: number): Uint8Array => Uint8Array.of(value)

function tableOf(...ids: number[]): Sessions {
  const sessions = createSessions()
  for (const id of ids) openSession(sessions, id, id, 1_000, 100)
  return sessions
}

/** Applies a command as the replica does; returns what its caller would get. */
function apply(sessions: Sessions, id: number, sequence: number, answeredBelow: number, timeMs: number): Uint8Array | string {
  const known = findResult(sessions, id, sequence, answeredBelow, timeMs)
  if (known !== "new") return known
  keepResult(sessions, id, sequence, result(sequence))
  return "applied"
}

const idsOf = (sessions: Sessions): number[] => [...sessions.byId.keys()]

describe("a session", () => {
  test("gives a retry the first result and does not apply it again", () => {
    const sessions = tableOf(5)
    expect(apply(sessions, 5, 1, 1, 10)).toBe("applied")
    expect(apply(sessions, 5, 1, 1, 11)).toEqual(result(1))
    expect(apply(sessions, 5, 2, 1, 12)).toBe("applied")
  })

  test("takes sequence numbers in any order", () => {
    const sessions = tableOf(5)
    for (const sequence of [3, 1, 5, 2, 4]) expect(apply(sessions, 5, sequence, 1, 10)).toBe("applied")
    for (const sequence of [1, 2, 3, 4, 5]) expect(apply(sessions, 5, sequence, 1, 10)).toEqual(result(sequence))
  })

  test("forgets results below what was answered, and then refuses their retry", () => {
    const sessions = tableOf(5)
    for (const sequence of [1, 2, 3]) apply(sessions, 5, sequence, 1, 10)
    expect(apply(sessions, 5, 4, 3, 10)).toBe("applied")
    expect(apply(sessions, 5, 2, 3, 10)).toBe("sequenceForgotten")
    expect(apply(sessions, 5, 3, 3, 10)).toEqual(result(3))
    // What was declared answered once stays so, whatever a late message says.
    expect(apply(sessions, 5, 2, 1, 10)).toBe("sequenceForgotten")
  })

  test("sessionResultsMax: keeps at most so many results and forgets the oldest", () => {
    const sessions = tableOf(5)
    for (let sequence = 1; sequence <= sessionResultsMax; sequence++) apply(sessions, 5, sequence, 1, 10)
    expect(apply(sessions, 5, 1, 1, 10)).toEqual(result(1))
    apply(sessions, 5, sessionResultsMax + 1, 1, 10)
    expect(apply(sessions, 5, 1, 1, 10)).toBe("sequenceForgotten")
    expect(apply(sessions, 5, 2, 1, 10)).toEqual(result(2))
  })

  test("sessionResultBytesMax: keeps at most so many bytes of results, but always the last one", () => {
    const sessions = tableOf(5)
    const put = (sequence: number, length: number): void => {
      expect(findResult(sessions, 5, sequence, 1, 10)).toBe("new")
      keepResult(sessions, 5, sequence, new Uint8Array(length))
    }
    put(1, sessionResultBytesMax - 1)
    put(2, 1)
    expect(findResult(sessions, 5, 1, 1, 10)).toHaveLength(sessionResultBytesMax - 1)
    put(3, 1)
    expect(findResult(sessions, 5, 1, 1, 10)).toBe("sequenceForgotten")
    put(4, sessionResultBytesMax + 1)
    expect(findResult(sessions, 5, 4, 1, 10)).toHaveLength(sessionResultBytesMax + 1)
  })

  test("that was closed, or never was, is expired", () => {
    const sessions = tableOf(5)
    expect(closeSession(sessions, 5)).toBe(true)
    expect(closeSession(sessions, 5)).toBe(false)
    expect(touchSession(sessions, 5, 10)).toBe(false)
    expect(apply(sessions, 5, 1, 1, 10)).toBe("sessionExpired")
    expect(apply(sessions, 6, 1, 1, 10)).toBe("sessionExpired")
  })
})

describe("the table of sessions", () => {
  test("sessionTimeoutMs: expires a session exactly when its timeout has passed since its last use", () => {
    const sessions = tableOf(5)
    const expired: number[] = []
    touchSession(sessions, 5, 500)
    expireSessions(sessions, 1_499, (id) => expired.push(id))
    expect(expired).toEqual([])
    expireSessions(sessions, 1_500, (id) => expired.push(id))
    expect(expired).toEqual([5])
    expect(idsOf(sessions)).toEqual([])
  })

  test("sessionsMax: makes room by the least recently used", () => {
    const sessions = createSessions()
    for (const id of [1, 2, 3]) expect(openSession(sessions, id, id, 1_000, 3)).toBe(0)
    apply(sessions, 1, 1, 1, 10)
    expect(openSession(sessions, 4, 11, 1_000, 3)).toBe(2)
    expect(idsOf(sessions)).toEqual([3, 1, 4])
  })

  test("goes by the limits that came with the last session", () => {
    const sessions = tableOf(1)
    openSession(sessions, 2, 2, 5, 100)
    const expired: number[] = []
    expireSessions(sessions, 6, (id) => expired.push(id))
    expect(expired).toEqual([1])
  })

  test("is independent of its clone, both ways, whichever writes first", () => {
    const original = tableOf(1, 2)
    apply(original, 1, 1, 1, 10)
    const before = hashSessions(0, original)
    const copy = cloneSessions(original)
    expect(hashSessions(0, copy)).toBe(before)
    apply(copy, 1, 2, 2, 11)
    expect(hashSessions(0, original)).toBe(before)
    apply(original, 1, 2, 1, 12)
    closeSession(original, 2)
    expect(idsOf(copy)).toEqual([2, 1])
    expect(findResult(copy, 1, 1, 1, 13)).toBe("sequenceForgotten")
    expect(findResult(original, 1, 1, 1, 13)).toEqual(result(1))
    const third = cloneSessions(copy)
    apply(copy, 1, 9, 1, 14)
    expect(findResult(third, 1, 9, 1, 15)).toBe("new")
  })

  test("survives a snapshot with order, results and limits, in as many chunks as it takes", () => {
    const sessions = createSessions()
    for (let id = 1; id <= 40; id++) openSession(sessions, id, id, 77_000, 50)
    for (let id = 1; id <= 40; id += 2) {
      findResult(sessions, id, 1, 1, 100 + id)
      keepResult(sessions, id, 1, new Uint8Array(10_000).fill(id))
    }
    const chunks = [...encodeContent({ timeMs: 123_456, sessions, refusals: createRefusals() })]
    expect(chunks.length).toBeGreaterThan(2)
    const reader = new ContentReader()
    for (const [i, chunk] of chunks.entries()) {
      expect(reader.isComplete).toBe(false)
      reader.write(chunk)
      expect(reader.isComplete).toBe(i === chunks.length - 1)
    }
    expect(reader.timeMs).toBe(123_456)
    expect(idsOf(reader.sessions)).toEqual(idsOf(sessions))
    expect(hashSessions(0, reader.sessions)).toBe(hashSessions(0, sessions))
  })

  test("come back from a snapshot as copies: the buffer they came in can be used again, be it one of Node's", () => {
    const sessions = tableOf(1)
    apply(sessions, 1, 1, 1, 10)
    const [chunk] = [...encodeContent({ timeMs: 1, sessions, refusals: createRefusals() })]
    const buffer = Buffer.from(chunk!)
    const reader = new ContentReader()
    reader.write(buffer)
    buffer.fill(0xee)
    expect(hashSessions(0, reader.sessions)).toBe(hashSessions(0, sessions))
  })

  test("in a snapshot that is cut anywhere is refused in words", () => {
    const sessions = tableOf(1, 2)
    apply(sessions, 1, 1, 1, 10)
    const [chunk] = [...encodeContent({ timeMs: 1, sessions, refusals: createRefusals() })]
    for (let length = 0; length < chunk!.length; length++) {
      const reader = new ContentReader()
      const cut = (): void => reader.write(chunk!.subarray(0, length))
      // A cut between two sessions leaves a chunk that is whole in itself; the file's checksum is what notices it.
      if (length === 18 || length === 18 + 28) expect(cut).not.toThrow()
      else expect(cut).toThrow(RangeError)
    }
  })
})
