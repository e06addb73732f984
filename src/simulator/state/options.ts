/**
 * Everything that a run depends on, as plain data: with these options the same run happens again, to the same hash, anywhere.
 *
 * Swarm testing: every seed draws its own cluster and its own mix of faults, most of them off. A run with every fault on at once spends its
 * time on the loudest; runs that miss some of them reach states that it never would.
 */

import { defaultRaftOptions, type NodeId, type RaftOptions } from "../../core/index.ts"
import { defaultReplicaLimits, type OnApplyError, type ReplicaLimits } from "../../replica/index.ts"
import { below, between, chance, pick, purposes } from "../ground/randomness.ts"
import { argument, seedOf } from "../ground/read-arguments.ts"
import { calmNetwork, type NetworkOptions } from "../network/network.ts"
import type { WorldAction, FaultPlan } from "./action.ts"
import { worldOverrides } from "./read-options.ts"
import { withSmallLimits } from "./small-limits.ts"

/** How the disk of every server behaves. Rates are chances from 0 to 1 for each request. */
export interface DiskOptions {
  /** The shortest time that a request with a sync takes, in milliseconds; drawn from [`latencyMinMs`, `latencyMaxMs`). Without a sync: a tenth. */
  readonly latencyMinMs: number
  /** The end of that range, in milliseconds. */
  readonly latencyMaxMs: number
  /** Chance that a request takes up to `stallMs` longer. */
  readonly stallRate: number
  /** The most that such a request takes longer, in milliseconds. */
  readonly stallMs: number
  /** Chance that a sync fails, after which nothing is known about the file: the node stops and is started again. */
  readonly syncFailRate: number
  /** Chance that a read or a write fails with an input/output error: the node stops and is started again. */
  readonly errorRate: number
  /** Chance that a sync is reported as done and was not. No protocol survives that: for tests that the checkers notice. */
  readonly lieRate: number
  /** Chance that a request gets the whole node killed while it is under way. */
  readonly crashRate: number
}

/** What the clients do that the seed drives. They ask one thing at a time, and rest once the world is quiet. */
export interface SimulatedClientOptions {
  /** How many clients there are: 1 to `count` are their numbers. */
  readonly count: number
  /** How many operations a client does before it rests. */
  readonly operationsMax: number
  /** Pause between an answer and the next request, drawn from [0, max) milliseconds. */
  readonly thinkMsMax: number
  /** How long a client waits for an answer before it tries elsewhere, in milliseconds. */
  readonly timeoutMs: number
  /** How many registers they read and write: 0 to `registers` - 1. */
  readonly registers: number
  /** Padding of written values, drawn from [0, max) bytes; one in sixteen is sixteen times as long. */
  readonly paddingBytesMax: number
  /** Share of the clients that use sessions. */
  readonly sessionShare: number
  /** Share of operations that are reads; a third of them linearizable, a third by lease, a third stale. */
  readonly readShare: number
  /** Chance that an answer is lost on its way back. */
  readonly lossRate: number
}

/** One step of a script. */
export interface ScriptStep {
  /** World time in milliseconds. */
  readonly atMs: number
  /** What is done then. */
  readonly action: WorldAction
}

/** Everything that a run depends on, as plain data. The same options give the same run. */
export interface WorldOptions {
  /** An unsigned 32-bit number. */
  readonly seed: number
  /** What is replicated, unless the caller brings its own workload. */
  readonly workload: "registers" | "keyValue"
  /** Servers 1 to `nodes` make up the first configuration. */
  readonly nodes: number
  /** Servers that exist beside them, in no configuration until a membership change adds them. */
  readonly spares: number
  /** Of those, the ones that are not started with the others: a script or an action does it. */
  readonly late: readonly NodeId[]
  /** First members without which the others may begin, on their operator's word. */
  readonly beginWithout: readonly NodeId[]
  /** A server on an empty disk is started with the first members again, by an operator who has forgotten that its cluster has begun. */
  readonly wipedBeginAnew: boolean
  /** How long faults go on, in milliseconds of world time. */
  readonly safetyMs: number
  /** Chance that only a random quorum comes back when everything is healed, and the rest stays down or cut off. */
  readonly healShare: number
  /** How long the healed world may take to elect, commit and converge, in largest election timeouts. */
  readonly livenessTimeouts: number
  /** Acknowledged writes without which a run proves nothing. */
  readonly writesMin: number
  /** How the network between the servers behaves, until everything is healed. */
  readonly network: NetworkOptions
  /** How their disks behave, until everything is healed. A disk that lies about syncs goes on to do so. */
  readonly disk: DiskOptions
  /** What the clients do. */
  readonly clients: SimulatedClientOptions
  /** Which faults strike until everything is healed. */
  readonly faults: readonly FaultPlan[]
  /** What is done at which moment, faults or not: in the liveness phase too. */
  readonly script: readonly ScriptStep[]
  /** How much faster one clock may run than another, as a ratio. At most `raft.clockDriftMax` where leases are on. */
  readonly clockDrift: number
  /** A node that has stepped stays busy for up to this many milliseconds; what arrives meanwhile is one batch. */
  readonly busyMsMax: number
  /** What servers do about an `apply` that throws; `"halt"` if left out, and then nothing may throw but what a script asks for. */
  readonly onApplyError?: OnApplyError
  /** Share of writes that every state machine throws at; none if left out. Only where servers refuse. */
  readonly poisonRate?: number
  /** Servers compare their states after so many entries; never if left out. */
  readonly verifyEveryEntries?: number
  /** State machines keep their state on disk, and a server goes on from there; in memory if left out. */
  readonly machinesOnDisk?: boolean
  /** The options of the algorithm, the same on all servers, as in production. */
  readonly raft: Omit<RaftOptions, "id" | "seed">
  /** The limits of the replica around it, the same on all servers, as in production. */
  readonly replica: ReplicaLimits
}

/** Three calm servers and nothing but ordinary work: what scenarios and examples begin with. */
export const calmOptions: Omit<WorldOptions, "seed"> = {
  workload: "registers",
  nodes: 3,
  spares: 0,
  late: [],
  beginWithout: [],
  wipedBeginAnew: false,
  safetyMs: 5_000,
  healShare: 0,
  livenessTimeouts: 40,
  writesMin: 20,
  network: calmNetwork,
  disk: { latencyMinMs: 0.3, latencyMaxMs: 2, stallRate: 0, stallMs: 0, syncFailRate: 0, errorRate: 0, lieRate: 0, crashRate: 0 },
  clients: {
    count: 3,
    operationsMax: 1_000_000,
    thinkMsMax: 40,
    timeoutMs: 500,
    registers: 4,
    paddingBytesMax: 64,
    sessionShare: 0.7,
    readShare: 0.3,
    lossRate: 0,
  },
  faults: [],
  script: [],
  clockDrift: 0,
  busyMsMax: 0,
  raft: defaultRaftOptions,
  replica: defaultReplicaLimits,
}

/** The options that `seed` draws. `overrides` replace whole options afterwards. */
export function swarmOptions(seed: number, overrides: Partial<WorldOptions> = {}): WorldOptions {
  argument("swarmOptions", "seed", seed, seedOf)
  const replaced = argument("swarmOptions", "overrides", overrides, worldOverrides)
  const roll = <T>(what: number, choices: readonly T[]): T => pick(choices, seed, purposes.swarm, what)
  const isOn = (what: number, share = 0.4): boolean => chance(share, seed, purposes.swarm, what)
  const nodes = pick([1, 2, 3, 3, 3, 4, 5, 5, 6, 7], seed, purposes.nodeCount)
  const fault = (what: number, plan: FaultPlan, share?: number): FaultPlan[] => (isOn(what, share) ? [plan] : [])
  const length = (what: number, from: number, to: number): number => Math.round(between(from, to, seed, purposes.swarm, what))
  const leaseReads = isOn(1)
  const membership = isOn(63, 0.3)
  const isOrdered = isOn(18)
  // Disks are damaged only where one can be spared, and then servers with new ids stand by.
  const damages = nodes >= 3 && isOn(100, 0.3)
  // A server that starts late is one of those that were drawn, and the script that was drawn starts it.
  const isReplaced = replaced.nodes !== undefined || replaced.script !== undefined
  const late = nodes >= 3 && !isReplaced && isOn(310, 0.08) ? [1 + below(nodes, seed, purposes.swarm, 311)] : []
  const drawn: WorldOptions = {
    ...calmOptions,
    seed,
    workload: isOn(2, 0.3) ? "keyValue" : "registers",
    nodes,
    spares: (membership ? 1 + below(3, seed, purposes.swarm, 64) : 0) + (damages ? 1 + below(3, seed, purposes.swarm, 101) : 0),
    late,
    beginWithout: isOn(312, 0.5) ? late : [],
    wipedBeginAnew: isOn(313, 0.3),
    script: late.map((node) => ({ atMs: length(314, 100, 2_500), action: { kind: "restart", node } })),
    healShare: 0.35,
    network: {
      dropRate: isOn(10) ? roll(11, [0.01, 0.05, 0.2]) : 0,
      duplicateRate: isOn(12) ? roll(13, [0.01, 0.1, 0.3]) : 0,
      latencyMinMs: 0.2,
      latencyMaxMs: roll(14, [1, 5, 25]),
      // On an ordered link everything waits behind a slow message: with many of them nobody is ever elected.
      slowRate: isOn(15) ? (isOrdered ? 0.01 : roll(16, [0.01, 0.1])) : 0,
      slowMs: roll(17, [50, 400, 2_000]),
      ordered: isOrdered,
      unreachableHintRate: isOn(19, 0.5) ? 0.3 : 0,
    },
    disk: {
      latencyMinMs: 0.2,
      latencyMaxMs: roll(20, [1, 4, 20]),
      stallRate: isOn(21) ? 0.01 : 0,
      stallMs: roll(22, [100, 600]),
      syncFailRate: isOn(23, 0.15) ? 0.002 : 0,
      errorRate: isOn(102, 0.15) ? 0.001 : 0,
      lieRate: 0,
      crashRate: isOn(24) ? roll(25, [0.002, 0.01]) : 0,
    },
    clients: {
      count: roll(30, [1, 3, 6]),
      operationsMax: calmOptions.clients.operationsMax,
      thinkMsMax: roll(31, [20, 80, 200]),
      timeoutMs: roll(32, [200, 600]),
      registers: roll(33, [1, 4, 16]),
      paddingBytesMax: roll(34, [0, 64, 512]),
      sessionShare: roll(35, [0.5, 1]),
      readShare: roll(36, [0.1, 0.4]),
      lossRate: isOn(37) ? 0.05 : 0,
    },
    faults: [
      ...fault(40, { kind: "crash", everyMs: length(41, 500, 3_000), lastsMs: length(42, 50, 1_500) }),
      ...fault(43, { kind: "isolate", everyMs: length(44, 500, 3_000), lastsMs: length(45, 100, 1_500) }),
      ...fault(46, { kind: "split", everyMs: length(47, 800, 3_000), lastsMs: length(48, 100, 1_500) }),
      ...fault(49, { kind: "oneWay", everyMs: length(50, 500, 3_000), lastsMs: length(51, 100, 1_500) }),
      ...fault(52, { kind: "pause", everyMs: length(53, 500, 3_000), lastsMs: length(54, 50, 1_000) }),
      ...fault(55, { kind: "transfer", everyMs: length(56, 300, 2_000), lastsMs: 0 }),
      ...fault(57, { kind: "fullDisk", everyMs: length(58, 1_000, 4_000), lastsMs: length(59, 50, 800) }),
      ...(membership ? [{ kind: "membership", everyMs: length(65, 200, 1_500), lastsMs: 0 } as const] : []),
      ...fault(103, { kind: "bridge", everyMs: length(104, 800, 3_000), lastsMs: length(105, 200, 2_000) }, 0.15),
      ...fault(106, { kind: "ring", everyMs: length(107, 800, 3_000), lastsMs: length(108, 200, 2_000) }, 0.15),
      ...fault(109, { kind: "starve", everyMs: length(110, 1_500, 4_000), lastsMs: length(111, 800, 2_500) }, 0.15),
      ...fault(112, { kind: "clog", everyMs: length(113, 500, 3_000), lastsMs: length(114, 200, 2_000) }, 0.2),
      ...fault(115, { kind: "lossyLink", everyMs: length(116, 300, 2_000), lastsMs: length(117, 200, 2_000) }, 0.2),
      ...fault(118, { kind: "slowDisk", everyMs: length(119, 500, 3_000), lastsMs: length(120, 200, 2_000) }, 0.2),
      // A lease is only as good as the clocks.
      ...(leaseReads ? [] : fault(121, { kind: "skew", everyMs: length(122, 500, 3_000), lastsMs: length(123, 200, 2_000) }, 0.2)),
      ...fault(140, { kind: "suspend", everyMs: length(141, 500, 3_000), lastsMs: length(142, 50, 1_500) }, leaseReads ? 0.4 : 0.2),
      ...fault(143, { kind: "stepClock", everyMs: length(144, 300, 2_000), lastsMs: 0 }, 0.15),
      ...fault(124, { kind: "upgrade", everyMs: length(125, 2_000, 5_000), lastsMs: length(126, 300, 2_000) }, 0.1),
      ...(damages ? fault(127, { kind: "rot", everyMs: length(128, 500, 2_000), lastsMs: length(129, 20, 500) }, 0.6) : []),
      ...(damages ? fault(130, { kind: "misdirect", everyMs: length(131, 500, 2_000), lastsMs: length(132, 50, 800) }, 0.4) : []),
      ...(damages ? fault(133, { kind: "wipe", everyMs: length(134, 800, 3_000), lastsMs: length(135, 20, 800) }, 0.4) : []),
      ...(damages ? fault(320, { kind: "rollBack", everyMs: length(321, 800, 3_000), lastsMs: length(322, 200, 1_500) }, 0.4) : []),
      ...fault(60, { kind: "snapshot", everyMs: length(61, 200, 2_000), lastsMs: 0 }),
    ],
    clockDrift: isOn(70) ? defaultRaftOptions.clockDriftMax * 0.9 : 0,
    ...(isOn(192, 0.1) ? { onApplyError: "refuse", poisonRate: roll(193, [0.02, 0.1]) } : {}),
    ...(isOn(194, 0.1) ? { verifyEveryEntries: roll(195, [32, 100]) } : {}),
    ...(isOn(196, 0.15) ? { machinesOnDisk: true } : {}),
    busyMsMax: isOn(71) ? roll(72, [0.5, 5]) : 0,
    raft: {
      ...defaultRaftOptions,
      leaseReads,
      preVote: leaseReads || isOn(73, 0.85),
      appendEntriesMax: roll(74, [1, 4, 4_096]),
      appendBytesMax: roll(75, [256, 4_096, 1 << 20]),
      inflightMessagesMax: roll(76, [1, 4, 256]),
    },
    replica: {
      ...defaultReplicaLimits,
      snapshotLogEntriesMax: roll(80, [10, 50, 1_000_000]),
      snapshotLogBytesMin: roll(81, [1_000, 10_000, 1 << 20]),
      keptTailBytes: roll(82, [0, 500, 4_000]),
      snapshotChunkBytes: roll(83, [100, 1_000, 64 << 10]),
      logSegmentBytesMax: roll(91, [1_000, 8_000, 1 << 20]),
      logZeroAheadBytes: roll(92, [0, 2_000, 16_384]),
      logBatchesInFlightMax: roll(190, [1, 2, 3]),
      snapshotBytesPerSecondMax: roll(191, [50_000, 32 << 20]),
      snapshotWriteBytesMax: roll(84, [500, 64 << 10]),
      snapshotChunksInflightMax: roll(85, [1, 4]),
      applyEntriesMax: roll(86, [1, 16, 4_096]),
      sessionTimeoutMs: roll(88, [1_500, 60_000]),
      sessionsMax: roll(89, [5, 65_536]),
      pendingProposalsMax: roll(90, [2, 65_536]),
      readTimeoutMs: 1_000,
      forwardTimeoutMs: roll(192, [50, 400, 3_000]),
      diskRetryMs: 100,
      snapshotResendMs: 100,
      snapshotSilenceMaxMs: 1_500,
    },
  }
  return { ...withSmallLimits({ ...drawn, ...replaced }), ...replaced }
}
