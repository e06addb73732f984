/** What a node's answer to `GET /cluster` has to look like, key by key: the compiler sees to it that none is forgotten. */

import type { ClusterStatus, FollowerView, MemberView, ServedPeer, SelfStatus } from "oarlock/server"
import { count, flag, list, moment, nullable, number, object, oneOf, type Schema, text } from "./schema.ts"

/** Members of one cluster: more would be no cluster that anybody can look at. */
export const membersMax = 64

/** Members, and strangers that called. */
const refusalsMax = 256

type Configuration = ClusterStatus["configuration"]
type Member = Configuration["members"][number]

const ids = list(count, membersMax)
const address = { id: count, name: text, peerAddress: text, clientAddress: text }

const configuration = object<Configuration>({
  index: count,
  voters: ids,
  votersOutgoing: ids,
  learners: ids,
  promoting: ids,
  learnersNext: ids,
  members: list(object<Member>(address), membersMax),
  highestId: count,
})

const timings = object<NonNullable<SelfStatus["timings"]>>({
  electionTimeoutMinMs: number,
  electionTimeoutMaxMs: number,
  heartbeatIntervalMs: number,
})

const self = object<SelfStatus>({
  // Captures that were kept earlier do not have them.
  timings: (value, path) => (value === undefined ? null : nullable(timings)(value, path)),
  id: count,
  name: text,
  role: oneOf("follower", "preCandidate", "candidate", "leader", "halted"),
  term: count,
  votedFor: nullable(count),
  votesGranted: ids,
  commitIndex: count,
  lastApplied: count,
  firstLogIndex: count,
  lastLogIndex: count,
  snapshotIndex: count,
  snapshotBytes: count,
  snapshotActivity: text,
  logBytes: count,
  diskBytes: count,
  disk: oneOf("ok", "full", "stalled", "failed"),
  heartbeatAgeMs: nullable(number),
  electionInMs: nullable(number),
  transferringTo: nullable(count),
  sessions: count,
  pendingProposals: count,
  pendingReads: count,
  uptimeMs: number,
  utcMs: moment,
  pid: count,
  halted: nullable(text),
  identity: object<SelfStatus["identity"]>({
    life: count,
    genesis: nullable(text),
    waitsFor: ids,
    isRolledBack: flag,
    isRemoved: flag,
    rolledBackPeers: ids,
    refusals: list(object<SelfStatus["identity"]["refusals"][number]>({ peer: count, code: text, message: text }), refusalsMax),
  }),
})

const member = object<MemberView>({ ...address, standing: oneOf("voter", "learner", "promoting", "incoming", "outgoing") })

const follower = object<FollowerView>({
  id: count,
  matchIndex: count,
  nextIndex: count,
  state: oneOf("probe", "replicate", "snapshot"),
  lag: count,
  contactAgeMs: nullable(number),
})

export const statusSchema: Schema<ClusterStatus> = object<ClusterStatus>({
  format: oneOf(1),
  clusterId: text,
  softwareVersion: text,
  self,
  leaderId: nullable(count),
  configuration,
  members: list(member, membersMax),
  followers: nullable(list(follower, membersMax)),
  store: object<ClusterStatus["store"]>({ revision: count, compactedRevision: count, keys: count }),
  logLines: object<ClusterStatus["logLines"]>({ linesLost: count, trouble: nullable(text) }),
  connections: list(
    object<ServedPeer>({ id: count, connected: flag, roundTripMs: nullable(number), messagesDropped: count, bufferedBytes: count }),
    membersMax,
  ),
  cutLinks: nullable(list(object<{ readonly peer: number; readonly direction: string }>({ peer: count, direction: text }), membersMax)),
})
