import { describe, expect, test } from "vitest"
import { type Location, nowhere, Segments, unitBytes } from "./segments.ts"

const kibibyte = 1024 / unitBytes
const whole = 256 * kibibyte

function reserveMany(segments: Segments, count: number, units: number): Location[] {
  return Array.from({ length: count }, () => segments.reserve(units))
}

describe("segments", () => {
  test("places next to each other share one; none of them is nowhere", () => {
    const segments = new Segments()
    const [a, b] = [segments.reserve(10), segments.reserve(10)]
    expect(a).not.toBe(nowhere)
    expect(b).toBe(a + 10)
    expect(segments.segmentOf(a)).toBe(segments.segmentOf(b))
  })

  test("segmentBytesMin: the first has so many bytes; each has at least room for four of what opens it", () => {
    const opened = (units: number) => {
      const segments = new Segments()
      return segments.segmentOf(segments.reserve(units)).units
    }
    expect([1, kibibyte, kibibyte + 1].map(opened)).toEqual([4 * kibibyte, 4 * kibibyte, 4 * kibibyte + 4])
  })

  test("segmentBytesMax: they grow from 4 to 256 KiB, and no further", () => {
    const segments = new Segments()
    const sizes = new Set(reserveMany(segments, 700, 125).map((location) => segments.segmentOf(location).bytes.length / 1024))
    expect([...sizes]).toEqual([4, 8, 16, 32, 64, 128, 256])
  })

  test("loneRecordBytesMin: 64 KiB have one of their own, exactly as long, which goes with them", () => {
    const segments = new Segments()
    const below = segments.reserve(64 * kibibyte - 1)
    expect(segments.segmentOf(below).units).toBeGreaterThan(64 * kibibyte - 1)
    const lone = segments.reserve(64 * kibibyte)
    const long = segments.reserve(10 * whole)
    expect([lone, long].map((location) => segments.segmentOf(location).units)).toEqual([64 * kibibyte, 10 * whole])
    expect(segments.count).toBe(3)
    segments.release(lone, 64 * kibibyte)
    segments.release(long, 10 * whole)
    expect(segments.count).toBe(1)
  })

  test("one that is full counts as wasted from the moment that half of it is, until all of it is; then its number is used again", () => {
    const segments = new Segments()
    const four = reserveMany(segments, 4, kibibyte)
    const first = segments.segmentOf(four[0]!)
    segments.reserve(kibibyte)
    segments.release(four[0]!, kibibyte)
    expect(segments.wastedBytes).toBe(0)
    segments.release(four[1]!, kibibyte)
    expect([segments.wastedBytes, segments.isSparse(four[2]!)]).toEqual([2048, true])
    segments.release(four[2]!, kibibyte)
    expect(segments.wastedBytes).toBe(3072)
    segments.release(four[3]!, kibibyte)
    expect([segments.wastedBytes, segments.count]).toEqual([0, 1])
    const reused = segments.reserve(whole / 4)
    expect(reused).toBe(four[0])
    expect(segments.segmentOf(reused)).not.toBe(first)
  })

  test("one that is still being filled is not wasted, nor let go, however little of it is needed", () => {
    const segments = new Segments()
    const location = segments.reserve(10)
    segments.release(location, 10)
    expect([segments.wastedBytes, segments.count, segments.isSparse(location)]).toEqual([0, 1, false])
    expect(segments.reserve(10)).toBe(location + 10)
  })

  test("a clone gets other stretches of the same segments, and keeps what the original lets go of", () => {
    const segments = new Segments()
    const four = reserveMany(segments, 4, kibibyte - 10)
    const clone = segments.clone()
    const [ours, theirs] = [segments.reserve(5), clone.reserve(5)]
    expect(segments.segmentOf(ours)).toBe(clone.segmentOf(theirs))
    expect(theirs).toBe(ours + 5)
    const segment = segments.segmentOf(ours)
    segments.reserve(100)
    for (const location of four) segments.release(location, kibibyte - 10)
    segments.release(ours, 5)
    expect(segments.count).toBe(1)
    expect(clone.segmentOf(four[0]!)).toBe(segment)
    expect(clone.wastedBytes).toBe(0)
  })
})
