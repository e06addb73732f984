// `npm start` from the outside: a cluster of real processes by `oarlock dev`, used and broken from a second terminal, as the README says.
// Everything happens in a folder of its own and on free ports; whatever a test starts is gone when it ends.

import { type ChildProcess, execFile, spawn } from "node:child_process"
import { once } from "node:events"
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import net from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"
import { afterEach, beforeEach, describe, expect, test } from "vitest"

const script = fileURLToPath(new URL("../../bin/oarlock.js", import.meta.url))

let folder: string
let clusters: Dev[] = []

beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "oarlock-dev-"))))

afterEach(async () => {
  // In order: a node that is paused would hear neither of its supervisor's end nor of anything else.
  await Promise.all(clusters.map((cluster) => cluster.end("SIGTERM")))
  clusters = []
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
})

interface Result {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** A command in a second terminal, in the folder where the cluster was started. */
function oarlock(...args: string[]): Promise<Result> {
  return new Promise((resolve) => {
    execFile(process.execPath, [script, ...args], { cwd: folder, env: environment() }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr })
    })
  })
}

function environment(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(OARLOCK_|ETCD|FORCE_COLOR|NO_COLOR)/.test(name)))
}

interface DevNode {
  readonly name: string
  readonly pid: number | null
  readonly state: string
  readonly leads: boolean
  readonly client: string
}

/** `oarlock dev`, and what it has said. */
class Dev {
  readonly lines: string[] = []
  stderr = ""
  nodes: readonly DevNode[] = []
  /** The address of the Live page. */
  live = ""
  readonly #child: ChildProcess
  readonly #exited: Promise<number | null>
  #waiting: (() => void)[] = []

  static async start(...args: string[]): Promise<Dev> {
    const dev = new Dev(args)
    clusters.push(dev)
    const ready = JSON.parse(await dev.line((line) => line.includes('"kind":"ready"'))) as { live: string; nodes: DevNode[] }
    dev.nodes = ready.nodes
    dev.live = ready.live
    return dev
  }

  constructor(args: readonly string[]) {
    const child = spawn(process.execPath, [script, "dev", "--json", ...args], {
      cwd: folder,
      env: environment(),
      stdio: ["ignore", "pipe", "pipe"],
    })
    this.#child = child
    child.stderr.on("data", (chunk: Buffer) => (this.stderr += chunk.toString()))
    createInterface(child.stdout).on("line", (line) => {
      this.lines.push(line)
      this.#wake()
    })
    this.#exited = once(child, "close").then(([code]) => {
      this.#wake()
      return code as number | null
    })
  }

  get pid(): number {
    return this.#child.pid!
  }

  /** The first line, past or to come, that fits. */
  async line(fits: (line: string) => boolean): Promise<string> {
    for (;;) {
      const found = this.lines.find(fits)
      if (found !== undefined) return found
      if (this.#child.exitCode !== null || this.#child.signalCode !== null) throw new Error(`oarlock dev has ended: ${this.stderr}`)
      await new Promise<void>((resolve) => this.#waiting.push(resolve))
    }
  }

  async end(signal: NodeJS.Signals): Promise<number | null> {
    this.#child.kill(signal)
    return this.#exited
  }

  get exited(): Promise<number | null> {
    return this.#exited
  }

  #wake(): void {
    const waiting = this.#waiting
    this.#waiting = []
    for (const resolve of waiting) resolve()
  }
}

/** Resolves once the process is gone: its parent may be gone before it. */
async function untilGone(pid: number): Promise<void> {
  for (;;) {
    try {
      process.kill(pid, 0)
      // A zombie is gone, too: nobody is left to collect it where process 1 does not.
      if (/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"))) return
    } catch {
      return
    }
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

const status = async () =>
  JSON.parse((await oarlock("status", "--json")).stdout) as {
    leaderId: number | null
    rows: { member: { name: string }; self: { role: string } | null; error: string | null }[]
  }

describe("a cluster in two terminals", () => {
  test("put, get, kill the leader, get again, bring it back, stop, start again: nothing is lost", async () => {
    const dev = await Dev.start("--base-port", "0")
    expect(dev.nodes.map((node) => node.name)).toEqual(["n1", "n2", "n3"])
    expect(dev.nodes.filter((node) => node.leads)).toHaveLength(1)

    const page = await fetch(dev.live.replace(/#.*/, ""))
    expect(await page.text()).toContain('<div id="app">')
    const policy = page.headers.get("content-security-policy")!
    for (const { client } of dev.nodes) expect(policy).toContain(`http://${client}`)

    expect(await oarlock("put", "greeting", "hello")).toMatchObject({ code: 0, stdout: "OK, revision 2\n" })
    expect(await oarlock("get", "greeting")).toMatchObject({ code: 0, stdout: "hello\n", stderr: "" })
    expect(await oarlock("get", "nothing")).toMatchObject({ code: 3, stdout: "", stderr: 'oarlock: There is no key "nothing".\n' })

    // Who leads may have changed since the start, on a busy machine: the answer tells.
    const killed = await oarlock("chaos", "kill", "leader")
    const [, name, pid] = /^Killed (n\d) \(kill -9 of process (\d+)\); it led term \d+\.$/m.exec(killed.stdout) ?? []
    const leader = dev.nodes.find((node) => node.name === name)!
    expect(leader.pid).toBe(Number(pid))
    await untilGone(leader.pid!)

    expect(await oarlock("get", "greeting")).toMatchObject({ code: 0, stdout: "hello\n" })
    await dev.line((line) => line.includes(`${leader.name} was killed (kill -9), as asked`))
    const without = await status()
    expect(without.rows.find((row) => row.member.name === leader.name)).toMatchObject({
      self: null,
      error: expect.stringContaining("nothing listens") as string,
    })
    expect(without.rows.filter((row) => row.self?.role === "leader")).toHaveLength(1)
    const table = await oarlock("status")
    expect(table.stdout).toMatch(new RegExp(`^${leader.name} +unreachable`, "m"))
    expect(table.stdout).toMatch(/^NODE +ROLE +TERM +COMMIT +APPLIED +LAG +DISK +LEADER'S VIEW +CLIENTS$/m)

    expect(await oarlock("put", "greeting", "again")).toMatchObject({ code: 0 })
    expect((await oarlock("chaos", "restart", leader.name)).stdout).toContain(`Started ${leader.name}`)
    await oarlock("get", "greeting", "--consistency", "linearizable")
    expect((await status()).rows.every((row) => row.self !== null)).toBe(true)

    const pids = (JSON.parse((await oarlock("chaos", "status", "--json")).stdout) as { nodes: DevNode[] }).nodes.map((node) => node.pid!)
    expect(await dev.end("SIGINT")).toBe(0)
    expect(dev.stderr).toContain("All stopped. The data is kept")
    await Promise.all(pids.map(untilGone))
    expect(await oarlock("chaos", "kill", "leader")).toMatchObject({ code: 5 })

    const second = await Dev.start()
    expect(second.nodes.map((node) => node.client)).toEqual(dev.nodes.map((node) => node.client))
    expect(await oarlock("get", "greeting")).toMatchObject({ code: 0, stdout: "again\n" })
    expect(await second.end("SIGTERM")).toBe(0)
  })

  test("a paused leader loses its place, and follows when it goes on", async () => {
    const dev = await Dev.start("--base-port", "0")
    const told = dev.lines.length
    const paused = await oarlock("chaos", "pause", "leader")
    const name = /^Paused (n\d) /.exec(paused.stdout)![1]!
    // A write that is on its way to the sleeper would be unknown, and rightly so: wait until another leads.
    await dev.line((line) => / leads term /.test(line) && !line.includes(`${name} leads`) && dev.lines.indexOf(line) >= told)
    expect(await oarlock("put", "a", "1")).toMatchObject({ code: 0 })
    expect((await oarlock("chaos", "resume", name)).stdout).toContain("Resumed")
    await dev.line((line) => line.includes(`${name} no longer leads`))
    expect(await oarlock("get", "a")).toMatchObject({ code: 0, stdout: "1\n" })
  })

  test("with a longer election timeout a leader that is silent keeps its place for longer", async () => {
    const dev = await Dev.start("--base-port", "0", "--election-timeout", "1500")
    const leader = dev.nodes.find((node) => node.leads)!
    const told = dev.lines.length
    const timeOf = (line: string): number => Date.parse((JSON.parse(line) as { time: string }).time)
    await oarlock("chaos", "pause", leader.name)
    const paused = await dev.line((line) => line.includes(`${leader.name} was paused`))
    const led = await dev.line((line) => / leads term /.test(line) && dev.lines.indexOf(line) >= told)
    // Three times as long as the longest that nodes wait by default; less than they wait now by a heartbeat, and the last message before it.
    expect(timeOf(led) - timeOf(paused)).toBeGreaterThan(1000)
    // Neither was the supervisor's patience at its end: elections take as long as was asked for.
    expect(dev.lines.filter((line) => line.includes("nobody leads"))).toEqual([])
  })

  test("what was healed while a node was paused is healed for it too, once it goes on", async () => {
    const dev = await Dev.start("--base-port", "0")
    const [one, other] = dev.nodes.filter((node) => !node.leads)
    await oarlock("chaos", "cut", one!.name, other!.name)
    await oarlock("chaos", "pause", one!.name)
    expect((await oarlock("chaos", "heal")).stdout).toContain("Healed all links")
    expect(await oarlock("chaos", "resume", one!.name)).toMatchObject({ code: 0 })
    const status = (await (await fetch(`http://${one!.client}/cluster`)).json()) as { readonly cutLinks: unknown }
    expect(status.cutLinks).toEqual([])
  })

  test("a node that stands still as links are cut, or comes back while they are, harms nobody and is told once it can be", async () => {
    const dev = await Dev.start("--base-port", "0")
    const [one, other] = dev.nodes.filter((node) => !node.leads)
    const cuts = async (): Promise<number> => {
      const view = (await (await fetch(`http://${one!.client}/cluster`)).json()) as { readonly cutLinks: unknown[] }
      return view.cutLinks.length
    }
    const untilCut = async (): Promise<void> => {
      while ((await cuts()) === 0) await new Promise((resolve) => setTimeout(resolve, 50))
    }
    // Behind the supervisor's back: it takes the node for one that answers.
    process.kill(one!.pid!, "SIGSTOP")
    const cut = await oarlock("chaos", "cut", one!.name, other!.name)
    expect(cut).toMatchObject({
      code: 0,
      stdout: expect.stringContaining(`${one!.name} does not answer and is told as soon as possible`) as string,
    })
    process.kill(one!.pid!, "SIGCONT")
    await untilCut()

    expect((await oarlock("chaos", "kill", one!.name)).code).toBe(0)
    expect((await oarlock("chaos", "restart")).stdout).toContain(`Started ${one!.name}`)
    await untilCut()
    expect(await oarlock("put", "a", "1")).toMatchObject({ code: 0 })
    expect(dev.lines.filter((line) => line.includes("something went wrong"))).toEqual([])
  })

  test("a leader cut off from both others is replaced; healed, the cluster is whole again", async () => {
    const dev = await Dev.start("--base-port", "0")
    const leader = dev.nodes.find((node) => node.leads)!
    const others = dev.nodes.filter((node) => !node.leads)
    // By name: after the first cut, "leader" may be another already.
    for (const other of others) expect((await oarlock("chaos", "cut", leader.name, other.name)).stdout).toContain("Cut the link between")
    await dev.line((line) => line.includes(`${leader.name} no longer leads`))
    expect(await oarlock("put", "a", "1")).toMatchObject({ code: 0 })
    // Alone, it must not serve what it cannot confirm; what it has, it may.
    expect(await oarlock("get", "a", "--endpoints", leader.client, "--consistency", "stale")).toMatchObject({ code: 3 })
    expect((await oarlock("chaos", "heal")).stdout).toContain("Healed all links")
    expect(await oarlock("get", "a")).toMatchObject({ code: 0, stdout: "1\n" })
  })

  test("five nodes, and --fresh forgets what was there", async () => {
    const three = await Dev.start("--base-port", "0")
    await oarlock("put", "a", "1")
    await three.end("SIGINT")
    const refused = await oarlock("dev", "--nodes", "5")
    expect(refused.code).toBe(2)
    expect(refused.stderr).toContain("holds a cluster of 3, not 5. Add --fresh")
    const five = await Dev.start("--nodes", "5", "--fresh", "--base-port", "0")
    expect(five.nodes).toHaveLength(5)
    expect(await oarlock("get", "a")).toMatchObject({ code: 3 })
  })

  test("the last line that is printed at the start is the address of the Live page", async () => {
    const child = spawn(process.execPath, [script, "dev", "--base-port", "0"], {
      cwd: folder,
      env: environment(),
      stdio: ["ignore", "pipe", "ignore"],
    })
    const lines: string[] = []
    for await (const line of createInterface(child.stdout)) {
      lines.push(line)
      if (line.includes("#/live/")) break
    }
    expect(lines.at(-1)).toMatch(/^Watch it and break it in the browser: http:\/\/127\.0\.0\.1:\d+\/#\/live\/[0-9a-f]{48}$/)
    expect(lines.join("\n")).toContain("Ctrl-C stops all of them")
    child.kill("SIGINT")
    expect((await once(child, "exit"))[0]).toBe(0)
  })

  test("watch-leader tells of a change", async () => {
    await Dev.start("--base-port", "0")
    const watcher = spawn(process.execPath, [script, "watch-leader"], {
      cwd: folder,
      env: environment(),
      stdio: ["ignore", "pipe", "inherit"],
    })
    const lines = createInterface(watcher.stdout)[Symbol.asyncIterator]()
    const leads = /(n\d) leads term \d+/
    const nextLeader = async (): Promise<string> => {
      for (;;) {
        const found = leads.exec((await lines.next()).value as string)
        if (found !== null) return found[1]!
      }
    }
    const first = await nextLeader()
    await oarlock("chaos", "kill", first)
    while ((await nextLeader()) === first);
    watcher.kill("SIGINT")
    expect((await once(watcher, "exit"))[0]).toBe(0)
  })
})

describe("nothing is left behind", () => {
  test("a port in use is named, with its holder, and nothing runs or remains", async () => {
    const holder = net.createServer().listen(0, "127.0.0.1")
    await once(holder, "listening")
    const { port } = holder.address() as net.AddressInfo
    const refused = await oarlock("dev", "--base-port", String(port))
    holder.close()
    expect(refused).toMatchObject({ code: 1, stdout: "" })
    expect(refused.stderr).toContain(`Port ${port}, meant for n1's clients, is in use by`)
    if (process.platform === "linux") expect(refused.stderr).toContain(`(process ${process.pid})`)
    expect(refused.stderr).toContain("Nothing was started.")
  })

  test("nodes stop by themselves when the supervisor is killed", async () => {
    const dev = await Dev.start("--base-port", "0")
    const pids = dev.nodes.map((node) => node.pid!)
    await dev.end("SIGKILL")
    await Promise.all(pids.map(untilGone))
    expect(await oarlock("chaos", "status")).toMatchObject({ code: 5 })
  })

  test("a folder that is not ours is not wiped", async () => {
    const treasure = join(folder, "treasure.txt")
    writeFileSync(treasure, "gold")
    const refused = await oarlock("dev", "--fresh", "--data", ".")
    expect(refused.code).toBe(2)
    expect(refused.stderr).toContain("was not made by `oarlock dev`, so --fresh will not wipe it")
    expect(existsSync(treasure)).toBe(true)
  })

  test("the same folder is not run twice", async () => {
    const dev = await Dev.start("--base-port", "0")
    const refused = await oarlock("dev")
    expect(refused.code).toBe(1)
    expect(refused.stderr).toContain(`runs already (process ${dev.pid})`)
  })

  test("a node that dies by itself is told, with how to bring it back", async () => {
    const dev = await Dev.start("--base-port", "0")
    const follower = dev.nodes.find((node) => !node.leads)!
    process.kill(follower.pid!, "SIGKILL")
    const line = await dev.line((text) => text.includes(`${follower.name} ended by itself`))
    expect(line).toContain("SIGKILL")
    expect(line).toContain(`oarlock chaos restart ${follower.name}`)
    expect(await oarlock("put", "a", "1")).toMatchObject({ code: 0 })
  })
})
