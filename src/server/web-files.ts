/**
 * The visualizer's files, as the build left them beside the compiled code: from memory, under a policy that lets the page load nothing but itself.
 *
 * `docs/visualizer.md` says what it is; nodes serve it under `/ui/`, `oarlock play` serves nothing else.
 */

import { readdirSync, readFileSync } from "node:fs"
import http from "node:http"

const types: Readonly<Record<string, string>> = {
  css: "text/css; charset=utf-8",
  html: "text/html; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  svg: "image/svg+xml",
}

/** Everything from the page's own origin, nothing from elsewhere, no script or style in the markup. Pictures may also be what the page has just made. */
const policy =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"

interface WebFile {
  readonly type: string
  readonly body: Uint8Array
}

let files: ReadonlyMap<string, WebFile> | null = null

/** Answers with the file at `path`, such as `main.js`; the page itself for an empty one. False if there is none of that name. */
export function serveWebFile(path: string, response: http.ServerResponse): boolean {
  files ??= readFiles(new URL("../web/", import.meta.url))
  const file = files.get(path === "" ? "index.html" : path)
  if (file === undefined) return false
  response
    .writeHead(200, {
      "Content-Type": file.type,
      "Content-Length": file.body.length,
      "Content-Security-Policy": policy,
      "X-Content-Type-Options": "nosniff",
      "Cache-Control": "no-cache",
    })
    .end(file.body)
  return true
}

/** A server of nothing but the visualizer, not listening yet. */
export function createWebServer(): http.Server {
  return http.createServer((request, response) => {
    const path = urlOf(request)?.pathname ?? ""
    const canAnswer = request.method === "GET" || request.method === "HEAD"
    if (canAnswer && path !== "" && serveWebFile(path.slice(1), response)) return
    response.writeHead(canAnswer ? 404 : 405, { "Content-Type": "text/plain; charset=utf-8" }).end(`there is nothing at ${path}\n`)
  })
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
      if (type !== undefined) found.set(name, { type, body: readFileSync(new URL(name, folder)) })
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error
  }
  return found
}
