/**
 * Worlds in which something happens at given moments: for bugs that show in a window of a few milliseconds, which dice seldom hit.
 *
 * Where a story needs a leader, it is server 2: it is made one by a transfer, which all servers are asked for, and the leader obeys.
 */

import type { MembershipChange, NodeId } from "../../../src/core/index.ts"
import { calmNetwork, calmOptions, scriptedClientsFrom, type ScriptedOperation, type ScriptStep } from "../../../src/simulator/index.ts"
import { readers, writers } from "./faults.ts"

/** So few that a server which missed nothing for a while is up to date. */
const fewClients = { ...readers, count: 2, thinkMsMax: 400 }

const askEveryMs = 5

const calm = { nodes: 3, network: calmNetwork, disk: calmOptions.disk, faults: [], clockDrift: 0, busyMsMax: 0 } as const

/**
 * A forced election that nobody hears of, shortly before everything is healed: server 1 is told to campaign, and nothing that it says gets out. It
 * is left behind in a term that no one else is in.
 */
export const failedTransfer = {
  nodes: 3,
  safetyMs: 1_500,
  network: calmNetwork,
  disk: { ...calmOptions.disk, latencyMinMs: 8, latencyMaxMs: 10 },
  faults: [],
  script: [
    ...[1, 2, 3].map((node) => ({ atMs: 1_400, action: { kind: "transferLeadership", node, to: 1 } }) as const),
    { atMs: 1_405, action: { kind: "cut", fault: 1, from: [1], to: [2, 3] } },
  ],
} as const

/** Again and again leader 2 tells server 1 to take over, hears nothing from then on, and is asked. */
export const handovers = {
  ...calm,
  safetyMs: 2_600,
  clients: readers,
  script: [500, 1_200, 1_900].flatMap((atMs, round) => [
    ...leadBy(2, atMs),
    ...leadBy(1, atMs + 300),
    ...cutOneWay(atMs + 300, round, [1, 3], [2], 200),
    ...cutOneWay(atMs + 305, round, [2], [1, 3], 200),
    ...readsAt(2, "lease", round, atMs + 310, atMs + 450),
  ]),
} as const

/** Server 1 loses sight of leader 2; then server 3, which still sees it, is restarted and cut off from it as well. */
export const restartedVoter = {
  ...calm,
  safetyMs: 2_900,
  clients: fewClients,
  script: [500, 1_300, 2_100].flatMap((atMs, round) => [
    ...leadBy(2, atMs),
    ...cut(atMs + 100, round, [2], [1], 450),
    ...cut(atMs + 350, round, [2], [3], 200),
    ...restart(3, atMs + 350),
    ...writesAt(1, round, atMs + 350, atMs + 480),
    ...readsAt(2, "lease", round, atMs + 370, atMs + 490),
  ]),
} as const

/** Server 1 loses sight of leader 2, which server 3 still sees. */
export const lostSight = {
  ...calm,
  safetyMs: 2_800,
  clients: fewClients,
  script: [400, 900, 1_400, 1_900, 2_400].flatMap((atMs, round) => [
    ...leadBy(2, atMs),
    ...cut(atMs + 100, round, [2], [1], 250),
    ...writesAt(1, round, atMs + 240, atMs + 340),
    ...readsAt(2, "lease", round, atMs + 250, atMs + 350),
  ]),
} as const

/** Leader 2 is cut off from everybody, and asked. */
export const lonelyLeader = {
  ...calm,
  safetyMs: 2_800,
  clients: writers,
  script: [400, 1_000, 1_600, 2_200].flatMap((atMs, round) => [
    ...leadBy(2, atMs),
    ...cut(atMs + 200, round, [2], [1, 3], 300),
    ...readsAt(2, "lease", round, atMs + 290, atMs + 480),
  ]),
} as const

/** The same, and the clocks of the others are fast. */
export const slowLeader = {
  ...lonelyLeader,
  script: [
    { atMs: 0, action: { kind: "skewClock", node: 1, rate: 1.5 } },
    { atMs: 0, action: { kind: "skewClock", node: 3, rate: 1.5 } },
    ...lonelyLeader.script,
  ],
} as const

/** What leader 2 hears is old; then nothing that it says gets out any more. */
export const oldAnswers = {
  ...calm,
  safetyMs: 3_600,
  clients: writers,
  script: [400, 1_500, 2_600].flatMap((atMs, round) => [
    ...leadBy(2, atMs),
    ...slowLinks(atMs + 200, round, [1, 3], 2, 200),
    ...cutOneWay(atMs + 600, round, [2], [1, 3], 350),
    ...readsAt(2, "linearizable", 10 + round, atMs + 595, atMs + 600),
    ...readsAt(2, "linearizable", 20 + round, atMs + 750, atMs + 800),
    ...readsAt(2, "lease", round, atMs + 750, atMs + 800),
    { atMs: atMs + 950, action: { kind: "heal", fault: round } } as const,
  ]),
} as const

/** Server 3 asks leader 2, whose answers take long, and is restarted many times before they come. */
export const manyLives = {
  ...calm,
  safetyMs: 2_500,
  clients: writers,
  script: [
    ...leadBy(2, 400),
    ...slowLinks(700, 1, [2], 3, 300),
    ...Array.from({ length: 12 }, (_, round) => round).flatMap((round) => [
      ...restart(3, 1_000 + round * 110),
      ...readsAt(3, "linearizable", round, 1_010 + round * 110, 1_050 + round * 110),
    ]),
  ],
} as const

/** Server 3 misses what 1 and 2 commit; then 1 is away, 2 comes back on an empty disk, and 3 asks it for its vote. */
export const wipedVoter = {
  ...calm,
  safetyMs: 2_000,
  clients: writers,
  script: [
    ...cut(500, 1, [3], [1, 2], 262),
    ...cut(755, 2, [1], [2, 3], 800),
    { atMs: 760, action: { kind: "wipe", node: 2 } },
    { atMs: 765, action: { kind: "restart", node: 2 } },
  ],
} as const

/**
 * Servers 2 and 3 make room for 4 and 5 and come back, four times over. Each time the network comes apart between the two pairs around the moment of
 * the change, so that each half of a joint configuration is alone with server 1, or without it.
 */
export const swaps = {
  ...calm,
  spares: 2,
  safetyMs: 3_200,
  network: { ...calmNetwork, latencyMinMs: 2, latencyMaxMs: 10 },
  script: swapScript(),
} as const

function swapScript(): ScriptStep[] {
  const script: ScriptStep[] = ask(300, [4, 5].map(addLearner))
  for (let round = 0; round < 4; round++) {
    const atMs = 700 + round * 700
    const [leaving, coming] =
      round % 2 === 0
        ? ([
            [2, 3],
            [4, 5],
          ] as const)
        : ([
            [4, 5],
            [2, 3],
          ] as const)
    const stay = [1, ...coming]
    // Two cuts come before the change is known, and two while it is under way.
    const cutAt = round < 2 ? atMs - 1 : atMs + 12
    script.push(
      { atMs: cutAt, action: { kind: "cut", fault: round, from: leaving, to: stay } },
      { atMs: cutAt, action: { kind: "cut", fault: round, from: stay, to: leaving } },
      ...ask(atMs, [...coming.map((id) => ({ kind: "promote", id }) as const), ...leaving.map((id) => ({ kind: "demote", id }) as const)]),
      { atMs: atMs + 450, action: { kind: "heal", fault: round } },
    )
  }
  return script
}

/** The leader is among them. */
function ask(atMs: number, changes: readonly MembershipChange[]): ScriptStep[] {
  return [1, 2, 3, 4, 5].map((node) => ({ atMs, action: { kind: "changeMembership", node, changes, version: null } }))
}

function addLearner(id: NodeId): MembershipChange {
  return { kind: "addLearner", member: { id, name: `S${id}`, peerAddress: `s${id}:1`, clientAddress: `s${id}:2` } }
}

/** Leader 2 begins a round, and its machine sleeps before the answers are read. Cut off from the others, it wakes up half a second later. */
export const sleepingLeader = {
  ...calm,
  safetyMs: 3_600,
  clients: fewClients,
  script: [500, 1_500, 2_500].flatMap((atMs, round) => [
    ...leadBy(2, atMs),
    ...readsAt(2, "linearizable", 10 + round, atMs + 140, atMs + 160),
    { atMs: atMs + 151.5, action: { kind: "suspend", node: 2, forMs: 500 } } as const,
    ...cut(atMs + 154, round, [2], [1, 3], 750),
    ...writesAt(1, round, atMs + 450, atMs + 640),
    ...readsAt(2, "lease", round, atMs + 645, atMs + 760),
  ]),
} as const

/** The leader hands over to `to`. */
function leadBy(to: NodeId, atMs: number): ScriptStep[] {
  return [1, 2, 3].map((node) => ({ atMs, action: { kind: "transferLeadership", node, to } }))
}

/** Nothing gets from one side to the other, either way, for so long. */
function cut(atMs: number, fault: number, side: readonly NodeId[], other: readonly NodeId[], forMs: number): ScriptStep[] {
  return [...cutOneWay(atMs, fault, side, other, forMs), ...cutOneWay(atMs, fault, other, side, forMs)]
}

function cutOneWay(atMs: number, fault: number, from: readonly NodeId[], to: readonly NodeId[], forMs: number): ScriptStep[] {
  return [
    { atMs, action: { kind: "cut", fault, from, to } },
    { atMs: atMs + forMs, action: { kind: "heal", fault } },
  ]
}

function slowLinks(atMs: number, fault: number, from: readonly NodeId[], to: NodeId, latencyMs: number): ScriptStep[] {
  return from.map((node) => ({ atMs, action: { kind: "link", fault, from: node, to, latencyMs } }))
}

function restart(node: NodeId, atMs: number): ScriptStep[] {
  return [
    { atMs, action: { kind: "crash", node, powerLoss: false } },
    { atMs: atMs + 3, action: { kind: "restart", node } },
  ]
}

/** A server is asked again and again, by a client of its own each time. */
function readsAt(node: NodeId, consistency: "lease" | "linearizable", round: number, fromMs: number, untilMs: number): ScriptStep[] {
  return asksAt(node, scriptedClientsFrom + round * 64, { kind: "read", register: 0, consistency }, fromMs, untilMs)
}

function writesAt(node: NodeId, round: number, fromMs: number, untilMs: number): ScriptStep[] {
  return asksAt(node, scriptedClientsFrom + 2_000 + round * 64, { kind: "put", register: 0 }, fromMs, untilMs)
}

function asksAt(node: NodeId, firstClient: number, operation: ScriptedOperation, fromMs: number, untilMs: number): ScriptStep[] {
  return Array.from({ length: Math.floor((untilMs - fromMs) / askEveryMs) }, (_, n) => ({
    atMs: fromMs + n * askEveryMs,
    action: { kind: "request", client: firstClient + n, node, operation },
  }))
}

/** Leader 2 is left alone and asked for much; the others elect one of them, which is killed when server 2 is back, if it is server 1. */
export const longTail = {
  ...calm,
  safetyMs: 3_200,
  clients: fewClients,
  script: [500, 1_400, 2_300].flatMap((atMs, round) => [
    ...leadBy(2, atMs),
    ...cut(atMs + 100, round, [2], [1, 3], 500),
    ...writesAt(2, round, atMs + 100, atMs + 500),
    { atMs: atMs + 598, action: { kind: "crash", node: 1, powerLoss: false } } as const,
    { atMs: atMs + 850, action: { kind: "restart", node: 1 } } as const,
  ]),
} as const

/** The disk of server 3 is put back to a copy that is two lives old, while a majority of the rest is gone. */
export const putBackAfterRestart = {
  ...calm,
  safetyMs: 3_000,
  clients: writers,
  script: [
    { atMs: 600, action: { kind: "copyDisk", node: 3 } },
    ...restart(3, 700),
    ...restart(3, 1_000),
    { atMs: 1_600, action: { kind: "putBackDisk", node: 3 } },
    { atMs: 1_600, action: { kind: "crash", node: 1, powerLoss: false } },
    { atMs: 1_610, action: { kind: "restart", node: 3 } },
    { atMs: 2_800, action: { kind: "restart", node: 1 } },
  ],
} as const

/** Servers 1 and 3 could begin without server 2. Server 3 is wiped, its operator starts it as a first member again, and server 1 is away. */
export const beginningWithoutEverybody = {
  ...calm,
  safetyMs: 3_000,
  clients: writers,
  late: [2],
  wipedBeginAnew: true,
  writesMin: 0,
  script: [
    { atMs: 1_200, action: { kind: "crash", node: 1, powerLoss: false } },
    { atMs: 1_210, action: { kind: "wipe", node: 3 } },
    { atMs: 1_300, action: { kind: "restart", node: 3 } },
    { atMs: 1_300, action: { kind: "restart", node: 2 } },
    { atMs: 2_800, action: { kind: "restart", node: 1 } },
  ],
} as const
