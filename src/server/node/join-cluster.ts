/**
 * How a new server learns who it is: it asks a running cluster, which lists it as a member already (`oarlock member add`), for its id and the
 * cluster's id. A server that was here before asks nobody: both stand in its data folder.
 */

import http from "node:http"
import https from "node:https"
import { explainTlsError } from "../../client/index.ts"
import { type Address, formatAddress } from "../configuration/address.ts"
import { ConfigErrors } from "../configuration/config-error.ts"
import type { ServerConfig, TlsFiles } from "../configuration/config.ts"
import type { ClusterStatus } from "../http/cluster-status.ts"
import { clientTlsOptions } from "../listening/client-tls.ts"

export interface JoinedIdentity {
  readonly id: number
  /** 16 hexadecimal digits. */
  readonly clusterId: string
}

/** How long one server of the cluster may take to answer, in milliseconds. */
export const askTimeoutMs = 3000

/** Throws `ConfigErrors` if nobody answers, or the cluster does not know us. */
export async function lookUpIdentity(config: ServerConfig): Promise<JoinedIdentity> {
  const failures: string[] = []
  for (const address of config.join) {
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
    }
  }
  throw new ConfigErrors([
    {
      where: "--join",
      found: `no answer (${failures.join("; ")})`,
      expected: "the client address of a running node",
      advice: "check that the cluster runs",
    },
  ])
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
