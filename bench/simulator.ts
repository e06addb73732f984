/**
 * The simulator: how much simulated time passes in a second on one core, with every checker looking on; what a seed of the swarm costs; and
 * what it costs to fork a world, which must not depend on how long it has run.
 *
 * Time is this process's processor time, so that a busy machine changes little: `npm run bench:simulator`, or `-- --seconds 60 --seeds 200`.
 */

import { parseArgs } from "node:util"
import { calmOptions, runSeed, World, type WorldOptions } from "../src/simulator/index.ts"

const { values } = parseArgs({ options: { seconds: { type: "string", default: "120" }, seeds: { type: "string", default: "100" } } })
const seconds = Number(values.seconds)
const seeds = Number(values.seeds)

/** Five servers, and five clients that ask for about a hundred operations a second together. */
function busyWorld(workload: WorldOptions["workload"]): World {
  const clients = { ...calmOptions.clients, count: 5, thinkMsMax: 90, registers: 16 }
  return World.create({ ...calmOptions, seed: 5, nodes: 5, workload, clients })
}

function runUntil(world: World, ms: number): void {
  while (world.nextAt <= ms && world.step() !== null);
  if (world.violation !== null) throw new Error(`${world.violation.checker}: ${world.violation.reason}`)
}

/** Milliseconds of this process's time that `work` takes. */
function costOf(work: () => void): number {
  const before = process.cpuUsage()
  work()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1000
}

function line(name: string, ...cells: readonly string[]): void {
  process.stdout.write(`${name.padEnd(44)}${cells.map((cell) => cell.padStart(18)).join("")}\n`)
}

/**
 * The engine goes on compiling for about a hundred simulated seconds, in threads whose time counts as ours: after twenty, much of what is measured
 * is the compiler. A campaign has that behind it within seconds and then runs for hours.
 */
const warmUpMs = 120_000

function measureSpeed(workload: WorldOptions["workload"]): void {
  const world = busyWorld(workload)
  runUntil(world, warmUpMs)
  const { eventNumber, now, coverage } = world
  const done = coverage.writes + coverage.reads
  const cost = costOf(() => runUntil(world, now + seconds * 1000))
  const events = world.eventNumber - eventNumber
  const operations = (world.coverage.writes + world.coverage.reads - done) / seconds
  line(
    `five servers, ${Math.round(operations)} operations/s, ${workload}`,
    ((seconds * 1000) / cost).toFixed(0),
    ((events * 1000) / cost).toFixed(0),
    "",
  )
}

function measureSwarm(): void {
  let events = 0
  let simulatedMs = 0
  for (let seed = 1; seed <= 20; seed++) runSeed(seed)
  const cost = costOf(() => {
    for (let seed = 1; seed <= seeds; seed++) {
      const report = runSeed(seed)
      events += report.events
      simulatedMs += report.simulatedMs
    }
  })
  line(`${seeds} seeds of the swarm`, (simulatedMs / cost).toFixed(0), ((events * 1000) / cost).toFixed(0), (cost / seeds).toFixed(0))
}

/** Microseconds for a fork of a world that has run for so long, and for the fork's first hundred events. */
function measureForks(runForMs: number): void {
  const world = busyWorld("registers")
  runUntil(world, runForMs)
  const forks = 2_000
  const cloning = costOf(() => {
    for (let i = 0; i < forks; i++) world.clone()
  })
  const moved = 40
  const moving = costOf(() => {
    for (let i = 0; i < moved; i++) {
      const fork = world.clone()
      for (let event = 0; event < 100; event++) fork.step()
    }
  })
  const own = costOf(() => {
    for (let event = 0; event < 100 * moved; event++) world.step()
  })
  const micros = (ms: number, count: number): string => ((ms * 1000) / count).toFixed(1)
  line(`fork after ${runForMs / 1000} simulated s`, micros(cloning, forks), micros(moving, moved), micros(own, moved))
}

line("", "simulated s/s", "events/s", "ms/seed")
measureSpeed("registers")
measureSpeed("keyValue")
measureSwarm()
process.stdout.write("\n")
line("", "clone, µs", "its 100 events, µs", "without fork, µs")
for (const runForMs of [2_000, 20_000, 100_000]) measureForks(runForMs)
