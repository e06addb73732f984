/**
 * Reads the options of `open`: every name must be known, every value of the right type and in its range, at any depth. Contradictions between options
 * are found, and defaults are set, in `open-options.ts`.
 */

import {
  fieldsAlike,
  firstAddressOf,
  firstClientAddressOf,
  filledText,
  flag,
  hostPort,
  integer,
  list,
  memberName,
  method,
  Misfit,
  type MemberOptions,
  nodeId,
  nullable,
  number,
  oneOf,
  optional,
  options,
  type Reader,
  record,
  show,
  text,
} from "../../arguments/index.ts"
import { defaultReplicaLimits, type ReplicaLimits, stateMachine } from "../../replica/index.ts"
import { OarlockError } from "../../requests/index.ts"
import type { NodeLog } from "../errors/log.ts"
import { defaultTransportLimits, type PeerTlsOptions, type TransportLimits } from "../peer-transport/index.ts"
import type { OpenOptions } from "./open-options.ts"

const listenAddress = hostPort(0)

const member: Reader<MemberOptions> = record<MemberOptions>(
  { id: nodeId, peerAddress: firstAddressOf, name: optional(memberName), clientAddress: optional(firstClientAddressOf) },
  [
    ["address", "peerAddress"],
    ["peer", "peerAddress"],
    ["client", "clientAddress"],
  ],
)

const milliseconds = number(0)

const raft = options<Required<NonNullable<OpenOptions["raft"]>>>({
  electionTimeoutMinMs: milliseconds,
  electionTimeoutMaxMs: milliseconds,
  heartbeatIntervalMs: milliseconds,
  preVote: flag,
  leaseReads: flag,
  clockDriftMax: number(0, 1),
  campaignOnDisconnect: flag,
  appendBytesMax: integer(1),
  appendEntriesMax: integer(1),
  inflightMessagesMax: integer(1),
  inflightBytesMax: integer(1),
  uncommittedBytesMax: integer(1),
  pendingReadsMax: integer(1),
  proposalBytesMax: integer(1),
})

const tls = record<PeerTlsOptions>({ certFile: filledText, keyFile: filledText, caFile: nullable(filledText), requireClientCert: flag })

const clusterId: Reader<string> = (value, path) => {
  if (typeof value === "string" && /^[0-9a-f]{16}$/.test(value)) return value
  throw new Misfit(path, `found ${show(value)}, expected 16 lower-case hexadecimal digits`, typeof value === "string")
}

const wrapLogger =
  "for console: (level, message, fields) => console[level](message, fields); for pino: (level, message, fields) => logger[level](fields, message)"

const openOptions = record<OpenOptions>(
  {
    id: nodeId,
    dataDir: filledText,
    machine: stateMachine,
    cluster: optional(list(member)),
    join: optional(flag),
    alone: optional(flag),
    beginWithout: optional(list(nodeId)),
    listen: optional(listenAddress),
    peerAddress: optional(listenAddress),
    clusterToken: optional(text),
    clusterId: optional(clusterId),
    raft: optional(raft),
    limits: optional(options<ReplicaLimits>(fieldsAlike(defaultReplicaLimits))),
    transportLimits: optional(options<TransportLimits>(fieldsAlike(defaultTransportLimits))),
    tls: optional(nullable(tls)),
    log: optional(method<NodeLog>(`a function (level, message, fields); ${wrapLogger}`)),
    verifyEveryEntries: optional(integer(0)),
    onApplyError: optional(oneOf("halt", "refuse")),
    syncPolicy: optional(oneOf("async", "adaptive")),
    onSync: optional(method<(durationMs: number) => void>("a function (durationMs, lane)")),
  },
  [
    ["stateMachine", "machine"],
    ["dir", "dataDir"],
    ["path", "dataDir"],
    ["members", "cluster"],
    ["peers", "cluster"],
    ["logger", "log"],
    ["port", "listen"],
  ],
)

/** Throws `badOptions`. */
export function readOpenOptions<Query, Answer>(given: OpenOptions<Query, Answer>): OpenOptions<Query, Answer> {
  try {
    return openOptions(given, "") as OpenOptions<Query, Answer>
  } catch (error) {
    throw error instanceof Misfit ? new OarlockError("badOptions", `open: ${error.message}`) : error
  }
}
