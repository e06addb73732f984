/**
 * A cluster of real processes on loopback with their data in a folder of their own.
 */

import { once } from "node:events"
import { mkdirSync, rmSync } from "node:fs"
import { createServer, type AddressInfo } from "node:net"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { type Child, hasEnded, killChild, lastLineOf, startChild, stopChild } from "./children.ts"
import type { ClusterSettings, NodePlace, System } from "./system.ts"

export interface ClusterNode extends NodePlace {
  child: Child
  readonly logFile: string
}

/** How long a node may take to come up or to end, in milliseconds. */
const startPatienceMs = 60_000
const stopPatienceMs = 15_000

export class Cluster {
  readonly system: System
  readonly nodes: readonly ClusterNode[]
  readonly #settings: ClusterSettings
  readonly #folder: string

  private constructor(system: System, settings: ClusterSettings, folder: string, nodes: readonly ClusterNode[]) {
    this.system = system
    this.nodes = nodes
    this.#settings = settings
    this.#folder = folder
  }

  /** Starts all nodes on free ports and returns once one of them leads. Throws with a node's last words if one ends instead. */
  static async start(system: System, settings: ClusterSettings, folder: string): Promise<Cluster> {
    mkdirSync(folder, { recursive: true })
    const ports = await freePorts(settings.nodes * 2)
    const places = Array.from({ length: settings.nodes }, (_, i) => ({
      id: i + 1,
      clientAddress: `127.0.0.1:${ports[i * 2]}`,
      peerAddress: `127.0.0.1:${ports[i * 2 + 1]}`,
      dataFolder: join(folder, `n${i + 1}`),
      logFile: join(folder, `n${i + 1}.log`),
    }))
    const nodes = await Promise.all(places.map(async (place) => ({ ...place, child: await spawnNode(system, place, places, settings) })))
    const cluster = new Cluster(system, settings, folder, nodes)
    try {
      await cluster.leader()
      return cluster
    } catch (error) {
      await cluster.stop()
      throw error
    }
  }

  /** Waits until exactly one node says that it leads. */
  async leader(patienceMs = startPatienceMs): Promise<ClusterNode> {
    const deadline = performance.now() + patienceMs
    while (performance.now() < deadline) {
      const alive = this.nodes.filter((node) => !hasEnded(node.child))
      const answers = await Promise.all(alive.map((node) => this.system.isLeader(node.clientAddress).catch(() => false)))
      const leaders = alive.filter((_, i) => answers[i])
      if (leaders.length === 1) return leaders[0]!
      const dead = this.nodes.find((node) => hasEnded(node.child))
      if (alive.length <= this.nodes.length / 2)
        throw new Error(`${this.system.name} did not start: ${lastLineOf(dead!.logFile) ?? "no word"}`)
      await sleep(25)
    }
    throw new Error(`no node of ${this.system.name} came to lead within ${patienceMs / 1000} s`)
  }

  async restart(node: ClusterNode): Promise<void> {
    if (!hasEnded(node.child)) await killChild(node.child)
    node.child = await spawnNode(this.system, node, this.nodes, this.#settings)
  }

  /** Waits until a node answers for itself again. */
  async answers(node: ClusterNode, patienceMs = startPatienceMs): Promise<void> {
    const deadline = performance.now() + patienceMs
    for (;;) {
      try {
        await this.system.isLeader(node.clientAddress)
        return
      } catch (error) {
        if (performance.now() > deadline || hasEnded(node.child))
          throw new Error(lastLineOf(node.logFile) ?? "a node does not answer", { cause: error })
        await sleep(25)
      }
    }
  }

  /** Ends all nodes in order and removes their data. */
  async stop(): Promise<void> {
    await Promise.all(this.nodes.map((node) => stopChild(node.child, stopPatienceMs)))
    rmSync(this.#folder, { recursive: true, force: true })
  }
}

function spawnNode(
  system: System,
  node: NodePlace & { readonly logFile: string },
  all: readonly NodePlace[],
  settings: ClusterSettings,
): Promise<Child> {
  return startChild(system.command(node, all, settings), node.logFile)
}

/** Ports that were free a moment ago: all are held at once, so that none comes twice. */
async function freePorts(count: number): Promise<readonly number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, "127.0.0.1"))
  await Promise.all(servers.map((server) => once(server, "listening")))
  const ports = servers.map((server) => (server.address() as AddressInfo).port)
  await Promise.all(servers.map((server) => once(server.close(), "close")))
  return ports
}
