import { expect, test } from "vitest"
import type { Entry } from "../../core/index.ts"
import { clusterTimeMs, createClusterClock, type StampedLog } from "./cluster-clock.ts"
import { envelopeBytes, EnvelopeType, writeEnvelope } from "./envelope.ts"

const origin = { raft: { id: 1 }, bootId: 1 }

function entryAt(index: number, timeMs: number | null): Entry {
  const data = new Uint8Array(timeMs === null ? 0 : envelopeBytes(EnvelopeType.command, 0))
  if (timeMs !== null) writeEnvelope(data, 0, EnvelopeType.command, origin, index, timeMs, { command: new Uint8Array(0), session: null })
  return { index, term: 1, kind: timeMs === null ? "noop" : "command", data, configuration: null, encoded: null }
}

/** The log of a leader of `term`, of these times from index 1 on; null for an entry without one. */
function logOf(term: number, ...times: (number | null)[]): StampedLog {
  return { state: { term }, firstIndex: 1, lastIndex: times.length, entry: (index) => entryAt(index, times[index - 1]!) }
}

const applied = (lastApplied: number, timeMs: number) => ({ lastApplied, timeMs })

test("a new leader goes on from the last stamp in its log, applied or not, past entries that carry none", () => {
  const clock = createClusterClock()
  expect(clusterTimeMs(clock, logOf(2, 100, 700, null, null), applied(1, 100), 5_000)).toBe(700)
  expect(clusterTimeMs(clock, logOf(2, 100, 700, null, null), applied(1, 100), 5_250.9)).toBe(950)
})

test("a new leader with nothing newer in its log goes on from what is applied", () => {
  expect(clusterTimeMs(createClusterClock(), logOf(2, 100, 200, null), applied(2, 300), 5_000)).toBe(300)
})

test("time between two leaderships of one server does not count, nor does a clock that goes back", () => {
  const clock = createClusterClock()
  expect(clusterTimeMs(clock, logOf(2), applied(0, 0), 1_000)).toBe(0)
  expect(clusterTimeMs(clock, logOf(2), applied(0, 0), 900)).toBe(0)
  expect(clusterTimeMs(clock, logOf(2), applied(0, 0), 1_400)).toBe(400)
  expect(clusterTimeMs(clock, logOf(5, 400, null), applied(1, 400), 99_000)).toBe(400)
  expect(clusterTimeMs(clock, logOf(5, 400, null), applied(1, 400), 99_001)).toBe(401)
})

test("a leader that restores a snapshot looks no further back than its log, and goes on from the snapshot once it is restored", () => {
  const clock = createClusterClock()
  const log: StampedLog = {
    state: { term: 3 },
    firstIndex: 5,
    lastIndex: 5,
    entry: (index) => {
      if (index < 5) throw new Error(`entry ${index} is gone`)
      return entryAt(index, null)
    },
  }
  expect(clusterTimeMs(clock, log, applied(2, 70), 1_000)).toBe(70)
  expect(clusterTimeMs(clock, log, applied(2, 70), 1_010)).toBe(80)
  expect(clusterTimeMs(clock, log, applied(5, 400), 1_020)).toBe(400)
  expect(clusterTimeMs(clock, log, applied(5, 400), 1_030)).toBe(410)
})
