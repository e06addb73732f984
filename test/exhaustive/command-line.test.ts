// What is typed becomes the world that is meant, or a sentence.

import { expect, test } from "vitest"
import { defaultBounds } from "../../src/simulator/exhaustive/index.ts"
import { readCommand } from "./command-line.ts"
import { plantedBugs } from "./planted-bugs.ts"

test("options become bounds", () => {
  const args =
    "--nodes 2 --joining 1 --terms 3 --entries 2 --crashes 1 --slow-disks 1,2 --campaigners 1 --pre-vote --ignore-stale --memory 64"
  expect(readCommand([...args.split(" "), "--change", "remove 2"])).toMatchObject({
    kind: "search",
    options: {
      bounds: {
        ...defaultBounds,
        servers: 2,
        joining: 1,
        terms: 3,
        entries: 2,
        crashes: 1,
        slowDisks: [1, 2],
        campaigners: [1],
        preVote: true,
        staleRequests: false,
        change: [{ kind: "remove", id: 2 }],
      },
      bytesMax: 64 * 2 ** 20,
    },
  })
})

test("a bug brings its world along, and what is typed beside it changes that", () => {
  const command = readCommand(["--bug", "figure 8", "--terms", "5"])
  expect(command).toMatchObject({ options: { tampering: plantedBugs[0]!.tampering, bounds: { ...plantedBugs[0]!.bounds, terms: 5 } } })
})

test.each([
  [["--terms", "x"], '--terms takes a whole number, not "x"'],
  [["--nodes", "9"], "9 servers cannot be explored"],
  [["--campaigners", "1,4"], "there is no server 4"],
  [["--change", "replace 3"], '--change takes "add N", "remove N" or "demote N", not "replace 3"'],
  [["--bug", "nothing"], 'no planted bug is called "nothing"'],
  [["--bug", "vote"], '"vote" could be any of'],
  [["--nodse", "3"], "Unknown option '--nodse'"],
])("%j is refused in words", (args, words) => {
  expect(() => readCommand(args)).toThrow(words)
})
