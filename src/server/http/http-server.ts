/**
 * The HTTP/1.1 side of the client port: what operators, probes, Prometheus and dashboards ask.
 *
 * It never listens itself: `protocol-mux.ts` hands it connections. Reading is open to every origin (CORS), so that a page served by one
 * node can show the others. What changes anything, or shows keys, needs a token: one for chaos, another for the operator's endpoints.
 */

import http from "node:http"
import { version } from "../configuration/version.ts"
import type { LogHealth } from "../logging/log-stream.ts"
import type { ServedNode } from "../node/served-node.ts"
import { answerChaos } from "./chaos-endpoint.ts"
import { clusterStatus } from "./cluster-status.ts"
import type { EventFeed } from "./event-feed.ts"
import { checkHealth } from "./health.ts"
import { defaultHttpLimits, HttpGuard, type HttpLimits } from "./http-guard.ts"
import type { Metrics } from "./metrics.ts"
import { answerOperator, type OperatorAccess } from "./operator-endpoint.ts"
import { raftState } from "./raft-state.ts"
import { serveWebFile, urlOf } from "./web-files.ts"

export interface HttpOptions {
  readonly node: ServedNode
  readonly log: LogHealth
  readonly metrics: Metrics
  readonly events: EventFeed
  /** Null: nobody may throw messages away on purpose. */
  readonly chaosToken: string | null
  /** Null: nobody may operate the cluster through this side. */
  readonly operator: OperatorAccess | null
  /** Wall clock in milliseconds since 1970, UTC. */
  readonly utcNowMs: () => number
  /** A handler threw: our bug, answered by 500. */
  readonly onError: (path: string, error: unknown) => void
  /** `defaultHttpLimits` where they are left out. */
  readonly limits?: Partial<HttpLimits>
  /** Told of a connection that was closed because its client took too long, in words. */
  readonly onGivenUp?: (because: string) => void
}

/** What `GET /` and a wrong path list. */
const paths = ["/ui/", "/raft/state", "/health", "/version", "/metrics", "/cluster", "/events"] as const

export function createHttpServer(options: HttpOptions): http.Server {
  const limits = { ...defaultHttpLimits, ...options.limits }
  const guard = new HttpGuard(limits, options.onGivenUp ?? (() => {}))
  const server = http.createServer({ keepAliveTimeout: limits.keepAliveMs }, (request, response) => {
    guard.admit(request, response, () => {
      const url = urlOf(request)
      if (url === null) return sendText(response, 400, "that is no path; try /")
      answer(options, guard, url, request, response).catch((error: unknown) => {
        options.onError(url.pathname, error)
        if (!response.headersSent) sendText(response, 500, "something went wrong inside; the node's log has more")
        else response.destroy()
      })
    })
  })
  return server.on("connection", (socket) => guard.onConnection(socket))
}

async function answer(
  options: HttpOptions,
  guard: HttpGuard,
  url: URL,
  request: http.IncomingMessage,
  response: http.ServerResponse,
): Promise<void> {
  const { node, metrics, events, chaosToken } = options
  const path = url.pathname.length > 1 ? url.pathname.replace(/\/$/, "") : url.pathname
  const method = request.method ?? "GET"

  if (path.startsWith("/chaos/")) {
    if (chaosToken === null || node.links === null)
      return sendText(response, 404, "faults can only be made in nodes that `oarlock dev` started")
    if (method !== "POST") return sendText(response.setHeader("Allow", "POST"), 405, "use POST")
    const { status, body } = await answerChaos(path, request, node.links, chaosToken)
    return sendJson(response, status, body)
  }

  // For all origins, the operator's part too: a foreign page may knock, but has no token.
  response.setHeader("Access-Control-Allow-Origin", "*")
  const isOperator = path.startsWith("/operator/")
  if (method === "OPTIONS") {
    const asked = request.headers["access-control-request-headers"]
    response
      .setHeader("Access-Control-Allow-Methods", isOperator ? "POST, OPTIONS" : "GET, HEAD, OPTIONS")
      .setHeader("Access-Control-Max-Age", "86400")
    if (asked !== undefined) response.setHeader("Access-Control-Allow-Headers", asked)
    response.writeHead(204).end()
    return
  }
  if (isOperator) {
    if (method !== "POST") return sendText(response.setHeader("Allow", "POST, OPTIONS"), 405, "use POST")
    const { status, body } = await answerOperator(path, request, options.operator)
    return sendJson(response, status, body)
  }
  if (method !== "GET" && method !== "HEAD") return sendText(response.setHeader("Allow", "GET, HEAD, OPTIONS"), 405, "use GET")

  // The page names its files relative to itself, so it must be asked for with the slash.
  if (url.pathname === "/ui") {
    response.writeHead(308, { Location: "/ui/" }).end()
    return
  }
  if (
    url.pathname.startsWith("/ui/") &&
    serveWebFile(url.pathname.slice("/ui/".length), response, { nodes: addressesOf(node), localPorts: false })
  )
    return

  switch (path) {
    case "/raft/state":
      return sendJson(response, 200, raftState(node, options.utcNowMs()))
    case "/health": {
      const health = await checkHealth(node, url.searchParams.get("serializable") === "true")
      return sendJson(response, health.health === "true" ? 200 : 503, health)
    }
    case "/version":
      return sendJson(response, 200, { oarlock: version, node: process.version })
    case "/metrics":
      response.writeHead(200, { "Content-Type": metrics.contentType }).end(await metrics.render())
      return
    case "/cluster":
      return sendJson(response, 200, clusterStatus(node, options.log, options.utcNowMs()))
    case "/events":
      guard.stream(response)
      return events.serve(request, response)
    case "/":
      return sendText(response, 200, `Oarlock ${version}, node ${node.name}. Try ${paths.join(", ")}.`)
    default:
      return sendText(response, 404, `there is nothing at ${path}; try ${paths.join(", ")}`)
  }
}

/** Where clients reach the members, this node first. */
function addressesOf(node: ServedNode): string[] {
  const members = node.status().configuration.members.map((member) => member.clientAddress)
  return [...new Set([node.clientAddress, ...members])].filter((address) => address !== "")
}

function sendJson(response: http.ServerResponse, status: number, body: unknown): void {
  response
    .writeHead(status, { "Content-Type": "application/json; charset=utf-8", "Cache-Control": "no-store" })
    .end(`${JSON.stringify(body)}\n`)
}

function sendText(response: http.ServerResponse, status: number, text: string): void {
  response.writeHead(status, { "Content-Type": "text/plain; charset=utf-8", "Cache-Control": "no-store" }).end(`${text}\n`)
}
