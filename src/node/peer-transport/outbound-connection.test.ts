import { expect, test } from "vitest"
import { ByteWriter } from "../../wire/index.ts"
import { keptWriterBytesMax, nextWriter } from "./outbound-connection.ts"

function written(bytes: number): ByteWriter {
  const writer = new ByteWriter(bytes)
  writer.reserve(bytes)
  return writer
}

test("keptWriterBytesMax: a writer that grew so long is used again, a longer one is let go", () => {
  const kept = written(keptWriterBytesMax)
  expect(nextWriter(kept, true)).toBe(kept)
  expect(kept.length).toBe(0)
  const longer = nextWriter(written(keptWriterBytesMax + 1), true)
  expect(longer.length).toBe(0)
  expect(longer.bytes.length).toBe(1 << 20)
})

test("memory that the socket still reads from is not written to again", () => {
  const busy = written(100)
  const next = nextWriter(busy, false)
  expect(next.bytes.buffer).not.toBe(busy.bytes.buffer)
  expect(busy.length).toBe(100)
})
