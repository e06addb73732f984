import { expect, test } from "vitest"
import type { MembershipChange, NodeId } from "../../core/index.ts"
import { memberOf } from "../state/identity.ts"
import { calmOptions, type WorldOptions } from "../state/options.ts"
import { World } from "../world/world.ts"

/** Three servers and two spares without PreVote, and an operator. */
const options: WorldOptions = {
  ...calmOptions,
  seed: 3,
  nodes: 3,
  spares: 2,
  safetyMs: 1e12,
  clients: { ...calmOptions.clients, count: 0 },
  raft: { ...calmOptions.raft, preVote: false, leaseReads: false },
}

class Story {
  readonly world: World

  constructor(given: WorldOptions = options) {
    this.world = World.create(given)
    this.pass(1_000)
  }

  pass(ms: number): void {
    const end = this.world.now + ms
    while (this.world.nextAt <= end && this.world.step() !== null);
    expect(this.world.violation).toBeNull()
  }

  view(id: NodeId) {
    return this.world.views.find((view) => view.id === id)!
  }

  leader(except = 0): NodeId {
    const leaders = this.world.views.filter(({ id, role }) => role === "leader" && id !== except)
    return leaders.toSorted((a, b) => b.term - a.term)[0]!.id
  }

  change(leader: NodeId, change: MembershipChange): void {
    this.world.act({ kind: "changeMembership", node: leader, changes: [change], version: null })
  }

  get up(): readonly NodeId[] {
    return this.world.views.map(({ id }) => id)
  }
}

test("a server that was removed is turned off once the world is healed, and stays off", () => {
  const story = new Story()
  const removed = story.leader() === 3 ? 2 : 3
  story.change(story.leader(), { kind: "remove", id: removed })
  story.pass(1_000)
  expect(story.up).toContain(removed)
  story.world.heal()
  story.pass(2_000)
  expect(story.up).not.toContain(removed)
  expect(story.up).toHaveLength(4)
})

test("with PreVote nobody has to, and nobody does", () => {
  const story = new Story({ ...options, raft: { ...options.raft, preVote: true } })
  const removed = story.leader() === 3 ? 2 : 3
  story.change(story.leader(), { kind: "remove", id: removed })
  story.pass(1_000)
  story.world.heal()
  story.pass(2_000)
  expect(story.up).toHaveLength(5)
})

test("what a deposed leader made up about the members, at the index of what is committed, turns nobody off", () => {
  const story = new Story()
  const { world } = story
  story.change(story.leader(), { kind: "addLearner", member: memberOf(4) })
  story.pass(500)
  story.change(story.leader(), { kind: "addVoter", member: memberOf(5) })
  story.pass(2_000)
  world.act({ kind: "transferLeadership", node: story.leader(), to: 5 })
  story.pass(500)
  expect(story.leader()).toBe(5)

  // Alone, 5 has two writes and then the removal of 4 in its log; the others write as much, and make 4 a voter.
  world.act({ kind: "cut", fault: 1, from: [5], to: [1, 2, 3, 4] })
  world.act({ kind: "cut", fault: 1, from: [1, 2, 3, 4], to: [5] })
  for (let write = 1; write <= 2; write++) {
    const { lastIndex } = story.view(5)
    world.act({ kind: "request", client: 100 + write, node: 5, operation: { kind: "put", register: 1 } })
    while (story.view(5).lastIndex === lastIndex) world.step()
  }
  story.change(5, { kind: "remove", id: 4 })
  while (story.view(5).configuration.members.some(({ id }) => id === 4)) world.step()
  story.pass(1_500)
  const leader = story.leader(5)
  story.change(leader, { kind: "promote", id: 4 })
  story.pass(500)
  const committed = story.view(leader).configuration
  expect(committed).toMatchObject({ voters: [1, 2, 3, 4, 5], index: story.view(5).configuration.index })

  world.heal()
  story.pass(3_000)
  expect(story.up).toEqual([1, 2, 3, 4, 5])
})
