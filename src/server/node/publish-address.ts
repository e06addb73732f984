/**
 * Tells the cluster where clients reach this node, where the list of members does not say so yet.
 *
 * Members of etcd's `--initial-cluster` come without client addresses, and every server must start from the very same list; so each adds its
 * own once there is a leader, by a membership change of kind `update`. Only a leader can make one, so the others ask it as clients do.
 */

import type { ConnectionOptions } from "node:tls"
import { connect } from "../../client/index.ts"
import type { Member, MembershipChange } from "../../core/index.ts"
import type { ServedNode } from "./served-node.ts"

/** How long to wait before looking again, in milliseconds. */
export const retryMs = 500
/** How long the leader may take to make the change, in milliseconds; this server too, where it leads. */
export const attemptMs = 3000

export interface PublishOptions {
  readonly node: ServedNode
  /** Where the list has any free port for this node's peers: the port that it came to. */
  readonly peerPort: number
  /** Makes the change here, on the leader; rejects if it is not made in time. */
  readonly change: (changes: readonly MembershipChange[], version: number, timeoutMs: number) => Promise<unknown>
  readonly onPublished: (member: Member) => void
  /** How to reach other servers' client ports, if those want TLS. */
  readonly tls: ConnectionOptions | null
}

/** Goes on until it is done or stopped. Returns how to stop. */
export function publishClientAddress(options: PublishOptions): () => void {
  let timer: NodeJS.Timeout | null = null
  let stopped = false
  const attempt = (): void => {
    tryToPublish(options).then(lookAgainUnless, () => lookAgainUnless(false))
  }
  const lookAgainUnless = (isDone: boolean): void => {
    if (!isDone && !stopped) timer = setTimeout(attempt, retryMs).unref()
  }
  attempt()
  return () => {
    stopped = true
    if (timer !== null) clearTimeout(timer)
  }
}

/** True once the list of members is right. Not being listed at all is not ours to change: somebody has to add us first. */
async function tryToPublish({ node, peerPort, change, onPublished, tls }: PublishOptions): Promise<boolean> {
  const { id, configuration, leaderId, role } = node.status()
  const listed = configuration.members.find((member) => member.id === id)
  if (listed === undefined || leaderId === null) return false
  if (listed.clientAddress === node.clientAddress) return true
  const peerAddress = listed.peerAddress.replace(/:0$/, `:${peerPort}`)
  const changes = [{ kind: "update", member: { ...listed, peerAddress, clientAddress: node.clientAddress } }] as const
  if (role === "leader") await change(changes, configuration.index, attemptMs)
  else {
    const leader = configuration.members.find((member) => member.id === leaderId)
    // The leader publishes its own address first; then there is somewhere to ask.
    if (leader === undefined || leader.clientAddress === "") return false
    const client = connect({ endpoints: [leader.clientAddress], administrationTimeoutMs: attemptMs, tls })
    try {
      await client.changeMembership(changes, { version: configuration.index })
    } finally {
      client.close()
    }
  }
  onPublished(changes[0].member)
  return true
}
