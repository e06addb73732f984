import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { beginFrame, ByteWriter, endFrame, FrameCutter, frameLengthMax, writeRequestFrame } from "./index.ts"

/** All frames that can be taken now, as copies. */
function takeAll(cutter: FrameCutter): Uint8Array[] {
  const frames: Uint8Array[] = []
  for (let frame = cutter.take(); frame !== null; frame = cutter.take()) frames.push(frame.bytes.slice(frame.start, frame.end))
  return frames
}

function frameOf(body: Uint8Array): Uint8Array {
  const out = new ByteWriter(1)
  const start = beginFrame(out, 1, 2, 3)
  out.raw(body)
  endFrame(out, start)
  return out.take()
}

function join(parts: readonly Uint8Array[]): Uint8Array {
  const out = new ByteWriter(1)
  for (const part of parts) out.raw(part)
  return out.take()
}

describe("FrameCutter", () => {
  test("finds every frame wherever the stream is cut", () => {
    const frames = fc.array(fc.uint8Array({ maxLength: 60 }).map(frameOf), { maxLength: 8 })
    fc.assert(
      fc.property(frames, fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1 }), (expected, sizes) => {
        const stream = join(expected)
        const cutter = new FrameCutter()
        const found: Uint8Array[] = []
        for (let at = 0, turn = 0; at < stream.length; turn++) {
          const size = sizes[turn % sizes.length]!
          cutter.push(stream.subarray(at, at + size))
          found.push(...takeAll(cutter))
          at += size
        }
        expect(found).toEqual(expected)
        expect(cutter.heldBytes).toBe(0)
        expect(cutter.error).toBeNull()
      }),
    )
  })

  test("finds two frames split at every pair of bytes", () => {
    const expected = [frameOf(Uint8Array.of(1, 2, 3)), frameOf(new Uint8Array(0))]
    const stream = join(expected)
    for (let first = 0; first <= stream.length; first++) {
      for (let second = first; second <= stream.length; second++) {
        const cutter = new FrameCutter()
        const found: Uint8Array[] = []
        for (const piece of [stream.subarray(0, first), stream.subarray(first, second), stream.subarray(second)]) {
          cutter.push(piece)
          found.push(...takeAll(cutter))
        }
        expect(found).toEqual(expected)
      }
    }
  })

  test("does not copy a frame that arrived in one piece", () => {
    const piece = join([frameOf(Uint8Array.of(1)), frameOf(Uint8Array.of(2))])
    const cutter = new FrameCutter()
    cutter.push(piece)
    expect(cutter.take()!.bytes).toBe(piece)
    expect(cutter.take()!.bytes).toBe(piece)
  })

  test("gives a spread frame bytes of its own, which later frames do not overwrite", () => {
    const cutter = new FrameCutter()
    const taken: { bytes: Uint8Array; start: number; end: number }[] = []
    for (const value of [1, 2]) {
      const stream = frameOf(new Uint8Array(20).fill(value))
      for (const piece of [stream.subarray(0, 7), stream.subarray(7)]) {
        cutter.push(piece)
        for (let frame = cutter.take(); frame !== null; frame = cutter.take()) taken.push({ ...frame })
      }
    }
    expect(taken.map(({ bytes, end }) => bytes[end - 1])).toEqual([1, 2])
  })

  test("holds no more memory than twice what arrived, whatever a length announces", () => {
    const cutter = new FrameCutter()
    cutter.push(Uint8Array.of(0xff, 0xff, 0xff, 0, 1, 2, 3))
    expect(cutter.take()).toBeNull()
    expect(cutter.heldBytes).toBe(7)
    expect((cutter as unknown as { partial: Uint8Array }).partial.length).toBeLessThan(32)
  })

  test("keeps no more than the header of frames above what it was told to keep, wherever the stream is cut", () => {
    const keptMax = 40
    const frames = fc.array(fc.uint8Array({ maxLength: 80 }).map(frameOf), { maxLength: 8 })
    fc.assert(
      fc.property(frames, fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1 }), (expected, sizes) => {
        const stream = join(expected)
        const cutter = new FrameCutter(keptMax)
        const lengths: number[] = []
        for (let at = 0, turn = 0; at < stream.length; turn++) {
          const size = sizes[turn % sizes.length]!
          cutter.push(stream.subarray(at, at + size))
          for (let frame = cutter.take(); frame !== null; frame = cutter.take()) {
            const { bytes, start, end } = frame
            const whole = expected[lengths.length]!
            lengths.push(end - start)
            const kept = end - start <= keptMax ? end : start + 13
            expect([...bytes.subarray(start, kept)]).toEqual([...whole.subarray(0, kept - start)])
          }
          expect(cutter.heldBytes).toBeLessThanOrEqual(Math.max(keptMax, size))
          expect(cutter.begunBytes).toBeLessThanOrEqual(keptMax)
          at += size
        }
        expect(lengths).toEqual(expected.map((frame) => frame.length))
        expect(cutter.isInFrame).toBe(false)
      }),
    )
  })

  test("frameLengthMax: takes a frame of the greatest length and refuses one byte more", () => {
    const cutter = new FrameCutter()
    const largest = new Uint8Array(4 + frameLengthMax)
    largest.set([0xff, 0xff, 0xff, 0])
    cutter.push(largest.subarray(0, 5_000_000))
    expect(cutter.take()).toBeNull()
    cutter.push(largest.subarray(5_000_000))
    expect(cutter.take()!.end).toBe(4 + frameLengthMax)
    cutter.push(Uint8Array.of(0, 0, 0, 1))
    expect(cutter.take()).toBeNull()
    expect(cutter.error).toMatch(/16777216 bytes is above the limit of 16777215/)
  })

  test.each([[[0x47, 0x45, 0x54, 0x20]], [[8, 0, 0, 0]], [[0, 0, 0, 0]]])("refuses %j as a length, in one piece and in two", (bytes) => {
    const whole = new FrameCutter()
    whole.push(Uint8Array.from(bytes))
    expect(whole.take()).toBeNull()
    const halves = new FrameCutter()
    halves.push(Uint8Array.from(bytes.slice(0, 2)))
    expect(halves.take()).toBeNull()
    halves.push(Uint8Array.from([...bytes.slice(2), 1, 2, 3]))
    expect(halves.take()).toBeNull()
    expect(whole.error).not.toBeNull()
    expect(halves.error).toBe(whole.error)
    halves.push(frameOf(new Uint8Array(3)))
    expect(halves.take()).toBeNull()
  })

  test("takes a request with an id beyond 32 bits", () => {
    const out = new ByteWriter(1)
    writeRequestFrame(out, 2 ** 32 * 5 + 7, Uint8Array.of(2, 1, 0, 0x61))
    expect([...out.take()]).toEqual([12, 0, 0, 0, 7, 0, 0, 0, 5, 0, 0, 0, 2, 1, 0, 0x61])
  })
})
