import { expect, test } from "vitest"
import { ByteWriter } from "../wire/client/index.ts"
import { emptyOutput, keptOutputBytesMax } from "./connection.ts"

test("keptOutputBytesMax: output that grew so long keeps its memory, a longer one is let go", () => {
  const out = new ByteWriter(keptOutputBytesMax)
  out.reserve(keptOutputBytesMax)
  const { bytes } = out
  emptyOutput(out, true)
  expect(out).toMatchObject({ length: 0 })
  expect(out.bytes).toBe(bytes)
  out.reserve(keptOutputBytesMax + 1)
  emptyOutput(out, true)
  expect(out.length).toBe(0)
  expect(out.bytes.length).toBeLessThan(keptOutputBytesMax)
})

test("memory that the socket still reads from is not written to again", () => {
  const out = new ByteWriter(100)
  out.reserve(100)
  const { bytes } = out
  emptyOutput(out, false)
  expect(out.bytes.buffer).not.toBe(bytes.buffer)
})
