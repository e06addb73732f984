import { describe, expect, it } from "vitest"
import { parseArguments, rowNames } from "./arguments.ts"

describe("the command line of the benchmarks", () => {
  it("measures all rows unless some are named", () => {
    expect(parseArguments([])).toMatchObject({ rows: rowNames, rounds: 3, durationSeconds: 5, target: "leader", only: null, json: null })
  })

  it("keeps the rows in their own order, each once", () => {
    expect(parseArguments(["get", "core", "get"])).toMatchObject({ rows: ["core", "get"] })
  })

  it("takes seconds with and without their unit", () => {
    expect(parseArguments(["--duration", "2s"])).toMatchObject({ durationSeconds: 2 })
    expect(parseArguments(["--duration", "0.5"])).toMatchObject({ durationSeconds: 0.5 })
  })

  it.each([
    [["nonsense"], "There is no row nonsense"],
    [["--rounds", "0"], "--rounds is 0"],
    [["--rounds", "1.5"], "must be an integer"],
    [["--duration", "3601"], "at most 3600"],
    [["--only", "redis"], "must be etcd or oarlock"],
    [["--unknown"], "--unknown"],
  ])("refuses %j in words", (words, message) => {
    expect(() => parseArguments(words)).toThrow(message)
  })
})
