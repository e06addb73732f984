/**
 * The client port: listens, tells protocols apart, hands connections on, and lets go of all of them at the end.
 *
 * It is bound before the node is opened, so that a taken port is found before anything on disk is touched; connections that come earlier than
 * the node wait in line.
 */

import { once } from "node:events"
import type http from "node:http"
import net from "node:net"
import type { Duplex } from "node:stream"
import { type Address, formatAddress } from "../configuration/address.ts"
import type { TlsFiles } from "../configuration/config.ts"
import { type ClientPortLimits, defaultClientPortLimits } from "./client-port-limits.ts"
import { createClientTls } from "./client-tls.ts"
import { type ProtocolHandlers, routeConnection, routeInside } from "./protocol-mux.ts"

export interface ClientListener {
  /** Where it really listens: ports that were given as 0 have their number. */
  readonly addresses: readonly string[]
  /** From now on connections are served. */
  serve(handlers: ServedProtocols, http: http.Server): void
  close(): Promise<void>
}

export interface ServedProtocols extends Pick<ProtocolHandlers, "native" | "refused"> {
  /** Closes the connection that can best be spared among those that were handed on. False: none can. */
  closeOne(): boolean
}

/** Throws an `Error` that names the address. */
export async function listenForClients(
  addresses: readonly Address[],
  tlsFiles: TlsFiles | null,
  onTlsFailure: (error: Error) => void,
  limits: ClientPortLimits = defaultClientPortLimits,
): Promise<ClientListener> {
  const open = new Set<net.Socket>()
  /** Those that have not told their protocol yet, by their ends (a stream inside TLS has the same), oldest first. */
  const undecided = new Map<string, net.Socket>()
  let waiting: net.Socket[] = []
  let handlers: (ProtocolHandlers & ServedProtocols) | null = null
  const tls =
    tlsFiles === null
      ? null
      : createClientTls(
          tlsFiles,
          limits.tlsHandshakeMs,
          (inside) => routeInside(inside, handlers!, limits),
          (error, socket) => {
            onTlsFailure(error)
            socket.destroy()
          },
        )

  const makeRoom = (): boolean => {
    for (const [ends, socket] of undecided) {
      undecided.delete(ends)
      open.delete(socket)
      socket.destroy()
      return true
    }
    return handlers?.closeOne() ?? false
  }

  const onConnection = (socket: net.Socket): void => {
    if (open.size >= limits.clientConnectionsMax && !makeRoom()) {
      socket.destroy()
      return
    }
    const ends = endsOf(socket)
    open.add(socket)
    undecided.set(ends, socket)
    socket.on("error", () => socket.destroy())
    socket.on("close", () => {
      open.delete(socket)
      if (undecided.get(ends) === socket) undecided.delete(ends)
    })
    if (handlers === null) waiting.push(socket)
    else routeConnection(socket, handlers, limits)
  }

  const servers: net.Server[] = []
  const close = async (): Promise<void> => {
    const closed = servers.map((server) => once(server.close(), "close"))
    for (const socket of open) socket.destroy()
    await Promise.all(closed)
  }
  try {
    for (const address of addresses) servers.push(await listen(address, onConnection))
  } catch (error) {
    await close()
    throw error
  }
  return {
    addresses: servers.map((server) => formatBound(server.address() as net.AddressInfo)),
    serve(given, http) {
      handlers = {
        ...given,
        native(socket) {
          undecided.delete(endsOf(socket))
          given.native(socket)
        },
        http(socket) {
          undecided.delete(endsOf(socket))
          http.emit("connection", socket)
        },
        tls:
          tls === null
            ? null
            : (socket) => {
                tls.emit("connection", socket)
              },
      }
      for (const socket of waiting) if (!socket.destroyed) routeConnection(socket, handlers, limits)
      waiting = []
    },
    close,
  }
}

function endsOf(stream: Duplex): string {
  const { remoteAddress, remotePort, localAddress, localPort } = stream as net.Socket
  return `${remoteAddress}:${remotePort} ${localAddress}:${localPort}`
}

async function listen(address: Address, onConnection: (socket: net.Socket) => void): Promise<net.Server> {
  const server = net.createServer({ allowHalfOpen: true, noDelay: true, keepAlive: true, keepAliveInitialDelay: 10_000 }, onConnection)
  server.listen({ port: address.port, host: address.host })
  try {
    await once(server, "listening")
  } catch (error) {
    throw new Error(explainListenError(error as NodeJS.ErrnoException, formatAddress(address)), { cause: error })
  }
  return server
}

function explainListenError(error: NodeJS.ErrnoException, address: string): string {
  switch (error.code) {
    case "EADDRINUSE":
      return `The client address ${address} is in use by another process. Stop that, or choose another with --listen-client-urls.`
    case "EACCES":
      return `We may not listen on ${address}: ports below 1024 need more rights. Choose another with --listen-client-urls.`
    case "EADDRNOTAVAIL":
      return `The address ${address} does not belong to this machine. Choose another with --listen-client-urls, and say with --advertise-client-urls where clients reach it.`
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return `The client address ${address} resolves to nothing. Check the name, or use an IP address with --listen-client-urls.`
    default:
      return `Could not listen on ${address}: ${error.message}.`
  }
}

function formatBound(bound: net.AddressInfo): string {
  return formatAddress({ host: bound.address, port: bound.port })
}
