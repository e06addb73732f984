/** `leaseReads` is turned on server by server, and the others are restarted meanwhile (docs/cli.md): no lease read is older than an acknowledged write. */

import { expect, test } from "vitest"
import { bootstrapConfiguration } from "../../src/core/index.ts"
import { memberOf, TestCluster } from "./cluster.ts"

test("voters that restart within a lease of their leader elect no other leader before it has ended, although they have no leases themselves", () => {
  const three = bootstrapConfiguration([1, 2, 3].map(memberOf))
  const timings = { electionTimeoutMinMs: 1_000, electionTimeoutMaxMs: 2_000, heartbeatIntervalMs: 50, campaignOnDisconnect: false }
  const cluster = new TestCluster([], { raft: timings })
  cluster.raftOf.set(1, { leaseReads: true })
  for (const id of [1, 2, 3]) {
    cluster.words.set(id, [1, 2, 3])
    cluster.start(id, three)
  }
  cluster.until(() => cluster.leader !== null)
  if (cluster.leader !== 1) {
    cluster.ask(cluster.leader!, (id) => ({ kind: "transferLeadership", id, to: 1 }))
    cluster.until(() => cluster.leader === 1)
  }
  cluster.run(2_500)
  cluster.untilEqual()

  // 3 is restarted, and does not reach 1 any more. Close to the end of its election timeout 2 is restarted, too, and 1 is cut off.
  cluster.crash(3)
  cluster.isLost = ({ from, to }) => (from === 1 && to === 3) || (from === 3 && to === 1)
  cluster.start(3, three)
  cluster.run(cluster.replica(3).raft.deadline - cluster.now - 350)
  cluster.crash(2)
  cluster.isLost = ({ from, to }) => from === 1 || to === 1
  cluster.run(300)
  cluster.start(2, three)

  cluster.until(() => [2, 3].includes(cluster.replica(3).raft.state.leaderId ?? 0), 5_000)
  const next = cluster.replica(3).raft.state.leaderId!
  expect(cluster.outcome(cluster.propose(next, "+5")).kind).toBe("committed")
  const read = cluster.read(1, "value", "lease")
  cluster.run(100)
  expect(cluster.reads.get(read)?.kind).not.toBe("answered")
})
