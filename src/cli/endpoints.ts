/**
 * Which cluster a command means: what `--endpoints` says, else the environment, else the dev cluster of this folder, else etcd's port here.
 */

import { resolve } from "node:path"
import { formatAddress, parseAddress } from "../server/index.ts"
import { CliError, exitCode } from "./cli-error.ts"
import { type ClusterOptions, type Context, parseInteger } from "./command.ts"
import { findDevFolder, readManifest } from "./dev/manifest.ts"
import { readTlsMaterial, type TlsMaterial } from "./http-json.ts"

export interface Target {
  /** `host:port` each; at least one. */
  readonly addresses: readonly string[]
  readonly tls: TlsMaterial | null
  readonly timeoutMs: number
}

/** Throws `CliError` for addresses, files and folders that make no sense. */
export function findTarget(context: Context, options: ClusterOptions): Target {
  const tls = readTlsMaterial(options)
  const timeoutMs = parseInteger(options.timeout, "--timeout", 1, 3_600_000)
  return { addresses: findAddresses(context, options), tls, timeoutMs }
}

function findAddresses(context: Context, options: ClusterOptions): readonly string[] {
  if (options.endpoints !== undefined) return parseEndpoints(options.endpoints, "--endpoints")
  if (options.data === undefined) {
    for (const name of ["OARLOCK_ENDPOINTS", "ETCDCTL_ENDPOINTS"]) {
      const text = context.env[name]
      if (text !== undefined && text !== "") return parseEndpoints(text, name)
    }
  }
  const folder = options.data === undefined ? findDevFolder(context.workingDirectory) : resolve(context.workingDirectory, options.data)
  const manifest = folder === null ? null : readManifest(folder)
  if (manifest !== null) return manifest.nodes.map((node) => node.client)
  if (options.data !== undefined)
    throw new CliError(
      exitCode.usage,
      `--data: there is no \`oarlock dev\` cluster in ${options.data}. Start one there, or name nodes with --endpoints.`,
    )
  return ["127.0.0.1:2379"]
}

function parseEndpoints(text: string, where: string): readonly string[] {
  return text.split(",").map((part) => {
    const address = parseAddress(part)
    if ("port" in address) return formatAddress(address)
    throw new CliError(
      exitCode.usage,
      `${where}: found ${JSON.stringify(part)}, expected ${address.expected}${address.advice === "" ? "" : `; ${address.advice}`}.`,
    )
  })
}
