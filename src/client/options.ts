/** The options of a client, their defaults, and their checks. */

import { type ConnectionOptions, createSecureContext } from "node:tls"
import {
  foreignOptions,
  hostPort,
  integer,
  list,
  Misfit,
  nullable,
  number,
  oneOf,
  optional,
  type Reader,
  record,
  show,
  timerMsMax,
} from "../arguments/index.ts"
import type { ReadConsistency } from "../wire/client/index.ts"

/** How a client finds servers, how long it waits, and how much may be under way. `connect` takes `defaultClientOptions` for those left out. */
export interface ClientOptions {
  /** Servers to begin with, as `host:port`; one that answers is enough, the others are learned from it. */
  readonly endpoints: readonly string[]
  /** 16 hexadecimal digits. Servers of another cluster are refused. Null: the cluster of the first server that answers. */
  readonly clusterId: string | null
  /** How long a call may take, retries included, in milliseconds. */
  readonly timeoutMs: number
  /** The same for membership changes, leadership transfers and snapshots, which wait for more than a majority. */
  readonly administrationTimeoutMs: number
  /** How long one attempt of a call that can be repeated may take before it is tried at another server, in milliseconds. */
  readonly attemptTimeoutMs: number
  /** How long a connection with requests under way may be silent before it is sent a probe, in milliseconds. */
  readonly probeMs: number
  /** How long the answer to a probe may take before the connection is closed, in milliseconds. */
  readonly silenceMs: number
  /** The same for a server that was the leader and has been replaced by another one. */
  readonly replacedSilenceMs: number
  /** How long a connection may take to be made, TLS and the protocol's greeting included, in milliseconds. */
  readonly connectTimeoutMs: number
  /** The first pause before a retry or a new connection attempt, in milliseconds; it doubles up to the maximum. */
  readonly retryDelayMinMs: number
  /** The longest pause before a retry or a new connection attempt, in milliseconds. */
  readonly retryDelayMaxMs: number
  /** The most calls without an answer; one more fails with `overloaded`. */
  readonly inflightRequestsMax: number
  /** The most bytes of their requests. A single request may be longer. */
  readonly inflightBytesMax: number
  /** The most commands of one session without an answer. Far below the number of results that the cluster keeps for a session, so that a retry always
   * finds its result. */
  readonly sessionInflightMax: number
  /** The consistency of reads that name none. */
  readonly consistency: ReadConsistency
  /** Connect by TLS, with these options of `node:tls`. */
  readonly tls: ConnectionOptions | null
}

/** The options of a client that is made with `endpoints` alone. */
export const defaultClientOptions: Omit<ClientOptions, "endpoints"> = {
  clusterId: null,
  timeoutMs: 5_000,
  administrationTimeoutMs: 30_000,
  attemptTimeoutMs: 1_000,
  probeMs: 100,
  silenceMs: 1_000,
  replacedSilenceMs: 150,
  connectTimeoutMs: 1_000,
  retryDelayMinMs: 10,
  retryDelayMaxMs: 500,
  inflightRequestsMax: 10_000,
  inflightBytesMax: 64 << 20,
  sessionInflightMax: 1_024,
  consistency: "linearizable",
  tls: null,
}

const milliseconds = number(1, timerMsMax)
const count = integer(1)

const endpoints: Reader<readonly string[]> = (value, path) => {
  if (typeof value === "string") throw new Misfit(path, `found ${show(value)}, expected a list, such as [${show(value)}]`)
  const found = list(hostPort(1))(value, path)
  if (found.length === 0) throw new Misfit(path, "found an empty list, expected one server or more, as host:port")
  return found
}

const clusterId: Reader<string> = (value, path) => {
  if (typeof value === "string" && /^[0-9a-f]{16}$/.test(value)) return value
  throw new Misfit(path, `found ${show(value)}, expected 16 lower-case hexadecimal digits`, typeof value === "string")
}

const tlsOptions = foreignOptions<ConnectionOptions>("an object with options of node:tls, or null")

/** Checked here: a key that does not match its certificate would otherwise throw at every attempt to connect. */
const tls: Reader<ConnectionOptions> = (value, path) => {
  const found = tlsOptions(value, path)
  try {
    createSecureContext(found)
  } catch (error) {
    throw new Misfit(path, `found options that node:tls does not take: ${error instanceof Error ? error.message : show(error)}`)
  }
  return found
}

const clientOptions = record<Partial<ClientOptions> & Pick<ClientOptions, "endpoints">>(
  {
    endpoints,
    clusterId: optional(nullable(clusterId)),
    timeoutMs: optional(milliseconds),
    administrationTimeoutMs: optional(milliseconds),
    attemptTimeoutMs: optional(milliseconds),
    silenceMs: optional(milliseconds),
    connectTimeoutMs: optional(milliseconds),
    probeMs: optional(milliseconds),
    replacedSilenceMs: optional(milliseconds),
    retryDelayMinMs: optional(milliseconds),
    retryDelayMaxMs: optional(milliseconds),
    inflightRequestsMax: optional(count),
    inflightBytesMax: optional(count),
    sessionInflightMax: optional(count),
    consistency: optional(oneOf("linearizable", "lease", "stale")),
    tls: optional(nullable(tls)),
  },
  [
    ["hosts", "endpoints"],
    ["endpoint", "endpoints"],
    ["deadlineMs", "timeoutMs"],
    ["timeout", "timeoutMs"],
    ["administrationDeadlineMs", "administrationTimeoutMs"],
  ],
)

/** The given options, and the defaults of the others. Throws a `Misfit`. */
export function readClientOptions(given: unknown): ClientOptions {
  const options = { ...defaultClientOptions, ...clientOptions(given, "") }
  const { retryDelayMinMs, retryDelayMaxMs } = options
  if (retryDelayMaxMs < retryDelayMinMs)
    throw new Misfit(
      "retryDelayMaxMs",
      `found ${retryDelayMaxMs}, expected no less than retryDelayMinMs, which is ${retryDelayMinMs}`,
      true,
    )
  return options
}

/** `host:port` or `[v6 address]:port`; null if it is neither. */
export function parseEndpoint(endpoint: string): { host: string; port: number } | null {
  const match = /^(?:\[([0-9a-fA-F:.%\w]+)\]|([^:[\]\s]+)):(\d{1,5})$/.exec(endpoint)
  if (match === null) return null
  const port = Number(match[3])
  return port >= 1 && port <= 65_535 ? { host: (match[1] ?? match[2])!, port } : null
}
