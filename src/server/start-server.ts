/**
 * Starts a server. `run-server.ts`, which does the work, is loaded only when it is called.
 *
 * The command line imports this folder for a dozen small things. Without the node, the store, the logger and the metrics, a command such as
 * `oarlock get` starts in half the time.
 */

import { entered, foreignOptions, nullable, record, text } from "../arguments/index.ts"
import type { ServerConfig } from "./configuration/config.ts"
import type { ServedNode } from "./node/served-node.ts"

/** What the configuration of a server does not hold. */
export interface StartOptions {
  /** A request that brings this text may cut connections on purpose; null: nobody may. Only `oarlock dev` gives one. */
  readonly chaosToken: string | null
  /** A request that brings this text may operate the cluster through `/operator/…`, in place of `ServerConfig.operatorToken`; null leaves it to that. */
  readonly operatorToken: string | null
}

/** A server that runs. */
export interface RunningServer {
  /** The node behind it. */
  readonly node: ServedNode
  /** Where it serves clients, `host:port`, with the ports that were really taken. */
  readonly clientAddresses: readonly string[]
  /** Resolves with the reason if the node stops for good by itself. */
  readonly halted: Promise<string>
  /** Answers the requests that wait and closes all it has open; with `handOver`, a leader hands leadership over first. */
  close(options?: { readonly handOver: boolean }): Promise<void>
}

/**
 * Starts a server and resolves once it serves clients; it need not know a leader yet.
 *
 * Rejects with `ConfigErrors`, with `NobodyToJoin`, with the node's `OarlockError`, or with an `Error` that names the address that cannot be
 * listened on. Nothing stays open then.
 */
export async function startServer(config: ServerConfig, options: StartOptions): Promise<RunningServer> {
  entered("startServer", () => {
    foreignOptions("a configuration, as resolveConfig gives it")(config, "config")
    record<StartOptions>({ chaosToken: nullable(text), operatorToken: nullable(text) })(options, "options")
  })
  const { runServer } = await import("./run-server.ts")
  return runServer(config, options)
}
