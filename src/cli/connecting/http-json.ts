/**
 * A small JSON client for nodes' HTTP side: one request, one deadline, errors in words.
 *
 * `fetch` would do for plain connections, but cannot be given a certificate authority, and clusters have their own.
 */

import { readFileSync } from "node:fs"
import http from "node:http"
import https from "node:https"
import { createSecureContext } from "node:tls"
import { explainTlsError } from "../../client/index.ts"
import { CliError, exitCode } from "../terminal/cli-error.ts"

/** Certificates for reaching a cluster by TLS, as PEM text. */
export interface TlsMaterial {
  readonly ca: string | null
  readonly cert: string | null
  readonly key: string | null
}

/** How long one node may take to tell about itself, in milliseconds; `--timeout` can only shorten it. */
export const nodeAnswerMs = 2000

export interface JsonRequest {
  /** `host:port` */
  readonly address: string
  readonly path: string
  readonly timeoutMs: number
  readonly tls: TlsMaterial | null
  readonly method?: "GET" | "POST"
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: unknown
}

export interface JsonResponse {
  readonly status: number
  readonly body: unknown
}

/** Rejects with an `Error` whose message says what failed; an answer of any status resolves. */
export function requestJson(options: JsonRequest): Promise<JsonResponse> {
  const { address, path, timeoutMs, tls } = options
  const url = `${tls === null ? "http" : "https"}://${address}${path}`
  const payload = options.body === undefined ? null : JSON.stringify(options.body)
  const headers = { ...options.headers, ...(payload === null ? {} : { "Content-Type": "application/json" }) }
  const method = options.method ?? "GET"
  return new Promise((resolve, reject) => {
    const settings = { method, headers, agent: false as const, signal: AbortSignal.timeout(timeoutMs) }
    const request = tls === null ? http.request(url, settings) : https.request(url, { ...settings, ...tlsSettings(tls) })
    request.on("response", (response) => {
      const chunks: Buffer[] = []
      response.on("data", (chunk: Buffer) => chunks.push(chunk))
      response.on("error", (error) => reject(new Error(explainNetworkError(error, address, timeoutMs), { cause: error })))
      response.on("end", () => {
        const text = Buffer.concat(chunks).toString("utf8")
        try {
          resolve({ status: response.statusCode ?? 0, body: JSON.parse(text) as unknown })
        } catch {
          reject(new Error(`${address} does not answer like an Oarlock node (${text.slice(0, 60).trim() || "nothing"})`))
        }
      })
    })
    request.on("error", (error) => reject(new Error(explainNetworkError(error, address, timeoutMs), { cause: error })))
    request.end(payload ?? undefined)
  })
}

function tlsSettings(tls: TlsMaterial): https.RequestOptions {
  return {
    ...(tls.ca === null ? {} : { ca: tls.ca }),
    ...(tls.cert === null ? {} : { cert: tls.cert }),
    ...(tls.key === null ? {} : { key: tls.key }),
  }
}

/** What the network says, in words. */
export function explainNetworkError(error: Error, address: string, timeoutMs: number): string {
  const { code } = error as NodeJS.ErrnoException
  if (error.name === "TimeoutError" || error.name === "AbortError") return `${address} did not answer within ${timeoutMs} ms`
  switch (code) {
    case "ECONNREFUSED":
      return `nothing listens on ${address}`
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return `the name of ${address} resolves to nothing`
    case "ECONNRESET":
      return `${address} closed the connection`
    case "EHOSTUNREACH":
    case "ENETUNREACH":
      return `there is no way to ${address}`
    default:
      return `${address} could not be asked: ${explainTlsError(error) ?? error.message}`
  }
}

export interface TlsFlags {
  readonly cacert?: string
  readonly cert?: string
  readonly key?: string
}

/**
 * Reads the files of `--cacert`, `--cert` and `--key`, or what `env` has in their place (`OARLOCK_CACERT`, `ETCDCTL_CACERT` …); null if none is
 * given. Throws `CliError` naming flag or variable, and file.
 */
export function readTlsMaterial(flags: TlsFlags, env: NodeJS.ProcessEnv): TlsMaterial | null {
  const cacert = findFile("cacert", flags, env)
  const cert = findFile("cert", flags, env)
  const key = findFile("key", flags, env)
  if (cacert === null && cert === null && key === null) return null
  if ((cert === null) !== (key === null)) {
    const [given, missing] = cert === null ? [key!, "--key"] : [cert, "--cert"]
    const other = missing === "--key" ? "--cert" : "--key"
    throw new CliError(exitCode.usage, `${given.where}: found without ${other}; they belong together: add ${other} with its PEM file.`)
  }
  const material = { ca: readPem(cacert), cert: readPem(cert), key: readPem(key) }
  try {
    createSecureContext(tlsSettings(material))
  } catch (error) {
    const files = [cacert, cert, key].flatMap((file) => (file === null ? [] : [`${file.where} ${file.path}`])).join(", ")
    throw new CliError(exitCode.usage, `These files do not work together: ${files} (${(error as Error).message}).`, { cause: error })
  }
  return material
}

interface NamedFile {
  readonly path: string
  readonly where: string
}

function findFile(name: keyof TlsFlags, flags: TlsFlags, env: NodeJS.ProcessEnv): NamedFile | null {
  const flag = flags[name]
  if (flag !== undefined) return { path: flag, where: `--${name}` }
  for (const where of [`OARLOCK_${name.toUpperCase()}`, `ETCDCTL_${name.toUpperCase()}`]) {
    const path = env[where]
    if (path !== undefined && path !== "") return { path, where }
  }
  return null
}

function readPem(file: NamedFile | null): string | null {
  if (file === null) return null
  try {
    const text = readFileSync(file.path, "utf8")
    if (!text.includes("-----BEGIN ")) throw new Error("it holds nothing in PEM")
    return text
  } catch (error) {
    throw new CliError(exitCode.usage, `${file.where}: could not read ${file.path} (${(error as Error).message}).`, { cause: error })
  }
}
