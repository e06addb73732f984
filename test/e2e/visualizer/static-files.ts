/** Any web server: what serves a folder of files and knows nothing of them. */

import { existsSync, readFileSync } from "node:fs"
import type { ServerResponse } from "node:http"
import { extname, join } from "node:path"

const types: Readonly<Record<string, string>> = {
  ".css": "text/css",
  ".html": "text/html",
  ".js": "text/javascript",
  ".svg": "image/svg+xml",
}

export function serveFiles(folder: string, path: string, response: ServerResponse): void {
  const file = join(folder, path)
  const type = types[extname(file)]
  if (type === undefined || !existsSync(file)) response.writeHead(404).end()
  else response.writeHead(200, { "Content-Type": type }).end(readFileSync(file))
}
