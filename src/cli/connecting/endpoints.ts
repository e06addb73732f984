/**
 * Which cluster a command means: what `--endpoints` says, else the environment, else the dev cluster of this folder, else etcd's port here.
 */

import { resolve } from "node:path"
import { formatAddress, parseAddress } from "../../server/internal.ts"
import { CliError, exitCode } from "../terminal/cli-error.ts"
import { type ClusterOptions, type Context, parseInteger } from "../terminal/command.ts"
import { readTlsMaterial, type TlsMaterial } from "./http-json.ts"
import { findDevFolder, readManifest } from "./manifest.ts"

export interface Target {
  /** `host:port` each; at least one. */
  readonly addresses: readonly string[]
  readonly tls: TlsMaterial | null
  readonly timeoutMs: number
}

/** Throws `CliError` for addresses, files and folders that make no sense. */
export function findTarget(context: Context, options: ClusterOptions): Target {
  const timeoutMs = parseInteger(options.timeout, "--timeout", 1, 3_600_000)
  const { addresses, isDev } = findAddresses(context, options)
  const wanted = isWantedSecure(addresses)
  // What the environment says about certificates is for the cluster that it or a flag names, not for one of `oarlock dev`.
  const env = isDev ? {} : context.env
  const files = readTlsMaterial(options, wanted.isPlain ? {} : env)
  if (wanted.isPlain && files !== null) {
    throw new CliError(
      exitCode.usage,
      `${wanted.where}: http:// is plain, and --cacert, --cert and --key are for TLS. Write https://, or leave the certificates out.`,
    )
  }
  const tls = wanted.isSecure && files === null ? { ca: null, cert: null, key: null } : files
  return { addresses: addresses.map(({ text }) => text), tls, timeoutMs }
}

interface Endpoint {
  /** `host:port` */
  readonly text: string
  /** True for `https://`, false for `http://`, null without a scheme: then it is for the certificates to tell. */
  readonly secure: boolean | null
  /** The flag or variable that it was written in. */
  readonly where: string
}

/** All client ports of a cluster are alike. */
function isWantedSecure(endpoints: readonly Endpoint[]): { readonly isSecure: boolean; readonly isPlain: boolean; readonly where: string } {
  const isSecure = endpoints.some(({ secure }) => secure === true)
  const isPlain = endpoints.some(({ secure }) => secure === false)
  const { where } = endpoints[0]!
  if (isSecure && isPlain) {
    throw new CliError(
      exitCode.usage,
      `${where}: found http:// and https://, expected one of them: all client ports of a cluster are alike.`,
    )
  }
  return { isSecure, isPlain, where }
}

interface FoundAddresses {
  readonly addresses: readonly Endpoint[]
  /** Of a cluster of `oarlock dev`, which never speaks TLS. */
  readonly isDev: boolean
}

function findAddresses(context: Context, options: ClusterOptions): FoundAddresses {
  if (options.endpoints !== undefined) return { addresses: parseEndpoints(options.endpoints, "--endpoints"), isDev: false }
  if (options.data === undefined) {
    for (const name of ["OARLOCK_ENDPOINTS", "ETCDCTL_ENDPOINTS"]) {
      const text = context.env[name]
      if (text !== undefined && text !== "") return { addresses: parseEndpoints(text, name), isDev: false }
    }
  }
  const folder = options.data === undefined ? findDevFolder(context.workingDirectory) : resolve(context.workingDirectory, options.data)
  const manifest = folder === null ? null : readManifest(folder)
  if (manifest !== null)
    return { addresses: manifest.nodes.map((node) => ({ text: node.client, secure: null, where: "--data" })), isDev: true }
  if (options.data !== undefined)
    throw new CliError(
      exitCode.usage,
      `--data: there is no \`oarlock dev\` cluster in ${options.data}. Start one there, or name nodes with --endpoints.`,
    )
  return { addresses: [{ text: "127.0.0.1:2379", secure: null, where: "--endpoints" }], isDev: false }
}

function parseEndpoints(text: string, where: string): readonly Endpoint[] {
  return text.split(",").map((part) => {
    const address = parseAddress(part)
    if ("port" in address) return { text: formatAddress(address), secure: address.secure, where }
    throw new CliError(
      exitCode.usage,
      `${where}: found ${JSON.stringify(part)}, expected ${address.expected}${address.advice === "" ? "" : `; ${address.advice}`}.`,
    )
  })
}
