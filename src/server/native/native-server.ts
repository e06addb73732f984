/** Where a connection that turned out to speak the native protocol is handed over. */

import type { Duplex } from "node:stream"
import type { NativeBackend } from "./backend.ts"
import { NativeConnection } from "./connection.ts"
import { defaultNativeOptions, type NativeOptions } from "./options.ts"
import { TurnEnd } from "./turn-end.ts"

/** Serves native connections for one node. */
export class NativeServer {
  private readonly backend: NativeBackend
  private readonly options: NativeOptions
  private readonly turnEnd = new TurnEnd()
  private readonly connections = new Set<NativeConnection>()

  constructor(backend: NativeBackend, options: Partial<NativeOptions> = {}) {
    this.backend = backend
    this.options = { ...defaultNativeOptions, ...options }
  }

  /**
   * Takes over a connection. It may be paused, and bytes that were read from it may have been put back with `unshift`. To answer clients that
   * close their side first, its server has to be made with `allowHalfOpen`.
   */
  serve(socket: Duplex): void {
    const connection = new NativeConnection(socket, this.backend, this.turnEnd, this.options)
    this.connections.add(connection)
    socket.once("close", () => this.connections.delete(connection))
  }

  /** Connections that are open now, and their requests without an answer. */
  get load(): { connections: number; inflightRequests: number } {
    let inflightRequests = 0
    for (const connection of this.connections) inflightRequests += connection.pending.count
    return { connections: this.connections.size, inflightRequests }
  }

  /** Closes every connection. What is under way may still happen; its callers learn nothing more, which means "unknown". */
  close(): void {
    for (const connection of this.connections) connection.close()
  }
}
