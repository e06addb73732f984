// Bounds of storage that are part of its formats or of its ways, at the edge.

import { expect, test } from "vitest"
import { bootstrapConfiguration } from "../core/index.ts"
import type { DiskReader } from "./disk.ts"
import { createLogStore, append, completeLogRequest, nextLogRequest } from "./log-store.ts"
import { MemoryDisk } from "./memory-disk.ts"
import { recover } from "./recovery.ts"
import { addToDraft, beginDraft, takeDraftOperations } from "./snapshot-draft.ts"
import { createSnapshotParser, encodeSnapshotHeader, parseSnapshot } from "./snapshot-file.ts"

const identity = { clusterId: "00000000000000c1", groupId: 0, nodeId: 1, incarnation: "00000000000000a1" }
const configuration = bootstrapConfiguration([{ id: 1, name: "", peerAddress: "", clientAddress: "" }])
const meta = { lastIndex: 9, lastTerm: 2, configuration }

test("headerBytesMax: a snapshot's header may claim as many bytes, and not one more", () => {
  const parse = (lengthBytes: number) => {
    const bytes = encodeSnapshotHeader(identity, meta)
    new DataView(bytes.buffer, bytes.byteOffset).setUint32(12, lengthBytes, true)
    const parser = createSnapshotParser()
    parseSnapshot(parser, bytes, 1000)
    return parser.wantedBytes
  }
  expect([parse((16 << 20) - 1), parse(16 << 20)]).toEqual([(16 << 20) - 1, 16 << 20])
  expect(() => parse((16 << 20) + 1)).toThrow("a snapshot header of 16777217 bytes")
})

test("syncEveryBytes: a snapshot's file is synced where as many bytes are reached, not a byte before", () => {
  const syncsAfter = (...lengths: readonly number[]) => {
    const draft = beginDraft(meta, "a.tmp")
    return lengths.map((length) => {
      addToDraft(draft, { kind: "raw", data: new Uint8Array(length) })
      const { operations } = takeDraftOperations(draft, 16 << 20)!
      return operations.map(({ kind }) => kind).includes("sync")
    })
  }
  const mark = 4 << 20
  expect(syncsAfter(mark - 1, 1, mark - 1, 1)).toEqual([false, true, false, true])
  expect(syncsAfter(mark, 1)).toEqual([true, false])
  expect(syncsAfter(mark + 1, mark)).toEqual([true, true])
})

test("windowBytes: a segment is read in windows of as many bytes, whatever lies on their edges; a longer record is read whole", () => {
  const window = 1 << 20
  // Records that end a byte before the edge of the first window, at it, and a byte behind it; and one that is longer than a window.
  for (const shift of [-1, 0, 1]) {
    for (const behind of [10, window + shift, 3 * window]) {
      const disk = new MemoryDisk()
      const store = createLogStore(identity, recover(disk, identity), configuration, {
        segmentBytesMax: 64 << 20,
        zeroAheadBytes: 0,
        batchesInFlightMax: 1,
      })
      const write = () => {
        for (let request = nextLogRequest(store); request !== null; request = nextLogRequest(store))
          completeLogRequest(store, disk.perform(request))
      }
      write()
      const [file] = disk.list()
      // The first window begins behind the segment's header.
      const used = disk.sizeBytes(file!) - 72
      const lengths = [window - used - 61 - 33 + shift, behind, 5]
      lengths.forEach((length, position) => {
        const entry = {
          index: position + 1,
          term: 1,
          kind: "command" as const,
          data: new Uint8Array(length).fill(position + 1),
          configuration: null,
          encoded: null,
        }
        append(store, {
          number: position + 1,
          hardState: position === 0 ? { term: 1, votedFor: null, commitIndex: 0 } : null,
          entries: [entry],
        })
        write()
      })
      const reads: number[] = []
      const { entries, notices } = recover(watching(disk, reads), identity)
      expect(entries.map(({ data }) => [data.length, data.at(-1)])).toEqual(lengths.map((length, position) => [length, position + 1]))
      expect(notices).toEqual([])
      expect(Math.max(...reads)).toBe(Math.max(window, behind + 33))
    }
  }
})

function watching(disk: MemoryDisk, reads: number[]): DiskReader {
  return {
    list: () => disk.list(),
    sizeBytes: (file) => disk.sizeBytes(file),
    read: (file, offset, lengthBytes) => {
      reads.push(lengthBytes)
      return disk.read(file, offset, lengthBytes)
    },
  }
}
