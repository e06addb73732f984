/**
 * The command that starts a server which was just added, as it has to be typed on the machine where that server will run: an address of the cluster that is
 * reached from there, addresses of its own, a folder, and the timings of the others.
 */

import { type ClusterTimings } from "../../server/index.ts"
import { formatAddress, isLoopback, parseAddress } from "../../server/internal.ts"

export interface NewMember {
  readonly id: number
  readonly name: string
  readonly peerAddress: string
  /** Empty if nobody said where clients shall reach it. */
  readonly clientAddress: string
}

export interface RunningCluster {
  /** Where clients reach the members, as these say. */
  readonly clientAddresses: readonly string[]
  /** Where we reached one of them. */
  readonly asked: string
  readonly isSecure: boolean
  /** Null if the server that was asked does not tell. */
  readonly timings: ClusterTimings | null
}

const defaultTimings: ClusterTimings = { electionTimeoutMinMs: 150, electionTimeoutMaxMs: 300, heartbeatIntervalMs: 50 }
/** So many addresses are enough to find a server that runs. */
export const joinAddressesMax = 3

/** The command, and behind it what to look at before it is run. */
export function describeStart(member: NewMember, cluster: RunningCluster): readonly string[] {
  const { id, name, peerAddress } = member
  const isFarAway = !isOfThisMachine(peerAddress)
  const reachable = [...cluster.clientAddresses, cluster.asked].filter(
    (address) => address !== "" && !(isFarAway && isOfThisMachine(address)),
  )
  const join = (reachable.length === 0 ? [cluster.asked] : [...new Set(reachable)].slice(0, joinAddressesMax)).map((address) =>
    cluster.isSecure ? `https://${address}` : address,
  )
  const clientAddress = member.clientAddress === "" ? besidePeers(peerAddress) : member.clientAddress
  const who = ["--id", String(id), "--name", name, "--data-dir", `${name}.oarlock`]
  const where = ["--join", join.join(","), "--listen-peer-urls", peerAddress, "--listen-client-urls", clientAddress]
  const words = ["oarlock", "start", ...who, ...where, ...flagsOf(cluster.timings)]
  const notes: string[] = []
  if (member.clientAddress === "")
    notes.push(`Clients would reach it at ${clientAddress}: put another --listen-client-urls there if they do not.`)
  if (reachable.length === 0)
    notes.push(
      `All that is known of the cluster are addresses of this machine (${cluster.asked}): put one there that is reached from ${peerAddress}.`,
    )
  if (cluster.isSecure) notes.push("The others have certificates: give it its own, as they have them (--cert-file and so on).")
  if (cluster.timings === null) notes.push("Give it the --election-timeout and --heartbeat-interval of the others, where they have any.")
  return [`  ${words.map(quote).join(" ")}`, ...notes]
}

/** On the port before that of the peers, as everywhere else. */
function besidePeers(peerAddress: string): string {
  const address = parseAddress(peerAddress)
  if (!("port" in address)) return peerAddress
  return formatAddress({ ...address, port: address.port > 1 ? address.port - 1 : 2379 })
}

/** An election timeout of a cluster file has an upper end of its own, which no flag has: twice the lower one serves as well. */
function flagsOf(timings: ClusterTimings | null): string[] {
  const { electionTimeoutMinMs, heartbeatIntervalMs } = timings ?? defaultTimings
  return [
    ...(electionTimeoutMinMs === defaultTimings.electionTimeoutMinMs ? [] : ["--election-timeout", String(electionTimeoutMinMs)]),
    ...(heartbeatIntervalMs === defaultTimings.heartbeatIntervalMs ? [] : ["--heartbeat-interval", String(heartbeatIntervalMs)]),
  ]
}

function isOfThisMachine(text: string): boolean {
  const address = parseAddress(text)
  return "port" in address && isLoopback(address.host)
}

function quote(word: string): string {
  return /^[\w.:,@%+=/[\]-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
}
