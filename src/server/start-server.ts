/**
 * Starts a server: the door to `run-server.ts`, which is loaded only now.
 *
 * The command line imports this folder for a dozen small things. With the node, the store, the logger and the metrics behind this door, a
 * command like `oarlock get` starts in half the time.
 */

import { entered, foreignOptions, nullable, record, text } from "../arguments/index.ts"
import type { ServerConfig } from "./configuration/config.ts"
import type { ServedNode } from "./node/served-node.ts"

export interface StartOptions {
  /** Allows faults on purpose to who knows this token; null for none. Only `oarlock dev` gives one. */
  readonly chaosToken: string | null
  /** Lets who knows this token operate the cluster through `/operator/…`, in place of the configuration's; null leaves it to that. */
  readonly operatorToken: string | null
}

export interface RunningServer {
  readonly node: ServedNode
  /** Where clients are served, with real port numbers. */
  readonly clientAddresses: readonly string[]
  /** Resolves with the reason if the node stops for good by itself. */
  readonly halted: Promise<string>
  /** Hands leadership over if asked to, answers what waits, and lets go of everything. */
  close(options?: { readonly handOver: boolean }): Promise<void>
}

/** Throws `ConfigErrors`, the node's `OarlockError`, or an `Error` that names the address; nothing stays open then. */
export async function startServer(config: ServerConfig, options: StartOptions): Promise<RunningServer> {
  entered("startServer", () => {
    foreignOptions("a configuration, as resolveConfig gives it")(config, "config")
    record<StartOptions>({ chaosToken: nullable(text), operatorToken: nullable(text) })(options, "options")
  })
  const { runServer } = await import("./run-server.ts")
  return runServer(config, options)
}
