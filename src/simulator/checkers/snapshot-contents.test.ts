import { describe, expect, it } from "vitest"
import { applied, applies, node, step, verdict, verdicts } from "../../../test/checkers/hand-made.ts"
import { snapshotContents } from "./snapshot-contents.ts"

describe("snapshot contents", () => {
  const restores = (index: number, hash: number) => step({ node: node({ id: 3 }), journal: [{ kind: "restored", index, hash }] })
  const replay = applies(applied(1, 1), applied(4, 2))

  it("allows a snapshot after a command, between two, and where nobody knows the hash", () => {
    const unknown = applies(applied(6, 3, { hash: null }))
    expect(verdicts(snapshotContents, replay, restores(4, 4), restores(3, 1), unknown, restores(6, 99))).toEqual([
      null,
      null,
      null,
      null,
      null,
    ])
  })

  it("flags a state that is not that of the prefix", () => {
    expect(verdict(snapshotContents, replay, restores(4, 1))).toBe(
      "server 3 restored a snapshot through index 4 whose state is not the one that others had there",
    )
    expect(verdict(snapshotContents, replay, restores(3, 4))).toMatch(/through index 3/)
  })

  it("flags a state that a snapshot of it does not restore, and nothing where that was not tried", () => {
    expect(verdict(snapshotContents, applies(applied(4, 2, { restoredHash: 4 })))).toBeNull()
    expect(verdict(snapshotContents, applies(applied(4, 2, { restoredHash: 5 })))).toBe(
      "server 2 is in a state after index 4 that a snapshot of it does not restore",
    )
  })

  it("compares with the server that was there first", () => {
    expect(verdict(snapshotContents, replay, applies(applied(4, 2, { hash: 9 })), restores(4, 4))).toBeNull()
  })
})
