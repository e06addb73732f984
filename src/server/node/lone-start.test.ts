import { expect, test } from "vitest"
import { explainLoneStart } from "./lone-start.ts"

const config = { isUnlisted: true, name: "n1", dataDir: "/data/n1.oarlock", peerAddress: "127.0.0.1:2380" }

test("a first start without a list and without --join says what it begins, and how to join or begin another cluster instead", () => {
  const words = explainLoneStart(config, true)
  expect(words).toMatch(/^this begins a cluster of its own, with this server as its only member/)
  expect(words).toContain("remove /data/n1.oarlock, run `oarlock member add n1 --peer 127.0.0.1:2380`")
  expect(words).toContain("--initial-cluster")
})

test("nothing is said where it was here before, or where it was told with whom it begins", () => {
  expect(explainLoneStart(config, false)).toBeNull()
  expect(explainLoneStart({ ...config, isUnlisted: false }, true)).toBeNull()
})
