// What makes the search small must not make it blind: the core treats servers alike, whatever they are called and whenever it is, and leaving out renamed situations or
// late messages leaves out no state that a server can get into.

import fc from "fast-check"
import { expect, test } from "vitest"
import type { Entry, Message } from "../../src/core/index.ts"
import { defaultBounds, search, type Bounds } from "../../src/simulator/exhaustive/index.ts"
import { identityRenaming, keyOfMessage, keyOfServer, type Renaming } from "../../src/simulator/exhaustive/keys.ts"
import { inputsOf, startServer, stepServer, type Input, type Server, type WorldSetting } from "../../src/simulator/exhaustive/server.ts"
import { renamingsOf } from "../../src/simulator/exhaustive/symmetry.ts"
import { untampered } from "../../src/simulator/exhaustive/tampering.ts"

interface Option {
  readonly id: number
  readonly input: Input
}

/** Servers and all that they ever said, moved by hand. */
class Walk {
  readonly servers: Server[]
  readonly sent = new Map<string, Message>()
  readonly setting: WorldSetting

  constructor(bounds: Bounds) {
    this.setting = { bounds, tampering: untampered }
    this.servers = Array.from({ length: bounds.servers }, (_, i) => startServer(this.setting, i + 1).server)
  }

  /** What `choice`, any number, stands for. */
  option(choice: number): Option {
    const options = this.options()
    // Crashes and impatience are always possible; something has to come about in between.
    const calm = options.filter(({ input }) => input.kind !== "crash" && input.kind !== "timeout")
    const chosen = choice % 8 > 0 && calm.length > 0 ? calm : options
    return chosen[(choice >>> 3) % chosen.length]!
  }

  options(): Option[] {
    const own = this.servers.flatMap((server) => inputsOf(this.setting, server).map((input) => ({ id: server.id, input })))
    return [...own, ...[...this.sent.values()].map((message) => ({ id: message.to, input: { kind: "deliver" as const, message } }))]
  }

  /** `delayMs` after the server's last step; still far from any of its deadlines. */
  take({ id, input }: Option, delayMs = 0): void {
    const server = this.servers[id - 1]!
    const step = stepServer(this.setting, { ...server, now: server.now + delayMs }, input)
    this.servers[id - 1] = step.server
    for (const message of step.sent) this.sent.set(keyOfMessage(message, identityRenaming(this.servers.length)), message)
  }

  /** Everything there is, as text, with the servers renamed. */
  read(names: Renaming): string[] {
    const servers = this.servers.map((server) => keyOfServer(server, names))
    return [...servers, ...[...this.sent.values()].map((message) => keyOfMessage(message, names))].sort()
  }
}

test("a walk with the servers renamed is the same walk, renamed", () => {
  const bounds = { ...defaultBounds, servers: 3, terms: 4, entries: 2, heartbeats: 2, appendEntriesMax: 2, slowDisks: [1, 2, 3] }
  const names = renamingsOf(bounds)
  expect(names).toHaveLength(6)
  const lastRoles = new Set<string>()
  fc.assert(
    fc.property(fc.constantFrom(...names), fc.array(fc.nat(), { minLength: 60, maxLength: 60 }), (renaming, choices) => {
      const walk = new Walk(bounds)
      const renamed = new Walk(bounds)
      for (const choice of choices) {
        const { id, input } = walk.option(choice)
        walk.take({ id, input })
        renamed.take({ id: renaming[id]!, input: rename(input, renaming) })
      }
      expect(renamed.read(identityRenaming(3))).toEqual(walk.read(renaming))
      for (const { raft } of walk.servers) lastRoles.add(raft.state.role.kind)
    }),
    { numRuns: 100, seed: 8 },
  )
  expect(lastRoles).toContain("leader")
})

test.each([{ preVote: false }, { preVote: true }])("a walk with pauses in between is the same walk: %j", ({ preVote }) => {
  const bounds = { ...defaultBounds, servers: 3, terms: 4, entries: 2, heartbeats: 2, slowDisks: [1, 2], preVote }
  const choices = fc.array(fc.tuple(fc.nat(), fc.nat({ max: 1_000 })), { minLength: 60, maxLength: 60 })
  fc.assert(
    fc.property(choices, (steps) => {
      const walk = new Walk(bounds)
      const late = new Walk(bounds)
      for (const [choice, delayMs] of steps) {
        const option = walk.option(choice)
        walk.take(option)
        late.take(option, delayMs)
      }
      expect(late.read(identityRenaming(3))).toEqual(walk.read(identityRenaming(3)))
    }),
    { numRuns: 100, seed: 8 },
  )
})

test.each([
  { servers: 2, terms: 2, entries: 1 },
  { servers: 2, terms: 1, entries: 1, preVote: true },
  { servers: 2, terms: 2, entries: 0, slowDisks: [1, 2], crashes: 1 },
  { servers: 3, terms: 1, entries: 1 },
])("no state of a server is lost by leaving out renamed situations and late messages: %j", (some) => {
  const bounds = { ...defaultBounds, ...some }
  const whole = reached(bounds, { symmetry: false, forgetLate: false })
  const reduced = reached(bounds, { symmetry: true, forgetLate: true })
  expect(reduced.servers).toEqual(whole.servers)
  expect(reduced.states).toBeLessThan(whole.states / 2)
})

test("servers with different disks or different patience are not exchanged, and none with PreVote or where the membership changes", () => {
  expect(renamingsOf({ ...defaultBounds, slowDisks: [3] })).toEqual([
    [0, 1, 2, 3],
    [0, 2, 1, 3],
  ])
  expect(renamingsOf({ ...defaultBounds, campaigners: [1] })).toEqual([
    [0, 1, 2, 3],
    [0, 1, 3, 2],
  ])
  expect(renamingsOf({ ...defaultBounds, preVote: true })).toEqual([[0, 1, 2, 3]])
  expect(renamingsOf({ ...defaultBounds, change: [{ kind: "remove", id: 3 }] })).toEqual([[0, 1, 2, 3]])
})

/** Every state of a server that a search comes upon, and those that it leaves out for being the same under other names. */
function reached(bounds: Bounds, reductions: { symmetry: boolean; forgetLate: boolean }): { servers: string[]; states: number } {
  const { search: done, report } = search({ bounds, ...reductions })
  expect(report.end).toBe("explored")
  const servers = new Set<string>()
  for (const { server } of done.space.servers.facts) for (const names of renamingsOf(bounds)) servers.add(keyOfServer(server, names))
  return { servers: [...servers].sort(), states: report.states }
}

function rename(input: Input, names: Renaming): Input {
  if (input.kind !== "deliver") return input
  const { message } = input
  const moved = { ...message, from: names[message.from]!, to: names[message.to]! } as Message
  if (moved.kind !== "appendEntries") return { kind: "deliver", message: moved }
  return { kind: "deliver", message: { ...moved, entries: moved.entries.map((entry) => renameEntry(entry, names)) } }
}

/** A command carries the number of the server that took it. */
function renameEntry(entry: Entry, names: Renaming): Entry {
  return entry.kind === "command" ? { ...entry, data: Uint8Array.of(names[entry.data[0]!]!) } : entry
}
