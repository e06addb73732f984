/** `oarlock start`: one node of a cluster, from flags, environment or a cluster file. */

import type { Command } from "commander"
import { ConfigErrors, gatherSettings, NobodyToJoin, resolveConfig, type RunningServer, startServer } from "../../server/index.ts"
import { settings } from "../../server/internal.ts"
import { devTokenVariable, type ChildMessage } from "../dev/child-message.ts"
import { CliError, type ExitCode, exitCode } from "../terminal/cli-error.ts"
import { type CommonOptions, type Context, defineCommand, run } from "../terminal/command.ts"
import { exitSoon } from "../terminal/exit-soon.ts"
import { prepareServerMemory } from "./server-memory.ts"

export function startCommand(context: Context): Command {
  const command = defineCommand("start", "Run one node", [
    "oarlock start                                       a cluster of one, clients on 127.0.0.1:2379",
    "oarlock start --cluster examples/cluster.json --id 2   member 2 of the cluster in that file",
    "oarlock start -p 2379 -i 1                          a cluster of one, clients on port 2379, peers on 2380",
    "oarlock start --name n1 --initial-cluster n1=http://10.0.0.1:2380,n2=http://10.0.0.2:2380,n3=http://10.0.0.3:2380 \\",
    "    --listen-peer-urls http://10.0.0.1:2380 --listen-client-urls http://10.0.0.1:2379",
    "oarlock start --name n4 --join 10.0.0.1:2379 --listen-peer-urls http://10.0.0.4:2380 --listen-client-urls http://10.0.0.4:2379",
  ]).alias("serve")
  for (const { flags, help } of settings) command.option(flags, help)
  command.addHelpText(
    "after",
    "\nEvery long flag can also be given as OARLOCK_… or ETCD_… in the environment (--data-dir as OARLOCK_DATA_DIR).\nA flag beats the environment, the environment beats the cluster file.",
  )
  return command.action((options: CommonOptions & Readonly<Record<string, unknown>>) =>
    run(context, options, () => runNode(context, options)),
  )
}

async function runNode(context: Context, options: Readonly<Record<string, unknown>>): Promise<ExitCode> {
  prepareServerMemory()
  const supervisor = connectSupervisor(context.env)
  let server: RunningServer
  try {
    const config = resolveConfig(gatherSettings(options, context.env), context.workingDirectory)
    server = await startServer(config, {
      chaosToken: supervisor?.devToken ?? null,
      operatorToken: supervisor?.devToken ?? null,
    })
  } catch (error) {
    supervisor?.send({ kind: "failed", message: (error as Error).message })
    const isUsage = error instanceof ConfigErrors
    if (error instanceof NobodyToJoin) throw new CliError(exitCode.unreachable, `${error.message}.`, { cause: error })
    throw isUsage ? new CliError(exitCode.usage, error.message, { cause: error }) : error
  }
  server.node.onObservation((observation) => supervisor?.send({ kind: "observation", observation }))
  supervisor?.send({ kind: "ready", configuration: server.node.status().configuration })
  return untilDone(server, supervisor)
}

/** Runs until a signal, the end of the supervisor, or a halt of the node. */
async function untilDone(server: RunningServer, supervisor: SupervisorLink | null): Promise<ExitCode> {
  const asked = new Promise<"asked">((resolve) => {
    const stop = (): void => resolve("asked")
    process.once("SIGTERM", stop)
    process.once("SIGINT", stop)
    supervisor?.onGone(stop)
  })
  const halted = server.halted.then((because) => ({ because }))
  const end = await Promise.race([asked, halted])
  if (end !== "asked") supervisor?.send({ kind: "failed", message: end.because })
  await server.close({ handOver: supervisor === null })
  supervisor?.release()
  exitSoon()
  if (end === "asked") return exitCode.ok
  throw new CliError(exitCode.failed, `The node stopped for good: ${end.because}`)
}

interface SupervisorLink {
  readonly devToken: string
  send(message: ChildMessage): void
  onGone(listener: () => void): void
  release(): void
}

/** Under `oarlock dev` there is somebody to report to, and to follow when they go. */
function connectSupervisor(env: NodeJS.ProcessEnv): SupervisorLink | null {
  const devToken = env[devTokenVariable]
  if (process.send === undefined || devToken === undefined) return null
  return {
    devToken,
    send(message) {
      // The supervisor may go at any moment; `onGone` tells.
      if (process.connected) process.send!(message, undefined, undefined, () => {})
    },
    onGone: (listener) => {
      process.once("disconnect", listener)
    },
    release: () => {
      if (process.connected) process.disconnect()
    },
  }
}
