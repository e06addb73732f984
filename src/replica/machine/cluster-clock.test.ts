import { expect, test } from "vitest"
import type { Entry } from "../../core/index.ts"
import { clusterTimeMs, createClusterClock, type StampedLog } from "./cluster-clock.ts"
import { envelopeBytes, EnvelopeType, writeEnvelope } from "./envelope.ts"

function entryAt(index: number, timeMs: number | null): Entry {
  const data = new Uint8Array(timeMs === null ? 0 : envelopeBytes(EnvelopeType.command, 0))
  if (timeMs !== null) writeEnvelope(data, 0, EnvelopeType.command, 1, 1, index, timeMs, null, new Uint8Array(0))
  return { index, term: 1, kind: timeMs === null ? "noop" : "command", data, configuration: null, encoded: null }
}

/** A log of these times from index 1 on; null for an entry without one. */
function logOf(...times: (number | null)[]): StampedLog {
  return { firstIndex: 1, lastIndex: times.length, entry: (index) => entryAt(index, times[index - 1]!) }
}

test("a new leader goes on from the last stamp in its log, applied or not, past entries that carry none", () => {
  const clock = createClusterClock()
  expect(clusterTimeMs(clock, 2, 5_000, 1, 100, logOf(100, 700, null, null))).toBe(700)
  expect(clusterTimeMs(clock, 2, 5_250.9, 1, 100, logOf(100, 700, null, null))).toBe(950)
})

test("a new leader with nothing newer in its log goes on from what is applied", () => {
  expect(clusterTimeMs(createClusterClock(), 2, 5_000, 2, 300, logOf(100, 200, null))).toBe(300)
})

test("time between two leaderships of one server does not count, nor does a clock that goes back", () => {
  const clock = createClusterClock()
  expect(clusterTimeMs(clock, 2, 1_000, 0, 0, logOf())).toBe(0)
  expect(clusterTimeMs(clock, 2, 900, 0, 0, logOf())).toBe(0)
  expect(clusterTimeMs(clock, 2, 1_400, 0, 0, logOf())).toBe(400)
  expect(clusterTimeMs(clock, 5, 99_000, 1, 400, logOf(400, null))).toBe(400)
  expect(clusterTimeMs(clock, 5, 99_001, 1, 400, logOf(400, null))).toBe(401)
})

test("a leader that restores a snapshot looks no further back than its log, and goes on from the snapshot once it is restored", () => {
  const clock = createClusterClock()
  const log: StampedLog = {
    firstIndex: 5,
    lastIndex: 5,
    entry: (index) => {
      if (index < 5) throw new Error(`entry ${index} is gone`)
      return entryAt(index, null)
    },
  }
  expect(clusterTimeMs(clock, 3, 1_000, 2, 70, log)).toBe(70)
  expect(clusterTimeMs(clock, 3, 1_010, 2, 70, log)).toBe(80)
  expect(clusterTimeMs(clock, 3, 1_020, 5, 400, log)).toBe(400)
  expect(clusterTimeMs(clock, 3, 1_030, 5, 400, log)).toBe(410)
})
