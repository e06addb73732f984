/** What the Live page's tests look at: a real dev cluster on free ports, or a server that pretends to be a node and tells as much as it likes. */

import { spawn, type ChildProcess } from "node:child_process"
import { once } from "node:events"
import { mkdtempSync, rmSync } from "node:fs"
import http from "node:http"
import type { AddressInfo } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { type Observation, type RaftReport } from "oarlock/server"
import { answerWithPage } from "oarlock/server/internal"
import { askSupervisor, type ControlAnswer, type ControlRequest } from "../../../src/cli/dev/control.ts"
import { EventFeed } from "../../../src/server/http/event-feed.ts"
import type { ServedNode } from "../../../src/server/node/served-node.ts"
import { statusOf } from "../../../web/src/model/observed/sample.ts"
import { eventually } from "../real-cluster.ts"
import { script } from "../terminal.ts"

export interface DevNode {
  readonly id: number
  readonly name: string
  readonly client: string
}

export class LiveCluster {
  readonly #folder = mkdtempSync(join(tmpdir(), "oarlock-live-"))
  readonly #child: ChildProcess
  /** The address that the terminal shows, with the token. */
  address = ""
  nodes: readonly DevNode[] = []

  private constructor() {
    // A leader that is not broken stays, however busy the machine that tests: nobody may lead that a test did not make lead.
    this.#child = spawn(process.execPath, [script, "dev", "--json", "--base-port", "0", "--election-timeout", "1000"], {
      cwd: this.#folder,
      stdio: ["ignore", "pipe", "inherit"],
    })
  }

  static async start(): Promise<LiveCluster> {
    const cluster = new LiveCluster()
    for await (const line of createInterface(cluster.#child.stdout!)) {
      const told = JSON.parse(line) as { kind: string; live: string; nodes: DevNode[] }
      if (told.kind !== "ready") continue
      cluster.address = told.live
      cluster.nodes = told.nodes
      break
    }
    cluster.#child.stdout!.resume()
    return cluster
  }

  /** Up to the `#`. */
  get page(): string {
    return this.address.replace(/#.*/, "")
  }

  get token(): string {
    return this.address.replace(/.*\//, "")
  }

  async raftState(node: DevNode): Promise<RaftReport | null> {
    try {
      return (await (await fetch(`http://${node.client}/raft/state`, { signal: AbortSignal.timeout(500) })).json()) as RaftReport
    } catch {
      return null
    }
  }

  /** Mends what a test that failed left broken of processes and links, so that it fails alone. */
  async mend(): Promise<void> {
    const { nodes, cutLinks } = await this.#ask({ action: "status" })
    if (cutLinks.length > 0) await this.#ask({ action: "heal", from: null, to: null })
    for (const { name, state } of nodes) {
      if (state === "paused") await this.#ask({ action: "resume", target: name })
      else if (state !== "running") await this.#ask({ action: "restart", target: name })
    }
  }

  #ask(request: ControlRequest): Promise<ControlAnswer> {
    return askSupervisor({ pid: 0, port: Number(new URL(this.page).port), token: this.token }, request)
  }

  /** The processes as the supervisor knows them: which they are, and what was done to them. */
  async processes(): Promise<unknown> {
    const { nodes, cutLinks } = await this.#ask({ action: "status" })
    return { nodes: nodes.map(({ name, pid, state }) => ({ name, pid, state })), cutLinks }
  }

  /** The node that says that it leads, in the highest term, once one does in a term above `term`. */
  async leaderAbove(term: number): Promise<{ readonly name: string; readonly term: number; readonly seenAt: number }> {
    return eventually(`a node leads a term above ${term}`, async () => {
      const states = await Promise.all(this.nodes.map(async (node) => ({ node, state: await this.raftState(node) })))
      const leaders = states.filter(({ state }) => state?.role === "leader" && state.currentTerm > term)
      const [best] = leaders.toSorted((a, b) => b.state!.currentTerm - a.state!.currentTerm)
      return best && { name: best.node.name, term: best.state!.currentTerm, seenAt: performance.now() }
    })
  }

  async close(): Promise<void> {
    const ended = once(this.#child, "exit")
    this.#child.kill("SIGINT")
    await ended
    rmSync(this.#folder, { recursive: true, force: true, maxRetries: 5 })
  }
}

/** A cluster of one that says whatever a test wants it to. */
export class TalkativeNode {
  readonly #server: http.Server
  readonly #feed: EventFeed
  readonly #sockets = new Set<http.ServerResponse>()
  #listener: (observation: Observation) => void = () => {}
  /** Asked for events: turned away while false. */
  isHeard = true
  /** Where a member is that joined after the page was loaded; null: there is none. */
  newcomer: string | null = null

  private constructor() {
    const status = statusOf(1, 1, 1)
    const configuration = { ...status.configuration, voters: [1], members: status.members.slice(0, 1) }
    const node: Pick<ServedNode, "name" | "status" | "onObservation"> = {
      name: "n1",
      status: () => ({ id: 1, configuration }) as unknown as ReturnType<ServedNode["status"]>,
      onObservation: (listener) => {
        this.#listener = listener
        return () => {}
      },
    }
    this.#feed = new EventFeed(node as ServedNode, "life", Date.now)
    this.#server = http.createServer((request, response) => {
      response.setHeader("Access-Control-Allow-Origin", "*").setHeader("Access-Control-Allow-Headers", "last-event-id")
      if (request.method === "OPTIONS") {
        response.writeHead(204).end()
        return
      }
      if (request.url === "/cluster") {
        const members = [{ ...status.members[0]!, clientAddress: this.client }]
        if (this.newcomer !== null) members.push({ ...status.members[1]!, clientAddress: this.newcomer, standing: "learner" })
        const self = { ...status.self, utcMs: Date.now() }
        response.end(JSON.stringify({ ...status, self, configuration, members, followers: [], connections: [] }))
        return
      }
      if (request.url === "/metrics") {
        response.end("")
        return
      }
      if (request.url !== "/events") return answerWithPage(request, response, { nodes: [this.client], localPorts: false })
      if (!this.isHeard) {
        response.destroy()
        return
      }
      this.#sockets.add(response)
      this.#feed.serve(request, response)
    })
  }

  static async start(): Promise<TalkativeNode> {
    const node = new TalkativeNode()
    await once(node.#server.listen(0, "127.0.0.1"), "listening")
    return node
  }

  get client(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  tell(observation: Observation): void {
    this.#listener(observation)
  }

  /** Breaks every connection that listens for events. */
  hangUp(): void {
    for (const response of this.#sockets) response.destroy()
    this.#sockets.clear()
  }

  close(): void {
    this.#feed.close()
    this.#server.close()
    this.#server.closeAllConnections()
  }
}
