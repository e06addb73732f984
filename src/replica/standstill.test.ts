import { expect, test } from "vitest"
import { TestCluster } from "../../test/replica/cluster.ts"
import type { Replica } from "./replica.ts"

function aloneAndLeading(): Replica {
  const cluster = new TestCluster([1])
  cluster.run(50)
  return cluster.replica(1)
}

/** A core that has something to say so many times in a row, as a broken rule makes it. */
function sayAgain(replica: Replica, times: number): void {
  const { raft } = replica
  const takeReady = raft.takeReady.bind(raft)
  let said = 0
  raft.takeReady = (now) => {
    const ready = takeReady(now)
    said += 1
    return said > times ? ready : { ...ready, observations: [...ready.observations, { kind: "leaderKnown", term: 1, leader: 1 }] }
  }
}

/** A core whose deadline has passed and stays where it is. */
function wantToBeWoken(replica: Replica): void {
  Object.defineProperty(replica.raft, "deadline", { get: () => 0 })
}

test("roundsPerStepMax: one round less is carried out, and as many halt the replica with its recent events", () => {
  const busy = aloneAndLeading()
  sayAgain(busy, 999)
  expect(busy.step(2_000, [{ kind: "wake" }]).halted).toBeNull()
  const circling = aloneAndLeading()
  sayAgain(circling, 1_000)
  const { halted, observations, messages } = circling.step(2_000, [{ kind: "wake" }])
  expect(halted).toContain("the algorithm goes on and on at one moment")
  expect(messages).toEqual([])
  expect(observations.at(-1)).toMatchObject({ kind: "halted", recentEvents: expect.arrayContaining(["2000.0 ms: woken"]) as unknown })
})

test("idleWakesMax: a replica that is woken so often for nothing halts with its recent events", () => {
  const replica = aloneAndLeading()
  wantToBeWoken(replica)
  // The first one sees what was applied before it.
  for (let i = 0; i <= 999; i++) expect(replica.step(2_000, [{ kind: "wake" }]).halted).toBeNull()
  expect(replica.step(2_000, [{ kind: "wake" }]).halted).toContain("woken again and again for a deadline that does not move")
})

test("idleWakesMax: a replica that applies an entry between two wakes is not idle", () => {
  const replica = aloneAndLeading()
  wantToBeWoken(replica)
  for (let i = 1; i <= 999; i++) replica.step(2_000, [{ kind: "wake" }])
  const propose = replica.step(2_000, [{ kind: "propose", proposals: [{ id: 1, command: new Uint8Array([1]), session: null }] }])
  replica.step(2_000, [{ kind: "disk", completion: { id: propose.disk[0]!.id, ok: true, data: null, durationMs: 1 } }])
  expect(replica.step(2_000, [{ kind: "wake" }]).halted).toBeNull()
  expect(replica.step(2_000, [{ kind: "wake" }]).halted).toBeNull()
})
