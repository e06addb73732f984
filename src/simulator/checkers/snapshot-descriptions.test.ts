import { describe, expect, it } from "vitest"
import { node, snapshotOf, step, three, verdict, verdicts, voters } from "../../../test/checkers/hand-made.ts"
import type { Configuration, Message, SnapshotMeta } from "../../core/index.ts"
import { snapshotDescriptions } from "./snapshot-descriptions.ts"

describe("snapshot descriptions", () => {
  const second: Configuration = { ...three, learners: [4], index: 3 }
  /** Entries 1 to 4 are committed; entry 3 is a configuration. */
  const committed = step({ node: node({ id: 1, log: [1, 1, 2, 2], configurations: [second], commitIndex: 4 }) })
  const first = step({ node: node({ id: 2, configuration: three }) })
  const holds = (snapshot: SnapshotMeta, life = 1) => step({ node: node({ id: 2, life, base: 4, baseTerm: 2, snapshot }) })

  it("allows what was committed there, with the configuration that was in force there", () => {
    const fine = [first, committed, holds(snapshotOf(2, 1)), holds(snapshotOf(3, 2, second)), holds(snapshotOf(4, 2, second), 2)]
    expect(verdicts(snapshotDescriptions, ...fine)).toEqual([null, null, null, null, null])
  })

  it("flags one of what is not committed, and one of another term", () => {
    expect(verdict(snapshotDescriptions, first, committed, holds(snapshotOf(5, 2, second)))).toBe(
      "server 2 holds a snapshot through index 5, and only 4 is committed",
    )
    expect(verdict(snapshotDescriptions, first, committed, holds(snapshotOf(3, 1, second)))).toMatch(
      /index 3 of term 1, where term 2 is committed/,
    )
  })

  it("flags a configuration that is older or newer than what was in force, or that names others", () => {
    expect(verdict(snapshotDescriptions, first, committed, holds(snapshotOf(4, 2, three)))).toMatch(
      /with configuration 0, where configuration 3 was in force/,
    )
    expect(verdict(snapshotDescriptions, first, committed, holds(snapshotOf(2, 1, second)))).toMatch(
      /with configuration 3, where configuration 0 was in force/,
    )
    expect(verdict(snapshotDescriptions, first, committed, holds(snapshotOf(4, 2, { ...second, learners: [] })))).toMatch(
      /whose configuration 3 is not the one that was committed/,
    )
    expect(verdict(snapshotDescriptions, first, committed, holds(snapshotOf(2, 1, voters(1, 2))))).toMatch(
      /whose configuration 0 is not the one that was committed/,
    )
  })

  it("allows a restart from an older one with a log that holds the rest: the newer may have been damaged", () => {
    const back = step({ node: node({ id: 2, life: 2, base: 2, baseTerm: 1, log: [2, 2], snapshot: snapshotOf(2, 1) }) })
    expect(verdict(snapshotDescriptions, first, committed, holds(snapshotOf(4, 2, second)), back)).toBeNull()
  })

  it("flags a newest snapshot that is older than before, in one life or without the log in between", () => {
    const newer = holds(snapshotOf(4, 2, second))
    const went = "server 2 went back from its snapshot through 4 to one through 2"
    const older = { id: 2, base: 2, baseTerm: 1, snapshot: snapshotOf(2, 1) }
    expect(verdict(snapshotDescriptions, first, committed, newer, step({ node: node({ ...older, log: [2, 2] }) }))).toBe(went)
    expect(verdict(snapshotDescriptions, first, committed, newer, step({ node: node({ ...older, life: 2, log: [2] }) }))).toBe(went)
    expect(verdict(snapshotDescriptions, first, committed, newer, holds(snapshotOf(2, 1), 2))).toBe(went)
  })

  it("flags one that is sent", () => {
    const chunk: Message = {
      kind: "installSnapshot",
      from: 1,
      to: 2,
      term: 2,
      snapshot: snapshotOf(4, 2, three),
      sizeBytes: 1,
      checksum: 0,
      offset: 0,
      data: new Uint8Array(1),
      done: true,
    }
    const sends = step({ node: node({ id: 1, base: 4, baseTerm: 2, snapshot: snapshotOf(4, 2, second) }), sent: [chunk] })
    expect(verdict(snapshotDescriptions, first, committed, sends)).toMatch(/server 1 sent a snapshot .* with configuration 0/)
  })
})
