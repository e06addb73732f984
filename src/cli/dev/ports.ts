/**
 * The ports of a dev cluster, and the question whether they are free: asked for all of them before anything is started, so that a taken
 * port leaves nothing half-running behind.
 */

import { once } from "node:events"
import { readFileSync, readdirSync, readlinkSync } from "node:fs"
import net from "node:net"
import type { DevNode } from "../connecting/manifest.ts"

export const devNodesMax = 9

/** etcd's customary ports and the ones of its multi-node examples; above 65,535 there is nothing, so the last three start lower. */
const customaryClientPorts = [2379, 22_379, 32_379, 42_379, 52_379, 62_379, 12_379, 13_379, 14_379] as const

/**
 * `basePort` null: the customary ports. 0: whatever is free now. Otherwise node k (from 0) serves clients on basePort + 10 k and peers on
 * the port after that.
 */
export async function chooseNodes(count: number, basePort: number | null): Promise<DevNode[]> {
  const free = basePort === 0 ? await findFreePorts(count * 2) : []
  return Array.from({ length: count }, (_, position) => {
    const client = basePort === null ? customaryClientPorts[position]! : basePort === 0 ? free[position * 2]! : basePort + position * 10
    const peer = basePort === 0 ? free[position * 2 + 1]! : client + 1
    return { id: position + 1, name: `n${position + 1}`, client: `127.0.0.1:${client}`, peer: `127.0.0.1:${peer}` }
  })
}

/** All are held at once while they are drawn, so that they differ. */
async function findFreePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(Array.from({ length: count }, () => listen(0)))
  const ports = servers.map((server) => (server.address() as net.AddressInfo).port)
  await Promise.all(servers.map((server) => once(server.close(), "close")))
  return ports
}

export interface TakenPort {
  readonly port: number
  readonly purpose: string
  /** "node (process 4711)", where that can be found out cheaply; otherwise null. */
  readonly holder: string | null
}

/** The first port that somebody else has, or null. */
export async function findTakenPort(nodes: readonly DevNode[]): Promise<TakenPort | null> {
  for (const node of nodes) {
    for (const [purpose, address] of [
      [`${node.name}'s clients`, node.client],
      [`${node.name}'s peers`, node.peer],
    ] as const) {
      const port = Number(address.slice(address.lastIndexOf(":") + 1))
      try {
        await once((await listen(port)).close(), "close")
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "EADDRINUSE") throw error
        return { port, purpose, holder: findPortHolder(port) }
      }
    }
  }
  return null
}

async function listen(port: number): Promise<net.Server> {
  const server = net.createServer()
  server.listen({ port, host: "127.0.0.1" })
  await once(server, "listening")
  return server
}

/** Which process listens on a TCP port, from Linux' /proc; null elsewhere, or if we may not see it. */
export function findPortHolder(port: number): string | null {
  try {
    const inodes = new Set(listeningInodes(port))
    if (inodes.size === 0) return null
    for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
      if (holdsSocket(pid, inodes)) return `${readFileSync(`/proc/${pid}/comm`, "utf8").trim()} (process ${pid})`
    }
  } catch {
    // Only a courtesy: without it the message still names the port.
  }
  return null
}

function listeningInodes(port: number): string[] {
  const listening = "0A"
  const local = `:${port.toString(16).toUpperCase().padStart(4, "0")}`
  return ["/proc/net/tcp", "/proc/net/tcp6"].flatMap((file) =>
    readFileSync(file, "utf8")
      .split("\n")
      .map((line) => line.trim().split(/\s+/))
      .filter((fields) => fields[1]?.endsWith(local) === true && fields[3] === listening)
      .map((fields) => fields[9]!),
  )
}

function holdsSocket(pid: string, inodes: ReadonlySet<string>): boolean {
  try {
    return readdirSync(`/proc/${pid}/fd`).some((descriptor) => {
      const inode = /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${descriptor}`))?.[1]
      return inode !== undefined && inodes.has(inode)
    })
  } catch {
    // Another user's process, or one that just ended.
    return false
  }
}
