import fs from "node:fs"
import os from "node:os"
import path from "node:path"
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest"
import type { DiskCompletion, DiskOperation, DiskRequest } from "../../storage/index.ts"
import { fileDiskReader } from "./file-disk-reader.ts"
import { logSyncsAtOnceMax } from "./log-syncs.ts"
import { buffersPerWriteMax, idleBeforeQuickSyncMs, NodeDisk, openFilesMax, quickSyncBytesMax, quickSyncMs } from "./node-disk.ts"
import type { SyncPolicy } from "./node-disk.ts"

let folder: string
let disk: NodeDisk
let completions: DiskCompletion[]
let waiting: { id: number; resolve: (completion: DiskCompletion) => void }[]
let nextId = 1

beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), "oarlock-disk-"))
  start("adaptive")
})

afterEach(async () => {
  await disk.close()
  fs.rmSync(folder, { recursive: true, force: true })
})

function start(syncPolicy: SyncPolicy, now = () => performance.now()): void {
  completions = []
  waiting = []
  disk = new NodeDisk(
    folder,
    (completion) => {
      completions.push(completion)
      for (const waiter of waiting) if (waiter.id === completion.id) waiter.resolve(completion)
    },
    { syncPolicy, now },
  )
}

function run(lane: DiskRequest["lane"], ...operations: DiskOperation[]): Promise<DiskCompletion> {
  const id = nextId++
  return new Promise((resolve) => {
    waiting.push({ id, resolve })
    disk.perform({ id, lane, operations })
  })
}

const text = (value: string) => new TextEncoder().encode(value)
const content = (file: string) => fs.readFileSync(path.join(folder, file), "utf8")

describe.each(["log", "snapshot"] as const)("on the %s lane", (lane) => {
  test("writes many buffers at an offset, syncs, and reads them back", async () => {
    const data = Array.from({ length: 3000 }, (_, index) => text(`${index},`))
    const expected = data.map((chunk) => new TextDecoder().decode(chunk)).join("")
    const written = await run(lane, { kind: "write", file: "a", offset: 5, data }, { kind: "sync", file: "a" })
    expect(written).toMatchObject({ ok: true, data: null })
    expect(content("a")).toBe("\0\0\0\0\0" + expected)

    const read = await run(lane, { kind: "read", file: "a", offset: 7, lengthBytes: 4 })
    expect(read).toMatchObject({ ok: true, data: text(expected.slice(2, 6)) })
  })

  test("a read past the end gives back what there is", async () => {
    await run(lane, { kind: "write", file: "a", offset: 0, data: [text("abc")] })
    expect(await run(lane, { kind: "read", file: "a", offset: 1, lengthBytes: 100 })).toMatchObject({ ok: true, data: text("bc") })
    expect(await run(lane, { kind: "read", file: "a", offset: 3, lengthBytes: 1 })).toMatchObject({ ok: true, data: text("") })
  })

  test("truncates, extends with zeros, renames over a file that is open, removes what is not there", async () => {
    await run(lane, { kind: "write", file: "old", offset: 0, data: [text("old contents")] })
    await run(
      lane,
      { kind: "write", file: "new", offset: 0, data: [text("new contents")] },
      { kind: "truncate", file: "new", lengthBytes: 3 },
    )
    const moved = await run(
      lane,
      { kind: "rename", from: "new", to: "old" },
      { kind: "syncDirectory" },
      { kind: "remove", file: "nothing" },
    )
    expect(moved.ok).toBe(true)
    await run(lane, { kind: "truncate", file: "old", lengthBytes: 5 }, { kind: "write", file: "old", offset: 5, data: [text("!")] })
    expect(content("old")).toBe("new\0\0!")
    expect(fs.readdirSync(folder)).toEqual(["old"])
  })

  test("the first failing operation ends the request and says what, where and why", async () => {
    const failed = await run(
      lane,
      { kind: "write", file: "a", offset: 0, data: [text("a")] },
      { kind: "read", file: "missing", offset: 0, lengthBytes: 1 },
      { kind: "write", file: "b", offset: 0, data: [text("b")] },
    )
    expect(failed).toMatchObject({ ok: false, code: "failed", operation: 1 })
    expect((failed as { message: string }).message).toContain(path.join(folder, "missing"))
    expect((failed as { message: string }).message).toContain("ENOENT")
    expect(fs.readdirSync(folder)).toEqual(["a"])
    // The lane goes on with the next request.
    expect((await run(lane, { kind: "write", file: "c", offset: 0, data: [text("c")] })).ok).toBe(true)
  })

  test("completes requests in the order they were made", async () => {
    const all = Array.from({ length: 50 }, (_, index) =>
      run(lane, { kind: "write", file: `f${index % 3}`, offset: index, data: [text("x")] }, { kind: "sync", file: `f${index % 3}` }),
    )
    const ids = (await Promise.all(all)).map((completion) => completion.id)
    expect(completions.map((completion) => completion.id)).toEqual(ids)
  })

  test("openFilesMax: keeps working with more files than it keeps open", async () => {
    for (let index = 0; index < openFilesMax + 5; index++)
      await run(lane, { kind: "write", file: `f${index}`, offset: 0, data: [text(`${index}`)] })
    const again = await run(lane, { kind: "write", file: "f0", offset: 1, data: [text("!")] }, { kind: "sync", file: "f0" })
    expect(again.ok).toBe(true)
    expect(content("f0")).toBe("0!")
  })
})

test("a slow snapshot does not hold up the log", async () => {
  const big = new Uint8Array(8 << 20)
  const snapshot = run("snapshot", { kind: "write", file: "s", offset: 0, data: [big] }, { kind: "sync", file: "s" })
  const log = run("log", { kind: "write", file: "l", offset: 0, data: [text("vote")] })
  await Promise.all([snapshot, log])
  expect(completions.map((completion) => completion.id)).toEqual([(await log).id, (await snapshot).id])
})

test("a full disk is full, once some of a write is in the file too", async () => {
  const noSpace = Object.assign(new Error("no space left on device"), { code: "ENOSPC" })
  const write = vi.spyOn(fs, "writeSync").mockImplementationOnce(() => 2)
  write.mockImplementationOnce(() => {
    throw noSpace
  })
  const full = await run("log", { kind: "write", file: "a", offset: 0, data: [text("abcd")] })
  expect(write.mock.calls.map((call) => call.at(4))).toEqual([0, 2])
  write.mockRestore()
  expect(full).toMatchObject({ ok: false, code: "full", operation: 0 })
  expect((full as { message: string }).message).toMatch(/could not write at offset 0 of .*a: ENOSPC/)
})

test("a sync that fails for want of space is a failed sync: it is never retried", async () => {
  await disk.close()
  start("async")
  const sync = vi
    .spyOn(fs, "fdatasync")
    .mockImplementationOnce(((_: number, done: (error: unknown) => void) =>
      done(Object.assign(new Error("no space"), { code: "ENOSPC" }))) as typeof fs.fdatasync)
  const failed = await run("log", { kind: "write", file: "a", offset: 0, data: [text("a")] }, { kind: "sync", file: "a" })
  sync.mockRestore()
  expect(failed).toMatchObject({ ok: false, code: "failed", operation: 1 })
})

test("quickSyncBytesMax: a longer request is synced on the thread pool, however idle the disk is", async () => {
  let nowMs = 0
  await disk.close()
  start("adaptive", () => nowMs)
  const onTheSpot = vi.spyOn(fs, "fdatasyncSync")
  const write = (bytes: number): DiskOperation[] => [
    { kind: "write", file: "a", offset: 0, data: [new Uint8Array(bytes)] },
    { kind: "sync", file: "a" },
  ]
  await run("log", ...write(quickSyncBytesMax))
  expect(onTheSpot).toHaveBeenCalledTimes(1)
  nowMs += 1_000
  await run("log", ...write(quickSyncBytesMax + 1))
  expect(onTheSpot).toHaveBeenCalledTimes(1)
  onTheSpot.mockRestore()
})

test("quickSyncMs: a disk whose syncs take that long is not waited for on the spot any more", async () => {
  let nowMs = 0
  await disk.close()
  start("adaptive", () => nowMs)
  let syncMs = quickSyncMs / 2
  const { fdatasyncSync } = fs
  const onTheSpot = vi.spyOn(fs, "fdatasyncSync").mockImplementation((file) => {
    nowMs += syncMs
    fdatasyncSync(file)
  })
  const small: DiskOperation[] = [
    { kind: "write", file: "a", offset: 0, data: [text("a")] },
    { kind: "sync", file: "a" },
  ]
  const writeOften = async (): Promise<void> => {
    for (let count = 0; count < 50; count++) {
      nowMs += 10
      await run("log", ...small)
    }
  }
  await writeOften()
  expect(onTheSpot).toHaveBeenCalledTimes(50)
  syncMs = quickSyncMs * 4
  await writeOften()
  expect(onTheSpot.mock.calls.length).toBeLessThan(75)
  onTheSpot.mockRestore()
})

test("buffersPerWriteMax: so many buffers go into one call to the operating system, and the rest into another", async () => {
  const write = vi.spyOn(fs, "writev")
  const data = Array.from({ length: buffersPerWriteMax + 1 }, (_, index) => text(`${index},`))
  await run("snapshot", { kind: "write", file: "a", offset: 0, data })
  expect(write.mock.calls.map(([, buffers]) => buffers.length)).toEqual([buffersPerWriteMax, 1])
  expect(content("a")).toBe(data.map((chunk) => new TextDecoder().decode(chunk)).join(""))
  write.mockRestore()
})

test("idleBeforeQuickSyncMs: the adaptive policy syncs on the spot when idle, and on the thread pool once requests follow each other", async () => {
  let nowMs = 0
  await disk.close()
  start("adaptive", () => nowMs)
  const onTheSpot = vi.spyOn(fs, "fdatasyncSync")
  const onThePool = vi.spyOn(fs, "fdatasync")
  const small = (): DiskOperation[] => [
    { kind: "write", file: "a", offset: 0, data: [text("a")] },
    { kind: "sync", file: "a" },
  ]
  disk.perform({ id: 1, lane: "log", operations: small() })
  expect(completions.map((completion) => completion.id)).toEqual([1])
  expect(onTheSpot).toHaveBeenCalledTimes(1)

  nowMs += idleBeforeQuickSyncMs / 2
  disk.perform({ id: 2, lane: "log", operations: small() })
  expect(completions.map((completion) => completion.id)).toEqual([1])
  expect(onThePool).toHaveBeenCalledTimes(1)
  await run("log", ...small())
  nowMs += idleBeforeQuickSyncMs
  disk.perform({ id: 3, lane: "log", operations: small() })
  expect(onTheSpot).toHaveBeenCalledTimes(2)
  onTheSpot.mockRestore()
  onThePool.mockRestore()
})

describe("batches of the log", () => {
  const batch = (offset: number, value: string, file = "a"): DiskOperation[] => [
    { kind: "write", file, offset, data: [text(value)] },
    { kind: "sync", file },
  ]

  test("logSyncsAtOnceMax: are written while the syncs before them are under way, and completed in order, whichever sync ends first", async () => {
    await disk.close()
    start("async")
    const syncs = heldSyncs()
    for (const [i, value] of ["a", "b", "c", "d"].entries()) disk.perform({ id: i + 1, lane: "log", operations: batch(i, value) })
    expect(content("a")).toBe("abcd")
    expect(syncs.waiting).toHaveLength(logSyncsAtOnceMax)
    // Each through a descriptor of its own: an error is reported once for each.
    expect(new Set(syncs.waiting.map(({ descriptor }) => descriptor)).size).toBe(logSyncsAtOnceMax)
    syncs.end(1)
    expect(completions).toEqual([])
    // The third and the fourth share the sync that found both written.
    expect(syncs.waiting).toHaveLength(2)
    syncs.end(0)
    expect(completions.map(({ id }) => id)).toEqual([1, 2])
    syncs.end(0)
    expect(completions.map(({ id }) => id)).toEqual([1, 2, 3, 4])
    expect(syncs.waiting).toEqual([])
    syncs.restore()
  })

  test("are told after the sync before theirs that failed", async () => {
    await disk.close()
    start("async")
    const syncs = heldSyncs()
    disk.perform({ id: 1, lane: "log", operations: batch(0, "a") })
    disk.perform({ id: 2, lane: "log", operations: batch(1, "b") })
    syncs.end(1)
    expect(completions).toEqual([])
    syncs.end(0, Object.assign(new Error("input/output error"), { code: "EIO" }))
    expect(completions.map(({ id, ok }) => ({ id, ok }))).toEqual([
      { id: 1, ok: false },
      { id: 2, ok: true },
    ])
    syncs.restore()
  })

  test("wait for a request that does more than write and sync, and it for them", async () => {
    await disk.close()
    start("async")
    const syncs = heldSyncs()
    disk.perform({ id: 1, lane: "log", operations: batch(0, "a") })
    disk.perform({ id: 2, lane: "log", operations: [...batch(0, "b", "b"), { kind: "syncDirectory" }] })
    disk.perform({ id: 3, lane: "log", operations: batch(1, "c", "b") })
    expect(fs.existsSync(path.join(folder, "b"))).toBe(false)
    syncs.end(0)
    expect(content("b")).toBe("b")
    syncs.restore()
    syncs.end(0)
    await vi.waitFor(() => expect(completions.map(({ id }) => id)).toEqual([1, 2, 3]))
    expect(content("b")).toBe("bc")
  })

  test("queued behind one that found no room are not written, and fail as it did", async () => {
    await disk.close()
    start("async")
    const syncs = heldSyncs()
    disk.perform({ id: 1, lane: "log", operations: batch(0, "a") })
    disk.perform({ id: 2, lane: "log", operations: [...batch(0, "b", "b"), { kind: "syncDirectory" }] })
    disk.perform({ id: 3, lane: "log", operations: batch(1, "c", "b") })
    const write = vi.spyOn(fs, "writeSync").mockImplementationOnce(() => {
      throw Object.assign(new Error("no space left on device"), { code: "ENOSPC" })
    })
    syncs.end(0)
    write.mockRestore()
    expect(completions.slice(1)).toMatchObject([
      { id: 2, ok: false, code: "full", operation: 0 },
      { id: 3, ok: false, code: "full", operation: 0 },
    ])
    expect(content("b")).toBe("")
    syncs.restore()
  })
})

/** Syncs that end when the test says so. */
function heldSyncs() {
  const waiting: { readonly descriptor: number; readonly done: (error: NodeJS.ErrnoException | null) => void }[] = []
  const spy = vi.spyOn(fs, "fdatasync").mockImplementation((descriptor: number, done: (error: NodeJS.ErrnoException | null) => void) => {
    waiting.push({ descriptor, done })
  })
  return {
    waiting,
    end: (position: number, error: NodeJS.ErrnoException | null = null) => waiting.splice(position, 1)[0]!.done(error),
    restore: () => spy.mockRestore(),
  }
}

test("close waits for what is under way, forgets the rest, and leaves no file open", async () => {
  const before = openDescriptors()
  const never = (error: unknown): void => expect.fail(String(error))
  run("snapshot", { kind: "write", file: "a", offset: 0, data: [new Uint8Array(1 << 20)] }, { kind: "sync", file: "a" }).catch(never)
  run("snapshot", { kind: "write", file: "b", offset: 0, data: [text("b")] }).catch(never)
  await disk.close()
  expect(completions).toHaveLength(1)
  expect(fs.readdirSync(folder)).toEqual(["a"])
  expect(openDescriptors()).toBe(before)
})

test("the reader lists files without the shell's own, and reads short at the end", async () => {
  await run(
    "log",
    { kind: "write", file: "b", offset: 0, data: [text("bytes")] },
    { kind: "write", file: "a", offset: 0, data: [text("")] },
  )
  fs.writeFileSync(path.join(folder, "identity.json"), "{}")
  const reader = fileDiskReader(folder)
  expect(reader.list()).toEqual(["a", "b"])
  expect(reader.sizeBytes("b")).toBe(5)
  expect(reader.read("b", 3, 10)).toEqual(text("es"))
  expect(() => reader.read("c", 0, 1)).toThrow("ENOENT")
})

function openDescriptors(): number {
  return process.platform === "linux" ? fs.readdirSync("/proc/self/fd").length : 0
}
