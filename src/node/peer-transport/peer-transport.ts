/**
 * Messages between servers over TCP or TLS.
 *
 * The rule of connections is symmetrical: every server dials each of its peers, and sends only on connections that it dialed. Snapshots go on a second
 * connection, so that no heartbeat waits behind one. The peers to dial are the members of the present configuration. A server that waits to be added has
 * no configuration yet; it dials a caller at the address in the caller's hello.
 *
 * `send` only gathers; `flush` at the end of a turn makes one socket write per connection.
 */

import type net from "node:net"
import { type HostPort, parseHostPort } from "../../arguments/index.ts"
import type { Member, Message, NodeId } from "../../core/index.ts"
import { OarlockError } from "../../requests/index.ts"
import { formatHostPort } from "./address.ts"
import { InboundConnection } from "./inbound-connection.ts"
import { OutboundConnection } from "./outbound-connection.ts"
import { createPeerServer } from "./tls.ts"
import type { TransportContext } from "./transport-context.ts"

/** The messages that this node sends (`outbound`), those that it receives (`inbound`), or both. */
export type LinkDirection = "outbound" | "inbound" | "both"

/** The state of the connection to one peer. */
export interface PeerFigures {
  /** The peer's id. */
  readonly id: NodeId
  /** Where the peer is dialed, as `host:port`. */
  readonly address: string
  /** Whether the connection for messages to the peer is open. */
  readonly connected: boolean
  /** The round-trip time in milliseconds, smoothed as in TCP (RFC 6298); null without a connection. */
  readonly roundTripMs: number | null
  /** Messages to the peer that were dropped: without a connection, without room, or blocked. */
  readonly messagesDropped: number
  /** Bytes that wait in this process to be sent to the peer, snapshots included. */
  readonly bufferedBytes: number
}

interface Peer {
  readonly id: NodeId
  address: string
  readonly messages: OutboundConnection
  readonly snapshot: OutboundConnection
  dropped: number
}

export class PeerTransport {
  readonly #context: TransportContext
  readonly #server: net.Server
  readonly #peers = new Map<NodeId, Peer>()
  readonly #inbound = new Set<InboundConnection>()
  #members: ReadonlySet<NodeId> = new Set()
  /** Peers with something to flush. */
  readonly #dirty = new Set<Peer>()
  readonly #blocked = { outbound: new Set<NodeId>(), inbound: new Set<NodeId>() }
  readonly #sweeper: NodeJS.Timeout
  #sweptMs: number
  /** The last refusal of each caller, so that it is logged once. */
  readonly #refusalsTold = new Map<NodeId, string>()
  /** Connections that came before `start`; null from then on. */
  #early: net.Socket[] | null = []
  #closed = false

  /** Listens, and resolves once peers can connect. Throws `addressInUse` or `badAddress`, naming the address; nothing stays open then. */
  static async listen(address: string, context: TransportContext): Promise<PeerTransport> {
    const parsed = parseHostPort(address)
    if (parsed === null) throw new OarlockError("badAddress", `the peer listen address "${address}" is not of the form host:port`)
    const transport = new PeerTransport(context)
    try {
      await listen(transport.#server, parsed)
    } catch (error) {
      clearInterval(transport.#sweeper)
      throw error
    }
    return transport
  }

  private constructor(context: TransportContext) {
    this.#context = context
    this.#server = createPeerServer(
      context.tls,
      context.limits.handshakeTimeoutMs,
      (socket) => this.#accept(socket),
      (error, socket) => {
        context.log("warn", `closed a connection from ${socket.remoteAddress ?? "someone"}: TLS failed: ${error.message}`, {
          remote: socket.remoteAddress ?? null,
        })
        socket.destroy()
      },
    )
    this.#server.maxConnections = context.limits.inboundConnectionsMax
    this.#sweptMs = context.now()
    this.#sweeper = setInterval(() => this.#sweep(), context.limits.pulseMs)
  }

  /** The port on which this node listens: the real one if port 0 was asked for. */
  get port(): number {
    const address = this.#server.address()
    return typeof address === "object" && address !== null ? address.port : 0
  }

  /** From now on the node makes handshakes, because its own life is on disk. Earlier connections have waited. */
  start(): void {
    const early = this.#early ?? []
    this.#early = null
    for (const peer of this.#peers.values()) if (this.#members.has(peer.id)) peer.messages.connect()
    for (const socket of early) this.#accept(socket)
  }

  /** Closes every connection and dials again, because this node's introduction has changed. */
  reconnect(): void {
    for (const connection of this.#inbound) connection.close()
    for (const peer of this.#peers.values()) {
      peer.messages.redial()
      peer.snapshot.redial()
    }
  }

  /** The members as they are now, this node included or not. Dials the new ones, follows changed addresses. */
  setMembers(members: readonly Member[]): void {
    this.#members = new Set(members.map((member) => member.id))
    for (const member of members) {
      if (member.id === this.#context.nodeId || member.peerAddress === "") continue
      const known = this.#peers.get(member.id)
      if (known !== undefined) setAddress(known, member.peerAddress)
      else {
        const { messages } = this.#addPeer(member.id, member.peerAddress)
        if (this.#early === null) messages.connect()
      }
    }
    // A removed member keeps its connection until that is idle, so that a leader can tell it. Without a connection it is not dialed any more.
    for (const peer of this.#peers.values()) {
      if (this.#members.has(peer.id) || peer.messages.isOpen || this.#isCalledBy(peer.id)) continue
      closePeer(peer)
      this.#peers.delete(peer.id)
    }
  }

  /** Adds a message to this turn's writes. It may be lost: Raft allows that. */
  send(message: Message): void {
    const peer = this.#peers.get(message.to)
    if (peer === undefined || this.#early !== null) return
    if (this.#blocked.outbound.has(peer.id)) {
      peer.dropped++
      return
    }
    const connection = message.kind === "installSnapshot" ? peer.snapshot : peer.messages
    if (connection.send(message)) this.#dirty.add(peer)
  }

  /** The end of a turn: sends all gathered messages. */
  flush(): void {
    for (const peer of this.#dirty) {
      peer.messages.flush()
      peer.snapshot.flush()
    }
    this.#dirty.clear()
  }

  /** Blocks the link with one peer on purpose, or unblocks it: connections stay and messages are dropped, as in a network partition. */
  setBlocked(peer: NodeId, direction: LinkDirection, blocked: boolean): void {
    for (const way of ["outbound", "inbound"] as const) {
      if (direction !== "both" && direction !== way) continue
      if (blocked) this.#blocked[way].add(peer)
      else this.#blocked[way].delete(peer)
    }
  }

  /** The links that are blocked on purpose now. */
  blocked(): { readonly peer: NodeId; readonly direction: LinkDirection }[] {
    const { outbound, inbound } = this.#blocked
    return [...new Set([...outbound, ...inbound])]
      .sort((a, b) => a - b)
      .map((peer) => ({ peer, direction: !inbound.has(peer) ? "outbound" : outbound.has(peer) ? "both" : "inbound" }))
  }

  figures(): PeerFigures[] {
    return [...this.#peers.values()]
      .sort((a, b) => a.id - b.id)
      .map(({ id, address, messages, snapshot, dropped }) => ({
        id,
        address,
        connected: messages.isOpen,
        roundTripMs: messages.roundTripMs,
        messagesDropped: dropped + messages.dropped + snapshot.dropped,
        bufferedBytes: messages.bufferedBytes + snapshot.bufferedBytes,
      }))
  }

  /** Closes the listener and every connection. */
  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    clearInterval(this.#sweeper)
    for (const peer of this.#peers.values()) closePeer(peer)
    for (const connection of this.#inbound) connection.close()
    for (const socket of this.#early ?? []) socket.destroy()
    await new Promise<void>((resolve) => this.#server.close(() => resolve()))
  }

  #addPeer(id: NodeId, address: string): Peer {
    const peer: Peer = {
      id,
      address,
      messages: new OutboundConnection(id, "messages", address, this.#context),
      snapshot: new OutboundConnection(id, "snapshot", address, this.#context),
      dropped: 0,
    }
    this.#peers.set(id, peer)
    return peer
  }

  #accept(socket: net.Socket): void {
    if (this.#closed) {
      socket.destroy()
      return
    }
    this.#makeRoomToGreet()
    if (this.#early !== null) {
      socket.on("error", () => {})
      this.#early.push(socket)
      return
    }
    const connection: InboundConnection = new InboundConnection(socket, this.#context, {
      isNews: (peer, message) => this.#isNews(peer, message),
      accepts: (peer) => !this.#blocked.inbound.has(peer),
      onWelcomed: ({ peer, purpose, peerAddress }) => {
        // A peer that dials again has lost its former connection, which this end may not have noticed yet.
        for (const other of this.#inbound)
          if (other !== connection && other.caller?.peer === peer && other.caller.purpose === purpose) other.close()
        this.#makeRoomForStranger(peer)
        if (purpose === "messages") this.#onCalledBy(peer, peerAddress)
      },
      onClosed: () => {
        this.#inbound.delete(connection)
        if (connection.caller !== null && !this.#closed && !this.#isCalledBy(connection.caller.peer))
          this.#context.onUnreachable(connection.caller.peer)
      },
    })
    this.#inbound.add(connection)
  }

  #isNews(peer: NodeId, message: string): boolean {
    if (this.#refusalsTold.get(peer) === message) return false
    if (this.#refusalsTold.size >= this.#context.limits.inboundConnectionsMax) this.#refusalsTold.clear()
    this.#refusalsTold.set(peer, message)
    return true
  }

  #onCalledBy(id: NodeId, address: string): void {
    const known = this.#peers.get(id)
    if (known === undefined) {
      if (parseHostPort(address) !== null) this.#addPeer(id, address).messages.connect()
      return
    }
    // A member's address is that of the configuration; for another server only its hello has one.
    if (!this.#members.has(id) && parseHostPort(address) !== null) setAddress(known, address)
    known.messages.connect()
    known.messages.nudge()
  }

  #isCalledBy(id: NodeId): boolean {
    for (const connection of this.#inbound) if (connection.caller?.peer === id) return true
    return false
  }

  /**
   * Closes the oldest connection without a hello, if there are too many. Not the newest: a peer sends its hello within a round trip, so connections that
   * never send one, however many, do not keep it out.
   */
  #makeRoomToGreet(): void {
    const early = this.#early ?? []
    const greeting = [...this.#inbound].filter(({ caller }) => caller === null)
    if (early.length + greeting.length < this.#context.limits.greetingConnectionsMax) return
    if (early.length > 0) early.shift()!.destroy()
    else this.#forget(greeting[0]!)
  }

  /** A server that is not a member can claim any id: at most `strangersMax` of them are kept, with their connections in both directions. */
  #makeRoomForStranger(newcomer: NodeId): void {
    if (this.#members.has(newcomer)) return
    const strangers = new Set<NodeId>()
    for (const id of this.#peers.keys()) if (!this.#members.has(id)) strangers.add(id)
    for (const { caller } of this.#inbound) if (caller !== null && !this.#members.has(caller.peer)) strangers.add(caller.peer)
    strangers.delete(newcomer)
    for (const id of strangers) {
      if (strangers.size < this.#context.limits.strangersMax) return
      strangers.delete(id)
      for (const connection of this.#inbound) if (connection.caller?.peer === id) this.#forget(connection)
      const peer = this.#peers.get(id)
      if (peer !== undefined) closePeer(peer)
      if (peer !== undefined) this.#dirty.delete(peer)
      this.#peers.delete(id)
    }
  }

  #forget(connection: InboundConnection): void {
    this.#inbound.delete(connection)
    connection.close()
  }

  #sweep(): void {
    const nowMs = this.#context.now()
    // If this process stood still, pulses wait unread in its sockets: then silence means nothing.
    const stoodStill = nowMs - this.#sweptMs > 3 * this.#context.limits.pulseMs
    this.#sweptMs = nowMs
    for (const connection of this.#inbound) {
      // The peer was removed since, or its disk was found to have gone back in time: its next call is refused with the reason.
      const { caller } = connection
      if (caller !== null && this.#context.handshake.judge(caller.peer, caller.introduction) !== null) connection.close()
      else connection.sweep()
    }
    for (const peer of this.#peers.values()) {
      const isMember = this.#members.has(peer.id)
      if (stoodStill) peer.messages.forgiveSilence()
      if (stoodStill) peer.snapshot.forgiveSilence()
      peer.messages.sweep(!isMember)
      peer.snapshot.sweep(true)
      if (!isMember && peer.messages.isIdle && !this.#isCalledBy(peer.id)) this.#peers.delete(peer.id)
    }
  }
}

function setAddress(peer: Peer, address: string): void {
  peer.address = address
  peer.messages.setAddress(address)
  peer.snapshot.setAddress(address)
}

function closePeer(peer: Peer): void {
  peer.messages.close()
  peer.snapshot.close()
}

function listen(server: net.Server, address: HostPort): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => reject(explainListenError(error, address)))
    server.listen(address.port, address.host, () => {
      server.removeAllListeners("error")
      // A listening server goes on after an error, such as too many open files.
      server.on("error", () => {})
      resolve()
    })
  })
}

function explainListenError(cause: NodeJS.ErrnoException, address: HostPort): OarlockError {
  const place = formatHostPort(address)
  switch (cause.code) {
    case "EADDRINUSE":
      return new OarlockError(
        "addressInUse",
        `port ${address.port} (peer address ${place}) is in use by another program: stop that, or choose another port`,
        { cause },
      )
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return new OarlockError(
        "badAddress",
        `the host of the peer listen address ${place} resolves to nothing: check its spelling and the name server`,
        { cause },
      )
    case "EADDRNOTAVAIL":
      return new OarlockError("badAddress", `${address.host} (peer listen address ${place}) is not an address of this machine`, { cause })
    case "EACCES":
      return new OarlockError(
        "badAddress",
        `port ${address.port} (peer listen address ${place}) needs more rights than this process has: choose one above 1023`,
        { cause },
      )
    default:
      return new OarlockError("badAddress", `could not listen for peers at ${place}: ${cause.message}`, { cause })
  }
}
