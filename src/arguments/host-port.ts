/** `host:port` as people write it, IPv6 in brackets. */

import { Misfit } from "./misfit.ts"
import type { Reader } from "./readers.ts"
import { show } from "./show.ts"

export interface HostPort {
  readonly host: string
  readonly port: number
}

/** Characters of a host: no name in DNS is longer, and a greeting between servers has to have room for it. */
const hostLengthMax = 253

/** Reads `host:port`, `[v6]:port`; null if it is neither. Port 0 is allowed: it means "any free one" to a listener. */
export function parseHostPort(text: string): HostPort | null {
  const match = /^(?:\[([0-9a-fA-F:.%\w]+)\]|([^:[\]\s/]+)):(\d{1,5})$/.exec(text)
  if (match === null) return null
  const port = Number(match[3])
  const host = match[1] ?? match[2]!
  return port > 65_535 || host.length > hostLengthMax ? null : { host, port }
}

/** A `host:port` to listen on (`portMin` 0) or to be reached at (1). */
export function hostPort(portMin: 0 | 1): Reader<string> {
  return (value, path) => {
    const address = typeof value === "string" ? parseHostPort(value) : null
    if (address !== null && address.port >= portMin) return value as string
    const expected = `expected host:port${portMin === 0 ? "" : ` with a port from 1 to 65535`}, such as 10.0.0.1:2380`
    throw new Misfit(path, `found ${show(value)}, ${expected}`, typeof value === "string")
  }
}
