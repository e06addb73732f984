import { afterEach, beforeEach, expect, test, vi } from "vitest"
import type { Effects, ReplicaEvent } from "../replica/index.ts"
import { ReplicaLoop, stepsPerTurnMax } from "./replica-loop.ts"

/** A replica that records what it is given. */
class Recorder {
  deadline = Number.POSITIVE_INFINITY
  readonly steps: { now: number; events: ReplicaEvent[] }[] = []
  onStep: ((events: readonly ReplicaEvent[]) => Partial<Effects>) | null = null

  step(now: number, events: readonly ReplicaEvent[]): Effects {
    this.steps.push({ now, events: [...events] })
    return { disk: [], messages: [], outcomes: [], reads: [], observations: [], halted: null, haltedBy: null, ...this.onStep?.(events) }
  }
}

let replica: Recorder
let loop: ReplicaLoop
let performed: Effects[]
let halted: string[]
let whilePerforming: () => void
/** How far the wall clock is ahead of the monotonic one. */
let wallAheadMs: number

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "setImmediate", "clearImmediate", "performance"] })
  replica = new Recorder()
  performed = []
  halted = []
  whilePerforming = () => {}
  wallAheadMs = 0
  loop = new ReplicaLoop({
    replica,
    perform: (effects) => {
      performed.push(effects)
      whilePerforming()
    },
    onHalt: (because) => halted.push(because),
    wallNow: () => performance.now() + wallAheadMs,
  })
})

afterEach(() => {
  loop.stop()
  vi.useRealTimers()
})

const kinds = (step: number) => replica.steps[step]!.events.map((event) => event.kind)
const runImmediates = () => vi.advanceTimersByTime(0)

const start = () => {
  loop.start()
  runImmediates()
}

test("the first step is a wake, as soon as the caller of open had the chance to listen", () => {
  loop.start()
  expect(replica.steps).toHaveLength(0)
  runImmediates()
  expect(kinds(0)).toEqual(["wake"])
})

test("everything of one turn is one step, with one propose and one read event in the order of the first of each", () => {
  start()
  const proposal = (id: number) => ({ id, command: new Uint8Array(), session: null })
  const read = (id: number) => ({ id, query: null, consistency: "stale", minimumIndex: 0 }) as const
  loop.read(read(1))
  loop.propose(proposal(2))
  loop.feed({ kind: "unreachable", peer: 9 })
  loop.propose(proposal(3))
  loop.read(read(4))
  expect(replica.steps).toHaveLength(1)
  runImmediates()
  expect(replica.steps).toHaveLength(2)
  expect(replica.steps[1]!.events).toEqual([
    { kind: "read", reads: [read(1), read(4)] },
    { kind: "propose", proposals: [proposal(2), proposal(3)] },
    { kind: "unreachable", peer: 9 },
  ])
  loop.propose(proposal(5))
  runImmediates()
  expect(replica.steps[2]!.events).toEqual([{ kind: "propose", proposals: [proposal(5)] }])
})

test("sleeps exactly until the deadline, also when it moves away meanwhile or comes closer", () => {
  replica.deadline = 100
  start()
  vi.advanceTimersByTime(99)
  expect(replica.steps).toHaveLength(1)
  replica.deadline = 150
  vi.advanceTimersByTime(50)
  expect(replica.steps).toHaveLength(1)
  replica.onStep = () => {
    replica.deadline = 1_000
    return {}
  }
  // One millisecond to the deadline; the simulated clock makes one of the immediate that follows it.
  vi.advanceTimersByTime(2)
  expect(replica.steps).toHaveLength(2)
  expect(kinds(1)).toEqual(["wake"])

  replica.onStep = () => {
    replica.deadline = 200
    return {}
  }
  loop.feed({ kind: "unreachable", peer: 2 })
  runImmediates()
  replica.onStep = () => {
    replica.deadline = Number.POSITIVE_INFINITY
    return {}
  }
  vi.advanceTimersByTime(60)
  expect(replica.steps).toHaveLength(4)
  expect(replica.steps[3]!.now).toBeGreaterThanOrEqual(200)
})

test("after a pause the true time comes first, before the messages that queued up", () => {
  replica.deadline = 50
  start()
  // The process stands still: the clock moves on and no timer runs.
  vi.setSystemTime(0)
  const now = vi.spyOn(performance, "now").mockReturnValue(5_000)
  loop.feed({ kind: "unreachable", peer: 2 })
  runImmediates()
  now.mockRestore()
  expect(kinds(1)).toEqual(["wake", "unreachable"])
  expect(replica.steps[1]!.now).toBe(5_000)
})

test("after the machine slept, and its monotonic clock with it, the replica hears of that before all else, once", () => {
  start()
  wallAheadMs = 60_000
  loop.feed({ kind: "unreachable", peer: 2 })
  runImmediates()
  expect(replica.steps[1]!.events).toEqual([
    { kind: "paused", forMs: 60_000 },
    { kind: "unreachable", peer: 2 },
  ])
  loop.feed({ kind: "unreachable", peer: 2 })
  runImmediates()
  expect(kinds(2)).toEqual(["unreachable"])
})

test("the latest wake-up is remembered", () => {
  replica.deadline = 50
  start()
  const now = vi.spyOn(performance, "now").mockReturnValue(450)
  vi.advanceTimersByTime(50)
  now.mockRestore()
  expect(loop.figures()).toMatchObject({ longestDelayMs: 400 })
})

test("stepsPerTurnMax: effects that are complete on the spot are fed back in the same turn, but not for ever", () => {
  start()
  let times = 0
  whilePerforming = () => {
    times++
    loop.feed({ kind: "disk", completion: { id: times, ok: true, data: null, durationMs: 0 } })
  }
  loop.feed({ kind: "unreachable", peer: 2 })
  vi.advanceTimersToNextTimer()
  expect(times).toBe(stepsPerTurnMax)
})

test("a deadline that has passed is followed at once", () => {
  replica.onStep = () => {
    replica.deadline = replica.steps.length < 3 ? 0 : Number.POSITIVE_INFINITY
    return {}
  }
  start()
  vi.advanceTimersByTime(2)
  expect(replica.steps).toHaveLength(3)
})

test("a halted replica has its last effects performed and is never stepped again", () => {
  start()
  replica.onStep = () => ({ halted: "fsync failed" })
  loop.feed({ kind: "unreachable", peer: 2 })
  runImmediates()
  expect(halted).toEqual(["fsync failed"])
  expect(performed.at(-1)!.halted).toBe("fsync failed")
  loop.feed({ kind: "unreachable", peer: 2 })
  vi.advanceTimersByTime(1_000)
  expect(replica.steps).toHaveLength(2)
})

test("a replica that throws is halted", () => {
  replica.onStep = () => {
    throw new Error("boom")
  }
  start()
  expect(halted[0]).toContain("boom")
})
