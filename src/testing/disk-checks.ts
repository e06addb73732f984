/**
 * Does a shell's disk keep the contract of `DiskOperation`? What storage builds on and what a program can see of it: where bytes land, what happens
 * to names, which operation a failure is blamed on, and, if the shell can lose its power, that what was synced is there afterwards.
 *
 * That a sync really reaches the platter no test can tell; that the disk says it did before it tried, some can.
 */

import { entered, method, withMethods } from "../arguments/index.ts"
import type { DiskCompletion, DiskLane, DiskOperation, DiskReader, DiskRequest } from "../storage/index.ts"
import { expectThat } from "./conformance-error.ts"

/** A shell's disk, as `checkDisk` calls it. */
export interface DiskUnderTest {
  /** Performs a request and gives its completion, at once or later. */
  perform(request: DiskRequest): DiskCompletion | Promise<DiskCompletion>
  /** How recovery would read the disk now. */
  reader(): DiskReader
  /** Takes away whatever was not synced, and starts the disk anew. Left out where that cannot be done. */
  losePower?(): void | Promise<void>
}

/** Makes an empty disk for each promise and tries it. Throws a `ConformanceError` for the first one that is not kept. */
export async function checkDisk(create: () => DiskUnderTest | Promise<DiskUnderTest>): Promise<void> {
  entered("checkDisk", () => method("a function that makes an empty disk")(create, "create"))
  for (const check of [checkWrites, checkLengths, checkNames, checkReads, checkFailures, checkOrder, checkPowerLoss]) {
    const disk = await create()
    await check(new Bench(entered("checkDisk", () => diskOf(disk, "what create() made"))))
  }
}

const diskOf = withMethods<DiskUnderTest>("a disk", "perform", "reader")

/** A disk on the bench: numbers its requests and looks at what they leave. */
class Bench {
  readonly disk: DiskUnderTest
  #nextId = 1

  constructor(disk: DiskUnderTest) {
    this.disk = disk
  }

  request(operations: readonly DiskOperation[], lane: DiskLane = "log"): DiskRequest {
    const id = this.#nextId
    this.#nextId += 1
    return { id, lane, operations }
  }

  async perform(...operations: DiskOperation[]): Promise<DiskCompletion> {
    const request = this.request(operations)
    const completion = await this.disk.perform(request)
    expectThat(completion.id === request.id, "a completion names its request", () => `${completion.id} instead of ${request.id}`)
    return completion
  }

  /** Performs what must succeed, and gives the bytes that were read. */
  async succeed(promise: string, ...operations: DiskOperation[]): Promise<string | null> {
    const completion = await this.perform(...operations)
    expectThat(completion.ok, promise, () => (completion.ok ? "" : `it failed: ${completion.message}`))
    return completion.ok && completion.data !== null ? text(completion.data) : null
  }

  contents(file: string): string {
    const reader = this.disk.reader()
    return text(reader.read(file, 0, reader.sizeBytes(file)))
  }

  expectContents(promise: string, file: string, expected: string): void {
    const found = this.contents(file)
    expectThat(found === expected, promise, () => `${file} holds ${show(found)} instead of ${show(expected)}`)
  }

  expectFiles(promise: string, ...expected: string[]): void {
    const found = [...this.disk.reader().list()].toSorted().join(", ")
    expectThat(
      found === expected.join(", "),
      promise,
      () => `the disk lists ${found || "nothing"} instead of ${expected.join(", ") || "nothing"}`,
    )
  }
}

async function checkWrites(bench: Bench): Promise<void> {
  bench.expectFiles("a new disk is empty")
  const promise = "a write puts its pieces one after the other at its offset"
  await bench.succeed(promise, write("a", 0, "one", "", "two"), sync("a"), syncDirectory)
  bench.expectContents(promise, "a", "onetwo")
  await bench.succeed(promise, write("a", 3, "TWO", "three"))
  bench.expectContents(promise, "a", "oneTWOthree")
  await bench.succeed("repeating a write is harmless", write("a", 3, "TWO", "three"))
  bench.expectContents("repeating a write is harmless", "a", "oneTWOthree")
  await bench.succeed("a write behind the end leaves zeros before it", write("b", 2, "x"))
  bench.expectContents("a write behind the end leaves zeros before it", "b", "\0\0x")
  await bench.succeed("a write of no bytes makes the file", write("c", 0))
  bench.expectFiles("a write of no bytes makes the file", "a", "b", "c")
}

async function checkLengths(bench: Bench): Promise<void> {
  const promise = "truncate cuts, and extends with zeros"
  await bench.succeed(promise, write("a", 0, "abcdef"), { kind: "truncate", file: "a", lengthBytes: 3 })
  bench.expectContents(promise, "a", "abc")
  await bench.succeed(promise, { kind: "truncate", file: "a", lengthBytes: 5 })
  bench.expectContents(promise, "a", "abc\0\0")
}

async function checkNames(bench: Bench): Promise<void> {
  await bench.succeed("a rename replaces what has that name", write("new", 0, "new"), write("old", 0, "older"), {
    kind: "rename",
    from: "new",
    to: "old",
  })
  bench.expectFiles("a rename replaces what has that name", "old")
  bench.expectContents("a rename replaces what has that name", "old", "new")
  await bench.succeed("a removed file is gone", remove("old"), syncDirectory)
  bench.expectFiles("a removed file is gone")
  await bench.succeed("removing a file that is not there is no error", remove("old"))
  await bench.succeed("a removed file's name can be used again", write("old", 0, "x"))
  bench.expectContents("a removed file's name can be used again", "old", "x")
}

async function checkReads(bench: Bench): Promise<void> {
  const promise = "a read gives the bytes asked for, fewer only at the end of the file"
  await bench.succeed(promise, write("a", 0, "abcdef"))
  const cases: readonly (readonly [offset: number, lengthBytes: number, expected: string])[] = [
    [0, 6, "abcdef"],
    [2, 3, "cde"],
    [4, 10, "ef"],
    [6, 1, ""],
  ]
  for (const [offset, lengthBytes, expected] of cases) {
    const found = await bench.succeed(promise, { kind: "read", file: "a", offset, lengthBytes })
    expectThat(
      found === expected,
      promise,
      () => `${lengthBytes} bytes at ${offset} of "abcdef" gave ${found === null ? "nothing" : show(found)}`,
    )
    const recovered = text(bench.disk.reader().read("a", offset, lengthBytes))
    expectThat(recovered === expected, promise, () => `recovery read ${show(recovered)} at ${offset}, not ${show(expected)}`)
  }
  const unread = await bench.perform(sync("a"))
  expectThat(unread.ok && unread.data === null, "only a read gives data", () => "a sync gave some")
}

async function checkFailures(bench: Bench): Promise<void> {
  const promise = "the first operation that fails ends its request, and is named"
  const failed = await bench.perform(
    write("a", 0, "kept"),
    { kind: "read", file: "missing", offset: 0, lengthBytes: 1 },
    write("a", 0, "LOST"),
  )
  expectThat(!failed.ok, promise, () => "a read of a missing file succeeded")
  if (failed.ok) return
  expectThat(failed.operation === 1, promise, () => `operation ${failed.operation} was blamed, not 1`)
  expectThat(failed.code === "failed", promise, () => `"${failed.code}" is not what became of it: there was room`)
  expectThat(failed.message !== "", promise, () => "without a message")
  bench.expectContents(promise, "a", "kept")
  await bench.succeed("the next request is performed as if nothing had failed", write("a", 0, "next"))
  bench.expectContents("the next request is performed as if nothing had failed", "a", "next")
}

async function checkOrder(bench: Bench): Promise<void> {
  const promise = "requests of one lane are performed in their order"
  const requests = Array.from({ length: 32 }, (_, n) => bench.request([write("a", 0, String(n).padStart(2, "0")), sync("a")]))
  const beside = bench.request([write("b", 0, "beside"), sync("b")], "snapshot")
  const ended: number[] = []
  const under = [...requests, beside].map(async (request) => {
    const { id } = await bench.disk.perform(request)
    if (request !== beside) ended.push(id)
  })
  await Promise.all(under)
  const expected = requests.map(({ id }) => id)
  expectThat(ended.join() === expected.join(), promise, () => `they ended as ${ended.join(", ")}`)
  bench.expectContents(promise, "a", "31")
  bench.expectContents("the lanes do not wait for each other's files", "b", "beside")
}

async function checkPowerLoss(bench: Bench): Promise<void> {
  if (bench.disk.losePower === undefined) return
  const promise = "what was synced is there after a loss of power"
  await bench.succeed(promise, write("a", 0, "first"), sync("a"), syncDirectory)
  await bench.succeed(promise, write("b.tmp", 0, "second"), sync("b.tmp"), { kind: "rename", from: "b.tmp", to: "b" }, syncDirectory)
  await bench.disk.losePower()
  bench.expectFiles(promise, "a", "b")
  bench.expectContents(promise, "a", "first")
  bench.expectContents(promise, "b", "second")
}

const syncDirectory: DiskOperation = { kind: "syncDirectory" }

function write(file: string, offset: number, ...pieces: string[]): DiskOperation {
  return { kind: "write", file, offset, data: pieces.map((piece) => Uint8Array.from(piece, (letter) => letter.charCodeAt(0))) }
}

function sync(file: string): DiskOperation {
  return { kind: "sync", file }
}

function remove(file: string): DiskOperation {
  return { kind: "remove", file }
}

function text(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes)
}

function show(contents: string): string {
  return JSON.stringify(contents)
}
