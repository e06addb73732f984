/** `oarlock dev`: a whole cluster on this machine, as `npm start` runs it. Stays in the foreground and tells what happens. */

import { randomBytes } from "node:crypto"
import { readdirSync, rmSync, statSync } from "node:fs"
import { join, relative, resolve } from "node:path"
import { fileURLToPath } from "node:url"
import type { Command } from "commander"
import { type DevManifest, readManifest, writeManifest } from "../connecting/manifest.ts"
import { askSupervisor, serveControl } from "../dev/control.ts"
import { chooseNodes, devNodesMax, findTakenPort } from "../dev/ports.ts"
import { type DevNodeStatus, Supervisor } from "../dev/supervisor.ts"
import { CliError, type ExitCode, exitCode } from "../terminal/cli-error.ts"
import { type CommonOptions, type Context, defineCommand, parseInteger, run } from "../terminal/command.ts"
import { exitSoon } from "../terminal/exit-soon.ts"
import { makeFolder } from "../terminal/make-folder.ts"
import { formatTable, listInWords } from "../terminal/table.ts"

interface DevOptions extends CommonOptions {
  readonly nodes?: string
  readonly fresh?: boolean
  readonly data: string
  readonly basePort?: string
  readonly restart?: boolean
  readonly electionTimeout?: string
}

/** How long the nodes may take until one of them leads, in milliseconds, beside their election timeouts. */
export const startTimeoutMs = 30_000
/** The first election takes up to two of the shortest election timeouts, and the votes may split. */
const electionsBeforeGivingUp = 4
/** npm passes Ctrl-C on, so one press can arrive twice; a second one within this many milliseconds is the same. */
export const sameInterruptMs = 250
/** Three heartbeats of a millisecond just fit in. */
export const electionTimeoutLeastMs = 3
export const electionTimeoutMostMs = 60_000

export function devCommand(context: Context): Command {
  return defineCommand("dev", "Run a whole cluster on this machine, with durable data, until Ctrl-C", [
    "oarlock dev                          three nodes, data in ./data",
    "oarlock dev --nodes 5 --fresh        five nodes, from nothing",
    "oarlock dev --data /tmp/x --base-port 0   elsewhere, on free ports",
    "oarlock dev --election-timeout 1000  slow to elect, slow to give up a leader",
  ])
    .option("--nodes <count>", `how many nodes, 1 to ${devNodesMax} (default: as many as the data has, or 3)`)
    .option("--fresh", "throw away the data of an earlier run first")
    .option("--data <dir>", "folder for everything", "data")
    .option("--base-port <port>", "first client port; 0 takes free ports (default: 2379, 22379, 32379 …)")
    .option("--restart", "start a node again that ended by itself")
    .option(
      "--election-timeout <ms>",
      "shortest silence before an election, the longest is twice that; more on a machine so busy that leaders change by themselves (default: 150)",
    )
    .option("--chaos", "allow `oarlock chaos` (it is always allowed here; kept for clarity)")
    .action((options: DevOptions) => run(context, options, () => runDev(context, options)))
}

async function runDev(context: Context, options: DevOptions): Promise<ExitCode> {
  const electionTimeoutMs =
    options.electionTimeout === undefined
      ? null
      : parseInteger(options.electionTimeout, "--election-timeout", electionTimeoutLeastMs, electionTimeoutMostMs)
  const folder = resolve(context.workingDirectory, options.data)
  const shown = showFolder(context.workingDirectory, folder)
  const { manifest, isNew } = await planCluster(folder, shown, options)
  const taken = await findTakenPort(manifest.nodes)
  if (taken !== null) {
    const by = taken.holder === null ? "another process" : taken.holder
    const others = isNew ? "--base-port" : "--base-port and --fresh (the data is lost then)"
    throw new CliError(
      exitCode.failed,
      `Port ${taken.port}, meant for ${taken.purpose}, is in use by ${by}. Stop that, or choose other ports with ${others}. Nothing was started.`,
    )
  }
  // Only now: a start that cannot be leaves no folder behind, and wipes none.
  if (isNew) beginFolder(folder, shown, manifest)
  const interrupts = catchInterrupts()
  const tell = teller(context, options)
  const token = randomBytes(24).toString("hex")
  const supervisor = new Supervisor({
    token,
    folder,
    manifest,
    script: fileURLToPath(new URL("../../../bin/oarlock.js", import.meta.url)),
    restart: options.restart === true,
    electionTimeoutMs,
    tell,
  })
  const names = listInWords(manifest.nodes.map((node) => node.name))
  if (options.json !== true) context.output.note(`Starting ${names}; data and logs are in ${shown}.`)

  const control = await serveControl(supervisor, token, livePort(manifest))
  try {
    await Promise.race([supervisor.start(startTimeoutMs + electionsBeforeGivingUp * (electionTimeoutMs ?? 0)), interrupts.next()])
    if (interrupts.count === 0) {
      writeManifest(folder, { ...manifest, control: { pid: process.pid, port: control.port, token } })
      present(context, options, supervisor, shown, `http://127.0.0.1:${control.port}/#/live/${token}`)
      await interrupts.next()
    }
    await stopAll(context, supervisor, interrupts, names)
  } catch (error) {
    // A full disk, say: no node may be left without somebody who can stop it.
    await supervisor.stop()
    throw error
  } finally {
    control.close()
    forgetControl(context, folder, manifest)
    interrupts.release()
    exitSoon()
  }
  return exitCode.ok
}

/** A manifest that still names a control port does no harm: a command that asks there hears that nothing listens. So a failure to write it is no error. */
function forgetControl(context: Context, folder: string, manifest: DevManifest): void {
  try {
    writeManifest(folder, { ...manifest, control: null })
  } catch (error) {
    context.output.note(`oarlock: it could not be written down that the cluster does not run any more: ${(error as Error).message}`)
  }
}

/** Relative where that is shorter to read, absolute where it would begin with dots. */
function showFolder(workingDirectory: string, folder: string): string {
  const path = relative(workingDirectory, folder)
  return path === "" ? "." : path.startsWith("..") ? folder : path
}

interface Plan {
  readonly manifest: DevManifest
  /** The folder is to be begun, or begun anew. */
  readonly isNew: boolean
}

/** What is to run. Changes nothing. Throws `CliError` if the folder belongs to something else, or to a cluster that runs. */
async function planCluster(folder: string, shown: string, options: DevOptions): Promise<Plan> {
  const count = options.nodes === undefined ? null : parseInteger(options.nodes, "--nodes", 1, devNodesMax)
  const basePort = options.basePort === undefined ? null : parseInteger(options.basePort, "--base-port", 0, 65_535 - 10 * devNodesMax)
  const found = statSync(folder, { throwIfNoEntry: false })
  if (found?.isDirectory() === false) throw new CliError(exitCode.usage, `--data: ${shown} is a file, not a folder. Choose another one.`)
  const manifest = readManifest(folder)
  if (manifest?.control != null && (await isRunning(manifest))) {
    throw new CliError(
      exitCode.failed,
      `The cluster in ${shown} runs already (process ${manifest.control.pid}). Use it from here, or stop it with Ctrl-C there.`,
    )
  }
  if (manifest === null && found !== undefined && readdirSync(folder).length > 0) {
    const what = options.fresh === true ? "so --fresh will not wipe it" : "so nothing is put there"
    throw new CliError(
      exitCode.usage,
      `${shown} is not empty and was not made by \`oarlock dev\`, ${what}. Choose another folder with --data.`,
    )
  }
  if (manifest !== null && options.fresh !== true) {
    refuseOtherShape(manifest, count, basePort, shown)
    return { manifest: { ...manifest, control: null }, isNew: false }
  }
  const nodes = await chooseNodes(count ?? 3, basePort)
  return { manifest: { format: 1, clusterToken: `dev-${randomBytes(8).toString("hex")}`, nodes, control: null }, isNew: true }
}

/** Makes the folder, or empties it: `planCluster` saw that it is ours. */
function beginFolder(folder: string, shown: string, manifest: DevManifest): void {
  try {
    makeFolder(folder, 0o700)
    for (const name of readdirSync(folder)) rmSync(join(folder, name), { recursive: true })
    writeManifest(folder, manifest)
  } catch (error) {
    throw new CliError(exitCode.failed, `--data: ${shown} cannot be used (${(error as Error).message}). Choose another folder.`, {
      cause: error,
    })
  }
}

/** The members of a cluster are in its log: starting more processes would not make more of them. */
function refuseOtherShape(manifest: DevManifest, count: number | null, basePort: number | null, shown: string): void {
  const { length } = manifest.nodes
  if (count !== null && count !== length) {
    throw new CliError(
      exitCode.usage,
      `--nodes: ${shown} holds a cluster of ${length}, not ${count}. Add --fresh to begin a new one (its data is lost), or leave --nodes out.`,
    )
  }
  const firstPort = Number(manifest.nodes[0]!.client.split(":").at(-1))
  if (basePort !== null && basePort !== 0 && basePort !== firstPort) {
    throw new CliError(
      exitCode.usage,
      `--base-port: the cluster in ${shown} begins at port ${firstPort}. Add --fresh to begin a new one (its data is lost), or leave --base-port out.`,
    )
  }
}

async function isRunning(manifest: DevManifest): Promise<boolean> {
  return askSupervisor(manifest.control!, { action: "status" }).then(
    () => true,
    () => false,
  )
}

function present(context: Context, options: DevOptions, supervisor: Supervisor, shown: string, live: string): void {
  const { output } = context
  const status = supervisor.status()
  if (options.json === true) return output.print(JSON.stringify({ kind: "ready", live, ...status }))
  const { style } = output
  const extra = options.data === "data" ? "" : ` --data ${shown}`
  const commands = [`npx oarlock put greeting hello${extra}`, `npx oarlock get greeting${extra}`, `npx oarlock chaos kill leader${extra}`]
  output.print(`\n${formatDevTable(status.nodes, style.bold)}\n`)
  output.print(`Try, in a second terminal:\n${commands.map((line) => `  ${style.good(line)}`).join("\n")}\n`)
  output.print(`Ctrl-C stops ${status.nodes.length === 1 ? "it" : "all of them"}; the data stays.\n`)
  output.print(`Watch it and break it in the browser: ${style.good(live)}`)
}

/** One below the first node's clients: 2378 for the customary ports. */
function livePort(manifest: DevManifest): number {
  return Number(manifest.nodes[0]!.client.split(":").at(-1)) - 1
}

export function formatDevTable(nodes: readonly DevNodeStatus[], header: (line: string) => string): string {
  return formatTable(
    [
      { title: "NODE", cell: (node) => node.name },
      { title: "ROLE", cell: (node) => (node.leads ? "leader" : "follower") },
      { title: "CLIENTS", cell: (node) => node.client },
      { title: "PEERS", cell: (node) => node.peer },
      { title: "PROCESS", cell: (node) => String(node.pid ?? "-"), align: "right" },
    ],
    nodes,
    header,
  )
}

/** Sentences with the time of day, or JSON lines. */
function teller(context: Context, options: DevOptions): (sentence: string) => void {
  return (sentence) => {
    // The cluster goes on whether its events are read or not: what a slow reader would miss is left out.
    if (context.output.isBehind) return
    const now = new Date()
    if (options.json === true) return context.output.print(JSON.stringify({ kind: "event", time: now.toISOString(), text: sentence }))
    context.output.print(`${context.output.style.dim(now.toTimeString().slice(0, 8))}  ${sentence}`)
  }
}

async function stopAll(context: Context, supervisor: Supervisor, interrupts: Interrupts, names: string): Promise<void> {
  context.output.note(`\nStopping ${names} …`)
  const stopped = supervisor.stop().then(() => "in order" as const)
  const impatient = interrupts.next().then(() => "at once" as const)
  const how = await Promise.race([stopped, impatient])
  if (how === "at once") {
    await supervisor.killAll()
    return context.output.note("Killed. What was acknowledged is on disk all the same.")
  }
  context.output.note("All stopped. The data is kept; start again to go on.")
}

interface Interrupts {
  readonly count: number
  /** The next Ctrl-C, SIGTERM or SIGHUP. */
  next(): Promise<void>
  release(): void
}

export function catchInterrupts(): Interrupts {
  let count = 0
  let lastMs = Number.NEGATIVE_INFINITY
  let waiting: (() => void)[] = []
  const onSignal = (): void => {
    const nowMs = performance.now()
    if (nowMs - lastMs < sameInterruptMs) return
    lastMs = nowMs
    count++
    const woken = waiting
    waiting = []
    for (const resolve of woken) resolve()
  }
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const
  for (const signal of signals) process.on(signal, onSignal)
  return {
    get count() {
      return count
    },
    next: () => new Promise((resolve) => waiting.push(resolve)),
    release() {
      for (const signal of signals) process.removeListener(signal, onSignal)
    },
  }
}
