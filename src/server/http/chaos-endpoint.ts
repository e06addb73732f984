/**
 * `POST /chaos/links/cut` and `/chaos/links/heal`: throw away messages between this node and another, on purpose.
 *
 * Exists only in nodes that were started by `oarlock dev`, answers only to this machine, and only to requests with the random token of that
 * run (`X-Oarlock-Chaos-Token`): a web page in a browser on the same machine can send requests here, but cannot know the token.
 */

import { timingSafeEqual } from "node:crypto"
import type { IncomingMessage } from "node:http"
import { isLoopback } from "../configuration/address.ts"
import type { LinkControl, LinkDirection } from "../node/served-node.ts"

export const chaosTokenHeader = "x-oarlock-chaos-token"
/** Bytes of a request's body. */
export const chaosBodyBytesMax = 4096

export interface ChaosAnswer {
  readonly status: 200 | 400 | 403 | 404
  readonly body: unknown
}

export async function answerChaos(path: string, request: IncomingMessage, links: LinkControl, token: string): Promise<ChaosAnswer> {
  if (!isLoopback(request.socket.remoteAddress ?? "")) return refuse(403, "faults can only be made from this machine")
  if (!sameText(request.headers[chaosTokenHeader], token))
    return refuse(403, `the header ${chaosTokenHeader} does not hold this run's token`)
  const body = await readJson(request)
  if (body === null) return refuse(400, "the body is not a small JSON object")
  const peer = body["peer"] ?? null
  if (peer !== null && !Number.isInteger(peer)) return refuse(400, "`peer` is not the id of a node")
  switch (path) {
    case "/chaos/links/cut": {
      const direction = body["direction"] ?? "both"
      if (peer === null) return refuse(400, "`peer` is missing: the id of the node at the other end")
      if (!isDirection(direction)) return refuse(400, "`direction` is none of outbound, inbound, both")
      links.cut(peer as number, direction)
      break
    }
    case "/chaos/links/heal":
      links.heal(peer as number | null)
      break
    default:
      return refuse(404, "there are only /chaos/links/cut and /chaos/links/heal")
  }
  return { status: 200, body: { cutLinks: links.list() } }
}

function refuse(status: 400 | 403 | 404, error: string): ChaosAnswer {
  return { status, body: { error } }
}

function isDirection(value: unknown): value is LinkDirection {
  return value === "outbound" || value === "inbound" || value === "both"
}

/** Compares in constant time, as far as lengths are equal. */
export function sameText(given: unknown, expected: string): boolean {
  if (typeof given !== "string") return false
  const a = Buffer.from(given)
  const b = Buffer.from(expected)
  return a.length === b.length && timingSafeEqual(a, b)
}

/** A JSON object from a request's body; `{}` for none; null if it is something else or too long. */
export async function readJson(request: IncomingMessage, bytesMax = chaosBodyBytesMax): Promise<Record<string, unknown> | null> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length
    if (length > bytesMax) return null
    chunks.push(chunk)
  }
  if (length === 0) return {}
  try {
    const value: unknown = JSON.parse(Buffer.concat(chunks).toString("utf8"))
    return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : null
  } catch {
    return null
  }
}
