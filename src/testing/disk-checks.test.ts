// The disks that we ship keep their contract; each usual mistake of a shell, alone, is named.

import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, expect, test } from "vitest"
import { fileDiskReader } from "../node/disk/file-disk-reader.ts"
import { NodeDisk } from "../node/disk/node-disk.ts"
import { SimulatedDisk } from "../simulator/disk/disk.ts"
import { MemoryDisk, type DiskCompletion, type DiskOperation, type DiskRequest } from "../storage/index.ts"
import { checkDisk, type DiskUnderTest } from "./disk-checks.ts"

const folders: string[] = []
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true })
})

function memoryDisk(disk = new MemoryDisk()): DiskUnderTest {
  return {
    perform: (request) => {
      try {
        return disk.perform(request)
      } catch (error) {
        // A memory disk leaves it to its caller to say which operation it was: the check's second one.
        return { id: request.id, ok: false, code: "failed", operation: 1, message: String(error) }
      }
    },
    reader: () => disk,
    losePower: () => disk.crash(),
  }
}

function nodeDisk(syncPolicy: "async" | "adaptive"): DiskUnderTest {
  const folder = mkdtempSync(join(tmpdir(), "oarlock-disk-check-"))
  folders.push(folder)
  const waiting = new Map<number, (completion: DiskCompletion) => void>()
  const disk = new NodeDisk(folder, (completion) => waiting.get(completion.id)!(completion), { syncPolicy })
  return {
    perform: (request) =>
      new Promise((resolve) => {
        waiting.set(request.id, resolve)
        disk.perform(request)
      }),
    reader: () => fileDiskReader(folder),
  }
}

test("a disk in memory keeps the contract", async () => {
  await checkDisk(() => memoryDisk())
})

test.each(["async", "adaptive"] as const)("a folder of real files keeps it, with %s syncs", async (syncPolicy) => {
  await checkDisk(() => nodeDisk(syncPolicy))
})

test("the simulated disk keeps it", async () => {
  await checkDisk(() => {
    const disk = new SimulatedDisk()
    const perform = ({ id, operations }: DiskRequest): DiskCompletion => {
      let data: Uint8Array | null = null
      for (const [operation, what] of operations.entries()) {
        try {
          data = disk.perform(what) ?? data
        } catch (error) {
          return { id, ok: false, code: "failed", operation, message: String(error) }
        }
      }
      return { id, ok: true, data, durationMs: 0 }
    }
    return { perform, reader: () => disk.reader(), losePower: () => disk.loseEverythingUnsynced() }
  })
})

/** A good disk whose requests are changed on their way. */
const withRequests = (change: (operation: DiskOperation) => readonly DiskOperation[]) => (): DiskUnderTest => {
  const disk = memoryDisk()
  return { ...disk, perform: (request) => disk.perform({ ...request, operations: request.operations.flatMap(change) }) }
}

/** A good disk whose completions are changed on their way back. */
const withCompletions = (change: (completion: DiskCompletion) => DiskCompletion) => (): DiskUnderTest => {
  const disk = memoryDisk()
  return { ...disk, perform: async (request) => change(await disk.perform(request)) }
}

test.each<[string, () => DiskUnderTest, RegExp]>([
  [
    "appends instead of writing at an offset",
    () => {
      const disk = new MemoryDisk()
      const append = (operation: DiskOperation): DiskOperation =>
        operation.kind === "write" && disk.list().includes(operation.file)
          ? { ...operation, offset: disk.sizeBytes(operation.file) }
          : operation
      return { ...memoryDisk(disk), perform: (request) => disk.perform({ ...request, operations: request.operations.map(append) }) }
    },
    /a write puts its pieces one after the other at its offset: a holds "onetwoTWOthree"/,
  ],
  [
    "writes the first piece only",
    withRequests((operation) => [operation.kind === "write" ? { ...operation, data: operation.data.slice(0, 1) } : operation]),
    /a holds "one" instead of "onetwo"/,
  ],
  [
    "cannot extend a file",
    withRequests((operation) => (operation.kind === "truncate" && operation.lengthBytes > 3 ? [] : [operation])),
    /truncate cuts, and extends with zeros/,
  ],
  [
    "leaves the old name behind",
    withRequests((operation) =>
      operation.kind === "rename" ? [operation, { kind: "write", file: operation.from, offset: 0, data: [] }] : [operation],
    ),
    /a rename replaces what has that name: the disk lists new, old instead of old/,
  ],
  ["does not remove", withRequests((operation) => (operation.kind === "remove" ? [] : [operation])), /a removed file is gone/],
  [
    "gives data that nobody read",
    withCompletions((completion) => (completion.ok ? { ...completion, data: completion.data ?? new Uint8Array(0) } : completion)),
    /only a read gives data/,
  ],
  [
    "answers for another request",
    withCompletions((completion) => ({ ...completion, id: completion.id + 1 })),
    /a completion names its request: 2 instead of 1/,
  ],
  [
    "blames the wrong operation",
    withCompletions((completion) => (completion.ok ? completion : { ...completion, operation: 0 })),
    /the first operation that fails ends its request, and is named: operation 0 was blamed, not 1/,
  ],
  [
    "calls every failure a full disk",
    withCompletions((completion) => (completion.ok ? completion : { ...completion, code: "full" })),
    /"full" is not what became of it/,
  ],
  [
    "lets a request overtake another",
    () => {
      const disk = memoryDisk()
      const perform = async (request: DiskRequest): Promise<DiskCompletion> => {
        // Every fourth one takes longer to arrive.
        if (request.id % 4 === 0) await new Promise((resolve) => setTimeout(resolve, 1))
        return disk.perform(request)
      }
      return { ...disk, perform }
    },
    /requests of one lane are performed in their order/,
  ],
  [
    "does not sync",
    withRequests((operation) => (operation.kind === "sync" ? [] : [operation])),
    /what was synced is there after a loss of power: a holds "" instead of "first"/,
  ],
  [
    "does not sync its folder",
    withRequests((operation) => (operation.kind === "syncDirectory" ? [] : [operation])),
    /what was synced is there after a loss of power: the disk lists nothing instead of a, b/,
  ],
])("a disk that %s is told so", async (_name, create, expected) => {
  await expect(checkDisk(create)).rejects.toThrow(expected)
})
