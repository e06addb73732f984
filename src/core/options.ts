/**
 * What can be set about the algorithm, the defaults, and the checks that make a bad combination impossible.
 *
 * Raft §5.6: broadcast time << election timeout << time between failures. The defaults are the paper's 150 to 300 ms.
 */

import type { NodeId } from "./types.ts"

/** What can be set about the algorithm. */
export interface RaftOptions {
  /** This server's identity. */
  readonly id: NodeId
  /** Election timeouts are drawn from [min, max), in milliseconds. */
  readonly electionTimeoutMinMs: number
  /** The end of that range; greater than its beginning. */
  readonly electionTimeoutMaxMs: number
  /** How often an idle leader says that it leads, in milliseconds. At most a third of the smallest election timeout. */
  readonly heartbeatIntervalMs: number
  /** All randomness of this replica is a hash of this seed, a purpose and a counter. Different per node and per start. */
  readonly seed: number
  /** PreVote and CheckQuorum: one option, because either of them alone can wedge or disrupt a cluster (dissertation §6.2, §9.6). */
  readonly preVote: boolean
  /** Serve `lease` reads without a round of messages (dissertation §6.4.1). Off by default: it trusts clocks to run alike. */
  readonly leaseReads: boolean
  /** How much faster one server's clock may run than another's, as a ratio: 0.1 allows 10 %. Shortens the lease. */
  readonly clockDriftMax: number
  /**
   * Ask around for votes soon after the connection to the leader broke, instead of waiting for the election timeout. Harmless where only this server
   * lost it, because voters that still hear from the leader refuse. Off by default; excludes leases, which rely on voters that wait.
   */
  readonly campaignOnDisconnect: boolean
  /** Entry bytes in one AppendEntries message; a larger entry travels alone. */
  readonly appendBytesMax: number
  /** Entries in one AppendEntries message. */
  readonly appendEntriesMax: number
  /** AppendEntries messages with entries on their way to one follower. */
  readonly inflightMessagesMax: number
  /** Entry bytes on their way to one follower. */
  readonly inflightBytesMax: number
  /** Bytes proposed but not committed, above which a leader refuses proposals. */
  readonly uncommittedBytesMax: number
  /** Reads waiting for one confirmation round, above which a leader refuses more. */
  readonly pendingReadsMax: number
  /** Bytes of one proposal. */
  readonly proposalBytesMax: number
}

/** The defaults: the paper's election timeouts, and limits that suit servers with some gigabytes of memory. */
export const defaultRaftOptions: Omit<RaftOptions, "id" | "seed"> = {
  electionTimeoutMinMs: 150,
  electionTimeoutMaxMs: 300,
  heartbeatIntervalMs: 50,
  preVote: true,
  leaseReads: false,
  clockDriftMax: 0.1,
  campaignOnDisconnect: false,
  appendBytesMax: 1 << 20,
  appendEntriesMax: 4096,
  inflightMessagesMax: 256,
  inflightBytesMax: 16 << 20,
  uncommittedBytesMax: 64 << 20,
  pendingReadsMax: 65_536,
  proposalBytesMax: 8 << 20,
}

/** Says in a sentence what is wrong with `options`, or returns null. */
export function explainBadOptions(options: RaftOptions): string | null {
  const { electionTimeoutMinMs: min, electionTimeoutMaxMs: max, heartbeatIntervalMs: heartbeat } = options
  if (!Number.isInteger(options.id) || options.id < 1 || options.id > 0xffff_ffff) {
    return `node id ${options.id} is not an integer from 1 to 4294967295`
  }
  if (!(min > 0)) return `the smallest election timeout is ${min} ms; it must be above 0`
  if (!(max > min)) return `election timeouts from ${min} to ${max} ms leave nothing to draw from; make the upper end larger than the lower`
  if (!(heartbeat > 0)) return `the heartbeat interval is ${heartbeat} ms; it must be above 0`
  if (heartbeat * 3 > min) {
    return `a heartbeat every ${heartbeat} ms does not fit an election timeout of ${min} ms; leave at least three heartbeats to a timeout`
  }
  if (!(options.clockDriftMax >= 0 && options.clockDriftMax < 1)) return `clock drift ${options.clockDriftMax} is not between 0 and 1`
  if (options.campaignOnDisconnect && options.leaseReads) {
    return "campaignOnDisconnect does not go with leaseReads: a lease relies on voters that wait for the election timeout; turn one of them off"
  }
  for (const name of [
    "appendBytesMax",
    "appendEntriesMax",
    "inflightMessagesMax",
    "inflightBytesMax",
    "uncommittedBytesMax",
    "pendingReadsMax",
    "proposalBytesMax",
  ] as const) {
    if (!Number.isSafeInteger(options[name]) || options[name] < 1) return `${name} is ${options[name]}; it must be an integer above 0`
  }
  return null
}
