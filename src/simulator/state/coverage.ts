/** What a run went through, counted: a run that met no trouble proves little, and a thousand of them no more. */

import type { Observation } from "../../replica/index.ts"

/** What a run went through, as counts from 0 on. "On each server": an event that two servers go through counts twice. */
export interface Coverage {
  /** Elections that were won. */
  elections: number
  /** Campaigns for pre-votes that began (dissertation §9.6). */
  preVotes: number
  /** Leaders that became followers. */
  stepDowns: number
  /** Times that a follower removed entries which conflict with the leader's (Raft §5.3). */
  truncations: number
  /** Transfers of leadership that ended, whether they succeeded or not. */
  transfers: number
  /** Snapshots that a server took of its own state. */
  snapshotsTaken: number
  /** Snapshots that a follower installed in place of its state. */
  snapshotsInstalled: number
  /** Snapshots that a leader sent to their end. */
  snapshotsSent: number
  /** Times that a server removed entries which a snapshot covers. */
  compactions: number
  /** Sessions of clients that expired, on each server. */
  sessionsExpired: number
  /** Times that a server found its disk full. */
  diskFull: number
  /** Times that a server found a disk request late. */
  diskStalls: number
  /** Configurations that were committed, on each server. */
  configurations: number
  /** Messages that reached a server. */
  delivered: number
  /** Messages that the network, or an action, lost. */
  dropped: number
  /** Messages that the network, or an action, doubled. */
  duplicated: number
  /** Processes that were killed, by losses of power too. */
  crashes: number
  /** Losses of power: what was not synced may be gone. */
  powerLosses: number
  /** Unsynced changes of which a loss of power left a part. */
  tornWrites: number
  /** Unsynced changes of which a loss of power left nothing. */
  lostWrites: number
  /** Batches of the log that were handed over while another was under way. */
  overlappingBatches: number
  /** Starts of a server that had run before. */
  restarts: number
  /** Servers that stopped by themselves: over a failed disk, a command that they cannot apply, or a state that is not the others'. */
  halts: number
  /** Commands that a state machine refused by throwing, counted on each server that did. */
  refusedCommands: number
  /** Starts of servers whose state machine had kept its state on disk, and that went on from there. */
  startsFromMachine: number
  /** Pauses of processes. */
  pauses: number
  /** Cuts of the network, each in one direction. */
  cuts: number
  /** Times that a disk was filled. */
  fullDisks: number
  /** Disks that were wiped, or replaced by empty ones. */
  wipes: number
  /** Handshakes that were refused, and messages of senders that the receiver's disk does not know. */
  refused: number
  /** Durable bits that were flipped. */
  corruptBits: number
  /** Writes that went to another place of their file. */
  misdirectedWrites: number
  /** Starts on a damaged disk that were refused. */
  refusedDisks: number
  /** Disks that were put back to an older state of themselves. */
  rollBacks: number
  /** Servers that were seen by another one to have a disk that had gone back in time. */
  rolledBackPeers: number
  /** Changes of membership that an operator asked for to replace a server with a damaged disk. */
  replacements: number
  /** Times that a server was told to speak another range of wire versions from its next start on. */
  upgrades: number
  /** Times that a disk was made slow. */
  slowDisks: number
  /** Times that the rate of a server's clock was changed. */
  clockSkews: number
  /** Suspensions of machines. */
  suspensions: number
  /** Wall clocks that were set. */
  clockSteps: number
  /** Servers that noticed that their clocks had come apart. */
  clocksApart: number
  /** Times that a direction of a link was made slow or lossy. */
  brokenLinks: number
  /** Servers that a healed world had to do without. */
  absences: number
  /** Writes that were acknowledged. */
  writes: number
  /** Writes that were acknowledged while faults went on. */
  writesUnderFaults: number
  /** Reads that were answered. */
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

/** The sum of two counts, for what many runs went through together. */
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
    case "snapshotCorrupt":
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
