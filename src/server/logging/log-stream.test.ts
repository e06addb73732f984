import { expect, test, vi } from "vitest"
import { LogStream, logBacklogBytesMax } from "./log-stream.ts"

/** A file descriptor that takes `room` bytes, and fails with `code` without any. */
class Descriptor {
  text = ""
  room = Infinity
  code = "ENOSPC"

  write = (bytes: Uint8Array): number => {
    const taken = Math.min(bytes.length, this.room)
    if (taken === 0) throw Object.assign(new Error(`${this.code}: write`), { code: this.code })
    this.text += Buffer.from(bytes.subarray(0, taken)).toString()
    this.room -= taken
    return taken
  }
}

test("lines are written as they come, also those that are taken in pieces", () => {
  const descriptor = new Descriptor()
  const write = (bytes: Uint8Array): number => descriptor.write(bytes.subarray(0, 2))
  const log = new LogStream(write)
  log.write("one\n")
  log.write("two\n")
  expect(descriptor.text).toBe("one\ntwo\n")
  expect(log).toMatchObject({ linesLost: 0, trouble: null })
})

test.each([
  ["EPIPE", "its reader has closed it"],
  ["EAGAIN", "its reader does not read"],
  ["ENOSPC", "the disk that it goes to is full"],
  ["EIO", "EIO: write"],
])("a log that cannot be written (%s) throws nothing, says why, and goes on where it stopped", (code, trouble) => {
  const descriptor = new Descriptor()
  const log = new LogStream(descriptor.write)
  descriptor.room = 5
  descriptor.code = code
  log.write("one\n")
  log.write("two\n")
  expect(log).toMatchObject({ linesLost: 0, trouble })
  expect(descriptor.text).toBe("one\nt")
  descriptor.room = Infinity
  log.write("three\n")
  expect(descriptor.text).toBe("one\ntwo\nthree\n")
  expect(log).toMatchObject({ linesLost: 0, trouble: null })
})

test("logBacklogBytesMax: up to it lines wait, above it they are lost and counted, and that is told once it can be", () => {
  const descriptor = new Descriptor()
  const log = new LogStream(descriptor.write)
  const told = vi.fn()
  log.onRecovered = told
  descriptor.room = 0
  const line = `${"x".repeat(1023)}\n`
  for (let i = 0; i < logBacklogBytesMax / line.length; i++) log.write(line)
  expect(log.linesLost).toBe(0)
  log.write("\n")
  log.write(line)
  expect(log.linesLost).toBe(2)

  descriptor.room = Infinity
  log.write("on\n")
  expect(descriptor.text).toHaveLength(logBacklogBytesMax + 3)
  expect(told.mock.calls).toEqual([[2, "the disk that it goes to is full"]])
  expect(log).toMatchObject({ linesLost: 2, trouble: null })
})

test("a line that is longer than the bound is written all the same", () => {
  const descriptor = new Descriptor()
  const log = new LogStream(descriptor.write)
  log.write("x".repeat(2 * logBacklogBytesMax))
  expect(descriptor.text).toHaveLength(2 * logBacklogBytesMax)
})

test("retryMs: what waits is tried again, without a further line", () => {
  vi.useFakeTimers()
  try {
    const descriptor = new Descriptor()
    const log = new LogStream(descriptor.write)
    descriptor.room = 0
    log.write("one\n")
    descriptor.room = Infinity
    vi.advanceTimersByTime(999)
    expect(descriptor.text).toBe("")
    vi.advanceTimersByTime(1)
    expect(descriptor.text).toBe("one\n")
    expect(vi.getTimerCount()).toBe(0)
  } finally {
    vi.useRealTimers()
  }
})

test("at the end it tries once more and lets go", () => {
  const descriptor = new Descriptor()
  const log = new LogStream(descriptor.write)
  descriptor.room = 0
  log.write("one\n")
  log.close()
  descriptor.room = Infinity
  log.write("two\n")
  expect(descriptor.text).toBe("two\n")
})
