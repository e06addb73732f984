/**
 * How a new server learns who it is: it asks a running cluster, which lists it as a member already (`oarlock member add`), for its id and the
 * cluster's id. A server that was here before asks nobody: both stand in its data folder.
 */

import http from "node:http"
import https from "node:https"
import { explainTlsError } from "../../client/index.ts"
import { type Address, formatAddress } from "../configuration/address.ts"
import { ConfigErrors, NobodyToJoin } from "../configuration/config-error.ts"
import type { ServerConfig, TlsFiles } from "../configuration/config.ts"
import type { ClusterStatus } from "../http/cluster-status.ts"
import { clientTlsOptions } from "../listening/client-tls.ts"
import type { Logger } from "../logging/logging.ts"

export interface JoinedIdentity {
  readonly id: number
  /** 16 hexadecimal digits. */
  readonly clusterId: string
}

/** How long one server of the cluster may take to answer, in milliseconds. */
export const askTimeoutMs = 3000

/** How soon a cluster that does not answer is asked again, in milliseconds. */
export const joinRetryMs = 1000
/** How long a server waits in all for a cluster to answer, in milliseconds: both may be starting at once. After that it ends with an error. */
export const joinPatienceMs = 60_000
/** While it is waited for, the log says so once in so many tries. */
export const triesPerWord = 10

/** Throws `ConfigErrors` if the cluster does not know us, `NobodyToJoin` if nobody answers for long. */
export async function lookUpIdentity(config: ServerConfig, log: Pick<Logger, "warn" | "info">): Promise<JoinedIdentity> {
  const startedMs = performance.now()
  for (let tries = 0; ; tries++) {
    const failures: string[] = []
    for (const address of config.join) {
      const identity = await askAt(address, config, failures)
      if (identity !== null) return identity
    }
    const found = `no server of the cluster to join (--join) answers: ${failures.join("; ")}`
    if (performance.now() - startedMs >= joinPatienceMs)
      throw new NobodyToJoin(
        `${found}. Check that it runs, and that these are the addresses of its clients; it was asked for ${joinPatienceMs / 1000} s`,
      )
    if (tries % triesPerWord === 0) log.warn(`${found}; asking again for ${joinPatienceMs / 1000} s in all`)
    await new Promise((resolve) => setTimeout(resolve, joinRetryMs))
  }
}

/** Null, with one more entry in `failures`, if no server answers there. */
async function askAt(address: Address, config: ServerConfig, failures: string[]): Promise<JoinedIdentity | null> {
  try {
    const status = await askForCluster(address, config.tls.client)
    const member = status.members.find((candidate) =>
      config.id === null ? candidate.peerAddress === config.peerAddress : candidate.id === config.id,
    )
    if (member !== undefined) return { id: member.id, clusterId: status.clusterId }
    const list = status.members.map(({ id, name, peerAddress }) => `${id} (${name}, ${peerAddress})`).join(", ")
    const found = config.id === null ? `a cluster without a member at ${config.peerAddress}` : `a cluster without a member ${config.id}`
    const advice = `its members are ${list}: first run \`oarlock member add ${config.name} --peer ${config.peerAddress}\``
    throw new ConfigErrors([{ where: "--join", found, expected: "a cluster that lists this node as a member", advice }])
  } catch (error) {
    if (error instanceof ConfigErrors) throw error
    failures.push(`${formatAddress(address)}: ${(error as Error).message}`)
    return null
  }
}

/** By TLS if the address says so; without a scheme, if our own client port has it: all client ports of a cluster are alike. */
function askForCluster(address: Address, files: TlsFiles | null): Promise<ClusterStatus> {
  const isSecure = address.secure ?? files !== null
  const url = `${isSecure ? "https" : "http"}://${formatAddress(address)}/cluster`
  const plain = { agent: false, signal: AbortSignal.timeout(askTimeoutMs) }
  return new Promise((resolve, reject) => {
    const receive = (response: http.IncomingMessage): void => {
      const chunks: Buffer[] = []
      response.on("data", (chunk: Buffer) => chunks.push(chunk)).on("error", reject)
      response.on("end", () => {
        try {
          const status = JSON.parse(Buffer.concat(chunks).toString("utf8")) as ClusterStatus
          if (status.format === 1 && Array.isArray(status.members)) return resolve(status)
        } catch {
          // Told below.
        }
        reject(new Error("does not answer like an Oarlock node"))
      })
    }
    const trust = isSecure && files !== null ? clientTlsOptions(files) : {}
    const request = isSecure ? https.get(url, { ...plain, ...trust }, receive) : http.get(url, plain, receive)
    request.on("error", (error) => reject(new Error(explainTlsError(error) ?? error.message, { cause: error })))
  })
}
