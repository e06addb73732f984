/**
 * A cluster of real processes for tests: the built command line tool, real folders on a real disk, signals that really kill.
 *
 * Peers reach each other through proxies of this test process where a test asks for it, so that it can cut what it likes.
 */

import { spawn, type ChildProcess } from "node:child_process"
import { once } from "node:events"
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { createServer } from "node:net"
import { tmpdir } from "node:os"
import { join, resolve } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { connect, type Client, type ClientOptions, type ServerStatus } from "../../src/client/index.ts"
import { PeerProxy } from "./peer-proxy.ts"

export interface RealClusterOptions {
  readonly nodes: number
  /** Extra arguments of `oarlock start` for every node. */
  readonly args?: readonly string[]
  /** Members that are not started, on the operator's word to the others. */
  readonly without?: readonly number[]
  /** Put a proxy in front of every peer port. */
  readonly proxies?: boolean
  /** Where a node's data goes, if not into the cluster's own folder. */
  readonly dataDir?: (id: number) => string | undefined
}

interface Place {
  readonly id: number
  readonly client: string
  readonly peer: string
  readonly listenPeer: string
  readonly dataDir: string
}

const script = resolve("bin/oarlock.js")

export class RealCluster {
  readonly folder: string
  readonly places = new Map<number, Place>()
  readonly proxies = new Map<number, PeerProxy>()
  readonly #options: RealClusterOptions
  readonly #children = new Map<number, ChildProcess>()
  readonly #clients: Client[] = []

  private constructor(options: RealClusterOptions) {
    this.#options = options
    this.folder = mkdtempSync(join(tmpdir(), "oarlock-e2e-"))
  }

  /** Starts all nodes and waits until they agree on a leader. */
  static async start(options: RealClusterOptions): Promise<RealCluster> {
    const cluster = new RealCluster(options)
    try {
      for (let id = 1; id <= options.nodes; id++) await cluster.addPlace(id)
      cluster.#writeClusterFile()
      const { without = [] } = options
      const word = without.length === 0 ? [] : ["--begin-without", without.join(",")]
      for (const id of cluster.places.keys()) if (!without.includes(id)) cluster.spawn(id, ...word)
      await cluster.leader()
      return cluster
    } catch (error) {
      await cluster.close()
      throw error
    }
  }

  /** Reserves addresses and a folder for a node. */
  async addPlace(id: number): Promise<Place> {
    const [client, listenPeer] = [`127.0.0.1:${await freePort()}`, `127.0.0.1:${await freePort()}`]
    let peer = listenPeer
    if (this.#options.proxies === true) {
      const proxy = await PeerProxy.start(listenPeer)
      this.proxies.set(id, proxy)
      peer = proxy.address
    }
    const dataDir = this.#options.dataDir?.(id) ?? join(this.folder, `n${id}`)
    const place = { id, client, peer, listenPeer, dataDir }
    this.places.set(id, place)
    return place
  }

  /** Starts the process of a member that the cluster file lists. */
  spawn(id: number, ...args: readonly string[]): ChildProcess {
    const place = this.place(id)
    const file = join(this.folder, "cluster.json")
    const data = ["--data-dir", place.dataDir]
    const peers = ["--listen-peer-urls", `http://${place.listenPeer}`, "--initial-advertise-peer-urls", `http://${place.peer}`]
    return this.#run(id, ["start", "--cluster", file, "--id", String(id), ...data, ...peers, ...args])
  }

  /** Starts a process that waits to be added to the running cluster, or has been. */
  spawnJoining(id: number): ChildProcess {
    const place = this.place(id)
    const self = ["--id", String(id), "--name", `n${id}`, "--initial-cluster-state", "existing", "--initial-cluster-token", "e2e"]
    const clients = ["--data-dir", place.dataDir, "--listen-client-urls", `http://${place.client}`]
    const peers = ["--listen-peer-urls", `http://${place.listenPeer}`, "--initial-advertise-peer-urls", `http://${place.peer}`]
    return this.#run(id, ["start", ...self, ...clients, ...peers])
  }

  #run(id: number, args: readonly string[]): ChildProcess {
    const log = openSync(this.logFile(id), "a")
    const child = spawn(process.execPath, [script, ...args, ...(this.#options.args ?? [])], { stdio: ["ignore", log, log] })
    closeSync(log)
    this.#children.set(id, child)
    return child
  }

  logFile(id: number): string {
    return join(this.folder, `n${id}.log`)
  }

  log(id: number): string {
    return readFileSync(this.logFile(id), "utf8")
  }

  place(id: number): Place {
    const place = this.places.get(id)
    if (place === undefined) throw new Error(`there is no node ${id}`)
    return place
  }

  isRunning(id: number): boolean {
    const child = this.#children.get(id)
    return child !== undefined && child.exitCode === null && child.signalCode === null
  }

  pid(id: number): number {
    return this.#children.get(id)!.pid!
  }

  get running(): number[] {
    return [...this.places.keys()].filter((id) => this.isRunning(id))
  }

  /** Sends a signal to the process of node `id`. */
  signal(id: number, signal: NodeJS.Signals): void {
    this.#children.get(id)!.kill(signal)
  }

  /** kill -9, and waits until the process is gone. */
  async kill(id: number): Promise<void> {
    await this.#end(id, "SIGKILL")
  }

  async stop(id: number): Promise<number | null> {
    await this.#end(id, "SIGTERM")
    return this.#children.get(id)!.exitCode
  }

  async #end(id: number, signal: NodeJS.Signals): Promise<void> {
    const child = this.#children.get(id)
    if (child === undefined || !this.isRunning(id)) return
    const ended = once(child, "exit")
    child.kill("SIGCONT")
    child.kill(signal)
    await ended
  }

  /** Waits until the process ends by itself and returns its exit code. */
  async exitOf(id: number): Promise<number | null> {
    const child = this.#children.get(id)!
    if (this.isRunning(id)) await once(child, "exit")
    return child.exitCode
  }

  /** Removes everything that node `id` has on disk. */
  wipe(id: number): void {
    rmSync(this.place(id).dataDir, { recursive: true, force: true })
  }

  client(options: Partial<ClientOptions> = {}): Client {
    const client = connect({ endpoints: [...this.places.values()].map((place) => place.client), timeoutMs: 20_000, ...options })
    this.#clients.push(client)
    return client
  }

  /** What node `id` says about itself over its own port, or null if it does not answer. */
  async status(id: number): Promise<ServerStatus | null> {
    const client = connect({ endpoints: [this.place(id).client], timeoutMs: 500 })
    try {
      return await client.status({ endpoint: this.place(id).client })
    } catch {
      return null
    } finally {
      client.close()
    }
  }

  /** Waits until a running node leads and says so itself; returns its id. */
  async leader(): Promise<number> {
    return eventually("a node leads", async () => {
      const statuses = await Promise.all(this.running.map((id) => this.status(id)))
      const leaders = statuses.filter((status) => status?.role === "leader")
      const newest = leaders.sort((a, b) => b!.term - a!.term)[0]
      return newest?.nodeId
    })
  }

  /** Ends all processes. `keepFolder`: for looking into logs and data afterwards. */
  async close({ keepFolder = false }: { readonly keepFolder?: boolean } = {}): Promise<void> {
    for (const client of this.#clients) client.close()
    await Promise.all([...this.#children.keys()].map((id) => this.kill(id)))
    for (const proxy of this.proxies.values()) await proxy.close()
    if (!keepFolder) rmSync(this.folder, { recursive: true, force: true })
  }

  #writeClusterFile(): void {
    const members = [...this.places.values()].map(({ id, peer, client }) => ({ id, name: `n${id}`, peer, client }))
    writeFileSync(join(this.folder, "cluster.json"), JSON.stringify({ cluster: "e2e", members }, null, 2))
  }
}

/** Asks again until there is an answer; fails after `limitMs` with `what` was waited for. */
export async function eventually<T>(
  what: string,
  ask: () => Promise<T | null | undefined | false> | T | null | undefined | false,
  limitMs = 30_000,
): Promise<T> {
  const deadline = performance.now() + limitMs
  for (;;) {
    const answer = await ask()
    if (answer !== null && answer !== undefined && answer !== false) return answer
    if (performance.now() > deadline) throw new Error(`waited ${limitMs} ms in vain until ${what}`)
    await sleep(20)
  }
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1")
  await once(server, "listening")
  const address = server.address()
  server.close()
  await once(server, "close")
  if (address === null || typeof address === "string") throw new Error("no port")
  return address.port
}
