/**
 * `WorldOptions` from outside: every option with its range, and the combinations that no world can be made of.
 *
 * What is refused here would not break the world, it would make it meaningless: a rate of 3, a latency that ends before it begins, limits that the
 * replica itself would refuse at its start. A run of such options proves nothing, so it is not begun.
 */

import {
  alike,
  type Fields,
  flag,
  integer,
  list,
  Misfit,
  number,
  oneOf,
  optional,
  options,
  record,
  type Reader,
} from "../../arguments/index.ts"
import { defaultRaftOptions } from "../../core/index.ts"
import { defaultReplicaLimits, explainBadReplicaOptions } from "../../replica/index.ts"
import { readingTrace } from "../ground/trace-error.ts"
import type { NetworkOptions } from "../network/network.ts"
import type { FaultKind, FaultPlan } from "./action.ts"
import { scriptedClientsFrom } from "./client-numbers.ts"
import { identityOf } from "./identity.ts"
import type { SimulatedClientOptions, DiskOptions, ScriptStep, WorldOptions } from "./options.ts"
import { readAction, requireServers, serversMax } from "./read-action.ts"

export const seedMax = 0xffff_ffff

const rate = number(0, 1)
const milliseconds = number(0)

const network: Reader<NetworkOptions> = record<NetworkOptions>({
  dropRate: rate,
  duplicateRate: rate,
  latencyMinMs: milliseconds,
  latencyMaxMs: milliseconds,
  slowRate: rate,
  slowMs: milliseconds,
  ordered: flag,
  unreachableHintRate: rate,
})

const disk: Reader<DiskOptions> = record<DiskOptions>({
  latencyMinMs: milliseconds,
  latencyMaxMs: milliseconds,
  stallRate: rate,
  stallMs: milliseconds,
  syncFailRate: rate,
  errorRate: rate,
  lieRate: rate,
  crashRate: rate,
})

const clients: Reader<SimulatedClientOptions> = record<SimulatedClientOptions>({
  count: integer(0, scriptedClientsFrom - 1),
  operationsMax: integer(0),
  thinkMsMax: milliseconds,
  timeoutMs: number(1),
  registers: integer(1),
  paddingBytesMax: integer(0),
  sessionShare: rate,
  readShare: rate,
  lossRate: rate,
})

/** As keys, so that none is forgotten. */
const faultKinds = Object.keys({
  crash: true,
  isolate: true,
  split: true,
  oneWay: true,
  bridge: true,
  ring: true,
  starve: true,
  clog: true,
  lossyLink: true,
  pause: true,
  skew: true,
  suspend: true,
  stepClock: true,
  upgrade: true,
  fullDisk: true,
  slowDisk: true,
  rot: true,
  misdirect: true,
  wipe: true,
  rollBack: true,
  transfer: true,
  snapshot: true,
  membership: true,
} satisfies Record<FaultKind, true>) as FaultKind[]

const fault: Reader<FaultPlan> = record<FaultPlan>({
  kind: oneOf(...faultKinds),
  everyMs: number(1),
  lastsMs: milliseconds,
})

// In the order in which options are written: a copy of them reads the same.
const worldFields: Fields<WorldOptions> = {
  workload: oneOf("registers", "keyValue"),
  nodes: integer(1, serversMax),
  spares: integer(0, serversMax),
  late: list(integer(1, serversMax)),
  beginWithout: list(integer(1, serversMax)),
  wipedBeginAnew: flag,
  safetyMs: milliseconds,
  healShare: rate,
  livenessTimeouts: number(0),
  writesMin: integer(0),
  network,
  disk,
  clients,
  faults: list(fault),
  script: list(record<ScriptStep>({ atMs: milliseconds, action: readAction })),
  clockDrift: number(0, 0.99),
  busyMsMax: milliseconds,
  onApplyError: optional(oneOf("halt", "refuse")),
  poisonRate: optional(rate),
  verifyEveryEntries: optional(integer(0)),
  machinesOnDisk: optional(flag),
  raft: alike(defaultRaftOptions),
  replica: alike(defaultReplicaLimits),
  seed: integer(0, seedMax),
}

const fields = record<WorldOptions>(worldFields)

/** Options that are to replace others: each in its range, whether they go together or not. */
export const worldOverrides: Reader<Partial<WorldOptions>> = options<WorldOptions>(worldFields)

/** Options that a world can be made of, as they stand in a trace. Throws a `TraceError` that names the place. */
export function readOptions(value: unknown, path: string): WorldOptions {
  return readingTrace(() => worldOptions(value, path))
}

/** Options that a world can be made of. */
export const worldOptions: Reader<WorldOptions> = (value, path) => {
  const read = fields(value, path)
  const at = (name: string): string => (path === "" ? name : `${path}.${name}`)
  for (const [name, { latencyMinMs, latencyMaxMs }] of [["network", read.network] as const, ["disk", read.disk] as const]) {
    if (latencyMinMs > latencyMaxMs)
      throw new Misfit(at(`${name}.latencyMinMs`), `${latencyMinMs} ms is more than latencyMaxMs, ${latencyMaxMs} ms`)
  }
  const { seed, raft, replica, clockDrift } = read
  if (raft.leaseReads && clockDrift > raft.clockDriftMax) {
    throw new Misfit(
      at("clockDrift"),
      `clocks that differ by ${clockDrift} break leases that allow for ${raft.clockDriftMax} (raft.clockDriftMax)`,
    )
  }
  for (const [position, { action }] of read.script.entries()) {
    requireServers(action, read.nodes + read.spares, at(`script[${position}].action`))
  }
  const problem = explainBadReplicaOptions({ ...replica, raft: { ...raft, id: 1, seed }, identity: identityOf(seed, 1, 1), bootId: 0 })
  // What is wrong is named first.
  if (problem !== null) throw new Misfit(at(Object.keys(replica).some((name) => problem.startsWith(name)) ? "replica" : "raft"), problem)
  return read
}
