/** What a run went through, counted: a run that met no trouble proves little, and a thousand of them no more. */

import type { Observation } from "../../replica/index.ts"

export interface Coverage {
  elections: number
  preVotes: number
  stepDowns: number
  truncations: number
  transfers: number
  snapshotsTaken: number
  snapshotsInstalled: number
  snapshotsSent: number
  compactions: number
  sessionsExpired: number
  diskFull: number
  diskStalls: number
  configurations: number
  delivered: number
  dropped: number
  duplicated: number
  crashes: number
  powerLosses: number
  tornWrites: number
  lostWrites: number
  /** Batches of the log that were handed over while another was under way. */
  overlappingBatches: number
  restarts: number
  halts: number
  /** Commands that a state machine refused by throwing, counted on each server that did. */
  refusedCommands: number
  /** Starts of servers whose state machine had kept its state on disk, and that went on from there. */
  startsFromMachine: number
  pauses: number
  cuts: number
  fullDisks: number
  wipes: number
  /** Messages and handshakes that were refused because a disk was not the one that was known. */
  refused: number
  corruptBits: number
  misdirectedWrites: number
  /** Starts on a damaged disk that were refused. */
  refusedDisks: number
  /** Disks that were put back to an older state of themselves. */
  rollBacks: number
  /** Servers that were seen by another one to have a disk that had gone back in time. */
  rolledBackPeers: number
  replacements: number
  upgrades: number
  slowDisks: number
  clockSkews: number
  suspensions: number
  clockSteps: number
  /** Servers that noticed that their clocks had come apart. */
  clocksApart: number
  brokenLinks: number
  /** Servers that a healed world had to do without. */
  absences: number
  writes: number
  /** Writes that were acknowledged while faults went on. */
  writesUnderFaults: number
  reads: number
}

export function createCoverage(): Coverage {
  return {
    elections: 0,
    preVotes: 0,
    stepDowns: 0,
    truncations: 0,
    transfers: 0,
    snapshotsTaken: 0,
    snapshotsInstalled: 0,
    snapshotsSent: 0,
    compactions: 0,
    sessionsExpired: 0,
    diskFull: 0,
    diskStalls: 0,
    configurations: 0,
    delivered: 0,
    dropped: 0,
    duplicated: 0,
    crashes: 0,
    powerLosses: 0,
    tornWrites: 0,
    lostWrites: 0,
    overlappingBatches: 0,
    restarts: 0,
    halts: 0,
    refusedCommands: 0,
    startsFromMachine: 0,
    pauses: 0,
    cuts: 0,
    fullDisks: 0,
    wipes: 0,
    refused: 0,
    corruptBits: 0,
    misdirectedWrites: 0,
    refusedDisks: 0,
    rollBacks: 0,
    rolledBackPeers: 0,
    replacements: 0,
    upgrades: 0,
    slowDisks: 0,
    clockSkews: 0,
    suspensions: 0,
    clockSteps: 0,
    clocksApart: 0,
    brokenLinks: 0,
    absences: 0,
    writes: 0,
    writesUnderFaults: 0,
    reads: 0,
  }
}

/** The sum of two, for what many runs covered together. */
export function addCoverage(a: Coverage, b: Coverage): Coverage {
  const sum = { ...a }
  for (const name of Object.keys(sum) as (keyof Coverage)[]) sum[name] += b[name]
  return sum
}

export function countObservation(coverage: Coverage, observation: Observation): void {
  switch (observation.kind) {
    case "becamePreCandidate":
      coverage.preVotes += 1
      return
    case "becameLeader":
      coverage.elections += 1
      return
    case "steppedDown":
      coverage.stepDowns += 1
      return
    case "truncated":
      coverage.truncations += 1
      return
    case "transferEnded":
      coverage.transfers += 1
      return
    case "snapshotTaken":
      coverage.snapshotsTaken += 1
      return
    case "snapshotInstalled":
      coverage.snapshotsInstalled += 1
      return
    case "snapshotSent":
      coverage.snapshotsSent += 1
      return
    case "compacted":
      coverage.compactions += 1
      return
    case "sessionExpired":
      coverage.sessionsExpired += 1
      return
    case "diskFull":
      coverage.diskFull += 1
      return
    case "diskStalled":
      coverage.diskStalls += 1
      return
    case "paused":
      coverage.clocksApart += 1
      return
    case "configurationCommitted":
      coverage.configurations += 1
      break
    case "becameFollower":
    case "becameCandidate":
    case "leaderKnown":
    case "configurationActive":
    case "transferStarted":
    case "followerState":
    case "diskRecovered":
    case "halted":
    case "recoveryNotice":
    case "snapshotDamaged":
    case "snapshotRotten":
    case "committedLost":
    case "waitsToBegin":
    case "clusterBegins":
    case "refusedBy":
      return
    case "peerRolledBack":
      coverage.rolledBackPeers += 1
      break
    case "snapshotFailed":
    case "stalled":
    case "statesDiffer":
      break
    case "commandsRefused":
      coverage.refusedCommands += observation.count
      break
    default:
      observation satisfies never
  }
}
