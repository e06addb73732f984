/**
 * Several protocols on one port, told apart by the first bytes that a client sends.
 *
 * A native frame begins with its length, little endian and below 16 MiB, so its fourth byte is 0; HTTP begins with a printable method
 * or, for HTTP/2, with its preface; TLS begins with a handshake record. Nothing is consumed: the bytes go back before the socket is handed on.
 */

import type { Socket } from "node:net"
import type { Duplex } from "node:stream"
import type { ClientPortLimits } from "./client-port-limits.ts"

export type Protocol = "native" | "http1" | "http2" | "tls" | "unknown"

/** "PRI " of HTTP/2's connection preface (RFC 9113 §3.4); no HTTP/1 method begins so. */
const http2Start = [0x50, 0x52, 0x49, 0x20] as const

/** Which protocol these first bytes belong to, or null if more are needed. Never asks for more than a well-behaved client sends at once. */
export function sniffProtocol(first: Uint8Array): Protocol | null {
  if (first.length >= 2 && first[0] === 0x16 && first[1] === 0x03) {
    // A native frame of 66,326 bytes looks like this too, so look further: a short frame is 13 bytes, a ClientHello far longer.
    if (first.length < 11) return null
    if (isClientHello(first)) return "tls"
  }
  if (first.length < 4) return null
  if (first[3] === 0) return "native"
  if (http2Start.every((byte, position) => first[position] === byte)) return "http2"
  const isMethodLetter = (byte: number) => byte >= 0x41 && byte <= 0x5a
  return first.subarray(0, 3).every(isMethodLetter) ? "http1" : "unknown"
}

/** TLS record of type handshake, holding a ClientHello whose legacy version is 3.x (RFC 8446 §4.1.2, §5.1). */
function isClientHello(first: Uint8Array): boolean {
  return first[2]! <= 4 && first[5] === 0x01 && first[6] === 0 && first[9] === 0x03 && first[10]! <= 4
}

/** Calls `decided` once with the protocol; the socket is paused and has all its bytes again. A client that leaves first is forgotten. */
function sniff(socket: Duplex, { silentMs, sniffTimeoutMs }: ClientPortLimits, decided: (protocol: Protocol) => void): void {
  let held: Buffer = Buffer.alloc(0)
  // Silence before the first byte is fine for a while (clients keep connections in store); a half-told beginning is for less.
  let timer = setTimeout(() => finish("unknown"), silentMs).unref()
  let hasBegun = false
  const onReadable = (): void => {
    for (let chunk = socket.read() as Buffer | null; chunk !== null; chunk = socket.read() as Buffer | null) {
      held = held.length === 0 ? chunk : Buffer.concat([held, chunk])
    }
    const protocol = sniffProtocol(held)
    if (protocol !== null) return finish(protocol)
    if (held.length > 0 && !hasBegun) {
      hasBegun = true
      clearTimeout(timer)
      timer = setTimeout(() => finish("unknown"), sniffTimeoutMs).unref()
    }
  }
  const onEnd = (): void => {
    stop()
    socket.destroy()
  }
  const stop = (): void => {
    clearTimeout(timer)
    socket.removeListener("readable", onReadable).removeListener("end", onEnd)
    socket.removeListener("error", onEnd).removeListener("close", stop)
  }
  const finish = (protocol: Protocol): void => {
    stop()
    socket.pause()
    if (held.length > 0) socket.unshift(held)
    decided(protocol)
  }
  socket.on("readable", onReadable).on("end", onEnd).on("error", onEnd).on("close", stop)
}

/**
 * Tells an HTTP/2 client in its own language that we do not speak it yet: an empty SETTINGS frame, then GOAWAY with HTTP_1_1_REQUIRED
 * and a sentence as debug data, which clients print (RFC 9113 §6.5, §6.8, §7).
 */
function refuseHttp2(socket: Duplex, limits: ClientPortLimits): void {
  const words = Buffer.from("this port does not speak HTTP/2 or gRPC yet: use HTTP/1.1, or the native protocol (docs/native-protocol.md)")
  const frames = Buffer.alloc(9 + 9 + 8)
  frames[3] = 0x04
  frames.writeUIntBE(8 + words.length, 9, 3)
  frames[12] = 0x07
  frames.writeUInt32BE(0x0d, 22)
  endPolitely(socket, Buffer.concat([frames, words]), limits)
}

/** Refuses TLS on a plain port: a fatal alert, `handshake_failure`, so that the client fails at once and not by timeout (RFC 8446 §6.2). */
function refuseTls(socket: Duplex, limits: ClientPortLimits): void {
  endPolitely(socket, Buffer.from([0x15, 0x03, 0x03, 0x00, 0x02, 0x02, 0x28]), limits)
}

/** Refuses a plaintext client on a TLS port, in words if it speaks HTTP. */
function refusePlaintext(socket: Duplex, protocol: Protocol, limits: ClientPortLimits): void {
  if (protocol !== "http1") {
    socket.destroy()
    return
  }
  const words = "this port speaks TLS: use https://\n"
  endPolitely(
    socket,
    `HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\nContent-Length: ${words.length}\r\nConnection: close\r\n\r\n${words}`,
    limits,
  )
}

/** Sends the last words and closes, reading on until the client has closed too: closing on unread bytes would reset the connection and lose the words. */
function endPolitely(socket: Duplex, words: string | Uint8Array, { turnedAwayMs }: ClientPortLimits): void {
  socket.on("error", () => socket.destroy())
  socket.end(words)
  socket.resume()
  setTimeout(() => socket.destroy(), turnedAwayMs).unref()
}

/** Where the connections of each protocol go. */
export interface ProtocolHandlers {
  native(socket: Duplex): void
  http(socket: Duplex): void
  /** Null on a port without certificates. Hands the stream inside to `routeInside` once the handshake is done. */
  readonly tls: ((socket: Socket) => void) | null
  /** A connection that was turned away, for the log and the metrics. */
  refused(socket: Duplex, protocol: Protocol): void
}

/** Sends a fresh connection to the handler of its protocol. */
export function routeConnection(socket: Socket, handlers: ProtocolHandlers, limits: ClientPortLimits): void {
  const { tls } = handlers
  if (tls === null) return routeInside(socket, handlers, limits)
  sniff(socket, limits, (protocol) => {
    if (protocol === "tls") return tls(socket)
    handlers.refused(socket, protocol)
    refusePlaintext(socket, protocol, limits)
  })
}

/** The same for a stream that is plain already: not encrypted here, or no longer. */
export function routeInside(stream: Duplex, handlers: ProtocolHandlers, limits: ClientPortLimits): void {
  sniff(stream, limits, (protocol) => {
    if (protocol === "native") return handlers.native(stream)
    if (protocol === "http1") return handlers.http(stream)
    handlers.refused(stream, protocol)
    switch (protocol) {
      case "http2":
        return refuseHttp2(stream, limits)
      case "tls":
        return refuseTls(stream, limits)
      case "unknown":
        stream.destroy()
        return
      default:
        protocol satisfies never
    }
  })
}
