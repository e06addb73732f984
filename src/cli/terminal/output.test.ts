import { PassThrough, Writable } from "node:stream"
import { describe, expect, test } from "vitest"
import { createOutput, outputBacklogBytesMax, ReaderGone, styleFor, writeAll } from "./output.ts"

/** Standard output that fails with `code` at every write. */
function broken(code: string): Writable {
  return new Writable({ write: (_chunk, _encoding, done) => done(Object.assign(new Error(code), { code })) })
}

describe("results", () => {
  test("are taken as they come, and settled", async () => {
    const stdout = new PassThrough()
    const output = createOutput({ stdout, stderr: new PassThrough() }, {})
    output.print("one")
    output.write(Buffer.from("two"))
    await output.keepUp()
    expect((stdout.read() as Buffer).toString()).toBe("one\ntwo")
    expect(output.lost).toBeNull()
  })

  test("that nobody takes are lost, which is told, and ends who only shows", async () => {
    const output = createOutput({ stdout: broken("EPIPE"), stderr: new PassThrough() }, {})
    output.print("one")
    await output.settled()
    output.print("two")
    expect(output.lost).toMatchObject({ code: "EPIPE" })
    expect(output.gone.aborted).toBe(true)
    await expect(output.keepUp()).rejects.toThrow(ReaderGone)
  })

  test("do not depend on who hears warnings", async () => {
    const stdout = new PassThrough()
    const output = createOutput({ stdout, stderr: broken("EPIPE") }, {})
    output.note("hello")
    output.print("one")
    await output.keepUp()
    expect(output.lost).toBeNull()
  })

  test("outputBacklogBytesMax: above it the reader is behind", () => {
    const output = createOutput({ stdout: new Writable({ write: () => {} }), stderr: new PassThrough() }, {})
    output.write(Buffer.alloc(outputBacklogBytesMax))
    expect(output.isBehind).toBe(false)
    output.write(Buffer.alloc(1))
    expect(output.isBehind).toBe(true)
  })

  test("in a file are written to the end, in as many pieces as it takes", () => {
    const pieces: string[] = []
    writeAll(Buffer.from("abcde"), (bytes) => {
      pieces.push(Buffer.from(bytes.subarray(0, 2)).toString())
      return Math.min(2, bytes.length)
    })
    expect(pieces).toEqual(["ab", "cd", "e"])
  })
})

describe("colours", () => {
  test.each<[string, boolean, Record<string, string>, boolean]>([
    ["on a terminal", true, {}, true],
    ["not into a pipe", false, {}, false],
    ["not with NO_COLOR", true, { NO_COLOR: "1" }, false],
    ["an empty NO_COLOR says nothing", true, { NO_COLOR: "" }, true],
    ["not on a dumb terminal", true, { TERM: "dumb" }, false],
    ["into a pipe if forced", false, { FORCE_COLOR: "1" }, true],
    ["NO_COLOR beats FORCE_COLOR", true, { NO_COLOR: "1", FORCE_COLOR: "1" }, false],
  ])("%s", (_title, isTerminal, env, colored) => {
    expect(styleFor(isTerminal, env).bad("x")).toBe(colored ? "\u001B[31mx\u001B[39m" : "x")
  })
})
