/**
 * The composition root: from a configuration to one running node with its client port, its metrics and its log.
 *
 * Everything that can be wrong is tried in the order in which it can be undone: who we are, the client port, then the node (which binds the peer
 * port and opens the disk). Whatever fails, nothing stays open.
 */

import { randomBytes } from "node:crypto"
import { once } from "node:events"
import { defaultKvLimits, KeyValueMachine } from "../kv/index.ts"
import { type OarlockNode, open, readIdentity } from "../node/index.ts"
import type { ServerConfig } from "./configuration/config.ts"
import { version } from "./configuration/version.ts"
import { EventFeed } from "./http/event-feed.ts"
import { createHttpServer } from "./http/http-server.ts"
import { createMetrics, type Metrics } from "./http/metrics.ts"
import { explainValidity, usedCertificates } from "./listening/certificates.ts"
import { listenForClients } from "./listening/client-listener.ts"
import { clientTlsOptions } from "./listening/client-tls.ts"
import { awaitOwnNames } from "./listening/own-names.ts"
import { type LogHealth, standardErrorLog } from "./logging/log-stream.ts"
import { createLogger, type Logger } from "./logging/logging.ts"
import { describeObservation, levelOf, namesOf } from "./logging/observation-text.ts"
import { watchEventLoop } from "./logging/watchdog.ts"
import { NativeServer, NodeBackend } from "./native/index.ts"
import { serveEmbeddedNode } from "./node/embedded-node.ts"
import { compactHistory } from "./node/history-compaction.ts"
import { lookUpIdentity } from "./node/join-cluster.ts"
import { explainLoneStart } from "./node/lone-start.ts"
import { MeasuredMachine } from "./node/measured-machine.ts"
import { type NodeOperations, operateEmbeddedNode } from "./node/node-operations.ts"
import { publishClientAddress } from "./node/publish-address.ts"
import type { ServedNode } from "./node/served-node.ts"
import type { RunningServer, StartOptions } from "./start-server.ts"

/** Throws `ConfigErrors`, the node's `OarlockError`, or an `Error` that names the address; nothing stays open then. */
export async function runServer(config: ServerConfig, options: StartOptions): Promise<RunningServer> {
  const stream = standardErrorLog()
  const log = createLogger({ level: config.log.level, format: config.log.format, node: config.name }, stream, process.stderr.isTTY)
  stream.onRecovered = (lines, trouble) => log.warn({ lines, trouble }, "lines of this log are lost: it could not be written")
  for (const certificate of usedCertificates(config)) {
    const notice = explainValidity(certificate, Date.now())
    if (notice !== null) log[notice.level]({ file: certificate.file }, notice.text)
  }
  await awaitOwnNames([...config.clientListen, config.peerListen], log)
  const listener = await listenForClients(config.clientListen, config.tls.client, (error) =>
    log.debug({ error: error.message }, "a TLS handshake failed"),
  )
  try {
    const running = await openNode({ ...config, clientAddress: config.clientAddress || listener.addresses[0]! }, options, log, stream)
    const { node, served, metrics, native } = running
    const events = new EventFeed(served, randomBytes(4).toString("hex"), Date.now)
    const onError = (path: string, error: unknown) =>
      log.error({ path, error: String((error as Error).stack ?? error) }, "a request failed inside")
    const operatorToken = options.operatorToken ?? config.operatorToken
    const onGivenUp = (because: string) => log.info(`closed a client's connection: ${because}`)
    const http = createHttpServer({
      node: served,
      log: stream,
      metrics,
      events,
      chaosToken: options.chaosToken,
      operator: operatorToken === null ? null : { token: operatorToken, operations: running.operations },
      utcNowMs: Date.now,
      onError,
      onGivenUp,
    })
    http.on("connection", () => metrics.countConnection("http", true))
    listener.serve(
      {
        native(socket) {
          metrics.countConnection("native", true)
          native.serve(socket)
        },
        refused(_socket, protocol) {
          metrics.countConnection(protocol, false)
          log.debug({ protocol }, "turned a connection away")
        },
        closeOne: () => native.closeLongestIdle(),
      },
      http,
    )
    const { level, format } = config.log
    const stopWatching =
      level === "silent"
        ? () => undefined
        : watchEventLoop({
            node: config.name,
            format: format ?? (process.stderr.isTTY ? "pretty" : "json"),
            onTrouble: (message) => log.warn(message),
          })
    const stopCompacting = compactHistory(running.node, running.machine, config.limits.historyBytesMax, log)
    const stopPublishing = publishClientAddress({
      tls: config.tls.client === null ? null : clientTlsOptions(config.tls.client),
      node: served,
      peerPort: node.peerPort,
      change: (changes, version, timeoutMs) => node.changeMembership(changes, { version, timeoutMs }),
      onPublished: (member) => log.info({ clientAddress: member.clientAddress }, "told the cluster where clients reach this node"),
    })
    log.info(
      { id: node.id, version, clientAddresses: listener.addresses, peerPort: node.peerPort, clusterId: node.clusterId, pid: process.pid },
      "serving",
    )
    return {
      node: served,
      clientAddresses: listener.addresses,
      halted: once(node.events, "halted").then(([because]) => because as string),
      async close({ handOver } = { handOver: false }) {
        stopPublishing()
        stopCompacting()
        await node.close({ handOver })
        events.close()
        native.close()
        await listener.close()
        metrics.close()
        stopWatching()
        log.info("stopped in order")
        stream.close()
      },
    }
  } catch (error) {
    await listener.close()
    throw error
  }
}

interface OpenedNode {
  readonly node: OarlockNode
  readonly machine: KeyValueMachine
  readonly served: ServedNode
  readonly metrics: Metrics
  readonly native: NativeServer
  readonly operations: NodeOperations
}

async function openNode(config: ServerConfig, options: StartOptions, log: Logger, logHealth: LogHealth): Promise<OpenedNode> {
  const loneStart = explainLoneStart(config, readIdentity(config.dataDir) === null)
  const identity = await findIdentity(config, log)
  const machine = new KeyValueMachine()
  // The node is there before the metrics that describe it, and may sync its disk before it returns.
  const early: { metrics: Metrics | null } = { metrics: null }
  const { limits } = config
  const node = (await open({
    id: identity.id,
    ...(identity.clusterId === null ? { clusterToken: config.clusterToken! } : { clusterId: identity.clusterId }),
    dataDir: config.dataDir,
    machine: new MeasuredMachine(machine, (durationMs) => early.metrics?.observeApply(durationMs)),
    ...(config.bootstrap === null ? { join: true } : { cluster: config.bootstrap }),
    beginWithout: config.beginWithout,
    listen: `${config.peerListen.host.includes(":") ? `[${config.peerListen.host}]` : config.peerListen.host}:${config.peerListen.port}`,
    peerAddress: config.peerAddress,
    raft: { ...config.timings, leaseReads: config.leaseReads, campaignOnDisconnect: config.campaignOnDisconnect },
    limits: limits.snapshotEntries === null ? {} : { snapshotLogEntriesMax: limits.snapshotEntries },
    tls: config.tls.peer,
    log: (level, message, fields) => log[level](fields ?? {}, message),
    onSync: (durationMs, lane) => {
      if (lane === "log") early.metrics?.observeFsync(durationMs)
    },
  })) as OarlockNode
  if (loneStart !== null) log.warn(loneStart)
  const { name, clientAddress, dataDir } = config
  const served = serveEmbeddedNode({
    node,
    machine,
    name,
    clientAddress,
    dataDir,
    timings: config.timings,
    allowChaos: options.chaosToken !== null,
  })
  early.metrics = createMetrics(served, logHealth, usedCertificates(config))
  served.onObservation((observation) => {
    const { configuration } = served.status()
    log[levelOf(observation)]({ observation: observation.kind }, describeObservation(observation, name, namesOf(configuration)))
  })
  const store = { ...defaultKvLimits, requestBytesMax: limits.requestBytesMax }
  const native = new NativeServer(new NodeBackend(node, machine, version), {
    store,
    softwareVersion: version,
    onGivenUp: (because) => log.info(`closed a client's connection: ${because}`),
  })
  return { node, machine, served, metrics: early.metrics, native, operations: operateEmbeddedNode(node, store) }
}

/** Flags and file say who we are; where they leave it to the cluster, an earlier start has written it down, or the cluster is asked. */
async function findIdentity(config: ServerConfig, log: Logger): Promise<{ readonly id: number; readonly clusterId: string | null }> {
  if (config.id !== null && config.clusterToken !== null) return { id: config.id, clusterId: null }
  const known = readIdentity(config.dataDir)
  if (known !== null && (config.id === null || config.id === known.nodeId)) return { id: known.nodeId, clusterId: known.clusterId }
  return lookUpIdentity(config, log)
}
