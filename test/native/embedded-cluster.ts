/** A real cluster inside this process: embedded nodes on folders of their own, the native protocol on loopback. */

import { once } from "node:events"
import { mkdtemp, rm } from "node:fs/promises"
import { createServer, type Server, type Socket } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { KeyValueMachine } from "../../src/kv/index.ts"
import { open, type OarlockNode } from "../../src/node/index.ts"
import { type NativeOptions, NodeBackend, NativeServer } from "../../src/server/native/index.ts"

export interface ServedNode {
  readonly node: OarlockNode
  readonly machine: KeyValueMachine
  readonly native: NativeServer
  readonly sockets: Set<Socket>
  readonly endpoint: string
}

export class EmbeddedCluster {
  readonly nodes: (ServedNode | null)[] = []
  readonly endpoints: string[] = []
  private readonly listeners: Server[] = []
  private readonly members: { id: number; peerAddress: string; clientAddress: string }[] = []
  private folder = ""
  private options: Partial<NativeOptions> = {}

  static async start(count: number, options: Partial<NativeOptions> = {}): Promise<EmbeddedCluster> {
    const cluster = new EmbeddedCluster()
    cluster.options = options
    cluster.folder = await mkdtemp(join(tmpdir(), "oarlock-native-"))
    const peerPorts = await freePorts(count)
    for (let i = 0; i < count; i++) {
      const listener = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => cluster.onConnection(i, socket))
      listener.listen(0, "127.0.0.1")
      await once(listener, "listening")
      cluster.listeners.push(listener)
      cluster.endpoints.push(`127.0.0.1:${(listener.address() as { port: number }).port}`)
      cluster.members.push({ id: i + 1, peerAddress: `127.0.0.1:${peerPorts[i]}`, clientAddress: cluster.endpoints[i]! })
      cluster.nodes.push(null)
    }
    await Promise.all(cluster.members.map((_, i) => cluster.startNode(i)))
    await Promise.all(cluster.nodes.map((served) => served!.node.leader()))
    return cluster
  }

  async startNode(position: number): Promise<void> {
    const machine = new KeyValueMachine()
    const id = position + 1
    const node = await open({ id, dataDir: join(this.folder, `n${id}`), machine, cluster: this.members })
    const native = new NativeServer(new NodeBackend(node, machine, "test"), this.options)
    this.nodes[position] = { node: node, machine, native, sockets: new Set(), endpoint: this.endpoints[position]! }
  }

  /** As a crash: connections are reset, nothing is handed over. */
  async stopNode(position: number): Promise<void> {
    const served = this.nodes[position]!
    this.nodes[position] = null
    for (const socket of served.sockets) socket.resetAndDestroy()
    await served.node.close()
  }

  /** Resets every client connection of a node. */
  cut(position: number): void {
    for (const socket of this.nodes[position]!.sockets) socket.resetAndDestroy()
  }

  /** The position of the node that leads, as soon as some node says so of itself. */
  async leader(): Promise<number> {
    for (;;) {
      const position = this.nodes.findIndex((served) => served !== null && served.node.status().role === "leader")
      if (position !== -1) return position
      await new Promise((done) => setTimeout(done, 5))
    }
  }

  async close(): Promise<void> {
    for (const [position, served] of this.nodes.entries()) if (served !== null) await this.stopNode(position)
    await Promise.all(this.listeners.map((listener) => new Promise((done) => listener.close(done))))
    await rm(this.folder, { recursive: true, force: true })
  }

  private onConnection(position: number, socket: Socket): void {
    const served = this.nodes[position]
    if (served === null || served === undefined) {
      socket.resetAndDestroy()
      return
    }
    served.sockets.add(socket)
    socket.once("close", () => served.sockets.delete(socket))
    served.native.serve(socket)
  }
}

async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer())
  const ports: number[] = []
  for (const server of servers) {
    server.listen(0, "127.0.0.1")
    await once(server, "listening")
    ports.push((server.address() as { port: number }).port)
  }
  await Promise.all(servers.map((server) => new Promise((done) => server.close(done))))
  return ports
}
