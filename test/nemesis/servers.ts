/** The servers that the faults strike: which are members, which are meant to run, and what their processes say. */

import { readFileSync } from "node:fs"
import { OarlockError, type Client } from "../../src/client/index.ts"
import { eventually, RealCluster } from "../e2e/real-cluster.ts"

/** How long a cluster that is whole again may take to serve, in milliseconds. */
export const recoveryMs = 60_000

/** A process may take so long until it listens for signals, in milliseconds. */
const bootMs = 10_000

export class Servers {
  readonly cluster: RealCluster
  /** Asks for changes and transfers. */
  readonly operator: Client
  /** Members, and those that were removed and are not: only members are struck. */
  readonly members: Set<number>
  readonly violations: string[] = []
  highestRssMib = 0
  readonly #added = new Set<number>()
  /** Those whose process may be gone. */
  readonly #down = new Set<number>()
  readonly #startedAt = new Map<number, number>()
  readonly #isolated = new Set<number>()
  #nextId: number

  private constructor(cluster: RealCluster, nodes: number) {
    this.cluster = cluster
    this.operator = cluster.client({ timeoutMs: 10_000 })
    this.members = new Set(Array.from({ length: nodes }, (_, position) => position + 1))
    this.#nextId = nodes + 1
    for (const id of this.members) this.#watchLinks(id)
  }

  static async start(nodes: number): Promise<Servers> {
    return new Servers(await RealCluster.start({ nodes, proxies: true }), nodes)
  }

  // ---- faults, each with its end ----

  async kill(id: number): Promise<void> {
    this.#down.add(id)
    await this.cluster.kill(id)
  }

  async terminate(id: number): Promise<void> {
    this.#down.add(id)
    const code = await this.cluster.stop(id)
    // One that was started a moment ago, and does not listen for signals yet, ends by the signal itself.
    const isBooting = code === null && performance.now() - (this.#startedAt.get(id) ?? 0) < bootMs
    if (code !== 0 && !isBooting) this.violations.push(`server ${id} ended with exit code ${code} at SIGTERM${this.#tail(id)}`)
  }

  restart(id: number): void {
    if (!this.members.has(id) || this.cluster.isRunning(id)) return
    this.#down.delete(id)
    this.#startedAt.set(id, performance.now())
    if (this.#added.has(id)) this.cluster.spawnJoining(id)
    else this.cluster.spawn(id)
  }

  /** Nothing reaches it, and nothing of it reaches others. */
  isolate(id: number): void {
    this.#isolated.add(id)
    this.cluster.proxies.get(id)?.cut()
  }

  /** Nothing reaches it; what it sends arrives. */
  deafen(id: number): void {
    this.cluster.proxies.get(id)?.cut()
  }

  reconnect(id: number): void {
    this.#isolated.delete(id)
    this.cluster.proxies.get(id)?.heal()
  }

  /** Removes a member, ends its process, and puts a new one in its place. Both changes are asked for until they are done. */
  async replace(id: number): Promise<void> {
    await this.#change(`member ${id} is removed`, [{ kind: "remove", id }], (members) => !members.includes(id))
    this.members.delete(id)
    this.#down.add(id)
    await this.cluster.kill(id)
    const added = this.#nextId++
    const place = await this.cluster.addPlace(added)
    this.#added.add(added)
    this.#watchLinks(added)
    this.cluster.spawnJoining(added)
    const member = { id: added, name: `n${added}`, peerAddress: place.peer, clientAddress: place.client }
    await this.#change(`member ${added} votes`, [{ kind: "addVoter", member }], (_, voters) => voters.includes(added))
    this.members.add(added)
  }

  async #change(
    what: string,
    changes: Parameters<Client["changeMembership"]>[0],
    isDone: (members: readonly number[], voters: readonly number[]) => boolean,
  ): Promise<void> {
    await eventually(
      what,
      async () => {
        try {
          const members = await this.operator.members()
          const voters = members.filter(({ standing }) => standing === "voter")
          if (
            isDone(
              members.map(({ id }) => id),
              voters.map(({ id }) => id),
            )
          )
            return true
          await this.operator.changeMembership(changes, { timeoutMs: 5_000 })
        } catch (error) {
          if (!(error instanceof OarlockError)) throw error
        }
        return false
      },
      recoveryMs,
    )
  }

  // ---- looking ----

  /** Notes processes that ended by themselves, and how much memory the others take. */
  look(): void {
    for (const id of this.members) {
      if (this.#down.has(id)) continue
      if (this.cluster.isRunning(id)) this.highestRssMib = Math.max(this.highestRssMib, rssMibOf(this.cluster.pid(id)))
      else {
        this.violations.push(`server ${id} ended by itself${this.#tail(id)}`)
        this.#down.add(id)
      }
    }
  }

  /** Ends all faults, and waits until all members are up and one leads. */
  async mend(): Promise<void> {
    for (const id of this.members) {
      this.reconnect(id)
      if (this.cluster.isRunning(id)) this.cluster.signal(id, "SIGCONT")
      else this.restart(id)
    }
    await this.cluster.leader()
  }

  /** Waits until all members have applied the same, and notes what they hold differently. Returns how far they are. */
  async compare(): Promise<number> {
    const ids = [...this.members]
    const applied = await eventually(
      "all servers have applied the same",
      async () => {
        const statuses = await Promise.all(ids.map((id) => this.cluster.status(id)))
        const [first] = statuses
        return statuses.every((status) => status !== null && status.appliedIndex === first?.appliedIndex) && first?.appliedIndex
      },
      recoveryMs,
    )
    const contents = await Promise.all(ids.map((id) => this.#contentsOf(id)))
    for (const [position, content] of contents.entries()) {
      if (content !== contents[0]) this.violations.push(`servers ${ids[0]} and ${ids[position]} hold different keys, revisions or values`)
    }
    return applied
  }

  async #contentsOf(id: number): Promise<string> {
    const client = this.cluster.client({ endpoints: [this.cluster.place(id).client] })
    const lines: string[] = []
    for (const prefix of ["counter-", "key-"]) {
      const { entries } = await client.range({ prefix }, { consistency: "stale", keysOnly: true })
      for (const { key } of entries) {
        const pair = await client.get(key, { consistency: "stale" })
        const head = pair === null ? "" : Buffer.from(pair.value.subarray(0, 64)).toString("latin1")
        lines.push(
          `${Buffer.from(key).toString()} ${pair?.createRevision} ${pair?.modRevision} ${pair?.version} ${pair?.value.length} ${head}`,
        )
      }
    }
    client.close()
    return lines.join("\n")
  }

  #watchLinks(id: number): void {
    const proxy = this.cluster.proxies.get(id)
    if (proxy !== undefined) proxy.cutWhen = ({ from }) => this.#isolated.has(from)
  }

  #tail(id: number): string {
    return `; its log ends with:\n${this.cluster.log(id).trimEnd().split("\n").slice(-8).join("\n")}`
  }
}

function rssMibOf(pid: number): number {
  try {
    const [, kib = "0"] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? []
    return Number(kib) / 1024
  } catch {
    return 0
  }
}
