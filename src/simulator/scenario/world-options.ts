/**
 * The world that a story takes place in: calm and exact, so that a line of it means the same in every run. Messages take one millisecond, disks half
 * of one, and nothing goes wrong but what the story says. Election timers run and are drawn from the seed as ever.
 */

import { defaultRaftOptions } from "../../core/index.ts"
import { defaultReplicaLimits, explainBadReplicaOptions, type OnApplyError } from "../../replica/index.ts"
import { calmNetwork } from "../network/network.ts"
import { identityOf } from "../state/identity.ts"
import { calmOptions, type WorldOptions } from "../state/options.ts"
import type { Setup } from "./scenario.ts"

/** What `option` can set apart from the options of Raft and of a replica, with the values that they have if it does not. */
const ownOptions = {
  seed: 1,
  latencyMs: 1,
  diskLatencyMs: 0.5,
  /** How long the links keep the order of messages: always, as TCP does, or not at all. */
  orderedLinks: true,
  /** Whether a server on an empty disk is started as a first member again. */
  wipedBeginAnew: false,
  /** What servers do about a command at which the state machine throws. */
  onApplyError: "halt" as OnApplyError,
  /** Servers compare their states after so many entries; 0: never. */
  verifyEveryEntries: 0,
  /** State machines keep their state on disk, and servers go on from there. */
  machinesOnDisk: false,
}

/** The values of options that are words. */
export const optionWords: Readonly<Record<string, readonly string[]>> = { onApplyError: ["halt", "refuse"] satisfies OnApplyError[] }

/** A story that waits for quiet must be able to tell quiet from slow. */
const slowestMs = 4

/**
 * A snapshot leaves no tail of the log behind, unless the story wants one: so that "snapshot" shows what it does. Files are as small as stories are:
 * nobody has to look through a megabyte of zeros.
 */
const replicaDefaults = { ...defaultReplicaLimits, keptTailBytes: 0, logZeroAheadBytes: 4096 }

/** Every option by name, with its value if the story does not set it. */
export const optionValues: Readonly<Record<string, number | boolean | string>> = {
  ...ownOptions,
  ...defaultRaftOptions,
  ...replicaDefaults,
}

export function worldOptionsOf(setup: Setup): WorldOptions {
  const given = Object.fromEntries(setup.options.map(({ name, value }) => [name, value]))
  const own = pick(ownOptions, given)
  return {
    ...calmOptions,
    workload: "keyValue",
    seed: own.seed,
    nodes: setup.nodes,
    spares: setup.spares,
    late: setup.late,
    beginWithout: setup.beginWithout,
    wipedBeginAnew: own.wipedBeginAnew,
    onApplyError: own.onApplyError,
    verifyEveryEntries: own.verifyEveryEntries,
    machinesOnDisk: own.machinesOnDisk,
    safetyMs: Number.MAX_SAFE_INTEGER,
    network: { ...calmNetwork, latencyMinMs: own.latencyMs, latencyMaxMs: own.latencyMs, ordered: own.orderedLinks },
    disk: { ...calmOptions.disk, latencyMinMs: own.diskLatencyMs, latencyMaxMs: own.diskLatencyMs },
    clients: { ...calmOptions.clients, count: 0, paddingBytesMax: 0, timeoutMs: 600_000 },
    raft: pick(defaultRaftOptions, given),
    replica: pick(replicaDefaults, given),
  }
}

/** Says in a sentence what is wrong with what servers are given, or returns null. */
export function explainBadWorldOptions({ seed, raft, replica, network, disk, verifyEveryEntries }: WorldOptions): string | null {
  const comparing = verifyEveryEntries === undefined ? {} : { verifyEveryEntries }
  const whole = { ...comparing, ...replica, raft: { ...raft, id: 1, seed: 1 }, identity: identityOf(1, 1, 1), bootId: 1 }
  if (!Number.isInteger(seed) || seed < 0 || seed > 0xffff_ffff) return `seed ${seed} is not an integer from 0 to 4294967295`
  if (network.latencyMinMs > slowestMs || disk.latencyMinMs > slowestMs) return `latencies of a scenario are at most ${slowestMs} ms`
  return explainBadReplicaOptions(whole)
}

/** `defaults` with those of `given` that have the same names. */
function pick<Options extends object>(defaults: Options, given: Readonly<Record<string, number | boolean | string>>): Options {
  const names = Object.keys(defaults).filter((name) => name in given)
  return { ...defaults, ...Object.fromEntries(names.map((name) => [name, given[name]])) }
}
