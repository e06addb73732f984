import { expect, test } from "vitest"
import { inputBytesMax, parseKey, readValue, toJsonField, toLine } from "./bytes-text.ts"

const bytes = (text: string) => new TextEncoder().encode(text)

test.each([
  ["plain", "plain"],
  ["grüße", "grüße"],
  ["two\nlines", "two\\nlines"],
  ["tab\there", "tab\\there"],
  ["\u001B[31mred", "\\u001b[31mred"],
  ["back\\slash", "back\\\\slash"],
])("%j is shown as %s, on one line and without control characters", (text, line) => expect(toLine(bytes(text))).toBe(line))

test("bytes that are no text are shown in hexadecimal, and as base64 in JSON", () => {
  expect(toLine(Uint8Array.of(0xff, 0x00))).toBe("0xff00")
  expect(toJsonField("value", Uint8Array.of(0xff, 0x00))).toEqual({ valueBase64: "/wA=" })
  expect(toJsonField("value", bytes("é"))).toEqual({ value: "é" })
})

test("a lone dash reads the value from standard input, byte by byte as it is", async () => {
  async function* input(): AsyncGenerator<Buffer> {
    yield Buffer.from([1, 2])
    yield Buffer.from([0xff])
  }
  expect([...(await readValue("-", input()))]).toEqual([1, 2, 0xff])
  expect([...(await readValue("--", input()))]).toEqual([45, 45])
})

test("an empty key is refused", () => expect(() => parseKey("")).toThrow("The key is empty"))

test("inputBytesMax: an input that goes on and on is refused, not gathered", async () => {
  const chunks = (count: number): Buffer[] => Array.from({ length: count }, () => Buffer.alloc(1 << 20))
  const all = chunks(inputBytesMax >> 20)
  expect(await readValue("-", toInput(all))).toHaveLength(inputBytesMax)
  await expect(readValue("-", toInput([...all, Buffer.alloc(1)]))).rejects.toThrow(/could not be read from standard input: it goes on/)
})

async function* toInput(chunks: readonly Buffer[]): AsyncGenerator<Buffer> {
  await Promise.resolve()
  yield* chunks
}
