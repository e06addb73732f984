/**
 * Where a connection that turned out to speak the native protocol is handed over, and where all of them are looked after: those that take too long are
 * closed, and while answers that nobody takes fill half of their room, those first that hold most of them.
 */

import type { Duplex } from "node:stream"
import type { NativeBackend } from "./backend.ts"
import { NativeConnection } from "./connection.ts"
import { defaultNativeOptions, type NativeOptions } from "./options.ts"
import { SharedLoad } from "./shared-load.ts"
import { TurnEnd } from "./turn-end.ts"

/** Serves native connections for one node. */
export class NativeServer {
  private readonly backend: NativeBackend
  private readonly options: NativeOptions
  private readonly turnEnd = new TurnEnd()
  private readonly connections = new Set<NativeConnection>()
  private readonly shared: SharedLoad
  private readonly sweeper: NodeJS.Timeout
  private served = 0

  constructor(backend: NativeBackend, options: Partial<NativeOptions> = {}) {
    this.backend = backend
    this.options = { ...defaultNativeOptions, ...options }
    this.shared = new SharedLoad(this.options)
    this.sweeper = setInterval(() => this.sweep(), this.options.sweepMs).unref()
  }

  /**
   * Takes over a connection. It may be paused, and bytes that were read from it may have been put back with `unshift`. To answer clients that
   * close their side first, its server has to be made with `allowHalfOpen`.
   */
  serve(socket: Duplex): void {
    const connection = new NativeConnection(++this.served, socket, this.backend, this.turnEnd, this.shared, this.options)
    this.connections.add(connection)
    socket.once("close", () => this.connections.delete(connection))
  }

  /** Connections that are open now, and what they hold together. */
  get load(): {
    readonly connections: number
    readonly inflightRequests: number
    readonly inflightBytes: number
    readonly unsentBytes: number
  } {
    const { inflightRequests, inflightBytes, unsentBytes } = this.shared
    return { connections: this.connections.size, inflightRequests, inflightBytes, unsentBytes }
  }

  /** Makes room for a new connection: closes the one on which nothing has been asked for longest. False: all are in use. */
  closeLongestIdle(): boolean {
    let idlest: NativeConnection | null = null
    for (const connection of this.connections) if (connection.idleMs > (idlest?.idleMs ?? 0)) idlest = connection
    if (idlest === null || idlest.idleMs < this.options.sparedIdleMs) return false
    idlest.giveUp(`nothing was asked on it for ${idlest.idleMs} ms, and others come`)
    return true
  }

  /** Closes every connection. What is under way may still happen; its callers learn nothing more, which means "unknown". */
  close(): void {
    clearInterval(this.sweeper)
    for (const connection of this.connections) connection.close()
  }

  private sweep(): void {
    for (const connection of this.connections) connection.sweep()
    this.shared.pieces.trim()
    if (!this.shared.isPressed) return
    const stalled = [...this.connections].filter(({ untakenMs }) => untakenMs > this.options.untakenPressedMs)
    stalled.sort((a, b) => b.unsentBytes - a.unsentBytes)
    for (const connection of stalled) {
      if (!this.shared.isPressed) return
      connection.giveUpUntaken()
    }
  }
}
