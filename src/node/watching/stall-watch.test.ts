import { afterEach, beforeEach, expect, test, vi } from "vitest"
import { MachineTimes } from "./machine-times.ts"
import { probeMs, type Stall, stallToldEveryMs, StallWatch } from "./stall-watch.ts"

const timings = { heartbeatIntervalMs: 50, electionTimeoutMinMs: 150 }
let now = 0
let told: Stall[]
let times: MachineTimes
let watch: StallWatch

beforeEach(() => {
  vi.useFakeTimers()
  now = 0
  told = []
  times = new MachineTimes(() => now)
  watch = new StallWatch({ timings, times, onStall: (stall) => told.push(stall), now: () => now })
  watch.start()
})

afterEach(() => {
  watch.stop()
  vi.useRealTimers()
})

/** A turn of the node that takes `forMs`, of which `machineMs` in apply. */
function turn(forMs: number, machineMs = 0, index = 17): void {
  watch.turnBegins(now)
  if (machineMs > 0) times.note("apply", machineMs, index, 12_345)
  now += forMs
  watch.turnEnds(now)
}

/** Lets so many probes come on time. */
function pass(probes: number): void {
  for (let i = 0; i < probes; i++) {
    now += 50
    vi.advanceTimersByTime(50)
  }
}

test("a turn of half the smallest election timeout is a stall, a shorter one is none", () => {
  turn(74)
  expect(watch.count).toBe(0)
  turn(75)
  expect(watch).toMatchObject({ count: 1, totalMs: 75 })
})

test("says how long, in which call of the state machine, about which entry and of what size, and what to raise", () => {
  turn(413, 409)
  expect(told).toMatchObject([{ forMs: 413, machineMs: 409, call: "apply", index: 17 }])
  expect(told[0]!.message).toBe(
    "the event loop was blocked for 413 ms, of which 409 ms in your state machine's apply of entry 17 (12 kB); heartbeats are every 50 ms, " +
      "elections after 150: make apply shorter, or raise electionTimeoutMinMs and electionTimeoutMaxMs",
  )
})

test("does not blame a state machine that took next to nothing", () => {
  turn(400, 10)
  expect(told).toMatchObject([{ call: null, index: null }])
  expect(told[0]!.message).toContain("in a turn of this node; heartbeats")
})

test("probeMs: so often the loop is looked at; what comes on time is no stall, what is late by half an election timeout is one", () => {
  pass(5)
  now += probeMs + 74
  vi.advanceTimersByTime(probeMs)
  expect(watch.count).toBe(0)
  now += probeMs + 75
  vi.advanceTimersByTime(probeMs)
  expect(watch.count).toBe(1)
})

test("what kept the loop between turns shows in a late timer, once", () => {
  pass(2)
  now += 300
  vi.advanceTimersByTime(50)
  expect(told).toMatchObject([{ forMs: 250, machineMs: 0, call: null }])
  expect(told[0]!.message).toContain("by other work of this process, or the whole process stood still")
  pass(3)
  expect(watch.count).toBe(1)
})

test("a turn that was told is not told again by the timer that it held up", () => {
  pass(1)
  turn(300, 300)
  vi.advanceTimersByTime(50)
  expect(watch.count).toBe(1)
})

test("stallToldEveryMs: it is told at most once a second; then the longest of those since, and how many there were", () => {
  turn(100)
  turn(200, 200, 18)
  turn(110)
  expect(told).toHaveLength(1)
  pass((stallToldEveryMs - 310 - 50) / 50)
  expect(told).toHaveLength(1)
  pass(1)
  expect(told).toHaveLength(2)
  expect(told[1]).toMatchObject({ forMs: 200, call: "apply", index: 18 })
  expect(told[1]!.message).toContain("(the longest of 2 since the last time that this was said)")
  expect(watch).toMatchObject({ count: 3, totalMs: 410 })
  pass(30)
  expect(told).toHaveLength(2)
})
