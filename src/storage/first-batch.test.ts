import { expect, test } from "vitest"
import { bootstrapConfiguration } from "../core/index.ts"
import { SimulatedDisk } from "../simulator/disk/disk.ts"
import { createLogStore, defaultLogLimits, nextLogRequest, recover } from "./index.ts"

const identity = { clusterId: "00000000000000c1", groupId: 0, nodeId: 1, incarnation: "00000000000000aa" }
const configuration = bootstrapConfiguration([1, 2, 3].map((id) => ({ id, name: `n${id}`, peerAddress: `h${id}:1`, clientAddress: "" })))

/** The disk in the middle of the very first request: written, and then cut to `lengthBytes`. */
function interrupted(zeroAheadBytes: number, lengthBytes: (fileBytes: number) => number): SimulatedDisk {
  const disk = new SimulatedDisk()
  const store = createLogStore(identity, recover(disk.reader(), identity), configuration, { ...defaultLogLimits, zeroAheadBytes })
  for (const operation of nextLogRequest(store)!.operations) {
    disk.perform(operation)
    if (operation.kind === "write") break
  }
  const file = disk.reader().list()[0]!
  disk.perform({ kind: "truncate", file, lengthBytes: lengthBytes(disk.reader().sizeBytes(file)) })
  return disk
}

test("a power failure before the first batch was synced leaves a disk that can be begun anew, wherever the file ends", () => {
  const whole = interrupted(0, (fileBytes) => fileBytes)
  const [file] = whole.reader().list()
  const fileBytes = whole.reader().sizeBytes(file!)
  for (let lengthBytes = 0; lengthBytes < fileBytes; lengthBytes++) {
    const disk = interrupted(0, () => lengthBytes)
    const recovered = recover(disk.reader(), identity)
    expect(recovered.snapshot, `cut at byte ${lengthBytes}`).toBeNull()
    // And beginning anew works: the same file again, whole this time.
    const store = createLogStore(identity, recovered, configuration, { ...defaultLogLimits, zeroAheadBytes: 0 })
    for (const operation of nextLogRequest(store)!.operations) disk.perform(operation)
    expect(recover(disk.reader(), identity).snapshot?.configuration).toEqual(configuration)
  }
  expect(recover(whole.reader(), identity).snapshot?.configuration).toEqual(configuration)
})
