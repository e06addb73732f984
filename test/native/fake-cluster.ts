/** Servers of the native protocol on loopback, each with a backend of the test's own. */

import { createServer, type Server, type Socket } from "node:net"
import { type NativeOptions, NativeServer } from "../../src/server/native/index.ts"
import { FakeBackend } from "./fake-backend.ts"

export class FakeServer {
  readonly backend = new FakeBackend()
  readonly sockets = new Set<Socket>()
  /** Connections ever accepted. */
  accepted = 0
  endpoint = ""
  private readonly native: NativeServer
  private server: Server

  constructor(options: Partial<NativeOptions> = {}) {
    this.native = new NativeServer(this.backend, options)
    this.server = this.makeServer()
  }

  async start(): Promise<this> {
    const port = this.endpoint === "" ? 0 : Number(this.endpoint.split(":")[1])
    this.server = this.makeServer()
    await new Promise<void>((done) => this.server.listen(port, "127.0.0.1", done))
    this.endpoint = `127.0.0.1:${(this.server.address() as { port: number }).port}`
    return this
  }

  /** Cuts every connection, with a reset, as a crash would. */
  cut(): void {
    for (const socket of this.sockets) socket.resetAndDestroy()
  }

  async stop(): Promise<void> {
    const closed = new Promise((done) => this.server.close(done))
    this.cut()
    await closed
  }

  private makeServer(): Server {
    return createServer({ allowHalfOpen: true }, (socket) => {
      this.accepted++
      this.sockets.add(socket)
      socket.once("close", () => this.sockets.delete(socket))
      this.native.serve(socket)
    })
  }
}

/** Tells every server who leads; `leader` counts from 0, null for nobody. */
export function setLeader(servers: readonly FakeServer[], leader: number | null, term: number): void {
  const members = servers.map(({ endpoint }, position) => ({
    id: position + 1,
    name: `n${position + 1}`,
    peerAddress: "",
    clientAddress: endpoint,
    standing: "voter" as const,
    matchIndex: null,
  }))
  servers.forEach(({ backend }, position) => {
    backend.nodeId = position + 1
    backend.changeLeader({
      term,
      leader: leader === null ? null : leader + 1,
      configurationIndex: 1,
      members,
      genesis: backend.leader.genesis,
    })
  })
}
