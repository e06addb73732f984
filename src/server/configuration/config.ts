/**
 * What one server runs with, worked out from flags, environment and the cluster file (`settings.ts` has the order), and checked as a whole.
 *
 * All problems are gathered before anything is opened: a node that starts has a configuration that can work. What only the machine
 * knows (whether a port is free, whether a certificate can be read) is found out by `start-server.ts`, in the same kind of words.
 */

import { readFileSync } from "node:fs"
import { dirname, resolve } from "node:path"
import { defaultRaftOptions, type Member } from "../../core/index.ts"
import { envelopeBytes, EnvelopeType } from "../../replica/index.ts"
import { type Address, formatAddress, isWildcard, parseAddress } from "./address.ts"
import { type ClusterFile, type ClusterFileTls, parseClusterFile } from "./cluster-file.ts"
import { ConfigErrors, show, explainFileError } from "./config-error.ts"
import { readOperatorToken } from "./operator-token.ts"
import { flagName, SettingsReader } from "./settings-reader.ts"
import type { SettingKey, WrittenSettings } from "./settings.ts"

/** All that one server runs with, checked. */
export interface ServerConfig {
  /** The member that this server is; null: the cluster in `join` knows it by name or peer address and tells. */
  readonly id: number | null
  /** Its name. */
  readonly name: string
  /** Text that all members share; the cluster id is its hash. Null while `join` has yet to tell the id itself. */
  readonly clusterToken: string | null
  /** The folder of its log and snapshots, an absolute path. */
  readonly dataDir: string
  /** Where it serves clients. */
  readonly clientListen: readonly Address[]
  /** Where it serves the other servers. */
  readonly peerListen: Address
  /** Where clients reach it, `host:port`; empty if that is known only once it listens, because any free port will do. */
  readonly clientAddress: string
  /** Where the other servers reach it, `host:port`. */
  readonly peerAddress: string
  /** The members that the cluster starts with; null for a server that waits to be added. */
  readonly bootstrap: readonly Member[] | null
  /** Whether `bootstrap` is this server alone because no setting names other members or a cluster to join. */
  readonly isUnlisted: boolean
  /** Members in `bootstrap` that a new cluster need not wait for. */
  readonly beginWithout: readonly number[]
  /** Client addresses of a running cluster, which is asked for this server's id and for its cluster id. */
  readonly join: readonly Address[]
  /** In milliseconds (Raft §5.2, §5.6). */
  readonly timings: { readonly electionTimeoutMinMs: number; readonly electionTimeoutMaxMs: number; readonly heartbeatIntervalMs: number }
  /** Whether a leader answers linearizable reads within its lease, without a round of heartbeats (dissertation §6.4.1). */
  readonly leaseReads: boolean
  /** Whether a follower starts an election as soon as the leader's process has closed its connection. */
  readonly campaignOnDisconnect: boolean
  /** What it bounds. */
  readonly limits: ServerLimits
  /** Certificates; null where connections are not encrypted. */
  readonly tls: { readonly client: TlsFiles | null; readonly peer: TlsFiles | null }
  /** The text that a request to `/operator/…` must bring; null: such requests are refused. */
  readonly operatorToken: string | null
  /** Its log lines. `format` null: `pretty` on a terminal, otherwise `json`. */
  readonly log: { readonly level: ServerLogLevel; readonly format: "pretty" | "json" | null }
}

/** Bounds of one server that an operator sets. */
export interface ServerLimits {
  /** Bytes of one client request. The default of 1.5 MiB is etcd's. */
  readonly requestBytesMax: number
  /** Bytes of superseded keys and values above which the leader compacts the older half of them; 0: never. */
  readonly historyBytesMax: number
  /** A snapshot is taken after this many entries at the latest; null leaves it to the replica, which goes by bytes first. */
  readonly snapshotEntries: number | null
}

/** Certificates of one port, as absolute paths. */
export interface TlsFiles {
  /** The certificate, PEM. */
  readonly certFile: string
  /** Its private key, PEM. */
  readonly keyFile: string
  /** The authorities that are trusted, PEM; null: those that Node.js trusts. */
  readonly caFile: string | null
  /** Whether a connection must bring a certificate that those authorities have signed. */
  readonly requireClientCert: boolean
}

export const logLevels = ["trace", "debug", "info", "warn", "error", "silent"] as const
/** From the most lines to none. */
export type ServerLogLevel = (typeof logLevels)[number]

export const defaultClusterToken = "oarlock-cluster"
export const defaultClientPort = 2379
export const defaultPeerPort = 2380
export const defaultLimits: ServerLimits = { requestBytesMax: 1.5 * (1 << 20), historyBytesMax: 32 << 20, snapshotEntries: null }

/**
 * Works out a configuration. `workingDirectory` is what relative paths of flags and environment start from.
 * Throws `ConfigErrors` with everything that is wrong.
 */
export function resolveConfig(written: WrittenSettings, workingDirectory: string): ServerConfig {
  const reader = new SettingsReader(written, workingDirectory)
  const config = assemble(reader, readClusterFile(reader))
  if (reader.problems.length > 0) throw new ConfigErrors(reader.problems)
  return config
}

function assemble(reader: SettingsReader, file: LoadedFile | null): ServerConfig {
  const listed = listMembers(reader, file)
  const existing = reader.oneOf("initialClusterState", ["new", "existing"], "new") === "existing"
  const join = reader.addresses("join")
  const self = findSelf(reader, listed)
  const id = self?.id ?? reader.integer("id", 1, 0xffff_ffff)
  const name = self?.name ?? reader.text("name") ?? (id === null ? "n1" : `n${id}`)
  const port = reader.integer("port", 1, 65_534)

  const clientListen = listenAddresses(reader, "listenClientUrls", port ?? null, self?.clientAddress, defaultClientPort)
  // A listed member's peer address is known to all the others; only a node on its own derives it from the port.
  const peerPort = port === null || self !== null ? null : port + 1
  const peerListens = listenAddresses(reader, "listenPeerUrls", peerPort, self?.peerAddress, defaultPeerPort)
  if (peerListens.length > 1) {
    reader.problem("listenPeerUrls", "one address", "use 0.0.0.0 to serve peers on every interface")
  }
  const peerListen = peerListens[0]!
  const clientAddress = unlessAnyPort(advertised(reader, "advertiseClientUrls", "listenClientUrls", clientListen, self?.clientAddress))
  const peerAddress = advertised(reader, "initialAdvertisePeerUrls", "listenPeerUrls", peerListens, self?.peerAddress)
  if (self !== null && self.peerAddress !== peerAddress) {
    reader.problem(
      reader.has("initialAdvertisePeerUrls") ? "initialAdvertisePeerUrls" : "listenPeerUrls",
      self.peerAddress,
      `the list of members has that for ${self.name}`,
    )
  }

  const alone: Member = { id: id ?? 1, name, peerAddress, clientAddress }
  const waits = existing || join.length > 0
  if (waits && id === null && join.length === 0) {
    reader.missing("--id", "the id that `oarlock member add` printed", "or name a running node with --join and it is looked up")
  }
  if (!waits && listed === null && id !== null && id !== 1) {
    reader.missing(
      "--cluster or --initial-cluster",
      "the list of all members",
      `node ${id} cannot be a cluster of its own; a new cluster starts with node 1`,
    )
  }
  const timings = readTimings(reader, file)
  const dataDir = reader.text("dataDir") ?? file?.content.data?.replaceAll("{name}", name).replaceAll("{id}", String(id ?? 1))
  return {
    id: waits ? id : alone.id,
    name,
    clusterToken: reader.text("initialClusterToken") ?? file?.content.cluster ?? (join.length > 0 ? null : defaultClusterToken),
    dataDir: resolve(
      reader.has("dataDir") ? reader.workingDirectory : (file?.folder ?? reader.workingDirectory),
      dataDir ?? `${name}.oarlock`,
    ),
    clientListen,
    peerListen,
    clientAddress,
    peerAddress,
    bootstrap: waits ? null : (listed ?? [alone]),
    isUnlisted: !waits && listed === null,
    beginWithout: readBeginWithout(reader, listed ?? [], self),
    join,
    timings,
    ...readHints(reader, file),
    limits: {
      historyBytesMax: reader.integer("historyBytes", 0, 2 ** 40) ?? file?.content.limits.historyBytesMax ?? defaultLimits.historyBytesMax,
      requestBytesMax: readRequestBytes(reader, file),
      snapshotEntries: reader.integer("snapshotCount", 1, 1e9) ?? file?.content.limits.snapshotEntries ?? defaultLimits.snapshotEntries,
    },
    tls: {
      client: readTls(reader, file, "client", ["certFile", "keyFile", "trustedCaFile", "clientCertAuth"], clientListen),
      peer: readTls(reader, file, "peer", ["peerCertFile", "peerKeyFile", "peerTrustedCaFile", "peerClientCertAuth"], [peerListen]),
    },
    operatorToken: readOperatorToken(reader),
    log: {
      level: reader.oneOf("logLevel", logLevels, fromFile(reader, file, "level", logLevels) ?? "info"),
      format: reader.oneOf<"pretty" | "json" | null>(
        "logFormat",
        ["pretty", "json"],
        fromFile(reader, file, "format", ["pretty", "json"] as const),
      ),
    },
  }
}

interface LoadedFile {
  readonly path: string
  readonly folder: string
  readonly content: ClusterFile
}

function readClusterFile(reader: SettingsReader): LoadedFile | null {
  const written = reader.written("cluster")
  if (written === null) return null
  const path = resolve(reader.workingDirectory, written.text)
  let text: string
  try {
    text = readFileSync(path, "utf8")
  } catch (error) {
    const found = `${show(written.text)} (${explainFileError(error)})`
    reader.problems.push({ where: written.where, found, expected: "the path of a cluster file", advice: "see examples/cluster.json" })
    return null
  }
  return { path, folder: dirname(path), content: parseClusterFile(written.text, text, reader.problems) }
}

/** The members in the order of their ids, or null if nobody listed any. */
function listMembers(reader: SettingsReader, file: LoadedFile | null): readonly Member[] | null {
  const initial = reader.written("initialCluster")
  if (initial === null) {
    if (file === null) return null
    return file.content.members
      .map((member) => ({ id: member.id, name: member.name, peerAddress: member.peer, clientAddress: member.client }))
      .toSorted((a, b) => a.id - b.id)
  }
  const byName = new Map<string, string>()
  for (const part of initial.text.split(",")) {
    const equals = part.indexOf("=")
    const name = part.slice(0, Math.max(equals, 0)).trim()
    const address = parseAddress(part.slice(equals + 1))
    if (name === "" || !("port" in address)) {
      reader.problem(
        "initialCluster",
        "members as name=peer-url, comma-separated, such as n1=http://10.0.0.1:2380,n2=http://10.0.0.2:2380",
        `mend ${show(part)}`,
      )
    } else if (byName.has(name)) {
      reader.problem("initialCluster", "every name once", `${name} stands there twice; a member has one peer address here`)
    } else if ([...byName.values()].includes(formatAddress(address))) {
      reader.problem("initialCluster", "every address once", `${formatAddress(address)} stands there twice`)
    } else byName.set(name, formatAddress(address))
  }
  // Every server must arrive at the same ids from the same text, whatever its order: sorted by name, as code units.
  const names = [...byName.keys()].toSorted((a, b) => (a < b ? -1 : 1))
  return names.map((name, position) => ({ id: position + 1, name, peerAddress: byName.get(name)!, clientAddress: "" }))
}

function findSelf(reader: SettingsReader, members: readonly Member[] | null): Member | null {
  if (members === null || members.length === 0) return null
  const id = reader.integer("id", 1, 0xffff_ffff)
  const name = reader.text("name")
  const list = members.map((member) => `${member.id} (${member.name})`).join(", ")
  if (id === null && name === null) {
    if (members.length === 1) return members[0]!
    reader.missing("--id or --name", `which member this node is: ${list}`, "")
    return null
  }
  const self = members.find((member) => (id === null || member.id === id) && (name === null || member.name === name))
  if (self === undefined)
    reader.problem(
      id === null ? "name" : "id",
      `one of the members ${list}`,
      id !== null && name !== null ? `--name says ${show(name)}` : "",
    )
  return self ?? null
}

/** Other members, by name or id. */
function readBeginWithout(reader: SettingsReader, members: readonly Member[], self: Member | null): readonly number[] {
  const text = reader.text("beginWithout")
  if (text === null) return []
  const others = members.filter((member) => member !== self)
  const named = text.split(",").map((part) => others.find(({ id, name }) => name === part.trim() || String(id) === part.trim()))
  const known = named.filter((member) => member !== undefined)
  if (known.length < named.length) {
    const list = others.map(({ id, name }) => `${id} (${name})`).join(", ")
    reader.problem(
      "beginWithout",
      list === "" ? "members in a list" : `some of the other members ${list}`,
      "it names those that cannot be met",
    )
  }
  return known.map(({ id }) => id)
}

function listenAddresses(
  reader: SettingsReader,
  key: SettingKey,
  port: number | null,
  memberAddress: string | undefined,
  defaultPort: number,
): readonly Address[] {
  const addresses = reader.addresses(key)
  if (addresses.length > 0) return addresses
  if (port !== null) return [{ host: "127.0.0.1", port, secure: null }]
  const ofMember = memberAddress === undefined || memberAddress === "" ? null : parseAddress(memberAddress)
  if (ofMember !== null && "port" in ofMember) return [ofMember]
  return [{ host: "127.0.0.1", port: defaultPort, secure: null }]
}

function advertised(
  reader: SettingsReader,
  key: SettingKey,
  listenKey: SettingKey,
  listen: readonly Address[],
  memberAddress: string | undefined,
): string {
  const explicit = reader.addresses(key)[0]
  if (explicit !== undefined) return formatAddress(explicit)
  if (memberAddress !== undefined && memberAddress !== "") return memberAddress
  const reachable = listen.find((address) => !isWildcard(address.host))
  if (reachable === undefined) {
    reader.problem(
      listenKey,
      "an address that others can use",
      `0.0.0.0 means every interface and is no address to be reached at; add ${flagName(key)}`,
    )
    return formatAddress(listen[0]!)
  }
  return formatAddress(reachable)
}

function unlessAnyPort(address: string): string {
  return address.endsWith(":0") ? "" : address
}

function readTimings(reader: SettingsReader, file: LoadedFile | null): ServerConfig["timings"] {
  const own = file?.content.timings
  const electionFlag = reader.integer("electionTimeout", 1, 3_600_000)
  const electionTimeoutMinMs = electionFlag ?? own?.electionTimeoutMinMs ?? defaultRaftOptions.electionTimeoutMinMs
  // One figure, as in etcd, means the lower end; the paper's 150 to 300 ms has the same ratio.
  const electionTimeoutMaxMs = (electionFlag === null ? own?.electionTimeoutMaxMs : null) ?? electionTimeoutMinMs * 2
  const heartbeatIntervalMs =
    reader.integer("heartbeatInterval", 1, 3_600_000) ??
    own?.heartbeatIntervalMs ??
    Math.min(defaultRaftOptions.heartbeatIntervalMs, Math.floor(electionTimeoutMinMs / 3))
  const place = (key: SettingKey, field: string) =>
    reader.written(key)?.where ?? (file === null ? flagName(key) : `${file.path}: timings.${field}`)
  if (heartbeatIntervalMs * 3 > electionTimeoutMinMs) {
    reader.problems.push({
      where:
        reader.has("heartbeatInterval") || !reader.has("electionTimeout")
          ? place("heartbeatInterval", "heartbeatIntervalMs")
          : place("electionTimeout", "electionTimeoutMinMs"),
      found: `a heartbeat every ${heartbeatIntervalMs} ms with an election timeout of ${electionTimeoutMinMs} ms`,
      expected: "at least three heartbeats in the shortest election timeout",
      advice: `use a heartbeat of at most ${Math.floor(electionTimeoutMinMs / 3)} ms, or an election timeout of at least ${heartbeatIntervalMs * 3} ms`,
    })
  }
  if (electionTimeoutMaxMs <= electionTimeoutMinMs) {
    reader.problems.push({
      where: place("electionTimeout", "electionTimeoutMaxMs"),
      found: `${electionTimeoutMaxMs}`,
      expected: `more than electionTimeoutMinMs, which is ${electionTimeoutMinMs}`,
      advice: "timeouts are drawn between the two, so that votes do not split; twice the lower end serves well",
    })
  }
  return { electionTimeoutMinMs, electionTimeoutMaxMs, heartbeatIntervalMs }
}

/** Whether a lost connection counts as a sign that the leader is gone. Leases rely on voters that wait, so the two exclude each other. */
function readHints(reader: SettingsReader, file: LoadedFile | null): Pick<ServerConfig, "leaseReads" | "campaignOnDisconnect"> {
  const leaseReads = reader.flag("leaseReads") || (file?.content.leaseReads ?? false)
  const wanted = reader.oneOf("campaignOnDisconnect", ["true", "false", null], null)
  const campaignOnDisconnect = wanted === null ? (file?.content.campaignOnDisconnect ?? !leaseReads) : wanted === "true"
  if (leaseReads && campaignOnDisconnect)
    reader.problem("campaignOnDisconnect", "false beside lease reads", "a lease relies on voters that wait for the election timeout")
  return { leaseReads, campaignOnDisconnect }
}

/** A request becomes one proposal, in an envelope. */
function readRequestBytes(reader: SettingsReader, file: LoadedFile | null): number {
  const { proposalBytesMax } = defaultRaftOptions
  const envelope = envelopeBytes(EnvelopeType.sessionCommand, 0)
  const most = proposalBytesMax - envelope
  const flag = reader.integer("maxRequestBytes", 1024, most)
  const own = file?.content.limits.requestBytesMax ?? null
  if (own !== null && own > most) {
    reader.problems.push({
      where: `${file!.path}: limits.requestBytesMax`,
      found: `${own}`,
      expected: `at most ${most}`,
      advice: `a request becomes one proposal with ${envelope} bytes around it, and proposalBytesMax is ${proposalBytesMax}`,
    })
  }
  return flag ?? own ?? defaultLimits.requestBytesMax
}

type TlsKeys = readonly [cert: SettingKey, key: SettingKey, ca: SettingKey, auth: SettingKey]

function readTls(
  reader: SettingsReader,
  file: LoadedFile | null,
  side: "client" | "peer",
  keys: TlsKeys,
  listen: readonly Address[],
): TlsFiles | null {
  const [certKey, keyKey, caKey, authKey] = keys
  const own: ClusterFileTls | null = file?.content.tls[side] ?? null
  const fromFileFolder = (path: string | null | undefined) => (path === null || path === undefined ? null : resolve(file!.folder, path))
  const certFile = reader.path(certKey) ?? fromFileFolder(own?.cert)
  const keyFile = reader.path(keyKey) ?? fromFileFolder(own?.key)
  const caFile = reader.path(caKey) ?? fromFileFolder(own?.ca)
  const requireClientCert = reader.flag(authKey) || (own?.requireClientCert ?? false)
  if ((certFile === null) !== (keyFile === null)) {
    reader.missing(
      flagName(certFile === null ? certKey : keyKey),
      "a path",
      `${flagName(certFile === null ? keyKey : certKey)} alone is of no use`,
    )
  }
  if (requireClientCert && caFile === null)
    reader.missing(flagName(caKey), "a path", `${flagName(authKey)} needs it to check the certificates`)
  if (certFile === null || keyFile === null) {
    const secure = listen.find((address) => address.secure === true)
    if (secure !== undefined && certFile === null && keyFile === null) {
      reader.missing(`${flagName(certKey)} and ${flagName(keyKey)}`, "paths", `https://${formatAddress(secure)} needs a certificate`)
    }
    return null
  }
  const plain = listen.find((address) => address.secure === false)
  if (plain !== undefined) {
    reader.problem(
      side === "client" ? "listenClientUrls" : "listenPeerUrls",
      `https://${formatAddress(plain)}`,
      "a certificate is given, and one port does not serve both",
    )
  }
  return { certFile, keyFile, caFile, requireClientCert }
}

function fromFile<T extends string>(
  reader: SettingsReader,
  file: LoadedFile | null,
  field: "level" | "format",
  choices: readonly T[],
): T | null {
  const value = file?.content.log[field] ?? null
  if (value === null || (choices as readonly string[]).includes(value)) return value as T | null
  reader.problems.push({ where: `${file!.path}: log.${field}`, found: show(value), expected: `one of ${choices.join(", ")}`, advice: "" })
  return null
}
