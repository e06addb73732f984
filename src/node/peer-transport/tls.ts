/**
 * TLS between peers, with the same options as etcd's peer flags: certificate, key, trusted CA, and whether the dialing side must show a certificate.
 *
 * A node uses one certificate for both roles. Names are checked as on the web: the certificate must cover the host of the peer's address.
 */

import fs from "node:fs"
import net from "node:net"
import tls from "node:tls"
import type { HostPort } from "../../arguments/index.ts"
import { OarlockError } from "../../requests/index.ts"

/** TLS between peers. The files are read once, when the node is opened. */
export interface PeerTlsOptions {
  /** PEM file: this node's certificate, and any intermediate ones. */
  readonly certFile: string
  /** PEM file: the certificate's private key. */
  readonly keyFile: string
  /** PEM file: the trusted certificate authorities. Null: those that Node trusts by default. */
  readonly caFile: string | null
  /** Refuse peers that show no certificate of a trusted authority (mutual TLS). */
  readonly requireClientCert: boolean
}

/** The contents of the files, checked once. */
export interface PeerTls {
  readonly cert: Buffer
  readonly key: Buffer
  readonly ca: Buffer | undefined
  readonly requireClientCert: boolean
}

/** Reads the files and tries them together. Throws `badTls`, naming the file. */
export function loadPeerTls(options: PeerTlsOptions): PeerTls {
  const cert = readPem(options.certFile, "certificate")
  const key = readPem(options.keyFile, "private key")
  const ca = options.caFile === null ? undefined : readPem(options.caFile, "trusted CA")
  try {
    tls.createSecureContext({ cert, key, ca })
  } catch (cause) {
    const files = [options.certFile, options.keyFile, options.caFile].filter((file) => file !== null).join(", ")
    throw new OarlockError(
      "badTls",
      `the peer TLS files do not work together (${files}): ${(cause as Error).message}; check that the key belongs to the certificate and all are PEM`,
      { cause },
    )
  }
  return { cert, key, ca, requireClientCert: options.requireClientCert }
}

/** A server for peers, plain or TLS; `onConnection` gets sockets that are ready to be read. */
export function createPeerServer(
  settings: PeerTls | null,
  handshakeTimeoutMs: number,
  onConnection: (socket: net.Socket) => void,
  onTlsFailure: (error: Error, socket: net.Socket) => void,
): net.Server {
  const common = { noDelay: true, keepAlive: true, keepAliveInitialDelay: 10_000 }
  if (settings === null) return net.createServer(common, onConnection)
  const { cert, key, ca, requireClientCert } = settings
  const server = tls.createServer(
    {
      ...common,
      cert,
      key,
      ca,
      requestCert: requireClientCert,
      rejectUnauthorized: requireClientCert,
      minVersion: "TLSv1.2",
      handshakeTimeout: handshakeTimeoutMs,
    },
    onConnection,
  )
  server.on("tlsClientError", onTlsFailure)
  return server
}

/** Dials a peer; `onReady` is called once bytes can be sent (after the TLS handshake, if there is one). */
export function dialPeer(address: HostPort, settings: PeerTls | null, onReady: () => void): net.Socket {
  const common = { host: address.host, port: address.port, noDelay: true, keepAlive: true, keepAliveInitialDelay: 10_000 }
  if (settings === null) return net.connect(common, onReady)
  const { cert, key, ca } = settings
  const socket = tls.connect(
    { ...common, cert, key, ca, ...(net.isIP(address.host) === 0 ? { servername: address.host } : {}), minVersion: "TLSv1.2" },
    onReady,
  )
  return socket
}

function readPem(file: string, what: string): Buffer {
  try {
    return fs.readFileSync(file)
  } catch (cause) {
    throw new OarlockError("badTls", `could not read the peer ${what} ${file}: ${(cause as Error).message}`, { cause })
  }
}
