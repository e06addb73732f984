/**
 * The visualizer's files, as the build left them beside the compiled code: from memory, under a policy that lets the page load nothing but itself
 * and ask nobody but the nodes of its cluster.
 *
 * `docs/visualizer.md` says what it is; nodes serve it under `/ui/`, `oarlock play` serves nothing else.
 */

import { readdirSync, readFileSync } from "node:fs"
import http from "node:http"
import { gzipSync } from "node:zlib"

const types: Readonly<Record<string, string>> = {
  css: "text/css; charset=utf-8",
  html: "text/html; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  svg: "image/svg+xml",
  txt: "text/plain; charset=utf-8",
  woff2: "font/woff2",
}

/**
 * Everything from the page's own origin, no script or style in the markup, and questions to nobody but this server and the nodes of its cluster. Pictures
 * may also be what the page has just made.
 */
function policyFor({ nodes, localPorts }: WebReach, scheme: string): string {
  const reach = ["'self'", ...connectSources(nodes, scheme), ...(localPorts ? [`${scheme}://127.0.0.1:*`] : [])].join(" ")
  return `default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; font-src 'self'; connect-src ${reach}; base-uri 'none'; form-action 'none'; frame-ancestors 'self'`
}

/**
 * Addresses of nodes as a policy writes them. Members' addresses are text that some client of the cluster chose, so what could mean anything else in a
 * header is left out; and a policy cannot name an IPv6 address at all, so where there is one, its scheme as a whole has to do.
 */
export function connectSources(nodes: readonly string[], scheme: string): string[] {
  if (nodes.some((address) => /^\[[0-9a-f:.]+\]:\d{1,5}$/i.test(address))) return [`${scheme}:`]
  return nodes.filter((address) => /^[a-z0-9.-]+:\d{1,5}$/i.test(address)).map((address) => `${scheme}://${address}`)
}

/** Whom the page may ask, beside the server that it came from. */
export interface WebReach {
  /** Client addresses of the cluster that belongs to the page: it learns them from `nodes.json`. */
  readonly nodes: readonly string[]
  /** Any port of this machine as well: nodes that join a dev cluster later. */
  readonly localPorts: boolean
}

const nobody: WebReach = { nodes: [], localPorts: false }

interface WebFile {
  readonly type: string
  readonly body: Uint8Array
  /** Made when somebody first asks for it: most nodes never serve a page. */
  compressed: Uint8Array | null
}

let files: ReadonlyMap<string, WebFile> | null = null

/** Answers with the file at `path`, such as `main.js`; the page itself for an empty one. False if there is none of that name. */
export function serveWebFile(path: string, response: http.ServerResponse, reach: WebReach): boolean {
  if (path === "nodes.json" && reach.nodes.length > 0) {
    response
      .writeHead(200, { "Content-Type": "application/json; charset=utf-8", "Cache-Control": "no-store" })
      .end(JSON.stringify({ addresses: reach.nodes }))
    return true
  }
  files ??= readFiles(new URL("../../web/", import.meta.url))
  const file = files.get(path === "" ? "index.html" : path)
  if (file === undefined) return false
  const isCompressed = /\bgzip\b/.test(response.req.headers["accept-encoding"] ?? "")
  const body = isCompressed ? (file.compressed ??= gzipSync(file.body, { level: 9 })) : file.body
  response
    .writeHead(200, {
      "Content-Type": file.type,
      "Content-Length": body.length,
      ...(isCompressed ? { "Content-Encoding": "gzip" } : {}),
      Vary: "Accept-Encoding",
      "Content-Security-Policy": policyFor(reach, isEncrypted(response) ? "https" : "http"),
      "X-Content-Type-Options": "nosniff",
      // A name with a hash in it never means other bytes; the typeface never changes either.
      "Cache-Control": isForGood(path) ? "public, max-age=31536000, immutable" : "no-cache",
    })
    .end(body)
  return true
}

function isForGood(path: string): boolean {
  return /^part-[\w-]{8}\.js$|\.woff2$/.test(path)
}

function isEncrypted({ req }: http.ServerResponse): boolean {
  return (req.socket as { readonly encrypted?: boolean }).encrypted === true
}

/** A server of nothing but the visualizer, not listening yet. */
export function createWebServer(): http.Server {
  return http.createServer((request, response) => answerWithPage(request, response, nobody))
}

/** Answers any request with a file of the page, or says that there is none. */
export function answerWithPage(request: http.IncomingMessage, response: http.ServerResponse, reach: WebReach): void {
  const path = urlOf(request)?.pathname ?? ""
  const canAnswer = request.method === "GET" || request.method === "HEAD"
  if (canAnswer && path !== "" && serveWebFile(path.slice(1), response, reach)) return
  response.writeHead(canAnswer ? 404 : 405, { "Content-Type": "text/plain; charset=utf-8" }).end(`there is nothing at ${path}\n`)
}

/** What was asked for; null if that is no address at all, such as `//`, which anybody may send. */
export function urlOf(request: http.IncomingMessage): URL | null {
  try {
    return new URL(request.url ?? "/", "http://node")
  } catch {
    return null
  }
}

/** Empty if the visualizer was not built: then the rest of the server works as ever. */
function readFiles(folder: URL): ReadonlyMap<string, WebFile> {
  const found = new Map<string, WebFile>()
  try {
    for (const name of readdirSync(folder)) {
      const type = types[name.slice(name.lastIndexOf(".") + 1)]
      if (type !== undefined) found.set(name, { type, body: readFileSync(new URL(name, folder)), compressed: null })
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error
  }
  return found
}
