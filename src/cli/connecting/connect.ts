/** The native client for commands: opened on the right cluster, closed at the end, its errors turned into exit codes. */

import type { ConnectionOptions } from "node:tls"
import { type Client, connect, OarlockError } from "../../client/index.ts"
import { CliError, type ExitCode, exitCode } from "../terminal/cli-error.ts"
import { type ClusterOptions, type Context, run } from "../terminal/command.ts"
import { findTarget, type Target } from "./endpoints.ts"
import type { TlsMaterial } from "./http-json.ts"

/** Runs `body` with a client of the cluster that the options mean, as the whole of a command. */
export function withClient(
  context: Context,
  options: ClusterOptions,
  body: (client: Client, target: Target) => Promise<ExitCode | void>,
): Promise<void> {
  return run(context, options, () => {
    const target = findTarget(context, options)
    return useClient(
      target,
      (client) => body(client, target),
      (words) => context.output.note(words),
    )
  })
}

/** Throws `CliError` in place of the client's own errors. `warn` is told of servers that the client does not talk to though it was given them. */
export async function useClient<Result>(
  target: Target,
  body: (client: Client) => Promise<Result>,
  warn: (words: string) => void = () => {},
): Promise<Result> {
  const client = connect({
    endpoints: target.addresses,
    timeoutMs: target.timeoutMs,
    administrationTimeoutMs: target.timeoutMs,
    tls: target.tls === null ? null : tlsOptions(target.tls),
  })
  try {
    return await body(client)
  } catch (error) {
    throw error instanceof OarlockError ? explainClientError(error, target.tls !== null) : error
  } finally {
    for (const { endpoint, message } of client.refused) warn(`oarlock: ${endpoint} is left out: ${message}.`)
    client.close()
  }
}

function tlsOptions(tls: TlsMaterial): ConnectionOptions {
  return {
    ...(tls.ca === null ? {} : { ca: tls.ca }),
    ...(tls.cert === null ? {} : { cert: tls.cert }),
    ...(tls.key === null ? {} : { key: tls.key }),
  }
}

export function explainClientError(error: OarlockError, isSecure: boolean): CliError {
  return new CliError(codeFor(error), `${error.message}.${adviceFor(error, isSecure)}`, { cause: error })
}

function codeFor({ code, outcome }: OarlockError): ExitCode {
  if (outcome === "unknown") return exitCode.unknown
  if (code === "badArgument") return exitCode.usage
  if (code === "unknownMember") return exitCode.notFound
  return code === "unreachable" || code === "noLeader" || code === "timeout" ? exitCode.unreachable : exitCode.failed
}

function adviceFor({ code, outcome, message }: OarlockError, isSecure: boolean): string {
  if (outcome === "unknown") return " Look before you try again."
  switch (code) {
    case "unreachable":
      // A port that speaks TLS closes a plain connection that is not HTTP without a word.
      if (!isSecure && message.includes("closed the connection"))
        return " If that is a client port with TLS, write https:// or give --cacert; if it is the peers' port, give the clients'."
      return " Start a cluster with `oarlock dev`, or name its nodes with --endpoints."
    case "noLeader":
    case "timeout":
      return " Nothing was changed. `oarlock status` shows who is up."
    case "notCaughtUp":
      return " Wait until `oarlock status` shows no lag, then try again."
    default:
      return ""
  }
}
