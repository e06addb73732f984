/**
 * A small JSON client for nodes' HTTP side: one request, one deadline, errors in words.
 *
 * `fetch` would do for plain connections, but cannot be given a certificate authority, and clusters have their own.
 */

import { readFileSync } from "node:fs"
import http from "node:http"
import https from "node:https"
import { CliError, exitCode } from "./cli-error.ts"

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
      return `${address} could not be asked: ${error.message}`
  }
}

/** Reads the files of `--cacert`, `--cert` and `--key`; null if none is given. Throws `CliError` naming flag and file. */
export function readTlsMaterial(options: { readonly cacert?: string; readonly cert?: string; readonly key?: string }): TlsMaterial | null {
  const { cacert, cert, key } = options
  if (cacert === undefined && cert === undefined && key === undefined) return null
  if ((cert === undefined) !== (key === undefined)) {
    throw new CliError(
      exitCode.usage,
      `--cert and --key belong together: add ${cert === undefined ? "--cert" : "--key"} with its PEM file.`,
    )
  }
  return { ca: readPem("--cacert", cacert), cert: readPem("--cert", cert), key: readPem("--key", key) }
}

function readPem(flag: string, file: string | undefined): string | null {
  if (file === undefined) return null
  try {
    return readFileSync(file, "utf8")
  } catch (error) {
    throw new CliError(exitCode.usage, `${flag}: could not read ${file} (${(error as Error).message}).`, { cause: error })
  }
}
