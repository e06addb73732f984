// Every story under scenarios/ comes out as it says. Its moral is the title of its test.

import { describe, expect, it, test } from "vitest"
import { runScenario } from "../../src/simulator/index.ts"
import { files, read } from "./files.ts"

const folders = [...new Set(files.map((file) => file.split("/")[1]!))]

describe.each(folders)("%s", (folder) => {
  for (const file of files.filter((path) => path.startsWith(`scenarios/${folder}/`))) {
    const scenario = read(file)
    test(`${scenario.moral} (${scenario.source}) [${file}]`, () => {
      runScenario(scenario)
    })
    const { breakable } = scenario.setup
    if (breakable === null) continue
    test(`with "${breakable.rule}" broken, ${breakable.violates} is violated [${file}]`, () => {
      const { violation } = runScenario(scenario, { broken: true })
      expect(violation?.checker).toBe(breakable.violates)
    })
  }
})

describe("scenarios", () => {
  it("are at least 40, in folders by theme", () => {
    expect(files.length).toBeGreaterThanOrEqual(40)
    for (const file of files) expect(file).toMatch(/^scenarios\/[a-z]+\/[a-z0-9-]+\.scenario$/)
  })

  it("name where in Raft's paper or in Ongaro's dissertation their moral stands", () => {
    for (const { file, source } of files.map(read)) {
      expect(source, file).toMatch(/^(Raft|dissertation) (§\d+(\.\d+)*|Figure \d+)(, ((Raft|dissertation) )?(§\d+(\.\d+)*|Figure \d+))*$/)
    }
  })

  it("have morals of their own", () => {
    const morals = files.map((file) => read(file).moral)
    expect(new Set(morals).size).toBe(morals.length)
  })
})
