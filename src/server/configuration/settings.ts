/**
 * Every setting of `oarlock start` in one table: its flag, its environment variables and its sentence in `--help`.
 *
 * The long names and their units are etcd's where etcd has the setting (so that a process manager written for etcd can start a node);
 * the rest are ours. A flag beats `OARLOCK_…`, which beats `ETCD_…`, which beats the cluster file, which beats the default.
 */

/** One setting of `oarlock start`. */
export interface Setting {
  /** Commander's notation: `-i, --id <id>`. A setting without `<…>` is a switch. */
  readonly flags: string
  /** The name that commander gives the value: the long flag in camelCase. */
  readonly key: SettingKey
  readonly help: string
}

/** A setting by the name of its long flag in camelCase: `dataDir` for `--data-dir`. */
export type SettingKey =
  | "cluster"
  | "id"
  | "name"
  | "port"
  | "dataDir"
  | "join"
  | "listenClientUrls"
  | "advertiseClientUrls"
  | "listenPeerUrls"
  | "initialAdvertisePeerUrls"
  | "initialCluster"
  | "initialClusterState"
  | "initialClusterToken"
  | "beginWithout"
  | "heartbeatInterval"
  | "electionTimeout"
  | "leaseReads"
  | "campaignOnDisconnect"
  | "maxRequestBytes"
  | "historyBytes"
  | "snapshotCount"
  | "certFile"
  | "keyFile"
  | "trustedCaFile"
  | "clientCertAuth"
  | "peerCertFile"
  | "peerKeyFile"
  | "peerTrustedCaFile"
  | "peerClientCertAuth"
  | "operatorTokenFile"
  | "logLevel"
  | "logFormat"

export const settings: readonly Setting[] = [
  { flags: "-c, --cluster <file>", key: "cluster", help: "cluster file (JSON) that names all members; see examples/cluster.json" },
  { flags: "-i, --id <id>", key: "id", help: "which member this node is, an integer from 1" },
  { flags: "--name <name>", key: "name", help: "which member this node is, by its name" },
  { flags: "-p, --port <port>", key: "port", help: "serve clients on this port of 127.0.0.1, and peers on the next one" },
  { flags: "--data-dir <dir>", key: "dataDir", help: "folder for the log and the snapshots of this node (default: <name>.oarlock)" },
  { flags: "--join <addresses>", key: "join", help: "client addresses of a running cluster that already lists this node as a member" },
  { flags: "--listen-client-urls <urls>", key: "listenClientUrls", help: "where to serve clients, comma-separated" },
  {
    flags: "--advertise-client-urls <urls>",
    key: "advertiseClientUrls",
    help: "where clients reach this node, if that differs; the first counts",
  },
  { flags: "--listen-peer-urls <urls>", key: "listenPeerUrls", help: "where to serve other nodes; one address" },
  {
    flags: "--initial-advertise-peer-urls <urls>",
    key: "initialAdvertisePeerUrls",
    help: "where other nodes reach this one, if that differs; the first counts",
  },
  {
    flags: "--initial-cluster <members>",
    key: "initialCluster",
    help: "all members as name=peer-url, comma-separated; ids follow the order of the names",
  },
  {
    flags: "--initial-cluster-state <state>",
    key: "initialClusterState",
    help: "`new` starts a cluster, `existing` waits to be added to one (default: new)",
  },
  {
    flags: "--initial-cluster-token <token>",
    key: "initialClusterToken",
    help: "any text that tells this cluster from others (default: oarlock-cluster)",
  },
  {
    flags: "--begin-without <members>",
    key: "beginWithout",
    help: "begin a new cluster although these listed members cannot be met (names or ids, comma-separated); to be given to each of the others",
  },
  { flags: "--heartbeat-interval <ms>", key: "heartbeatInterval", help: "how often an idle leader says that it leads (default: 50)" },
  {
    flags: "--election-timeout <ms>",
    key: "electionTimeout",
    help: "shortest silence before an election; the longest is twice that (default: 150)",
  },
  {
    flags: "--lease-reads",
    key: "leaseReads",
    help: "let the leader answer lease reads without a round of messages; trusts clocks to run alike, and every voter to wait (--campaign-on-disconnect=false on all of them first)",
  },
  {
    flags: "--campaign-on-disconnect <boolean>",
    key: "campaignOnDisconnect",
    help: "ask for votes as soon as the connection to the leader breaks, not after an election timeout (default: true; false with --lease-reads)",
  },
  {
    flags: "--history-bytes <bytes>",
    key: "historyBytes",
    help: "how much of the past to keep before the older half is compacted, in bytes; 0 keeps all (default: 33554432)",
  },
  { flags: "--max-request-bytes <bytes>", key: "maxRequestBytes", help: "largest request that is accepted (default: 1572864)" },
  {
    flags: "--snapshot-count <entries>",
    key: "snapshotCount",
    help: "take a snapshot after this many entries at the latest (default: 1000000, or earlier by bytes)",
  },
  { flags: "--cert-file <file>", key: "certFile", help: "PEM certificate for the client port; turns TLS on there" },
  { flags: "--key-file <file>", key: "keyFile", help: "PEM private key for --cert-file" },
  { flags: "--trusted-ca-file <file>", key: "trustedCaFile", help: "PEM certificates that sign clients' certificates" },
  { flags: "--client-cert-auth", key: "clientCertAuth", help: "refuse clients without a certificate signed by --trusted-ca-file" },
  { flags: "--peer-cert-file <file>", key: "peerCertFile", help: "PEM certificate for the peer port; turns TLS on between nodes" },
  { flags: "--peer-key-file <file>", key: "peerKeyFile", help: "PEM private key for --peer-cert-file" },
  { flags: "--peer-trusted-ca-file <file>", key: "peerTrustedCaFile", help: "PEM certificates that sign the nodes' certificates" },
  {
    flags: "--peer-client-cert-auth",
    key: "peerClientCertAuth",
    help: "refuse nodes without a certificate signed by --peer-trusted-ca-file",
  },
  {
    flags: "--operator-token-file <file>",
    key: "operatorTokenFile",
    help: "requests with the text in this file may read and write keys, hand leadership over, and change members from the Live page",
  },
  { flags: "--log-level <level>", key: "logLevel", help: "trace, debug, info, warn, error or silent (default: info)" },
  { flags: "--log-format <format>", key: "logFormat", help: "pretty or json (default: pretty on a terminal, otherwise json)" },
]

/** A value as it was written, and where: so that an error can name the place. */
export interface Written {
  readonly text: string
  readonly where: string
}

/** The settings that somebody wrote, and where; the others have their defaults. */
export type WrittenSettings = ReadonlyMap<SettingKey, Written>

/** Gathers what flags and environment say. `flags` is commander's `opts()`: text, or true for a switch. */
export function gatherSettings(
  flags: Readonly<Record<string, unknown>>,
  environment: Readonly<Record<string, string | undefined>>,
): WrittenSettings {
  const written = new Map<SettingKey, Written>()
  for (const setting of settings) {
    const fromFlag = flags[setting.key]
    const long = longFlag(setting)
    if (typeof fromFlag === "string" || typeof fromFlag === "number" || fromFlag === true) {
      written.set(setting.key, { text: String(fromFlag), where: long })
      continue
    }
    const suffix = long.slice(2).replaceAll("-", "_").toUpperCase()
    for (const name of [`OARLOCK_${suffix}`, `ETCD_${suffix}`]) {
      const text = environment[name]
      if (text === undefined || text === "") continue
      written.set(setting.key, { text, where: name })
      break
    }
  }
  return written
}

/** `--data-dir` of `--data-dir <dir>`. */
export function longFlag(setting: Setting): string {
  return /--[a-z-]+/.exec(setting.flags)![0]
}
