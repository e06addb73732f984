/**
 * One sample of everything that is ever written as bytes for somebody else, or for a later version: frames between servers, log records, what
 * clients say and hear, commands and answers of the store. Types make the lists complete: a new kind without a sample does not compile.
 */

import type { Configuration, Entry, EntryKind, MembershipChange, Message, MessageKind, RejectReason } from "../../src/core/index.ts"
import {
  ByteReader,
  ByteWriter,
  decodeRequest,
  decodeResponse,
  type DiskState,
  type LeaderState,
  encodeRequest,
  FrameCutter,
  type MemberStanding,
  type NodeRole,
  type ServerStatus,
  type ReadConsistency,
  readLeaderState,
  readServerStatus,
  readSessionOpened,
  readWelcome,
  type Reason,
  type Request,
  type Response,
  type Welcome,
  writeLeaderState,
  writeServerStatus,
  writeRequestFrame,
  writeResponseFrame,
  writeSessionOpened,
  writeWelcome,
} from "../../src/wire/client/index.ts"
import {
  decodeHello,
  decodeHelloAnswer,
  decodeMessage,
  decodeRecord,
  encodeEntry,
  encodeHello,
  encodeHelloAnswer,
  encodeMessage,
  encodeRecord,
  type ConnectionPurpose,
  type Introduction,
  type LogRecord,
  type RefusalCode,
} from "../../src/wire/index.ts"
import {
  type Compare,
  type CompareResult,
  decodeKvCommand,
  decodeKvQuery,
  decodeKvResponse,
  deleteRangeRequest,
  encodeKvCommand,
  encodeKvQuery,
  encodeKvResponse,
  type KeyValue,
  type KvAnswer,
  type KvCommand,
  type KvQuery,
  type KvResult,
  putRequest,
  rangeRequest,
  type RefusalReason,
  refuse,
  type ResponseByKind,
  type SortOrder,
  type SortTarget,
} from "../../src/wire/kv/index.ts"

/** Bytes that must be these for ever, and what reading and writing them again gives. */
export interface Sample {
  readonly name: string
  readonly bytes: () => Uint8Array
  /** Reads `bytes` and writes what was read. */
  readonly again: (bytes: Uint8Array) => Uint8Array
}

/** Every word of a type, so that a new one cannot be left out. */
function words<Word extends string>(all: Readonly<Record<Word, true>>): Word[] {
  return Object.keys(all) as Word[]
}

function samplesOf<Value>(
  what: string,
  values: Readonly<Record<string, Value>>,
  encode: (value: Value) => Uint8Array,
  decode: (bytes: Uint8Array) => Value,
): Sample[] {
  return Object.entries(values).map(([name, value]) => ({
    name: `${what} ${name}`,
    bytes: () => encode(value),
    again: (bytes) => encode(decode(bytes)),
  }))
}

function written(write: (out: ByteWriter) => void): Uint8Array {
  const out = new ByteWriter(16)
  write(out)
  return out.take()
}

const ascii = (text: string): Uint8Array => Uint8Array.from(text, (character) => character.charCodeAt(0))

const configuration: Configuration = {
  index: 4,
  voters: [1, 2],
  votersOutgoing: [2],
  learners: [3],
  promoting: [3],
  learnersNext: [5],
  members: [
    { id: 1, name: "one", peerAddress: "10.0.0.1:2380", clientAddress: "10.0.0.1:2379" },
    { id: 2, name: "zwölf", peerAddress: "[::1]:2380", clientAddress: "" },
  ],
  highestId: 9,
}

function entriesByKind(): Readonly<Record<EntryKind, Entry>> {
  const nothing = new Uint8Array(0)
  return {
    noop: { index: 8, term: 2, kind: "noop", data: nothing, configuration: null, encoded: null },
    command: { index: 9, term: 2, kind: "command", data: ascii("a command"), configuration: null, encoded: null },
    configuration: { index: 10, term: 3, kind: "configuration", data: nothing, configuration, encoded: null },
  }
}

const envelope = { from: 1, to: 0xfffe_dcba, term: 0x1_0000_0003 } as const

const messages: { readonly [Kind in MessageKind]: Extract<Message, { readonly kind: Kind }> } = {
  preVote: { kind: "preVote", ...envelope, lastLogIndex: 77, lastLogTerm: 6 },
  preVoteReply: { kind: "preVoteReply", ...envelope, granted: true },
  requestVote: { kind: "requestVote", ...envelope, lastLogIndex: 77, lastLogTerm: 6, force: true },
  requestVoteReply: { kind: "requestVoteReply", ...envelope, granted: false },
  appendEntries: {
    kind: "appendEntries",
    ...envelope,
    prevLogIndex: 7,
    prevLogTerm: 2,
    entries: Object.values(entriesByKind()),
    leaderCommit: 6,
    round: 12,
  },
  appendEntriesReply: {
    kind: "appendEntriesReply",
    ...envelope,
    success: false,
    index: 2 ** 53 - 1,
    hintIndex: 5,
    hintTerm: 4,
    round: 12,
  },
  installSnapshot: {
    kind: "installSnapshot",
    ...envelope,
    snapshot: { lastIndex: 70, lastTerm: 8, configuration },
    sizeBytes: 9,
    checksum: 0xdead_beef,
    offset: 4,
    data: ascii("bytes"),
    done: true,
  },
  installSnapshotReply: { kind: "installSnapshotReply", ...envelope, lastIndex: 70, nextOffset: 9, done: true },
  timeoutNow: { kind: "timeoutNow", ...envelope },
  readIndex: { kind: "readIndex", ...envelope, readId: 31 },
  readIndexReply: { kind: "readIndexReply", ...envelope, readId: 31, readIndex: null },
  forwardProposals: {
    kind: "forwardProposals",
    ...envelope,
    proposals: [
      { id: 3, data: ascii("x") },
      { id: 4, data: ascii("") },
    ],
  },
  forwardProposalsReply: { kind: "forwardProposalsReply", ...envelope, bootId: 0xfeed_f00d, rejected: [3, 4], reason: "notLeader" },
}

const rejectReasons = words<RejectReason | "repeated">({
  notLeader: true,
  noLeader: true,
  overloaded: true,
  transferring: true,
  tooLarge: true,
  diskFull: true,
  lostLeadership: true,
  changeInProgress: true,
  staleConfiguration: true,
  noCommittedEntryInTerm: true,
  wouldLoseQuorum: true,
  unknownMember: true,
  duplicateMember: true,
  reusedId: true,
  invalidChange: true,
  notCaughtUp: true,
  stopped: true,
  repeated: true,
})

const self: Introduction = {
  incarnation: "00ff00ff12345678",
  life: 7,
  nonce: 0xfeed_beef,
  previousNonces: [3],
  genesis: "0123456789abcdef",
  term: 12,
  lastIndex: 2 ** 33,
  isPartial: true,
  isCondemned: false,
}

const hello = {
  versionMin: 1,
  versionMax: 2,
  clusterId: "8f3a5c1d2e4b6a79",
  groupId: 3,
  from: 4,
  to: 5,
  self,
  peerAddress: "db-4.example:2380",
} as const

const purposes = words<ConnectionPurpose>({ messages: true, snapshot: true })

const refusalCodes = words<RefusalCode>({
  wrongCluster: true,
  wrongGroup: true,
  wrongNode: true,
  unknownIncarnation: true,
  noCommonVersion: true,
  removed: true,
  rolledBack: true,
  otherBeginning: true,
})

type OtherRecord = Exclude<LogRecord, { readonly kind: "entry" }>

const records: { readonly [Kind in OtherRecord["kind"]]: Extract<OtherRecord, { readonly kind: Kind }> } = {
  batch: { kind: "batch", hardState: { term: 9, votedFor: 2, commitIndex: 77 }, segment: 3, offset: 4711, syncedBytes: 4096 },
  snapshot: { kind: "snapshot", snapshot: { lastIndex: 70, lastTerm: 8, configuration }, restarts: true, firstSegment: 2 },
  peer: { kind: "peer", peer: 4, standing: { incarnation: "00ff00ff12345678", life: 7, nonce: 0xfeed_beef, isCondemned: true } },
  own: {
    kind: "own",
    standing: {
      life: 3,
      nonce: 17,
      genesis: "0123456789abcdef",
      hasBegun: true,
      isPartial: false,
      isCondemned: true,
      isTooLate: false,
      previousNonces: [],
    },
  },
}

const member = { id: 6, name: "six", peerAddress: "10.0.0.6:2380", clientAddress: "10.0.0.6:2379" }

const changes: { readonly [Kind in MembershipChange["kind"]]: Extract<MembershipChange, { readonly kind: Kind }> } = {
  addLearner: { kind: "addLearner", member },
  addVoter: { kind: "addVoter", member },
  promote: { kind: "promote", id: 6 },
  demote: { kind: "demote", id: 6 },
  remove: { kind: "remove", id: 6 },
  update: { kind: "update", member },
}

const key = ascii("key")
const put = encodeKvCommand(putRequest(key, ascii("value")))
const get = encodeKvQuery({ kind: "get", key })

const requests: { readonly [Kind in Request["kind"]]: Extract<Request, { readonly kind: Kind }> } = {
  store: { kind: "store", bytes: put },
  read: { kind: "read", consistency: "lease", minimumIndex: 2 ** 40 + 5, query: get },
  inSession: { kind: "inSession", session: { sessionId: 9, sequence: 4, answeredBelow: 3 }, command: put },
  hello: { kind: "hello", versionMin: 1, versionMax: 2, clusterId: "8f3a5c1d2e4b6a79" },
  status: { kind: "status" },
  openSession: { kind: "openSession" },
  keepSession: { kind: "keepSession", sessionId: 9 },
  closeSession: { kind: "closeSession", sessionId: 2 ** 53 - 1 },
  changeMembership: { kind: "changeMembership", version: 12, changes: Object.values(changes) },
  transferLeadership: { kind: "transferLeadership", to: 3 },
  takeSnapshot: { kind: "takeSnapshot" },
  watchLeader: { kind: "watchLeader" },
  cancel: { kind: "cancel", requestId: { low: 0xffff_fffe, high: 7 } },
}

const consistencies = words<ReadConsistency>({ linearizable: true, lease: true, stale: true })

const rejection = { reason: "notLeader", message: "this server does not lead", leader: 3, leaderAddress: "10.0.0.3:2379" } as const

const responses: { readonly [Kind in Response["kind"]]: Response & { readonly kind: Kind } } = {
  ok: { kind: "ok", body: ascii("body") },
  update: { kind: "update", body: ascii("body") },
  rejected: { kind: "rejected", ...rejection },
  overloaded: { kind: "overloaded", ...rejection, reason: "overloaded", leader: null, leaderAddress: null },
  unknown: { kind: "unknown", message: "lost — who knows" },
  badRequest: { kind: "badRequest", message: "what is this?" },
  notFound: { kind: "notFound", index: 17 },
  refused: { kind: "refused", index: 18, code: 3, message: "key is not provided" },
}

const reasons = words<Reason>({
  other: true,
  notLeader: true,
  noLeader: true,
  overloaded: true,
  transferring: true,
  tooLarge: true,
  diskFull: true,
  lostLeadership: true,
  changeInProgress: true,
  staleConfiguration: true,
  noCommittedEntryInTerm: true,
  wouldLoseQuorum: true,
  unknownMember: true,
  duplicateMember: true,
  reusedId: true,
  invalidChange: true,
  notCaughtUp: true,
  stopped: true,
  sessionExpired: true,
  sequenceForgotten: true,
  cancelled: true,
  wrongCluster: true,
  unsupportedVersion: true,
  applyFailed: true,
  snapshotFailed: true,
})

const roles = words<NodeRole>({ follower: true, preCandidate: true, candidate: true, leader: true, halted: true })
const disks = words<DiskState>({ ok: true, full: true, stalled: true, failed: true })
const standings = words<MemberStanding>({ voter: true, learner: true, promoting: true, incoming: true, outgoing: true })

const leaderState = {
  term: 5,
  leader: 2,
  configurationIndex: 33,
  members: standings.map((standing, i) => ({ ...member, id: i + 1, standing, matchIndex: i === 0 ? null : 30 + i })),
  genesis: null,
}

const begun = { ...leaderState, genesis: "0123456789abcdef" }

const welcome: Welcome = {
  clusterId: hello.clusterId,
  version: 1,
  nodeId: 2,
  features: 63,
  frameLengthMax: 0xff_ffff,
  inflightRequestsMax: 4096,
  softwareVersion: "0.1.0",
  genesis: null,
}

function nodeStatus(role: NodeRole, disk: DiskState): ServerStatus {
  return {
    ...leaderState,
    clusterId: "8f3a5c1d2e4b6a79",
    nodeId: 2,
    role,
    commitIndex: 40,
    appliedIndex: 39,
    firstIndex: 11,
    lastIndex: 42,
    snapshotIndex: 10,
    revision: 21,
    compactedRevision: 20,
    disk,
    diskBytes: 2 ** 35,
    softwareVersion: "0.1.0",
  }
}

const compareTargets: { readonly [Target in Compare["target"]]: (Compare & { readonly target: Target })["operand"] } = {
  version: 3,
  create: -4,
  mod: 2 ** 53 - 1,
  value: ascii("v"),
  lease: -5n,
}
const compareResults = words<CompareResult>({ equal: true, greater: true, less: true, notEqual: true })
const sortOrders = words<SortOrder>({ none: true, ascend: true, descend: true })
const sortTargets = words<SortTarget>({ key: true, version: true, create: true, mod: true, value: true })

const rangeEnd = ascii("z")
const range = rangeRequest(key, rangeEnd, {
  limit: 10,
  revision: -1,
  sortOrder: "descend",
  sortTarget: "mod",
  countOnly: true,
  minModRevision: 1,
  maxModRevision: 2,
  minCreateRevision: 3,
  maxCreateRevision: 4,
})
const richPut = putRequest(key, ascii("value"), { lease: 2n ** 40n + 1n, prevKv: true, ignoreLease: true })
const inner = {
  kind: "txn" as const,
  compare: Object.entries(compareTargets).flatMap(([target, operand]) =>
    compareResults.map((result) => ({ key, rangeEnd: ascii(""), target, result, operand }) as Compare),
  ),
  success: [richPut, deleteRangeRequest(key, rangeEnd, { prevKv: true })],
  failure: [range],
}

const commands: { readonly [Kind in KvCommand["kind"]]: Extract<KvCommand, { readonly kind: Kind }> } = {
  put: putRequest(key, ascii("value")),
  deleteRange: deleteRangeRequest(key, rangeEnd, { prevKv: true }),
  txn: { kind: "txn", compare: [], success: [inner], failure: [range] },
  compact: { kind: "compact", revision: 2 ** 33, physical: true },
}

const queries: { readonly [Kind in KvQuery["kind"]]: Extract<KvQuery, { readonly kind: Kind }> } = {
  get: { kind: "get", key },
  range,
  txn: { kind: "txn", compare: inner.compare, success: [range], failure: [] },
}

const pair: KeyValue = { key, value: ascii("value"), createRevision: 3, modRevision: 2 ** 34, version: 2, lease: -7n }
const rangeAnswer = { kind: "range", revision: 9, kvs: [pair, pair], more: true, count: 5 } as const
const putAnswer = { kind: "put", revision: 9, prevKv: pair } as const
const deletion = { kind: "deleteRange", revision: 9, deleted: 1, prevKvs: [pair] } as const

const answers: { readonly [Kind in keyof ResponseByKind]: ResponseByKind[Kind] } = {
  get: { kind: "get", value: ascii("value") },
  put: putAnswer,
  deleteRange: deletion,
  compact: { kind: "compact", revision: 9 },
  range: rangeAnswer,
  txn: {
    kind: "txn",
    revision: 9,
    succeeded: true,
    responses: [putAnswer, deletion, rangeAnswer, { kind: "txn", revision: 0, succeeded: false, responses: [] }],
  },
}

const refusals = words<RefusalReason>({
  malformed: true,
  compacted: true,
  futureRevision: true,
  emptyKey: true,
  duplicateKey: true,
  tooManyOperations: true,
  requestTooLarge: true,
  keyNotFound: true,
  valueProvided: true,
  leaseProvided: true,
  leaseNotFound: true,
})

const group = 5

function each<Word extends string, Value>(list: readonly Word[], make: (word: Word) => Value): Readonly<Record<string, Value>> {
  return Object.fromEntries(list.map((word) => [word, make(word)]))
}

function responseFrame(response: Response): Uint8Array {
  return written((out) => writeResponseFrame(out, 0xffff_fffe, 7, response))
}

function readResponseFrame(bytes: Uint8Array): Response {
  const cutter = new FrameCutter()
  cutter.push(bytes)
  const frame = cutter.take()
  if (frame === null) throw new Error(cutter.error ?? "no whole frame")
  return decodeResponse(frame.bytes[frame.start + 12]!, frame.bytes, frame.start + 13, frame.end)
}

function storeAnswer(kind: keyof ResponseByKind): (bytes: Uint8Array) => KvResult | KvAnswer {
  return (bytes) => decodeKvResponse(kind, bytes)
}

export const samples: readonly Sample[] = [
  ...samplesOf<Message>(
    "message",
    messages,
    (one) => encodeMessage(one, group),
    (bytes) => decodeMessage(bytes).message,
  ),
  ...samplesOf<Message>(
    "rejected for",
    each(rejectReasons, (reason) => ({ ...messages.forwardProposalsReply, reason })),
    (one) => encodeMessage(one, group),
    (bytes) => decodeMessage(bytes).message,
  ),
  ...samplesOf(
    "hello for",
    each(purposes, (purpose) => ({ ...hello, purpose })),
    encodeHello,
    decodeHello,
  ),
  ...samplesOf("answer to hello", { welcome: { kind: "welcome" as const, version: 1, nodeId: 5, self } }, encodeHelloAnswer, (bytes) => {
    const answer = decodeHelloAnswer(bytes)
    if (answer.kind !== "welcome") throw new Error("this is no welcome")
    return answer
  }),
  ...samplesOf(
    "answer to hello",
    each(refusalCodes, (code) => ({ kind: "refused" as const, code, message: "no — not you" })),
    encodeHelloAnswer,
    (bytes) => {
      const answer = decodeHelloAnswer(bytes)
      if (answer.kind !== "refused") throw new Error("this is no refusal")
      return answer
    },
  ),
  ...samplesOf(
    "entry",
    entriesByKind(),
    (entry) => encodeEntry(entry, group),
    (bytes) => {
      const { record } = decodeRecord(bytes, group)
      if (record.kind !== "entry") throw new Error(`a record of kind ${record.kind}`)
      // Without its bytes, so that they are made again.
      return { ...record.entry, data: record.entry.data.slice(), encoded: null }
    },
  ),
  ...samplesOf<OtherRecord>(
    "record",
    records,
    (record) => encodeRecord(record, group),
    (bytes) => {
      const { record } = decodeRecord(bytes, group)
      if (record.kind === "entry") throw new Error("this is an entry")
      return record
    },
  ),
  ...samplesOf<Request>(
    "request",
    requests,
    (request) => written((out) => writeRequestFrame(out, 2 ** 35 + 1, encodeRequest(request))),
    (bytes) => decodeRequest(bytes, 12),
  ),
  ...samplesOf<Request>(
    "read that is",
    each(consistencies, (consistency) => ({ ...requests.read, consistency })),
    encodeRequest,
    decodeRequest,
  ),
  ...samplesOf<Response>("response", responses, responseFrame, readResponseFrame),
  ...samplesOf<Response>(
    "response rejected for",
    each(reasons, (reason) => ({ ...responses.rejected, reason })),
    responseFrame,
    readResponseFrame,
  ),
  ...samplesOf<Welcome>(
    "body",
    {
      welcome,
    },
    (one) => written((out) => writeWelcome(out, one)),
    readWelcome,
  ),
  ...samplesOf(
    "body",
    { sessionOpened: { sessionId: 2 ** 33 + 1, timeToLiveMs: 60_000 } },
    (one) => written((out) => writeSessionOpened(out, one)),
    readSessionOpened,
  ),
  ...samplesOf<LeaderState>(
    "body",
    { leaderState },
    (one) => written((out) => writeLeaderState(out, one)),
    (bytes) => ({ ...leaderState, ...readLeaderState(new ByteReader(bytes)), leader: 2 }),
  ),
  ...samplesOf(
    "status of",
    { ...each(roles, (role) => nodeStatus(role, "ok")), ...each(disks, (disk) => nodeStatus("leader", disk)) },
    (one) => written((out) => writeServerStatus(out, one)),
    (bytes) => readServerStatus(new ByteReader(bytes)),
  ),
  ...samplesOf<Welcome>(
    "body",
    { "welcome with genesis": { ...welcome, genesis: begun.genesis } },
    (one) => written((out) => writeWelcome(out, one)),
    readWelcome,
  ),
  ...samplesOf<LeaderState>(
    "body",
    { "leaderState with genesis": begun },
    (one) => written((out) => writeLeaderState(out, one)),
    (bytes) => readLeaderState(new ByteReader(bytes)),
  ),
  ...samplesOf<ServerStatus>(
    "status of",
    { "a node with genesis": { ...nodeStatus("leader", "ok"), genesis: begun.genesis } },
    (one) => written((out) => writeServerStatus(out, one)),
    (bytes) => readServerStatus(new ByteReader(bytes)),
  ),
  ...samplesOf<KvCommand>("command", { ...commands, "put with options": richPut }, encodeKvCommand, decodeKvCommand),
  ...samplesOf<KvQuery>("query", queries, encodeKvQuery, decodeKvQuery),
  ...samplesOf<KvQuery>(
    "query in order",
    each(sortOrders, (sortOrder) => ({ ...range, sortOrder })),
    encodeKvQuery,
    decodeKvQuery,
  ),
  ...samplesOf<KvQuery>(
    "query by",
    each(sortTargets, (sortTarget) => ({ ...range, sortTarget })),
    encodeKvQuery,
    decodeKvQuery,
  ),
  ...Object.entries(answers).flatMap(([kind, answer]) =>
    samplesOf<KvResult | KvAnswer>("answer to", { [kind]: answer }, encodeKvResponse, storeAnswer(kind as keyof ResponseByKind)),
  ),
  ...samplesOf<KvResult | KvAnswer>("answer to", { "get of nothing": { kind: "get", value: null } }, encodeKvResponse, storeAnswer("get")),
  ...samplesOf<KvResult | KvAnswer>(
    "refused for",
    each(refusals, (reason) => refuse(reason)),
    encodeKvResponse,
    storeAnswer("put"),
  ),
]
