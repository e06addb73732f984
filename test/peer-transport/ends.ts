/** Both ends of the peer transport, as its tests hold them. */

import { once } from "node:events"
import net from "node:net"
import type { Member, Message, NodeId } from "../../src/core/index.ts"
import { defaultTransportLimits, type PeerTls, PeerTransport, type TransportLimits } from "../../src/node/peer-transport/index.ts"
import type { Introduction, PeerRefusal } from "../../src/wire/index.ts"

export const clusterId = "00000000000000aa"

/** One end of the transport and everything that it said. */
export class End {
  readonly id: NodeId
  readonly messages: Message[] = []
  readonly lines: string[] = []
  readonly unreachable: NodeId[] = []
  readonly introductions = new Map<NodeId, Introduction>()
  readonly refusals: PeerRefusal[] = []
  readonly removed = new Set<NodeId>()
  /** Peers that the disk of this end is slow to know, and what waits for that. */
  readonly unmet = new Map<NodeId, () => void>()
  transport!: PeerTransport
  #waiting: { isDone: () => boolean; resolve: () => void }[] = []

  constructor(id: NodeId) {
    this.id = id
  }

  get member(): Member {
    return { id: this.id, name: `n${this.id}`, peerAddress: this.address, clientAddress: "" }
  }

  get address(): string {
    return `127.0.0.1:${this.transport.port}`
  }

  /** Resolves as soon as `isDone` holds, looked at whenever something happened here. */
  until(isDone: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push({ isDone, resolve })
      this.happened()
    })
  }

  happened(): void {
    this.#waiting = this.#waiting.filter(({ isDone, resolve }) => {
      if (!isDone()) return true
      resolve()
      return false
    })
  }

  untilLine(pattern: RegExp): Promise<void> {
    return this.until(() => this.lines.some((line) => pattern.test(line)))
  }

  send(...messages: Message[]): void {
    for (const message of messages) this.transport.send(message)
    this.transport.flush()
  }
}

export interface EndOptions {
  readonly clusterId?: string
  readonly incarnation?: string
  readonly tls?: PeerTls | null
  readonly limits?: Partial<TransportLimits>
  readonly listen?: string
  readonly advertise?: string
}

const ends: End[] = []

export async function end(id: NodeId, options: EndOptions = {}): Promise<End> {
  const self = new End(id)
  const noted =
    <T extends unknown[]>(action: (...values: T) => void) =>
    (...values: T) => {
      action(...values)
      self.happened()
    }
  self.transport = await PeerTransport.listen(options.listen ?? "127.0.0.1:0", {
    clusterId: options.clusterId ?? clusterId,
    groupId: 0,
    nodeId: id,
    peerAddress: options.advertise ?? "",
    tls: options.tls ?? null,
    limits: { ...defaultTransportLimits, redialFirstMs: 5, redialCapMs: 20, ...options.limits },
    log: noted((_, message) => {
      self.lines.push(message)
    }),
    now: () => performance.now(),
    handshake: {
      introduce: () => introductionOf(options.incarnation ?? `000000000000000${id}`),
      judge: (peer, { incarnation }) => {
        const known = self.introductions.get(peer)?.incarnation ?? incarnation
        if (self.removed.has(peer)) return { code: "removed", message: `server ${peer} was removed` }
        return known === incarnation ? null : { code: "unknownIncarnation", message: `the disk of server ${peer} was wiped` }
      },
      onIntroduced: noted((peer, introduction) => {
        if (!self.introductions.has(peer)) self.introductions.set(peer, introduction)
      }),
      onRefused: noted((_, refusal) => {
        self.refusals.push(refusal)
      }),
      whenMet: (peer, _, _isGone, then) => {
        if (self.unmet.has(peer)) self.unmet.set(peer, then)
        else then()
      },
    },
    onMessage: noted((message) => {
      self.messages.push(message)
    }),
    onUnreachable: noted((peer) => {
      self.unreachable.push(peer)
    }),
  })
  self.transport.start()
  ends.push(self)
  return self
}

export function introductionOf(incarnation: string): Introduction {
  const begin = { life: 1, nonce: 1, previousNonces: [], genesis: null, term: 0, lastIndex: 0 }
  return { incarnation, ...begin, isPartial: false, isCondemned: false }
}

/** Two ends that know each other, both connections open. */
export async function pair(one: EndOptions = {}, two: EndOptions = {}): Promise<[End, End]> {
  const [a, b] = [await end(1, one), await end(2, two)]
  a.transport.setMembers([a.member, b.member])
  b.transport.setMembers([a.member, b.member])
  await Promise.all([a.untilLine(/^connected to node 2/), b.untilLine(/^connected to node 1/)])
  return [a, b]
}

/** Closes every end that there is. */
export async function closeEnds(): Promise<void> {
  await Promise.all(ends.splice(0).map((each) => each.transport.close()))
}

/** A listener on the way to `to`, which carries between the two sockets of each connection as it likes. */
export async function onTheWay(
  to: End,
  carry: (from: net.Socket, through: net.Socket) => void,
): Promise<{ member: Member; close(): void }> {
  const server = net.createServer((from) => {
    const through = net.connect(to.transport.port, "127.0.0.1")
    carry(from, through)
    for (const socket of [from, through]) socket.on("error", () => {})
    from.on("close", () => through.destroy())
  })
  await once(server.listen(0, "127.0.0.1"), "listening")
  const { port } = server.address() as net.AddressInfo
  return { member: { ...to.member, peerAddress: `127.0.0.1:${port}` }, close: () => server.close() }
}

export const heartbeat = (from: NodeId, to: NodeId, round: number): Message => ({
  kind: "appendEntries",
  from,
  to,
  term: 1,
  prevLogIndex: 0,
  prevLogTerm: 0,
  entries: [],
  leaderCommit: 0,
  round,
})
