// What an outside checker is fed has to be complete and consistent by itself: it sees nothing else of the run.

import { expect, test } from "vitest"
import { swarmOptions } from "../state/options.ts"
import { runWorld } from "../world/run.ts"
import { World } from "../world/world.ts"
import { Chronicle } from "./chronicle.ts"
import { exportMoment, type ExportedEvent } from "./export-events.ts"
import { createTrace } from "./trace.ts"

function exported(seed: number): readonly ExportedEvent[] {
  const world = World.create({
    ...swarmOptions(seed),
    nodes: 3,
    safetyMs: 1_500,
    writesMin: 0,
    faults: [{ kind: "crash", everyMs: 300, lastsMs: 200 }],
  })
  runWorld(world)
  const chronicle = new Chronicle(createTrace(world, { coreVersion: "1.2.3", mode: "swarm" }))
  const events: ExportedEvent[] = []
  for (let moment = chronicle.next(); moment !== null; moment = chronicle.next()) events.push(...exportMoment(moment))
  expect(chronicle.finish().isSame).toBe(true)
  return events
}

const runs = [31, 32, 33].map((seed) => [seed, exported(seed)] as const)

test.each(runs)("seed %d: what is received was sent before, under the same name and with the same content", (_seed, events) => {
  const sent = new Map<string, ExportedEvent>()
  let received = 0
  for (const event of events) {
    const { message } = event
    if (event.action === "Send") sent.set(message!.name, event)
    if (event.action !== "Receive") continue
    received += 1
    const [original] = message!.name.split(".")
    expect(sent.has(original!)).toBe(true)
    const { fate: _sentFate, name: _sentName, ...content } = sent.get(original!)!.message!
    expect(message).toMatchObject(content)
    expect(message).toMatchObject({ to: event.node })
  }
  expect(received).toBeGreaterThan(50)
})

test.each(runs)("seed %d: each server's lines follow from each other", (_seed, events) => {
  const last = new Map<number, ExportedEvent>()
  for (const event of events) {
    if (event.node === null || event.term === undefined) continue
    const before = event.action === "Init" ? undefined : last.get(event.node)
    if (before !== undefined) {
      expect(event.term).toBeGreaterThanOrEqual(before.term!)
      expect(event.commitIndex).toBeGreaterThanOrEqual(before.commitIndex!)
      expect(event.appliedIndex).toBeGreaterThanOrEqual(before.appliedIndex!)
      if (event.term === before.term && before.votedFor !== null) expect(event.votedFor).toBe(before.votedFor)
      if (event.action === "Receive") expect(event).toMatchObject({ role: before.role, term: before.term, log: before.log })
    }
    expect(event.log!.persistedIndex).toBeLessThanOrEqual(event.log!.lastIndex)
    expect(event.commitIndex).toBeLessThanOrEqual(event.log!.lastIndex)
    if (event.from !== undefined) expect(event.through).toBeGreaterThanOrEqual(event.from)
    last.set(event.node, event)
  }
  const actions = new Set(events.map(({ action }) => action))
  for (const action of ["Init", "Crash", "BecomeCandidate", "BecomeLeader", "Replicate", "Persist", "Commit", "Apply"]) {
    expect(actions).toContain(action)
  }
})

test.each(runs)("seed %d: every line is plain JSON, of every node's whole vocabulary", (_seed, events) => {
  expect(JSON.parse(JSON.stringify(events))).toEqual(events)
  const leading = events.find(({ action }) => action === "BecomeLeader")!
  expect(leading).toMatchObject({ role: "leader", leader: leading.node, electionInMs: null, electionTimeoutMs: null })
  expect(leading.votes!.length).toBeGreaterThan(0)
  expect(leading.followers!.map(({ id }) => id)).toEqual([1, 2, 3].filter((id) => id !== leading.node))
  const following = events.find(({ role, action }) => role === "follower" && action === "Receive")!
  expect(following.electionTimeoutMs).toBeGreaterThanOrEqual(150)
})
