import { describe, expect, it } from "vitest"
import { sectorBytes, SimulatedDisk } from "./disk.ts"
import { emptyContent, pageBytes, readBytes, resize, writeBytes } from "./file-content.ts"

const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values)
const filled = (length: number, value: number): Uint8Array => new Uint8Array(length).fill(value)

function write(disk: SimulatedDisk, file: string, offset: number, data: Uint8Array): void {
  disk.perform({ kind: "write", file, offset, data: [data] })
}

function contents(disk: SimulatedDisk): Record<string, number[]> {
  return Object.fromEntries([...disk.files()].map(({ file, written }) => [file, [...written]]))
}

/** What a loss of power made of `file` over many seeds, each distinct outcome once. */
function outcomes(prepare: (disk: SimulatedDisk) => void, seeds = 400): Set<string> {
  const seen = new Set<string>()
  for (let seed = 0; seed < seeds; seed++) {
    const disk = new SimulatedDisk()
    prepare(disk)
    disk.losePower(seed, 1, 1)
    expect(disk.hasUnsynced).toBe(false)
    seen.add(JSON.stringify(contents(disk)))
  }
  return seen
}

describe("file contents", () => {
  it("writes over page borders, into holes and past the end; what was never written reads as zeros", () => {
    const content = writeBytes(writeBytes(emptyContent, pageBytes - 2, bytes(1, 2, 3, 4)), 3 * pageBytes, bytes(9))
    expect(content.lengthBytes).toBe(3 * pageBytes + 1)
    expect([...readBytes(content, pageBytes - 3, 6)]).toEqual([0, 1, 2, 3, 4, 0])
    expect([...readBytes(content, 3 * pageBytes, 10)]).toEqual([9])
    expect(readBytes(content, 3 * pageBytes + 1, 10)).toHaveLength(0)
  })

  it("never changes an earlier value", () => {
    const before = writeBytes(emptyContent, 0, bytes(1, 2, 3))
    writeBytes(before, 1, bytes(7))
    resize(before, 1)
    expect([...readBytes(before, 0, 3)]).toEqual([1, 2, 3])
  })

  it("what was cut off does not come back when the file grows again", () => {
    const content = resize(resize(writeBytes(emptyContent, 0, filled(10, 7)), 4), 8)
    expect([...readBytes(content, 0, 8)]).toEqual([7, 7, 7, 7, 0, 0, 0, 0])
    const onBorder = resize(resize(writeBytes(emptyContent, 0, filled(2 * pageBytes, 7)), pageBytes), pageBytes + 1)
    expect(readBytes(onBorder, pageBytes - 1, 2)).toEqual(bytes(7, 0))
  })
})

describe("simulated disk", () => {
  it("what was synced, name and all, survives every loss of power", () => {
    const seen = outcomes((disk) => {
      write(disk, "log", 0, bytes(1, 2, 3))
      disk.perform({ kind: "sync", file: "log" })
      disk.perform({ kind: "syncDirectory" })
    })
    expect(seen).toEqual(new Set(['{"log":[1,2,3]}']))
  })

  it("a synced file whose name was not synced may be gone, but is whole if it is there", () => {
    const seen = outcomes((disk) => {
      write(disk, "log", 0, bytes(1, 2, 3))
      disk.perform({ kind: "sync", file: "log" })
    })
    expect(seen).toEqual(new Set(["{}", '{"log":[1,2,3]}']))
  })

  it("an unsynced write at the end vanishes, survives, ends at any byte, or leaves zeros; what was synced before it stays", () => {
    const seen = outcomes((disk) => {
      write(disk, "log", 0, bytes(1, 2))
      disk.perform({ kind: "sync", file: "log" })
      disk.perform({ kind: "syncDirectory" })
      write(disk, "log", 2, bytes(3, 4))
    })
    expect(seen).toEqual(new Set(['{"log":[1,2]}', '{"log":[1,2,0,0]}', '{"log":[1,2,3]}', '{"log":[1,2,3,4]}']))
  })

  it("sectors of one write may survive in any combination", () => {
    const seen = outcomes((disk) => {
      write(disk, "log", 0, filled(3 * sectorBytes, 0))
      disk.perform({ kind: "sync", file: "log" })
      disk.perform({ kind: "syncDirectory" })
      write(disk, "log", 0, filled(3 * sectorBytes, 1))
    }, 2_000)
    const middleOnly = [...filled(sectorBytes, 0), ...filled(sectorBytes, 1), ...filled(sectorBytes, 0)]
    expect(seen).toContain(JSON.stringify({ log: middleOnly }))
  })

  it("a later unsynced write may survive an earlier one, but not within a sector", () => {
    const written = (second: number) => (disk: SimulatedDisk) => {
      write(disk, "log", 0, filled(second + 1, 0))
      disk.perform({ kind: "sync", file: "log" })
      disk.perform({ kind: "syncDirectory" })
      write(disk, "log", 0, bytes(1))
      write(disk, "log", second, bytes(2))
    }
    expect(outcomes(written(1))).toEqual(new Set(['{"log":[0,0]}', '{"log":[1,0]}', '{"log":[1,2]}']))
    const apart = [...outcomes(written(sectorBytes))].map((seen) => (JSON.parse(seen) as { log: number[] }).log)
    expect(new Set(apart.map((log) => `${log[0]},${log.at(-1)}`))).toEqual(new Set(["0,0", "1,0", "0,2", "1,2"]))
  })

  it("a write of several pieces is one write", () => {
    const seen = outcomes((disk) => {
      write(disk, "log", 0, bytes(0, 0))
      disk.perform({ kind: "sync", file: "log" })
      disk.perform({ kind: "syncDirectory" })
      disk.perform({ kind: "write", file: "log", offset: 0, data: [bytes(1), bytes(2)] })
    })
    expect(seen).toEqual(new Set(['{"log":[0,0]}', '{"log":[1,2]}']))
  })

  it("an unsynced rename is undone or done, never half; a synced one holds", () => {
    const renamed = (sync: boolean) => (disk: SimulatedDisk) => {
      write(disk, "old", 0, bytes(1))
      write(disk, "new", 0, bytes(2))
      disk.perform({ kind: "sync", file: "old" })
      disk.perform({ kind: "sync", file: "new" })
      disk.perform({ kind: "syncDirectory" })
      disk.perform({ kind: "rename", from: "new", to: "old" })
      if (sync) disk.perform({ kind: "syncDirectory" })
    }
    expect(outcomes(renamed(false))).toEqual(new Set(['{"new":[2],"old":[1]}', '{"old":[2]}']))
    expect(outcomes(renamed(true))).toEqual(new Set(['{"old":[2]}']))
  })

  it("an unsynced removal may be undone, with the contents that were durable", () => {
    const seen = outcomes((disk) => {
      write(disk, "log", 0, bytes(1))
      disk.perform({ kind: "sync", file: "log" })
      disk.perform({ kind: "syncDirectory" })
      disk.perform({ kind: "remove", file: "log" })
    })
    expect(seen).toEqual(new Set(["{}", '{"log":[1]}']))
  })

  it("an unsynced truncation may be undone", () => {
    const seen = outcomes((disk) => {
      write(disk, "log", 0, bytes(1, 2))
      disk.perform({ kind: "sync", file: "log" })
      disk.perform({ kind: "syncDirectory" })
      disk.perform({ kind: "truncate", file: "log", lengthBytes: 1 })
    })
    expect(seen).toEqual(new Set(['{"log":[1,2]}', '{"log":[1]}']))
  })

  it("the worst loss takes everything that was not synced", () => {
    const disk = new SimulatedDisk()
    write(disk, "log", 0, bytes(1))
    disk.perform({ kind: "sync", file: "log" })
    disk.perform({ kind: "syncDirectory" })
    write(disk, "log", 1, bytes(2))
    write(disk, "other", 0, bytes(3))
    disk.loseEverythingUnsynced()
    expect(contents(disk)).toEqual({ log: [1] })
  })

  it("copies what it is given, so that a caller may reuse its buffer", () => {
    const disk = new SimulatedDisk()
    const buffer = bytes(1, 2)
    write(disk, "log", 0, buffer)
    buffer.fill(9)
    expect(contents(disk)).toEqual({ log: [1, 2] })
  })

  it("a clone and its original go separate ways", () => {
    const disk = new SimulatedDisk()
    write(disk, "log", 0, bytes(1))
    const copy = disk.clone()
    write(disk, "log", 0, bytes(2))
    write(copy, "more", 0, bytes(3))
    expect(contents(disk)).toEqual({ log: [2] })
    expect(contents(copy)).toEqual({ log: [1], more: [3] })
  })

  it("says which file is missing, and takes the removal of a missing one in stride", () => {
    const disk = new SimulatedDisk()
    expect(() => disk.perform({ kind: "sync", file: "log" })).toThrow('there is no file "log"')
    expect(() => disk.perform({ kind: "write", file: "../../log", offset: 0, data: [] })).toThrow("not the name of a file")
    disk.perform({ kind: "remove", file: "log" })
    expect(disk.hasUnsynced).toBe(false)
  })
})
