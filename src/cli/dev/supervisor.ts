/**
 * `oarlock dev` from the inside: a cluster of real processes on this machine, and the faults that may be made in it.
 *
 * Faults are real ones: kill -9, SIGSTOP and SIGCONT of exactly the processes that were started here; only links are cut inside the nodes,
 * because loopback connections cannot be unplugged. What was cut stays cut when a node is restarted.
 */

import { once } from "node:events"
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { requestJson } from "../connecting/http-json.ts"
import type { DevManifest, DevNode } from "../connecting/manifest.ts"
import { CliError, exitCode } from "../terminal/cli-error.ts"
import { listInWords } from "../terminal/table.ts"
import type { ChildMessage } from "./child-message.ts"
import { LinkTeller } from "./link-teller.ts"
import { Narrator } from "./narrator.ts"
import { NodeProcess, type ProcessState } from "./node-process.ts"
import { chooseTarget } from "./targets.ts"

/** How long a node may take to end in order, in milliseconds. */
export const stopPatienceMs = 8000
/** How long a node may take to be back after `chaos restart`, in milliseconds. */
export const restartPatienceMs = 15_000
/** Without a leader for this long, and the time that the longest of two elections may take, the supervisor says why, in milliseconds. */
export const leaderlessNoticeMs = 2500
/** The first may end with split votes. */
const electionsInARow = 2
/** How soon a node that ended by itself is started again, in milliseconds. */
const respawnMs = 1000
/** How long a node may take to be told about a link, in milliseconds. */
const linkRequestMs = 1500

export interface SupervisorOptions {
  readonly folder: string
  readonly manifest: DevManifest
  readonly script: string
  /** Of this run: a person who knows it may break things and operate the cluster. */
  readonly token: string
  /** Start a node again that ended by itself. */
  readonly restart: boolean
  /** The shortest silence before an election, in milliseconds; null leaves it to the nodes. */
  readonly electionTimeoutMs: number | null
  /** One sentence for the terminal. */
  readonly tell: (sentence: string) => void
}

export interface DevNodeStatus extends DevNode {
  readonly pid: number | null
  readonly state: ProcessState
  readonly leads: boolean
  readonly log: string
}

/** Messages from one node to another are thrown away. */
export interface CutLink {
  readonly from: number
  readonly to: number
}

export class Supervisor {
  readonly #options: SupervisorOptions
  readonly #narrator: Narrator
  readonly #processes = new Map<number, NodeProcess>()
  readonly #cuts: CutLink[] = []
  /** By node: keeps it told which links are cut. */
  readonly #tellers = new Map<number, LinkTeller>()
  readonly #failures = new Map<number, string>()
  #waiting: (() => void)[] = []
  #leaderlessTimer: NodeJS.Timeout | null = null
  #hasStarted = false
  #isStopping = false

  constructor(options: SupervisorOptions) {
    this.#options = options
    this.#narrator = new Narrator(options.manifest.nodes)
    for (const node of options.manifest.nodes) this.#tellers.set(node.id, this.#tellerOf(node))
  }

  get clientAddresses(): readonly string[] {
    return this.#options.manifest.nodes.map((node) => node.client)
  }

  get leader(): { readonly id: number; readonly term: number; readonly name: string } | null {
    const leader = this.#narrator.leader
    return leader === null ? null : { ...leader, name: this.#narrator.nameOf(leader.id) }
  }

  /** Starts all nodes and returns once one of them leads. Throws `CliError` if one cannot start, with everything stopped again. */
  async start(timeoutMs: number): Promise<void> {
    const { manifest, folder, electionTimeoutMs } = this.#options
    writeClusterFile(folder, manifest, electionTimeoutMs)
    const deadline = AbortSignal.timeout(timeoutMs)
    const isReady = () => this.#narrator.leader !== null && [...this.#processes.values()].every((process) => process.state === "running")
    try {
      for (const node of manifest.nodes) this.#spawn(node)
      while (!isReady()) {
        this.#throwFailure()
        await this.#change(deadline)
      }
      this.#hasStarted = true
    } catch (error) {
      await this.stop()
      if (!deadline.aborted) throw error
      const message = `No node came to lead within ${timeoutMs / 1000} s. Look into ${join(folder, "n1.log")} and its siblings.`
      throw new CliError(exitCode.failed, message, { cause: error })
    }
  }

  status(): { readonly nodes: readonly DevNodeStatus[]; readonly cutLinks: readonly CutLink[]; readonly term: number | null } {
    const nodes = this.#options.manifest.nodes.map((node) => {
      const process = this.#processes.get(node.id)!
      return { ...node, pid: process.pid, state: process.state, leads: this.#narrator.leader?.id === node.id, log: process.logFile }
    })
    return { nodes, cutLinks: this.#cuts, term: this.#narrator.leader?.term ?? null }
  }

  /** Ends all nodes in order and waits for them. */
  async stop(): Promise<void> {
    this.#isStopping = true
    this.#clearTimers()
    await Promise.all([...this.#processes.values()].map((process) => process.stop(stopPatienceMs)))
  }

  /** Ends all nodes at once. */
  async killAll(): Promise<void> {
    this.#isStopping = true
    this.#clearTimers()
    await Promise.all([...this.#processes.values()].map((process) => process.kill()))
  }

  /** Returns a sentence that tells what was done, here and below. */
  async kill(target: string): Promise<string> {
    const process = this.#resolve(target, (candidate) => candidate.isAlive, "runs")
    const { role, pid } = this.#describe(process)
    await process.kill()
    return `Killed ${process.node.name} (kill -9 of process ${pid})${role}.`
  }

  pause(target: string): string {
    const process = this.#resolve(target, (candidate) => candidate.state === "running", "runs")
    const { role, pid } = this.#describe(process)
    process.pause()
    this.#lost(process.node.id)
    const sentence = `Paused ${process.node.name} (SIGSTOP to process ${pid})${role}.`
    this.#options.tell(`${process.node.name} was paused (SIGSTOP), as asked${role}`)
    return sentence
  }

  /** Without a name, all that are paused. */
  async resume(target: string | null): Promise<string> {
    if (target === null)
      return this.#forAll(
        "paused",
        ({ state }) => state === "paused",
        (name) => this.resume(name),
      )
    const process = this.#resolve(target, (candidate) => candidate.state === "paused", "is paused")
    const { pid } = this.#describe(process)
    process.resume()
    this.#options.tell(`${process.node.name} goes on (SIGCONT), as asked`)
    // What was cut and healed meanwhile it could not be told.
    const silent = await this.#tellCuts([process.node])
    return `Resumed ${process.node.name} (SIGCONT to process ${pid}).${silent}`
  }

  /** Starts a node that is down; one that runs is stopped in order first. Without a name, all that are down. */
  async restart(target: string | null): Promise<string> {
    if (target === null)
      return this.#forAll(
        "down",
        ({ isAlive }) => !isAlive,
        (name) => this.restart(name),
      )
    const process = this.#resolve(target, () => true, "exists")
    const wasAlive = process.isAlive
    await process.stop(stopPatienceMs)
    this.#options.tell(`${process.node.name} is started again, as asked`)
    const started = this.#spawn(process.node)
    const deadline = AbortSignal.timeout(restartPatienceMs)
    while (started.state === "starting" && !deadline.aborted) await this.#change(deadline).catch(() => {})
    this.#throwFailure(process.node.id)
    if (started.state === "starting") {
      const late = `${process.node.name} was started, but does not serve after ${restartPatienceMs / 1000} s. Look into ${started.logFile}.`
      throw new CliError(exitCode.failed, late)
    }
    return `${wasAlive ? "Restarted" : "Started"} ${process.node.name} (process ${started.pid}).`
  }

  /** What is done to one node by its name, to all of them that fit; the failures of some do not keep the others from it. */
  async #forAll(what: string, fits: (process: NodeProcess) => boolean, act: (name: string) => Promise<string>): Promise<string> {
    const names = [...this.#processes.values()].filter(fits).map(({ node }) => node.name)
    if (names.length === 0) throw new CliError(exitCode.failed, `No node is ${what}. Name one, or look at \`oarlock chaos status\`.`)
    const done = await Promise.allSettled(names.map(act))
    const failed = done.filter((outcome) => outcome.status === "rejected").map(({ reason }) => (reason as Error).message)
    if (failed.length > 0) throw new CliError(exitCode.failed, failed.join(" "))
    return done.flatMap((outcome) => (outcome.status === "fulfilled" ? [outcome.value] : [])).join("\n")
  }

  async cut(from: string, to: string, oneWay: boolean): Promise<string> {
    const a = this.#resolve(from, () => true, "exists").node
    // "random" and "follower" mean another one; a name that is given twice is a mistake, and told below.
    const b = this.#resolve(
      to,
      (candidate) => candidate.node.name === to || String(candidate.node.id) === to || candidate.node.id !== a.id,
      "is another node",
    ).node
    if (a.id === b.id) throw new CliError(exitCode.usage, `${a.name} has no link to itself. Name two nodes.`)
    const wanted = oneWay
      ? [{ from: a.id, to: b.id }]
      : [
          { from: a.id, to: b.id },
          { from: b.id, to: a.id },
        ]
    for (const cut of wanted) {
      if (!this.#cuts.some((known) => known.from === cut.from && known.to === cut.to)) this.#cuts.push(cut)
    }
    const silent = await this.#tellCuts([a, b])
    const link = oneWay ? `the link from ${a.name} to ${b.name}` : `the link between ${a.name} and ${b.name}`
    this.#options.tell(`${link} was cut, as asked`)
    return `Cut ${link}${oneWay ? "; the way back is open" : ""}.${silent}`
  }

  /** Without names, heals everything. */
  async heal(from: string | null, to: string | null): Promise<string> {
    const ids = [from, to].filter((name) => name !== null).map((name) => this.#resolve(name, () => true, "exists").node.id)
    const kept = this.#cuts.filter((cut) => !ids.every((id) => cut.from === id || cut.to === id))
    const healed = this.#cuts.length - kept.length
    this.#cuts.splice(0, this.#cuts.length, ...kept)
    const silent = await this.#tellCuts(this.#options.manifest.nodes)
    if (healed === 0) return "Nothing was cut there."
    const names = listInWords(ids.map(this.#narrator.nameOf))
    const links = ids.length === 0 ? "all links" : ids.length === 1 ? `the links of ${names}` : `the link between ${names}`
    this.#options.tell(`${links} ${ids.length === 2 ? "was" : "were"} healed, as asked`)
    return `Healed ${links}.${silent}`
  }

  #resolve(target: string, fits: (process: NodeProcess) => boolean, condition: string): NodeProcess {
    return chooseTarget([...this.#processes.values()], this.#narrator.leader?.id ?? null, target, fits, condition)
  }

  #describe(process: NodeProcess): { readonly role: string; readonly pid: number | null } {
    const leader = this.#narrator.leader
    return { role: leader?.id === process.node.id ? `; it led term ${leader.term}` : "", pid: process.pid }
  }

  #spawn(node: DevNode): NodeProcess {
    this.#failures.delete(node.id)
    const process = new NodeProcess({
      node,
      folder: this.#options.folder,
      script: this.#options.script,
      devToken: this.#options.token,
      onMessage: (message) => this.#onMessage(node, process, message),
      onEnd: (wanted, how) => this.#onEnd(node, process, wanted, how),
    })
    this.#processes.set(node.id, process)
    return process
  }

  #onMessage(node: DevNode, process: NodeProcess, message: ChildMessage): void {
    // A process that was replaced has nothing to say any more.
    if (this.#processes.get(node.id) !== process) return
    switch (message.kind) {
      case "ready":
        this.#narrator.began(message.configuration)
        // In its own time; if it does not answer, that is told.
        if (this.#cuts.length > 0) this.#tellCuts([node]).catch(this.#tellMistake)
        break
      case "observation": {
        const sentence = this.#narrator.tell(node.id, message.observation)
        if (sentence !== null && !this.#isStopping) this.#options.tell(sentence)
        this.#watchForLeader()
        break
      }
      case "failed":
        this.#failures.set(node.id, message.message)
        break
      default:
        message satisfies never
    }
    this.#wake()
  }

  #onEnd(node: DevNode, process: NodeProcess, wanted: "killed" | "stopped" | null, how: string): void {
    if (this.#processes.get(node.id) !== process) return
    const leader = this.#narrator.leader
    const led = leader?.id === node.id ? `; it led term ${leader.term}` : ""
    this.#lost(node.id)
    if (!this.#isStopping) {
      if (wanted === "killed") this.#options.tell(`${node.name} was killed (kill -9), as asked${led}`)
      if (wanted === null) {
        const why = this.#failures.get(node.id) ?? `${how}; its log is ${process.logFile}`
        if (!this.#failures.has(node.id)) this.#failures.set(node.id, `${node.name} ended by itself (${why})`)
        const next = this.#options.restart ? "it is started again" : `bring it back with: npx oarlock chaos restart ${node.name}`
        // Before all have started this is how the whole start fails, and told as such.
        if (this.#hasStarted) this.#options.tell(`${node.name} ended by itself (${why})${led}; ${next}`)
        // Not at once: a node that cannot start would spin.
        if (this.#options.restart) setTimeout(() => this.#spawnAgain(node, process), respawnMs).unref()
      }
    }
    this.#wake()
  }

  /** Unless somebody was faster. What keeps one node from starting harms no other. */
  #spawnAgain(node: DevNode, ended: NodeProcess): void {
    if (this.#isStopping || this.#processes.get(node.id) !== ended) return
    try {
      this.#spawn(node)
    } catch (error) {
      this.#options.tell(`${node.name} could not be started again: ${(error as Error).message}`)
    }
  }

  #lost(id: number): void {
    this.#narrator.lost(id)
    this.#watchForLeader()
  }

  /** Says so, with the reason, once there has been no leader for a while. */
  #watchForLeader(): void {
    this.#clearNotice()
    if (this.#narrator.leader !== null || this.#isStopping) return
    const longest = 2 * (this.#options.electionTimeoutMs ?? 0)
    this.#leaderlessTimer = setTimeout(
      () => {
        const up = [...this.#processes.values()].filter((process) => process.state === "running").map((process) => process.node.name)
        const cut = this.#cuts.length > 0 ? ", and links are cut" : ""
        const count = this.#processes.size === 1 ? "one node" : `${this.#processes.size} nodes`
        this.#options.tell(
          `nobody leads: of ${count} ${listInWords(up)} ${up.length <= 1 ? "runs" : "run"}${cut}; it takes a majority of the voters`,
        )
      },
      leaderlessNoticeMs + electionsInARow * longest,
    ).unref()
  }

  #clearTimers(): void {
    this.#clearNotice()
    for (const teller of this.#tellers.values()) teller.stop()
  }

  #clearNotice(): void {
    if (this.#leaderlessTimer !== null) clearTimeout(this.#leaderlessTimer)
    this.#leaderlessTimer = null
  }

  /** Makes the nodes' cuts what they should be. A node that is down is told when it is back. Returns a sentence about those that do not answer. */
  async #tellCuts(nodes: readonly DevNode[]): Promise<string> {
    const told = await Promise.all(nodes.map((node) => this.#tellers.get(node.id)!.tell()))
    const silent = nodes.filter((_, at) => !told[at]).map(({ name }) => name)
    if (silent.length === 0) return ""
    return ` ${listInWords(silent)} ${silent.length === 1 ? "does not answer and is" : "do not answer and are"} told as soon as possible.`
  }

  #tellerOf(node: DevNode): LinkTeller {
    return new LinkTeller({
      ask: () => this.#postCuts(node),
      isThere: () => !this.#isStopping && this.#processes.get(node.id)?.state === "running",
      onSilent: (why) => this.#options.tell(`${node.name} could not be told which links are cut, and is asked again until it is: ${why}`),
    })
  }

  /** Rejects if the node does not answer, or refuses. */
  async #postCuts(node: DevNode): Promise<void> {
    const post = (path: string, body: unknown) =>
      requestJson({
        address: node.client,
        path,
        method: "POST",
        body,
        timeoutMs: linkRequestMs,
        tls: null,
        headers: { "X-Oarlock-Chaos-Token": this.#options.token },
      })
    const answers = [await post("/chaos/links/heal", { peer: null })]
    for (const cut of this.#cuts) {
      if (cut.from === node.id) answers.push(await post("/chaos/links/cut", { peer: cut.to, direction: "outbound" }))
      if (cut.to === node.id) answers.push(await post("/chaos/links/cut", { peer: cut.from, direction: "inbound" }))
    }
    const refused = answers.find((answer) => answer.status !== 200)
    if (refused !== undefined) throw new CliError(exitCode.failed, `${node.name} refused: ${JSON.stringify(refused.body)}`)
  }

  /** What was never expected ends no cluster. */
  readonly #tellMistake = (error: unknown): void => this.#options.tell(`something went wrong in the supervisor: ${String(error)}`)

  /** Throws if a node, or this one, could not start. */
  #throwFailure(only: number | null = null): void {
    for (const [id, message] of this.#failures) {
      if (only !== null && id !== only) continue
      if (this.#processes.get(id)?.isAlive === false) throw new CliError(exitCode.failed, message)
    }
  }

  /** The next time that something about a node changes. */
  async #change(deadline: AbortSignal): Promise<void> {
    if (deadline.aborted) throw deadline.reason as Error
    const aborted = new AbortController()
    const changed = new Promise<void>((resolve) => this.#waiting.push(resolve))
    try {
      await Promise.race([changed, once(deadline, "abort", { signal: aborted.signal }).catch(() => {})])
    } finally {
      aborted.abort()
    }
    if (deadline.aborted) throw deadline.reason as Error
  }

  #wake(): void {
    const waiting = this.#waiting
    this.#waiting = []
    for (const resolve of waiting) resolve()
  }
}

/** The cluster file that the nodes are started with: the same one that a person would write. */
function writeClusterFile(folder: string, manifest: DevManifest, electionTimeoutMs: number | null): void {
  const content = {
    cluster: manifest.clusterToken,
    members: manifest.nodes.map(({ id, name, peer, client }) => ({ id, name, peer, client })),
    data: "{name}",
    ...(electionTimeoutMs === null ? {} : { timings: { electionTimeoutMinMs: electionTimeoutMs } }),
    log: { level: "info", format: "json" },
  }
  writeFileSync(join(folder, "cluster.json"), `${JSON.stringify(content, null, 2)}\n`)
}
