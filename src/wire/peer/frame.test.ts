import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { WireError } from "../bytes/wire-error.ts"
import { FrameSplitter, frameBytesMaxDefault } from "./frame.ts"
import { frameHeaderBytes } from "./message.ts"

function frameOf(length: number, fill: number): Uint8Array {
  const frame = new Uint8Array(length).fill(fill)
  new DataView(frame.buffer).setUint32(0, length, true)
  return frame
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]))
}

describe("the frame splitter", () => {
  it("finds the same frames however the stream is cut", () => {
    const lengths = fc.array(fc.integer({ min: frameHeaderBytes, max: 90 }), { maxLength: 6 })
    fc.assert(
      fc.property(lengths, fc.array(fc.integer({ min: 1, max: 120 }), { minLength: 1 }), (sizes, cuts) => {
        const frames = sizes.map((size, i) => frameOf(size, i + 1))
        const stream = joined(frames)
        const splitter = new FrameSplitter()
        const found: Uint8Array[] = []
        for (let at = 0, i = 0; at < stream.length; i++) {
          const end = at + cuts[i % cuts.length]!
          found.push(...splitter.push(stream.slice(at, end)))
          at = end
        }
        expect(found.map((frame) => [...frame])).toEqual(frames.map((frame) => [...frame]))
        expect(splitter.pendingBytes).toBe(0)
      }),
    )
  })

  it("copies nothing where a frame lies within one chunk", () => {
    const chunk = joined([frameOf(40, 1), frameOf(50, 2)])
    const frames = new FrameSplitter().push(chunk)
    expect(frames.map((frame) => frame.buffer === chunk.buffer)).toEqual([true, true])
  })

  it("says how much it holds of an unfinished frame", () => {
    const splitter = new FrameSplitter()
    splitter.push(frameOf(40, 1).slice(0, 3))
    expect(splitter.pendingBytes).toBe(3)
    splitter.push(frameOf(40, 1).slice(3, 10))
    expect(splitter.pendingBytes).toBe(10)
  })

  it("frameBytesMaxDefault: the beginning of a frame of as many bytes is taken, of one more it is refused", () => {
    const begin = (length: number) =>
      new FrameSplitter().push(
        frameOf(40, 0)
          .with(0, length & 0xff)
          .with(1, (length >> 8) & 0xff)
          .with(2, (length >> 16) & 0xff)
          .with(3, length >> 24),
      )
    expect(begin(frameBytesMaxDefault - 1)).toEqual([])
    expect(begin(frameBytesMaxDefault)).toEqual([])
    expect(() => begin(frameBytesMaxDefault + 1)).toThrow("a frame of 16777217 bytes; at most 16777216 are allowed")
  })

  it("takes a frame of the longest length and refuses one byte more, and one shorter than a header", () => {
    expect(new FrameSplitter(100).push(frameOf(100, 0))).toHaveLength(1)
    expect(() => new FrameSplitter(100).push(frameOf(101, 0))).toThrow(WireError)
    expect(new FrameSplitter().push(frameOf(frameHeaderBytes, 0))).toHaveLength(1)
    expect(() => new FrameSplitter().push(frameOf(frameHeaderBytes - 1, 0))).toThrow("shorter than its header")
    expect(() =>
      new FrameSplitter(100).push(Uint8Array.of(255, 255)).concat(new FrameSplitter(100).push(Uint8Array.of(255, 255, 255, 255))),
    ).toThrow("at most 100")
  })
})
